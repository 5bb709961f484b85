"""Bytes on their way in, at once or piece by piece, and what is to be taken away."""

from collections.abc import Sequence

from msgspec.structs import replace

from sojourn.config import Settings
from sojourn.core import checks, files, lifecycle
from sojourn.errors import Invalid, NotFound
from sojourn.models import File, Upload
from sojourn.ports import Intent, SessionRef, Tx

_RENEWED_MS = 60_000
"""A deadline is moved at most once in this time."""
_MOST = 10_000
"""Uploads that are listed."""


def deadline(now: int, settings: Settings) -> int:
    """Until when the next byte must have come."""
    return now + settings.upload_seconds * 1000


def due(intent: Intent, now: int, settings: Settings) -> bool:
    """Whether bytes that came just now are reason to move its deadline."""
    return deadline(now, settings) - intent.deadline_ms >= _RENEWED_MS


async def begin(tx: Tx, ref: SessionRef, intent: Intent, now: int, settings: Settings) -> int:
    """Reserves the quota before the first byte; answers how many bytes may come."""
    files.allowed(intent.reserved, settings)
    await lifecycle.writable(tx, ref, now, settings)
    taken = await tx.intents.reserve(ref, intent, now)
    if taken is None:
        raise await lifecycle.refusal(tx, ref)
    files.fits(taken, intent.reserved, settings)
    if not intent.reserved:  # nobody said how many, but one byte there will be
        files.fits(replace(taken, bytes=taken.bytes + 1, user_bytes=taken.user_bytes + 1), 1, settings)
    room = min(settings.session_bytes - taken.bytes, settings.user_bytes - taken.user_bytes)
    return min(settings.file_bytes, room + intent.reserved)


async def standing(tx: Tx, ref: SessionRef, id: str) -> Intent:
    """What brings these bytes. Raises why there is nothing any more."""
    intent = await tx.intents.coming(ref, id)
    if not await lifecycle.is_open(tx, ref):
        raise await lifecycle.refusal(tx, ref)
    if intent is None:
        raise NotFound("There is no such upload.")
    return intent


async def waits(tx: Tx, ref: SessionRef, id: str) -> bool:
    """Whether these bytes are still on their way: nothing was kept of them."""
    return await tx.intents.coming(ref, id) is not None


async def renew(tx: Tx, ref: SessionRef, id: str, now: int, settings: Settings) -> None:
    """Bytes came: there is time for the next. Raises why nothing waits for them any more."""
    await lifecycle.writable(tx, ref, now, settings)
    if not await tx.intents.renew(ref, id, deadline(now, settings)):
        await standing(tx, ref, id)


async def upload(tx: Tx, ref: SessionRef, id: str, now: int) -> Intent | File:
    """An upload within its deadline, or the file it became."""
    checks.name(id, "upload")
    intent = await tx.intents.coming(ref, id)
    if intent is not None and intent.kind == "upload" and intent.deadline_ms >= now:
        return intent
    file = await tx.files.get(ref, id)
    if file is not None:
        return file
    if await tx.sessions.get(ref) is None:
        raise await lifecycle.refusal(tx, ref)
    raise NotFound("There is no such upload.")


async def uploads(tx: Tx, ref: SessionRef, now: int) -> list[Intent]:
    """The session's uploads within their deadline, oldest first."""
    found = await tx.intents.uploads(ref, now, _MOST)
    if not found and await tx.sessions.get(ref) is None:
        raise await lifecycle.refusal(tx, ref)
    return found


async def give_up(tx: Tx, ref: SessionRef, id: str, due_ms: int | None = None) -> bool:
    """Nothing waits for these bytes any more: their quota is free, what came of them is to be removed."""
    return await tx.intents.give_up(ref, id, due_ms)


async def release(tx: Tx, ref: SessionRef, intents: Sequence[Intent]) -> None:
    """Notes that these were taken away."""
    for intent in intents:
        await tx.intents.release(ref, intent)


async def ended(tx: Tx, ref: SessionRef) -> bool:
    """Whether the session was erased, or never stood."""
    return await tx.sessions.get(ref) is None


async def overdue(tx: Tx, now: int, limit: int) -> list[tuple[SessionRef, Intent]]:
    """What came too late, and what is still to be taken away."""
    return await tx.intents.overdue(now, limit)


def described(intent: Intent, received: int) -> Upload:
    """An upload as it is shown."""
    return Upload(
        id=intent.id,
        name=intent.name,
        size=intent.reserved,
        received=received,
        created_ms=intent.created_ms,
        deadline_ms=intent.deadline_ms,
    )


def finished(file: File) -> Upload:
    """An upload that became a file."""
    return Upload(
        id=file.id,
        name=file.name,
        size=file.size,
        received=file.size,
        created_ms=file.created_ms,
        deadline_ms=file.created_ms,
        file=file,
    )


def within(intent: Intent, size: int) -> None:
    """Raises `Invalid` when that is more than was announced."""
    if size > intent.reserved:
        raise Invalid(f"{intent.reserved} bytes were announced; more came.", field="data")
