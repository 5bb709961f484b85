"""What every write of a request does first: looks at the device, and makes what is not there yet.

It is part of the write's own transaction. So a device that was signed out meanwhile writes nothing
any more, and a newcomer's user, device, session and first keys are one commit.
"""

from msgspec import Struct

from sojourn.config import Settings
from sojourn.core import accounts, leases, lifecycle
from sojourn.errors import SignedOut
from sojourn.models import Device, Session, User
from sojourn.ports import KnownDevice, SessionRef, Tx


class Newcomer(Struct, frozen=True):
    """What is made of somebody new at their first write."""

    token: str
    user: User
    device: Device


class Holding(Struct):
    """A request is in its session alone; how often it has asked for that, and not ended it yet."""

    fence: int
    ms: int
    times: int = 1


class Plan(Struct, frozen=True, kw_only=True):
    """What a write finds or makes before it does its own."""

    token_hash: bytes
    now: int
    settings: Settings
    newcomer: Newcomer | None
    bound: SessionRef | None
    """The session that the request is in."""
    fresh: Session | None
    """The one to be made when it is in none; None when the write needs none."""
    joins: bool
    """When another request has made one meanwhile, this one is in that."""
    seen: bool
    """The device's last visit is to be noted."""
    alone: Holding | None
    """The request is in its session alone: that is renewed, or this write comes too late."""
    left: Session | None
    """The session that was left alone for too long: it closes now, so that nobody comes back to it."""


class Entered(Struct, frozen=True):
    """Where a write took place."""

    known: KnownDevice
    ref: SessionRef | None
    record: Session | None = None
    """The session's, where it was found or made just now."""


async def look(tx: Tx, token_hash: bytes) -> tuple[KnownDevice | None, Session | None]:
    """Whose token it is, and the session they are in."""
    known = await tx.devices.find(token_hash)
    if known is None or known.ended or known.device.session_id is None:
        return known, None
    return known, await tx.sessions.get(SessionRef(known.owner.no, known.device.session_id))


async def enter(tx: Tx, plan: Plan) -> Entered:
    """The first step of a write.

    Raises `SignedOut` for a device that has ended, `LeaseHeld` for a stay alone that has.
    """
    known = await tx.devices.find(plan.token_hash)
    if known is None:
        if plan.newcomer is None:
            raise SignedOut
        owner = await accounts.arrive(tx, plan.newcomer.user, plan.newcomer.device, plan.token_hash)
        known = KnownDevice(owner, plan.newcomer.device, ended=False)
    elif not accounts.alive(known, plan.now):
        raise SignedOut
    elif plan.seen:
        await tx.devices.touch(known.owner.no, known.device.id, plan.now)
    if plan.alone is not None and plan.bound is not None:
        await stay(tx, plan.bound, plan.alone, plan.now)
    if plan.left is not None:
        await _close(tx, SessionRef(known.owner.no, plan.left.id), plan)
    if plan.bound is not None or plan.fresh is None:
        return Entered(known, plan.bound)
    return await _start(tx, known, plan, plan.fresh)


async def stay(tx: Tx, ref: SessionRef, alone: Holding, now: int) -> None:
    """Goes on being in a session alone. Raises `LeaseHeld` when that is over."""
    await leases.renew(tx, leases.of_session(ref.id), alone.fence, now, now + alone.ms)


async def _start(tx: Tx, known: KnownDevice, plan: Plan, fresh: Session) -> Entered:
    """Makes the session, unless a task of this request did so already, or another request did."""
    own = SessionRef(known.owner.no, fresh.id)
    current: Session | None = None
    if known.device.session_id is not None:
        if (made := await tx.sessions.get(own)) is not None:
            return Entered(known, own, made)
        current = await tx.sessions.get(SessionRef(own.owner, known.device.session_id))
        if current is not None and not open_now(current, plan.now, plan.settings):
            current = None
    if current is not None and plan.joins:
        return Entered(known, SessionRef(own.owner, current.id), current)
    await lifecycle.create(tx, own.owner, fresh, None)
    if current is None:
        await tx.devices.point(own.owner, known.device.id, fresh.id)
    return Entered(known, own, fresh)


async def _close(tx: Tx, ref: SessionRef, plan: Plan) -> None:
    session = await tx.sessions.get(ref)
    if session is not None and session.ephemeral:
        await lifecycle.entomb(tx, ref, plan.now)  # the next sweep finishes it
    elif session is not None and session.closed_ms is None and session.deleted_ms is None:
        await lifecycle.change(tx, ref, plan.now, plan.settings, closed_ms=plan.now)


def open_now(session: Session, now: int, settings: Settings) -> bool:
    """Whether a visitor can be in it: neither closed nor in the trash."""
    session = lifecycle.as_of(session, now, settings)
    return session.closed_ms is None and session.deleted_ms is None
