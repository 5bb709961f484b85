"""Words of others inside an answer's Markdown: they show as they are and can format nothing."""

import re
from collections.abc import Iterable

from sojourn.models import Place

_SPECIAL = re.compile(r"([\\`*\[\]<>|~&$]|(?<!\w)_|_(?!\w))")
_LEADING = re.compile(r"^(#|[-+=](?=[\s=-]|$)|\d{1,9}(?=[.)]))")


def line(text: str) -> str:
    """The text on one line, escaped."""
    escaped = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return _LEADING.sub(_disarmed, escaped)


def quoted(lines: Iterable[str]) -> str:
    """A block quote of these lines."""
    return "  \n".join(f"> {line(each)}" for each in lines)


def whereabouts(place: Place) -> str:
    """The place in words, such as `page 3`; empty when nothing is known."""
    words = []
    if place.page is not None:
        words.append(f"page {place.page}")
    if place.row is not None:
        several = place.last_row is not None and place.last_row > place.row
        words.append(f"rows {place.row}–{place.last_row}" if several else f"row {place.row}")
    elif place.heading:
        words.append(f"“{place.heading}”")
    elif place.line is not None and place.page is None:
        words.append(f"line {place.line}")
    return ", ".join(words)


def _disarmed(match: re.Match[str]) -> str:
    return f"{match[0]}\\" if match[0].isdigit() else f"\\{match[0]}"
