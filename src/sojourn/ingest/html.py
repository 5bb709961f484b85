"""HTML: the words a reader sees, under the path of their headings. Nothing is fetched or run."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sojourn.ingest.chunking import Block, Outline, chunks
from sojourn.ingest.encoding import decoded
from sojourn.models import Chunk, Place

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_UNSEEN = frozenset(
    "script style template noscript head title svg math iframe object embed canvas select datalist".split()
)
_BLOCKS = frozenset(
    """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre
    section summary table tbody tfoot thead tr ul
    """.split()
)
_KINDS = {"li": "item", "dt": "item", "dd": "item", "tr": "row"}
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:\-]{2,40})", re.IGNORECASE)


class HtmlReader:
    """Reads HTML and XHTML."""

    media_types: tuple[str, ...] = ("text/html", "application/xhtml+xml")

    def read(self, path: Path, media_type: str) -> Iterator[Chunk]:
        from selectolax.lexbor import LexborHTMLParser

        data = path.read_bytes()
        charset = _CHARSET.search(data[:2048])
        text = decoded(data, charset[1].decode() if charset else None).replace("\0", " ")
        root = LexborHTMLParser(text).root
        if root is not None:
            yield from chunks(_Page().blocks(root))


class _Page:
    """One walk over the document, without recursion: a page may be nested as deep as it likes."""

    def __init__(self) -> None:
        self._outline = Outline()
        self._shown: list[str] = []
        self._preformatted = 0

    def blocks(self, root: "LexborNode") -> Iterator[Block]:
        node: LexborNode | None = root
        while node is not None:
            tag = node.tag or ""
            yield from self._enter(node, tag)
            inner = None if tag in _UNSEEN else node.child
            while inner is None and node is not None:
                yield from self._leave(node.tag or "")
                if node.mem_id == root.mem_id:
                    node = None
                else:
                    inner, node = node.next, node.parent
            node = inner
        yield from self._block("")
        yield from self._outline.end()

    def _enter(self, node: "LexborNode", tag: str) -> Iterator[Block]:
        if node.is_text_node:
            self._shown.append((node.text_content or "").replace("\v", " "))
        elif tag == "br":
            self._shown.append("\v")
        elif tag in {"td", "th"} and any(not text.isspace() for text in self._shown):
            self._shown.append(" | ")
        elif tag in _BLOCKS:
            above = node.parent
            yield from self._block((above.tag or "") if above is not None else "")
            self._preformatted += tag == "pre"

    def _leave(self, tag: str) -> Iterator[Block]:
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            title = self._text()
            if title:
                yield from self._outline.enter(int(tag[1]), title, Place())
        elif tag in _BLOCKS:
            yield from self._block(tag)
            self._preformatted -= tag == "pre"

    def _block(self, tag: str) -> Iterator[Block]:
        text = self._text()
        if text:
            yield self._outline.block(text, Place(), _KINDS.get(tag, ""))

    def _text(self) -> str:
        """What was gathered since the last block."""
        text = "".join(self._shown)
        self._shown = []
        if self._preformatted:
            return text.replace("\v", "\n").strip("\n")
        return "\n".join(" ".join(line.split()) for line in text.split("\v")).strip()
