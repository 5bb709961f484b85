"""Who a call acts for: users, and the devices their tokens belong to."""

from sojourn.config import Settings
from sojourn.core import checks
from sojourn.core.ids import is_ephemeral
from sojourn.errors import NotFound, SignedOut
from sojourn.models import Device, Session, User
from sojourn.ports import KnownDevice, Owner, SessionRef, Tx

_SEEN_MS = 60_000
"""A device's `seen` is written at most once in this time."""
_LATE_MS = 30_000
"""For so long an old token is the same visitor's, whose new one is on its way to them."""


async def named(tx: Tx, name: str) -> Owner | None:
    """The user a host application calls by this name, when there is one already."""
    return await tx.users.named(name)


async def ensure(tx: Tx, fresh: User) -> Owner:
    """The user of the draft's name, made now if need be."""
    if fresh.name is not None:
        owner = await tx.users.named(fresh.name)
        if owner is not None:
            return owner
    return await tx.users.add(fresh)


def device(settings: Settings, id: str, label: str, now: int) -> Device:
    """An anonymous visitor's device that is not kept yet."""
    shown = "".join(c for c in label if c.isprintable())[:120]
    return Device(
        id=id,
        label=checks.text(shown, "label", 120),
        created_ms=now,
        seen_ms=now,
        expires_ms=now + settings.anonymous_seconds * 1000,
    )


async def arrive(tx: Tx, fresh: User, device: Device, token_hash: bytes) -> Owner:
    """A newcomer's first write: the user and the device, together."""
    owner = await tx.users.add(fresh)
    await tx.devices.add(owner.no, device, token_hash)
    await tx.events.note(owner.no, "device.added", None, device.created_ms, [device.id])
    return owner


async def arrive_by(tx: Tx, fresh: User, device: Device, token_hash: bytes) -> KnownDevice:
    """The same by a token that was promised: of two that come at once, the later is the same visitor.

    Raises `SignedOut` when that was ended meanwhile.
    """
    known = await tx.devices.find(token_hash)
    if known is None:
        return KnownDevice(await arrive(tx, fresh, device, token_hash), device, ended=False)
    if not alive(known, device.created_ms):
        raise SignedOut
    return known


async def known(tx: Tx, token_hash: bytes) -> KnownDevice | None:
    """What a token leads to; one that was never issued leads to None, which is not an error."""
    return await tx.devices.find(token_hash)


def alive(known: KnownDevice, now: int) -> bool:
    """Neither ended nor past its absolute limit."""
    return not known.ended and now < known.device.expires_ms


def late(known: KnownDevice, now: int) -> bool:
    """Whether the token is one that was rotated just now: whoever came with it left before they could know.

    It reads and writes nothing, but the cookie stays as it is: the new one may already be there.
    """
    return known.rotated_ms is not None and 0 <= now - known.rotated_ms < _LATE_MS


async def rotate(tx: Tx, token_hash: bytes, fresh: bytes, now: int) -> KnownDevice:
    """Another token for the device; the old one is dead with the same commit. Raises `SignedOut`."""
    known = await tx.devices.find(token_hash)
    if known is None or not alive(known, now) or not await tx.devices.rotate(token_hash, fresh, now):
        raise SignedOut
    await tx.events.note(known.owner.no, "device.rotated", None, now, [known.device.id])
    return known


def due(known: KnownDevice, now: int) -> bool:
    """Whether `seen` is old enough to be written again."""
    return now - known.device.seen_ms >= _SEEN_MS


async def seen(tx: Tx, owner: int, device_id: str, now: int) -> None:
    """Notes that the device was here."""
    await tx.devices.touch(owner, device_id, now)


async def devices(tx: Tx, owner: int, now: int) -> list[Device]:
    """The owner's living devices, last seen first."""
    return await tx.devices.list(owner, now)


async def revoke(tx: Tx, owner: int, device_id: str, now: int) -> None:
    """Ends a device at once, everywhere; doing it twice is not an error."""
    checks.name(device_id, "device")
    listed = any(device.id == device_id for device in await tx.devices.list(owner, now))
    if not await tx.devices.end(owner, device_id, now):
        raise NotFound("There is no such device.")
    if listed:
        await tx.events.note(owner, "device.ended", None, now, [device_id])


async def switch(tx: Tx, ref: SessionRef, device_id: str) -> Session:
    """Makes the owner's session the device's current one."""
    session = await standing(tx, ref)
    await tx.devices.point(ref.owner, device_id, ref.id)
    return session


async def standing(tx: Tx, ref: SessionRef) -> Session:
    """The owner's session, if a device may be in it. Raises `NotFound`."""
    checks.name(ref.id, "session")
    session = await tx.sessions.get(ref)
    if session is None or session.deleted_ms is not None:
        raise NotFound("There is no such session.")
    return session


async def current(tx: Tx, owner: int, device_id: str) -> str | None:
    """The id of the device's current session, whether or not that stands."""
    return await tx.devices.current(owner, device_id)


async def aim(tx: Tx, owner: int, device_id: str, session_id: str) -> None:
    """Makes an ephemeral session, seen to be the owner's, the device's current one."""
    await tx.devices.aim(owner, device_id, session_id)


async def aim_first(tx: Tx, owner: int, device_id: str, session_id: str, gone: str | None) -> str:
    """The same, unless the device has a current session that still stands; answers the current one.

    Whether an ephemeral one stands is not known here: who finds that it does not asks again, with its
    id as `gone`.
    """
    found = await tx.devices.current(owner, device_id)
    if found is not None and found not in (gone, session_id):
        session = await tx.sessions.get(SessionRef(owner, found))
        if is_ephemeral(found) or (session is not None and session.deleted_ms is None):
            return found
    await tx.devices.aim(owner, device_id, session_id)
    return session_id
