"""Plain text. A form feed ends a page; an underlined line is a heading; a blank line ends a paragraph."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from sojourn.ingest.chunking import Block, Outline, chunks
from sojourn.ingest.encoding import open_text
from sojourn.models import Chunk, Place

_LINE = 1 << 16
"""Characters after which a line is broken, whatever stands there."""
_PARAGRAPH = 1 << 16
_RULE = re.compile(r"([=\-~^*#+\"])\1{2,}")


class TextReader:
    """Reads plain text, and JSON and XML as they are written."""

    media_types: tuple[str, ...] = ("text/plain", "application/json", "application/xml")

    def read(self, path: Path, media_type: str) -> Iterator[Chunk]:
        with open_text(path) as file:
            paged = any("\f" in text for text in iter(lambda: file.read(1 << 20), ""))
        with open_text(path) as file:
            yield from chunks(_blocks(file, 1 if paged else None))


def _blocks(file: TextIO, page: int | None) -> Iterator[Block]:
    outline = Outline()
    levels: list[str] = []
    held = _Paragraph()
    number = 1
    cut = ""
    while line := cut + file.readline(_LINE):
        ended = line.endswith("\n")
        line, cut = (line, "") if ended else _at_a_word(line)
        parts = line.rstrip("\n").replace("\0", " ").split("\f")
        for at, part in enumerate(parts):
            if at:
                yield from held.block(page, outline)
                page = (page or 1) + 1
            rule = _RULE.fullmatch(part.strip())
            if rule and held.is_title_for(part.strip()):
                character = rule[1]
                if character not in levels:
                    levels.append(character)
                title, begun = held.taken()
                place = Place(page=page, line=begun)
                yield from outline.enter(levels.index(character) + 1, title, place)
            elif part.strip() and not (rule and held.size == 0):
                held.add(part.rstrip(), number)
                if held.size > _PARAGRAPH:
                    yield from held.block(page, outline)
            else:
                yield from held.block(page, outline)
        number += ended
    yield from held.block(page, outline)
    yield from outline.end()


def _at_a_word(line: str) -> tuple[str, str]:
    """A line that was too long to be read at once, without and with the word that was cut."""
    before, space, cut = line.rpartition(" ")
    return (before, cut) if space and len(line) >= _LINE else (line, "")


class _Paragraph:
    """Lines that follow each other."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._first = 1
        self.size = 0

    def add(self, line: str, number: int) -> None:
        if not self._lines:
            self._first = number
        self._lines.append(line)
        self.size += len(line) + 1

    def is_title_for(self, rule: str) -> bool:
        """One short line alone, about as long as what underlines it."""
        if len(self._lines) != 1:
            return False
        title = len(self._lines[0].strip())
        return title <= 100 and abs(title - len(rule)) <= max(2, title // 4)

    def taken(self) -> tuple[str, int]:
        text = "\n".join(self._lines)
        self._lines, self.size = [], 0
        return text, self._first

    def block(self, page: int | None, outline: Outline) -> Iterator[Block]:
        if self._lines:
            text, first = self.taken()
            yield outline.block(text, Place(page=page, line=first))
