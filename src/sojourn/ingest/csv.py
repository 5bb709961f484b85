"""Tables with separators: a few rows to a chunk, each value named by its column."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain, count, islice
from pathlib import Path
from typing import TextIO

from sojourn.errors import ReaderFailed
from sojourn.ingest.chunking import MOST, pieces
from sojourn.ingest.encoding import open_text
from sojourn.models import Chunk, Place

_ROWS = 5
"""Rows in one chunk: a citation should point at the row, not at a screenful."""
_CHARS = 900
_SAMPLE = 30
_SEPARATORS = ",;\t|"
_FIELD = 1 << 20
_NAME = 100
_NUMBER = re.compile(r"[-+€$£%\s]*\d[\d.,\s]*[€$£%\s]*")
_YEAR = re.compile(r"(?:19|20)\d\d")


class CsvReader:
    """Reads comma, semicolon, tab and bar separated tables. Rows of uneven length are no error."""

    media_types: tuple[str, ...] = ("text/csv", "text/tab-separated-values")

    def read(self, path: Path, media_type: str) -> Iterator[Chunk]:
        csv.field_size_limit(_FIELD)
        with open_text(path) as file:
            sample = [line[:10_000] for line in islice(_lines(file), _SAMPLE)]
            file.seek(0)
            table = csv.reader(_lines(file), delimiter=_separator(sample), skipinitialspace=True)
            try:
                yield from _chunks(row for row in table if row)
            except csv.Error as problem:
                raise ReaderFailed(f"Line {table.line_num} of this table is not valid.") from problem


def _lines(file: TextIO) -> Iterator[str]:
    while line := file.readline(_FIELD):
        yield line.replace("\0", " ")


def _separator(sample: Sequence[str]) -> str:
    """The one that cuts most of the first lines into the same number of cells, more than one."""
    best = (0.0, ",")
    for separator in _SEPARATORS:
        widths = [len(row) for row in csv.reader(sample, delimiter=separator) if row]
        usual = max(widths, key=lambda width: (widths.count(width), width), default=1)
        if usual > 1:
            best = max(best, (widths.count(usual) / len(widths), separator), key=lambda found: found[0])
    return best[1]


def _chunks(rows: Iterator[list[str]]) -> Iterator[Chunk]:
    numbers = count()
    first = next(rows, [])
    names = [_cell(cell)[:_NAME] for cell in first] if _is_header(first) else []
    held: list[str] = []
    number = 0
    for number, row in enumerate(rows if names else chain([first], rows), 1):
        shown = _shown(names, row)
        full = len(held) == _ROWS or sum(map(len, held)) + len(shown) > _CHARS
        if held and (full or not shown):
            yield _chunk(next(numbers), held, number - 1)
            held = []
        if len(shown) > MOST:
            for part in pieces(shown):
                yield _chunk(next(numbers), [part], number)
        elif shown:
            held.append(shown)
    if held:
        yield _chunk(next(numbers), held, number)


def _chunk(number: int, rows: Sequence[str], last: int) -> Chunk:
    return Chunk(number, "\n\n".join(rows), Place(row=last - len(rows) + 1, last_row=last))


def _is_header(row: Sequence[str]) -> bool:
    """Names: all different, all but the first are there, and none is a number unless it is a year."""
    cells = [_cell(cell) for cell in row]
    if not any(cells) or not all(cells[1:]) or len({*cells}) != len(cells):
        return False
    numbers = [cell for cell in cells if _NUMBER.fullmatch(cell)]
    return len(numbers) < len(cells) and all(map(_YEAR.fullmatch, numbers))


def _shown(names: Sequence[str], row: Sequence[str]) -> str:
    lines = []
    for at, value in enumerate(row):
        cell = _cell(value)
        if cell:
            name = names[at] if at < len(names) else ""
            lines.append(f"{name or f'column {at + 1}'}: {cell}")
    return "\n".join(lines)


def _cell(value: str) -> str:
    """A cell on one line: an empty line stands between rows, never inside one."""
    return " ".join(value.split())
