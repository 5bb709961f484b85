"""What leaves a session outside its records: bytes, and words of the index."""

from collections.abc import Sequence

from sojourn.aio.engine import AsyncEngine
from sojourn.core import coming
from sojourn.ports import Intent, SessionRef


async def take_away(engine: AsyncEngine, ref: SessionRef, intents: Sequence[Intent]) -> None:
    """Takes away what is marked so, and notes it. Doing it twice, or two at once, is not an error."""
    if not intents:
        return
    for intent in intents:
        if intent.kind == "words":
            await engine.drive.through(_unlearn, engine, ref.id, intent.id)
        else:
            await engine.drive.through(engine.blobs.remove, ref.id, intent.id)
    await engine.drive.write(coming.release, ref, intents)
    if await engine.drive.read(coming.ended, ref):
        await engine.drive.through(engine.blobs.drop, ref.id)


def _unlearn(engine: AsyncEngine, session_id: str, file_id: str) -> None:
    index = engine.indexes.session(session_id)
    if index is not None:
        index.remove(file_id)
