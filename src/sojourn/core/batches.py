"""Several small files at once: each step of them all is one transaction, so that it is synced once."""

from collections.abc import Sequence

from sojourn.config import Settings
from sojourn.core import files
from sojourn.models import File
from sojourn.ports import SessionRef, Tx, Upload


async def begin(tx: Tx, ref: SessionRef, uploads: Sequence[Upload], now: int, settings: Settings) -> None:
    """Reserves the quota of all, or of none."""
    for upload in uploads:
        await files.begin(tx, ref, upload, now, settings)


async def keep(tx: Tx, ref: SessionRef, coming: Sequence[File], now: int, settings: Settings) -> list[File]:
    """Turns all intents into files, in their order, or none."""
    return [await files.keep(tx, ref, file, now, settings) for file in coming]


async def release(tx: Tx, ref: SessionRef, file_ids: Sequence[str], now: int) -> None:
    """Gives up whatever became of them: what is kept already is taken back."""
    for file_id in file_ids:
        await files.release(tx, ref, file_id)
        if await tx.files.remove(ref, file_id, now) is not None:
            await tx.events.note(ref.owner, "file.removed", ref.id, now, [file_id])
