"""Files: an intent row, then bytes, then the file.

A kill at any point leaves nothing, or the one row that finds what is left.
"""

from sojourn.config import Settings
from sojourn.core import checks, lifecycle
from sojourn.errors import Conflict, LimitExceeded, NotFound
from sojourn.models import File
from sojourn.ports import SessionRef, Tx, Upload


async def begin(tx: Tx, ref: SessionRef, upload: Upload, now: int, settings: Settings) -> int:
    """Reserves the quota before the first byte; answers how many bytes may come."""
    session = await lifecycle.get(tx, ref, now, settings)
    await lifecycle.writable(tx, ref, now, settings)
    coming, reserved = await tx.files.reserved(ref, now)
    if session.file_count + coming >= settings.session_files:
        raise LimitExceeded(
            f"The session holds {settings.session_files} files, which is all it may.",
            limit=settings.session_files,
        )
    room = settings.session_bytes - session.file_bytes - reserved
    if upload.reserved > settings.file_bytes:
        raise LimitExceeded(
            f"The file has {upload.reserved} bytes; {settings.file_bytes} are allowed.",
            limit=settings.file_bytes,
        )
    if upload.reserved > room or room <= 0:
        raise LimitExceeded(
            f"The session has room for {max(room, 0)} more bytes.", limit=settings.session_bytes
        )
    if not await tx.files.reserve(ref, upload):
        raise await lifecycle.refusal(tx, ref)
    return min(settings.file_bytes, room)


async def keep(tx: Tx, ref: SessionRef, file: File, now: int, settings: Settings) -> File:
    """Turns the intent into a file, in one transaction with the session's counts."""
    session = await lifecycle.get(tx, ref, now, settings)
    if session.file_bytes + file.size > settings.session_bytes:
        raise LimitExceeded(
            f"The session has room for {settings.session_bytes - session.file_bytes} more bytes.",
            limit=settings.session_bytes,
        )
    if not await tx.files.keep(ref, file, now):
        if await lifecycle.is_open(tx, ref):
            raise Conflict("The upload was given up: it took longer than it may.")
        raise await lifecycle.refusal(tx, ref)
    await tx.events.note(ref.owner, "file.kept", ref.id, now, [file.id])
    return file


async def release(tx: Tx, ref: SessionRef, file_id: str) -> None:
    """Gives up an upload; its quota is free again."""
    await tx.files.release(ref, file_id)


async def get(tx: Tx, ref: SessionRef, file_id: str) -> File:
    """One file of the session."""
    checks.name(file_id, "file")
    file = await tx.files.get(ref, file_id)
    if file is None:
        if await tx.sessions.get(ref) is None:
            raise await lifecycle.refusal(tx, ref)
        raise NotFound("There is no such file.")
    return file


async def page(tx: Tx, ref: SessionRef, after: int, limit: int) -> tuple[list[File], int | None]:
    """A page of the session's files, in the order they came."""
    found, position = await tx.files.page(ref, after, limit)
    if not found and await tx.sessions.get(ref) is None:
        raise await lifecycle.refusal(tx, ref)
    return found, position


async def remove(tx: Tx, ref: SessionRef, file_id: str, now: int, settings: Settings) -> File:
    """Takes the file out of the session; its bytes and words are the caller's to remove."""
    checks.name(file_id, "file")
    await lifecycle.writable(tx, ref, now, settings)
    file = await tx.files.remove(ref, file_id, now)
    if file is None:
        await get(tx, ref, file_id)
        raise await lifecycle.refusal(tx, ref)
    await tx.events.note(ref.owner, "file.removed", ref.id, now, [file.id])
    return file


async def note(tx: Tx, ref: SessionRef, file: File, now: int) -> bool:
    """Writes how far the file's words are; False when it is gone."""
    if not await tx.files.read_as(ref, file):
        return False
    await tx.events.note(ref.owner, "file.read", ref.id, now, [file.id])
    return True


async def unread(tx: Tx, limit: int) -> list[tuple[SessionRef, File]]:
    """Files of all sessions that no Reader has seen yet."""
    return await tx.files.unread(limit)


async def overdue(tx: Tx, now: int, limit: int) -> list[tuple[SessionRef, Upload]]:
    """Uploads past their deadline."""
    return await tx.files.overdue(now, limit)
