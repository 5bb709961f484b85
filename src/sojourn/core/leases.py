"""Leases: doing a thing alone among all processes, for a time, and knowing when that is over.

A holder that was stopped for too long does not know that another took its place. So each holding has a
fence, and an operation that must not come late asks for it in its own transaction.
"""

from sojourn.config import Settings
from sojourn.core import lifecycle
from sojourn.errors import LeaseHeld
from sojourn.ports import SessionRef, Tx


async def acquire(tx: Tx, name: str, holder: str, now: int, until_ms: int) -> int:
    """The fence of the holding. Raises `LeaseHeld` while another has it."""
    fence = await tx.leases.acquire(name, holder, now, until_ms)
    if fence is None:
        raise LeaseHeld("Somebody else holds this lease.")
    return fence


async def renew(tx: Tx, name: str, fence: int, now: int, until_ms: int) -> None:
    """Holds it for longer. Raises `LeaseHeld` once it ran out."""
    if not await tx.leases.renew(name, fence, now, until_ms):
        raise _over()


async def release(tx: Tx, name: str, fence: int) -> None:
    """Gives it back; one that ran out is not an error."""
    await tx.leases.release(name, fence)


def of_session(session_id: str) -> str:
    """The lease of being in a session alone."""
    return f"session {session_id}"


async def alone(tx: Tx, ref: SessionRef, holder: str, now: int, until_ms: int, settings: Settings) -> int:
    """The fence of being in the owner's session alone. Raises `LeaseHeld`, `NotFound`, `SessionGone`."""
    await lifecycle.get(tx, ref, now, settings)
    return await acquire(tx, of_session(ref.id), holder, now, until_ms)


async def leave(tx: Tx, name: str, holder: str, now: int) -> None:
    """Gives back what the holder has, who does not know the fence, nor whether there is one."""
    fence = await tx.leases.acquire(name, holder, now, now + 1)
    if fence is not None:
        await tx.leases.release(name, fence)


async def held(tx: Tx, name: str, fence: int, now: int) -> None:
    """Refuses a late write: first in the operation that writes, it stands or falls with it.

    Raises `LeaseHeld` once the holding of this fence ran out or was given back.
    """
    if not await tx.leases.holds(name, fence, now):
        raise _over()


def _over() -> LeaseHeld:
    return LeaseHeld("This lease ran out; somebody else may hold it now.")
