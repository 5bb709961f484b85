"""The change log, read: what came after an entry, or that it can no longer be told.

A user has two: of what is kept, and of their ephemeral sessions, which begins anew with every store of
those, at a number that none had before. They are read as one: `n` is the last number of the first, and
the last of the second 32 bits above it. Without ephemeral sessions it is the first log's own.
"""

from collections.abc import Sequence
from secrets import randbelow

from msgspec.structs import replace

from sojourn.models import Event, EventKind, EventPage, Session
from sojourn.ports import Tx


async def newest(tx: Tx, owner: int) -> int:
    """The last entry's `n`, 0 while there is none."""
    return await tx.events.newest(owner)


async def after(tx: Tx, owner: int, n: int, limit: int) -> EventPage:
    """The first entries after `n`. Not to be had without a gap: none, and `reset`."""
    # Entries have no gap between them, so what is missing shows at the first. The newest is read before
    # them: one that comes in between is then found, never taken for lost.
    newest = await tx.events.newest(owner)
    found = await tx.events.after(owner, n, limit)
    if found and found[0].n == n + 1:
        return EventPage(found, max(newest, found[-1].n))
    if not found and n == newest:
        return EventPage([], newest)
    return EventPage([], max(newest, found[-1].n if found else 0), reset=True)


def change(before: Session, after: Session) -> EventKind:
    """What a change of a session's fields is called."""
    if before.deleted_ms != after.deleted_ms:
        return "session.restored" if after.deleted_ms is None else "session.deleted"
    return "session.changed" if before.closed_ms == after.closed_ms else "session.closed"


def gap(page: EventPage, now: int) -> Event:
    """What stands in a stream for entries that are gone."""
    return Event(page.newest, "reset", None, None, now)


# -- two logs as one ------------------------------------------------------------------------------

_LOG = 32
_NONE = EventPage([], 0)

MOST = 1 << 96
"""No `n` is so high."""


def beginning() -> int:
    """Where the log of a user's ephemeral sessions begins."""
    return randbelow(1 << 30) + 1 << _LOG


def both(kept: int, apart: int) -> int:
    """One number for a place in each."""
    return kept | apart << _LOG


def parted(n: int) -> tuple[int, int]:
    """The place in each."""
    return n & (1 << _LOG) - 1, n >> _LOG


async def after_apart(tx: Tx, owner: int, n: int, limit: int) -> EventPage:
    """The first entries of ephemeral sessions after `n`; all of them after 0."""
    if n == 0:
        newest = await tx.events.newest(owner)
        n = newest >> _LOG << _LOG
    return await after(tx, owner, n, limit)


def joined(n: int, kept: EventPage, apart: EventPage | None, limit: int) -> EventPage:
    """What came after `n` in either, in the order of time; None where there are no ephemeral sessions."""
    place, other = parted(n)
    lost = apart is None and other > 0
    apart = _NONE if apart is None else apart
    newest = both(kept.newest, apart.newest)
    if lost or kept.reset or apart.reset:
        return EventPage([], newest, reset=True)
    items: list[Event] = []
    ours: Sequence[Event] = kept.items
    theirs: Sequence[Event] = apart.items
    while (ours or theirs) and len(items) < limit:
        if not theirs or (ours and ours[0].at_ms <= theirs[0].at_ms):
            event, ours = ours[0], ours[1:]
            place = event.n
        else:
            event, theirs = theirs[0], theirs[1:]
            other = event.n
        items.append(replace(event, n=both(place, other)))
    return EventPage(items, newest)
