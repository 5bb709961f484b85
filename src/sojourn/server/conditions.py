"""Conditional requests: `If-Match` on changes, `If-None-Match` and `Range` on downloads (RFC 9110)."""

import re
from typing import NamedTuple

from sojourn.errors import Invalid, PreconditionFailed

_TAGS = re.compile(r'\s*(?:W/)?"[^"]*"\s*(?:,\s*(?:W/)?"[^"]*"\s*)*')
_TAG = re.compile(r'(?:W/)?"[^"]*"')
_RANGE = re.compile(r"bytes=\s*(\d{0,19})-(\d{0,19})\s*", re.ASCII)


class Stretch(NamedTuple):
    """A part of some bytes: from `first` up to and including `last`."""

    first: int
    last: int


def etag(revision: int) -> str:
    """The name of one version of a session."""
    return f'"r{revision}"'


def revision(if_match: str | None, current: int) -> int | None:
    """The revision that a change is meant for; None when it is meant for any.

    Raises `PreconditionFailed` when the current one is not among those named, `Invalid` when
    the header names nothing at all.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    if _TAGS.fullmatch(if_match) is None:
        raise Invalid('If-Match must hold ETags in quotes, as "r3".', field="If-Match")
    if etag(current) not in _TAG.findall(if_match):
        raise PreconditionFailed
    return current


def unchanged(if_none_match: str | None, tag: str) -> bool:
    """Whether the client has this version already."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in (
        found.removeprefix("W/") for found in _TAG.findall(if_none_match)
    )


def stretch(header: str | None, size: int) -> Stretch | None:
    """The one range that is asked for; None for the whole: no range, several, or none that is understood.

    One that begins behind the end raises `ValueError`.
    """
    found = _RANGE.fullmatch(header) if header is not None and len(header) < 100 else None
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        wanted = min(int(last), size)
        if wanted == 0:
            raise ValueError("an empty range")
        return Stretch(size - wanted, size - 1)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise ValueError("a range behind the end")
    return Stretch(int(first), min(int(last), size - 1) if last else size - 1)
