"""Two lists of sessions as one, last active first."""

from collections.abc import Sequence

from sojourn.models import Session
from sojourn.ports import Position

Stretch = tuple[list[Session], Position | None]
"""A page of one list, and where it ended; None when nothing follows."""

START: Position = (2**62, 2**62)
"""Before the first of any list."""


def shares(pages: Sequence[Stretch], limit: int) -> tuple[int, int]:
    """How many sessions of each page the next page of both holds.

    Fewer than `limit` where one page ended early, and what follows it may be newer than the rest.
    """
    (first, first_end), (second, second_end) = pages
    one = other = 0
    while one + other < limit:
        ours = first[one].active_ms if one < len(first) else None
        theirs = second[other].active_ms if other < len(second) else None
        if ours is not None and (theirs is None or ours >= theirs):
            if theirs is None and second_end is not None and ours < second_end[0]:
                break
            one += 1
        elif theirs is not None:
            if ours is None and first_end is not None and theirs < first_end[0]:
                break
            other += 1
        else:
            break
    return one, other


def merged(pages: Sequence[Stretch]) -> list[Session]:
    """The sessions of both; of those active at once the first list's come first."""
    return sorted((record for records, _ in pages for record in records), key=lambda one: -one.active_ms)
