"""Several files at once: each step of them all is one transaction, so that it is synced once."""

from collections.abc import Mapping, Sequence

from sojourn.config import Settings
from sojourn.core import coming, files
from sojourn.models import File
from sojourn.ports import Intent, SessionRef, Tx


async def begin(tx: Tx, ref: SessionRef, intents: Sequence[Intent], now: int, settings: Settings) -> None:
    """Reserves the quota of all, or of none."""
    for intent in intents:
        await coming.begin(tx, ref, intent, now, settings)


async def keep(
    tx: Tx, ref: SessionRef, batch: Sequence[File], bodies: Mapping[str, bytes], now: int, settings: Settings
) -> list[Intent]:
    """Keeps all files, in their order, or none: those with a body in the records, others from their intents.

    Answers what is to be taken away.
    """
    spare: list[Intent] = []
    for file in batch:
        body = bodies.get(file.id)
        if body is not None:
            await files.add(tx, ref, file, body, now, settings)
        elif (await files.keep(tx, ref, file, None, now, settings)).spare:
            spare.append(Intent(ref.id, file.id, "blob"))
    return spare


async def release(tx: Tx, ref: SessionRef, file_ids: Sequence[str], now: int) -> list[Intent]:
    """Gives up whatever became of them: what is kept already is taken back. Answers what is to go."""
    left: list[Intent] = []
    for file_id in file_ids:
        if await tx.intents.give_up(ref, file_id):
            left.append(Intent(ref.id, file_id, "blob"))
        gone = await tx.files.remove(ref, file_id, now)
        if gone is not None:
            await tx.events.note(ref.owner, "file.removed", ref.id, now, [file_id])
            left += files.left(ref, gone)
    return left
