"""Files: kept, found, put into the trash, erased.

Small bytes go into the records with their file, in one transaction. Others have an intent before the
first byte (`core.coming`); a kill at any point leaves nothing, or the one row that finds what is left.
"""

from sojourn.config import Settings
from sojourn.core import checks, lifecycle
from sojourn.errors import Conflict, LimitExceeded, NotFound
from sojourn.models import File, TextStatus
from sojourn.ports import Gone, Held, Intent, Kept, SessionRef, Taken, Tx


def allowed(size: int, settings: Settings) -> None:
    """Raises `LimitExceeded` when no file may be so large."""
    if size > settings.file_bytes:
        raise LimitExceeded(
            f"The file has {size} bytes; {settings.file_bytes} are allowed.", limit=settings.file_bytes
        )


def fits(taken: Taken, size: int, settings: Settings) -> None:
    """Raises `LimitExceeded` when what is held now, the last `size` bytes included, is too much.

    The transaction is undone by it.
    """
    if taken.files > settings.session_files:
        raise LimitExceeded(
            f"The session holds {settings.session_files} files, which is all it may.",
            limit=settings.session_files,
        )
    if taken.bytes > settings.session_bytes:
        room = max(settings.session_bytes - taken.bytes + size, 0)
        raise LimitExceeded(f"The session has room for {room} more bytes.", limit=settings.session_bytes)
    if taken.user_files > settings.user_files:
        raise LimitExceeded(
            f"Your sessions hold {settings.user_files} files, which is all they may.",
            limit=settings.user_files,
        )
    if taken.user_bytes > settings.user_bytes:
        room = max(settings.user_bytes - taken.user_bytes + size, 0)
        raise LimitExceeded(f"Your sessions have room for {room} more bytes.", limit=settings.user_bytes)


async def add(tx: Tx, ref: SessionRef, file: File, body: bytes, now: int, settings: Settings) -> File:
    """Keeps a small file: its row, its bytes, the quota and the entry of the change log, all at once."""
    await lifecycle.writable(tx, ref, now, settings)
    kept = await tx.files.add(ref, file, body, now)
    if kept is None:
        raise await lifecycle.refusal(tx, ref)
    fits(kept.taken, file.size, settings)
    await tx.events.note(ref.owner, "file.kept", ref.id, now, [file.id])
    return file


async def keep(tx: Tx, ref: SessionRef, file: File, body: bytes | None, now: int, settings: Settings) -> Kept:
    """Turns what was coming into a file, in one transaction with what the session and its owner hold."""
    await lifecycle.writable(tx, ref, now, settings)
    kept = await tx.files.keep(ref, file, now, body)
    if kept is None:
        raise await given_up(tx, ref)
    fits(kept.taken, file.size, settings)
    await tx.events.note(ref.owner, "file.kept", ref.id, now, [file.id])
    return kept


async def given_up(tx: Tx, ref: SessionRef) -> Exception:
    """Why nothing waits any more for bytes that come."""
    if await lifecycle.is_open(tx, ref):
        return Conflict("The upload was given up: it took longer than it may.")
    return await lifecycle.refusal(tx, ref)


async def get(tx: Tx, ref: SessionRef, file_id: str) -> File:
    """One file of the session, one in the trash too."""
    checks.name(file_id, "file")
    file = await tx.files.get(ref, file_id)
    if file is None:
        raise await absent(tx, ref)
    return file


async def held(tx: Tx, ref: SessionRef, file_id: str) -> Held:
    """The file, and where its bytes are."""
    checks.name(file_id, "file")
    found = await tx.files.held(ref, file_id)
    if found is None:
        raise await absent(tx, ref)
    return found


async def absent(tx: Tx, ref: SessionRef) -> Exception:
    """Why there is no such file."""
    if await tx.sessions.get(ref) is None:
        return await lifecycle.refusal(tx, ref)
    return NotFound("There is no such file.")


async def page(
    tx: Tx, ref: SessionRef, after: int, limit: int, deleted: bool
) -> tuple[list[File], int | None]:
    """A page of the session's files, or of its trash, in the order they came."""
    found, position = await tx.files.page(ref, after, limit, deleted=deleted)
    if not found and await tx.sessions.get(ref) is None:
        raise await lifecycle.refusal(tx, ref)
    return found, position


async def delete(tx: Tx, ref: SessionRef, file_id: str, now: int, settings: Settings) -> tuple[File, bool]:
    """Into the trash. Tells whether it was not there before: then its words are the caller's to take away."""
    checks.name(file_id, "file")
    await lifecycle.writable(tx, ref, now, settings)
    file = await tx.files.delete(ref, file_id, now)
    if file is not None:
        await tx.events.note(ref.owner, "file.deleted", ref.id, now, [file_id])
        return file, True
    return await _unchanged(tx, ref, file_id), False


async def restore(
    tx: Tx, ref: SessionRef, file_id: str, text: TextStatus, now: int, settings: Settings
) -> File:
    """Out of the trash, its words as far as `text` says."""
    checks.name(file_id, "file")
    await lifecycle.writable(tx, ref, now, settings)
    file = await tx.files.restore(ref, file_id, text, now)
    if file is None:
        return await _unchanged(tx, ref, file_id)
    await tx.events.note(ref.owner, "file.restored", ref.id, now, [file_id])
    return file


async def _unchanged(tx: Tx, ref: SessionRef, file_id: str) -> File:
    """The file that is already as it should be, if that is why nothing was done."""
    file = await get(tx, ref, file_id)
    if not await lifecycle.is_open(tx, ref):
        raise await lifecycle.refusal(tx, ref)
    return file


async def erase(tx: Tx, ref: SessionRef, file_id: str, now: int, settings: Settings) -> Gone:
    """Takes the file out for good; what is left of it outside the records is the caller's to remove."""
    checks.name(file_id, "file")
    await lifecycle.writable(tx, ref, now, settings)
    gone = await tx.files.remove(ref, file_id, now)
    if gone is None:
        await get(tx, ref, file_id)
        raise await lifecycle.refusal(tx, ref)
    await tx.events.note(ref.owner, "file.removed", ref.id, now, [file_id])
    return gone


async def expire(tx: Tx, ref: SessionRef, file_id: str, before_ms: int, now: int) -> Gone | None:
    """The same for one that has been in the trash since before this; None when it is not."""
    gone = await tx.files.expire(ref, file_id, before_ms)
    if gone is not None:
        await tx.events.note(ref.owner, "file.removed", ref.id, now, [file_id])
    return gone


def left(ref: SessionRef, gone: Gone) -> list[Intent]:
    """What is left of it outside the records."""
    words = [Intent(ref.id, gone.file.id, "words")] if gone.words else []
    return words if gone.blob is None else [*words, Intent(ref.id, gone.blob, "blob")]


async def expired(tx: Tx, before_ms: int, limit: int) -> list[tuple[SessionRef, str]]:
    """Files of all sessions that have been in the trash since before this."""
    return await tx.files.expired(before_ms, limit)


async def note(tx: Tx, ref: SessionRef, file: File, now: int) -> bool:
    """Writes how far the file's words are; False when it is gone, or in the trash."""
    if not await tx.files.read_as(ref, file):
        return False
    await tx.events.note(ref.owner, "file.read", ref.id, now, [file.id])
    return True


async def unread(tx: Tx, limit: int) -> list[tuple[SessionRef, File]]:
    """Files of all sessions that no Reader has seen yet."""
    return await tx.files.unread(limit)
