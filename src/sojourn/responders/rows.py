"""The rows of a table's chunk, as Readers write them: `name: value` lines, an empty line between rows."""

import re

from msgspec import Struct

from sojourn.models import Place
from sojourn.responders.sentences import Span


class Row(Struct, frozen=True):
    """One row: where it stands in the chunk's text, how it reads, and its number, None when unsure."""

    span: Span
    shown: str
    number: int | None


def rows(text: str, place: Place) -> list[Row]:
    """The rows of a chunk: its blocks, or its lines when there is but one block for several rows."""
    first = place.row or 1
    count = (place.last_row or first) - first + 1
    units = _spans(text, r"\n[ \t]*\n")
    if len(units) == 1 < count:
        units = _spans(text, r"\n")
    sure = len(units) == count
    return [
        Row(span, _shown(text[slice(*span)]), first + at if sure else None) for at, span in enumerate(units)
    ]


def _spans(text: str, between: str) -> list[Span]:
    ends = [(match.start(), match.end()) for match in re.finditer(between, text)]
    starts = [0, *(end for _, end in ends)]
    stops = [*(start for start, _ in ends), len(text)]
    return [span for span in zip(starts, stops, strict=True) if text[slice(*span)].strip()]


def _shown(row: str) -> str:
    return "; ".join(line.strip() for line in row.splitlines() if line.strip())
