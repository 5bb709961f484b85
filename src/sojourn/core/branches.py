"""Branches: nothing said is changed or taken back, the conversation goes on from an earlier place.

Leaving a branch writes one row, however long it is. The one that was left stays as it was.
"""

from sojourn.config import Settings
from sojourn.core import lifecycle, log
from sojourn.errors import Invalid, LimitExceeded, NotFound
from sojourn.models import Branch, Message
from sojourn.ports import SessionRef, Spot, Tx

_START: Spot = (1, 0)


async def follow(tx: Tx, ref: SessionRef, parent: str, now: int, settings: Settings) -> None:
    """Makes current a branch that ends at this message: its own if nothing follows there, else a new one."""
    found = await tx.messages.find(ref, [parent])
    if not found:
        raise Invalid("There is no such message in this session.", field="parent")
    await _go_on(tx, ref, found[0], now, settings)


async def rewind(tx: Tx, ref: SessionRef, id: str, now: int, settings: Settings) -> Message | None:
    """Goes back to before this message; answers the one that is the newest then, if any."""
    await lifecycle.writable(tx, ref, now, settings)
    kept = await log.followed(tx, ref, await log.get(tx, ref, id))
    await _go_on(tx, ref, kept, now, settings)
    return kept


async def retry(tx: Tx, ref: SessionRef, id: str, now: int, settings: Settings) -> Message | None:
    """Goes back to where this can be answered again: before an answer, after a question."""
    await lifecycle.writable(tx, ref, now, settings)
    message = await log.get(tx, ref, id)
    kept = message if message.role == "user" else await log.followed(tx, ref, message)
    await _go_on(tx, ref, kept, now, settings)
    return kept


async def switch(tx: Tx, ref: SessionRef, branch: int, now: int, settings: Settings) -> None:
    """Makes a branch current."""
    await lifecycle.writable(tx, ref, now, settings)
    if not await tx.branches.switch(ref, branch, now):
        raise await absent(tx, ref, branch)
    await tx.events.note(ref.owner, "session.changed", ref.id, now)


async def every(tx: Tx, ref: SessionRef, after: int, limit: int) -> list[Branch]:
    """The session's branches, by number."""
    found = await tx.branches.page(ref, after, limit)
    if not found and await tx.sessions.get(ref) is None:
        raise await lifecycle.refusal(tx, ref)
    return found


async def beside(tx: Tx, ref: SessionRef, id: str, after: int, limit: int) -> list[Branch]:
    """The ways the conversation went on where this message did, its own among them."""
    before = await log.followed(tx, ref, await log.get(tx, ref, id))
    at = _START if before is None else (before.branch, before.seq)
    return await tx.branches.beside(ref, at, after, limit)


async def absent(tx: Tx, ref: SessionRef, branch: int) -> Exception:
    """Why a write to a branch found none: it does not stand, or its session is not open."""
    if not await lifecycle.is_open(tx, ref):
        return await lifecycle.refusal(tx, ref)
    return NotFound("There is no such branch.", field="branch")


async def _go_on(tx: Tx, ref: SessionRef, after: Message | None, now: int, settings: Settings) -> None:
    """Makes current a branch that ends with this message, or one that is empty."""
    tip = await tx.messages.last(ref, 1)
    if (tip[0].id if tip else None) == (after.id if after else None):
        return
    if after is not None and not await tx.messages.after(ref, after.seq, 1, after.branch):
        if not await tx.branches.switch(ref, after.branch, now):
            raise await lifecycle.refusal(tx, ref)
        await tx.events.note(ref.owner, "session.changed", ref.id, now)
        return
    at = _START if after is None else (after.branch, after.seq)
    number = await tx.branches.fork(ref, at, now)
    if number is None:
        raise await lifecycle.refusal(tx, ref)
    if number > settings.session_branches:
        raise LimitExceeded(
            f"The session has {settings.session_branches} branches, which is all it may.",
            limit=settings.session_branches,
        )
    await tx.events.note(ref.owner, "session.changed", ref.id, now)
