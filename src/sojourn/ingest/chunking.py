"""Blocks of a document → chunks: a few paragraphs each, cut where a reader would pause.

A block is what its author kept together: a paragraph, a list item, a table row. Chunks
have 800 to 1200 characters where the text allows it, and never cross a page or a heading.
"""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from sojourn.models import Chunk, Place

MOST = 1200
"""Characters of the longest chunk."""
_FULL = 800
"""A chunk this long takes no further block that would not fit whole."""
_THIN = 500
"""A chunk shorter than this takes the beginning of a block that does not fit."""
_TAIL = 250
"""A cut leaves at least so much for the next chunk."""
_HUGE = 1 << 14
"""A block longer than this is taken in portions."""

_SENTENCE_END = re.compile(r"[.!?…][\"')\]”’»]*\s|[。！？]")


class Block(Struct, frozen=True):
    """Text with its place. Blocks of one `kind` follow each other without an empty line, as items do."""

    text: str
    place: Place
    kind: str = ""


class Outline:
    """The headings above the present point."""

    def __init__(self) -> None:
        self._titles: list[tuple[int, str]] = []
        self._bare: Block | None = None

    @property
    def path(self) -> str | None:
        """`Guide › Install`, or None above the first heading."""
        return " › ".join(title for _, title in self._titles) or None

    def enter(self, level: int, title: str, place: Place) -> Iterator[Block]:
        """Begins a section. A heading is no text, unless nothing at all stands below it."""
        if self._titles and self._titles[-1][0] >= level:
            yield from self.end()
        while self._titles and self._titles[-1][0] >= level:
            self._titles.pop()
        self._titles.append((level, " ".join(title.split())[:200]))
        self._bare = Block(title, replace(place, heading=self.path))

    def block(self, text: str, place: Place, kind: str = "") -> Block:
        """Text below the present heading."""
        self._bare = None
        return Block(text, replace(place, heading=self.path), kind)

    def end(self) -> Iterator[Block]:
        """Ends the section, or the document."""
        if self._bare is not None:
            yield self._bare
        self._bare = None


def chunks(blocks: Iterable[Block]) -> Iterator[Chunk]:
    """The blocks as chunks, numbered from 0."""
    for number, (text, place) in enumerate(_passages(blocks)):
        yield Chunk(number=number, text=text, place=place)


def pieces(text: str) -> Iterator[str]:
    """One long text cut into parts of at most `MOST` characters."""
    return (part for part, _ in _passages([Block(text, Place())]))


def _passages(blocks: Iterable[Block]) -> Iterator[tuple[str, Place]]:
    held = _Held()
    for block in _portions(blocks):
        if held.text and not held.takes(block):
            yield held.whole()
            held = _Held()
        held.add(block)
        while len(held.text) > MOST:
            taken = held.cut()
            if taken[0]:
                yield taken
    if held.text.strip():
        yield held.whole()


def _portions(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, huge ones in portions: what is cut from the front again and again must stay small."""
    for block in blocks:
        begin, line = 0, block.place.line
        kind = block.kind or ("portion" if len(block.text) > _HUGE else "")
        while len(block.text) - begin > _HUGE:
            spaces = (block.text.rfind(space, begin + _HUGE // 2, begin + _HUGE) for space in "\n ")
            end = next((found for found in spaces if found > 0), begin + _HUGE)
            yield Block(block.text[begin:end], replace(block.place, line=line), kind)
            line = None if line is None else line + block.text.count("\n", begin, end + 1)
            begin = end + block.text.startswith(("\n", " "), end)
        if block.text[begin:].strip():
            yield Block(block.text[begin:], replace(block.place, line=line), kind)


class _Held:
    """The chunk in the making. `marks` tell on which line each of its blocks begins."""

    def __init__(self) -> None:
        self.text = ""
        self._place = Place()
        self._marks: list[tuple[int, int]] = []
        self._kind = ""

    def takes(self, block: Block) -> bool:
        if (self._place.page, self._place.heading) != (block.place.page, block.place.heading):
            return False
        fits = len(self.text) + 2 + len(block.text) <= MOST
        return len(self.text) < (_FULL if fits else _THIN)

    def add(self, block: Block) -> None:
        if self.text:
            self.text += "\n" if block.kind and block.kind == self._kind else "\n\n"
        else:
            self._place = block.place
        if block.place.line is not None:
            self._marks.append((len(self.text), block.place.line))
        self.text += block.text
        self._kind = block.kind

    def whole(self) -> tuple[str, Place]:
        return self.text.rstrip(), self._place

    def cut(self) -> tuple[str, Place]:
        """Takes a chunk off the front."""
        end = _border(self.text)
        begin = len(self.text) - len(self.text[end:].lstrip())
        taken = self.text[:end].rstrip(), self._place
        line = self._line(begin)
        self._marks = [(at - begin, found) for at, found in self._marks if at > begin]
        if line is not None:
            self._marks.insert(0, (0, line))
            self._place = replace(self._place, line=line)
        self.text = self.text[begin:]
        return taken

    def _line(self, offset: int) -> int | None:
        before = [mark for mark in self._marks if mark[0] <= offset]
        if not before:
            return None
        at, line = before[-1]
        return line + self.text.count("\n", at, offset)


def _border(text: str) -> int:
    """Where to cut: at the last paragraph, sentence, line or word that ends in the window."""
    first = min(_FULL, len(text) // 2)
    last = min(MOST, len(text) - _TAIL)
    paragraph = text.rfind("\n\n", first, last)
    if paragraph > 0:
        return paragraph
    ends = [match.end() for match in _SENTENCE_END.finditer(text, first, last)]
    if ends:
        return ends[-1]
    for space in ("\n", " "):
        found = text.rfind(space, first, last)
        if found > 0:
            return found
    return last
