"""Markdown: its words without the marks, under the path of their headings."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from sojourn.ingest.chunking import Block, Outline, chunks
from sojourn.ingest.encoding import open_text
from sojourn.ingest.text import TextReader
from sojourn.models import Chunk, Place

if TYPE_CHECKING:
    from markdown_it.token import Token

_NESTING = 100
"""Quotes within lists within quotes. What is nested deeper is no document, and read as plain text."""
_FRONT = 200
"""Lines that a block of metadata at the top may have."""


class MarkdownReader:
    """Reads CommonMark with tables."""

    media_types: tuple[str, ...] = ("text/markdown",)

    def read(self, path: Path, media_type: str) -> Iterator[Chunk]:
        from markdown_it import MarkdownIt

        with open_text(path) as file:
            text = file.read().replace("\0", " ").replace("\f", "\n")
        front = _front(text)
        body = "\n".join(text.split("\n")[front:]) if front else text
        tokens = MarkdownIt("commonmark", {"maxNesting": _NESTING}).enable("table").parse(body)
        if any(token.level > _NESTING - 3 for token in tokens):
            yield from TextReader().read(path, media_type)
        else:
            yield from chunks(_blocks(tokens, front))


def _front(text: str) -> int:
    """How many lines the metadata at the top takes."""
    if not text.startswith("---\n"):
        return 0
    for number, line in enumerate(islice(text.split("\n", _FRONT), _FRONT)):
        if number and line.rstrip() in {"---", "..."}:
            return number + 1
    return 0


def _blocks(tokens: "Sequence[Token]", front: int) -> Iterator[Block]:
    outline = Outline()
    cells: list[str] | None = None
    items = 0
    line = front + 1
    for before, token in zip([None, *tokens[:-1]], tokens, strict=True):
        line = token.map[0] + 1 + front if token.map else line
        items += {"list_item_open": 1, "list_item_close": -1}.get(token.type, 0)
        text = ""
        if token.type == "tr_open":
            cells = []
        elif token.type == "tr_close":
            text, cells = " | ".join(cells or ()), None
        elif token.type in {"fence", "code_block"}:
            text = token.content.strip("\n")
        elif token.type == "inline":
            text = _words(token)
            if before is not None and before.type == "heading_open":
                yield from outline.enter(int(before.tag[1:]), text, Place(line=line))
                continue
            if cells is not None:
                cells.append(text)
                continue
        if text.strip():
            kind = "row" if token.type == "tr_close" else "item" if items else ""
            yield outline.block(text, Place(line=line), kind)
    yield from outline.end()


def _words(inline: "Token") -> str:
    shown = []
    for child in inline.children or ():
        if child.type in {"softbreak", "hardbreak"}:
            shown.append("\n")
        elif child.type in {"text", "code_inline", "image"}:
            shown.append(child.content)
    return "".join(shown)
