"""PDF: the text of each page. Pictures of text stay pictures."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sojourn.errors import ReaderFailed
from sojourn.ingest.chunking import Block, chunks
from sojourn.models import Chunk, Place

if TYPE_CHECKING:
    from pypdf import PdfReader as Document

_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010][ \t]*\n[ \t]*(?=[^\W\d_A-Z])")
_PLAIN = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\0": " "}
)

_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a page that is not as it should be may raise inside the library."""


class PdfReader:
    """Reads the text layer. A damaged page is passed over, unless all of them are."""

    media_types: tuple[str, ...] = ("application/pdf",)

    def read(self, path: Path, media_type: str) -> Iterator[Chunk]:
        from pypdf import PdfReader as Document
        from pypdf.errors import PyPdfError

        logging.getLogger("pypdf").setLevel(logging.CRITICAL)
        with path.open("rb") as file:
            try:
                document = Document(file)
                if document.is_encrypted and not document.decrypt(""):
                    raise ReaderFailed("This PDF is locked with a password.")
                pages = len(document.pages)
            except (PyPdfError, NotImplementedError, *_DAMAGE) as problem:
                raise ReaderFailed("This PDF is damaged.") from problem
            yield from chunks(_blocks(document, pages))


def _blocks(document: "Document", pages: int) -> Iterator[Block]:
    from pypdf.errors import PyPdfError

    damaged = 0
    for number in range(pages):
        try:
            text = document.pages[number].extract_text()
        except (PyPdfError, NotImplementedError, *_DAMAGE):
            damaged += 1
            continue
        text = _HYPHEN.sub("", text.translate(_PLAIN).encode("utf-8", "replace").decode())
        for paragraph in re.split(r"\n[ \t]*\n\s*", text):
            yield Block(paragraph.strip(), Place(page=number + 1))
    if pages and damaged == pages:
        raise ReaderFailed("No page of this PDF can be read.")
