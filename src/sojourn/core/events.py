"""The change log, read: what came after an entry, or that it can no longer be told."""

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
