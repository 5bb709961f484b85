# Generated from src/sojourn/aio/leaving.py by tools/generate_sync.py. Change that file, then run it.
"""What leaves a session outside its records: bytes, and words of the index."""

from collections.abc import Sequence

from sojourn.core import coming
from sojourn.ports import Intent, SessionRef
from sojourn.sync.engine import Engine


def take_away(engine: Engine, ref: SessionRef, intents: Sequence[Intent]) -> None:
    """Takes away what is marked so, and notes it. Doing it twice, or two at once, is not an error."""
    if not intents:
        return
    for intent in intents:
        if intent.kind == "words":
            engine.drive.through(_unlearn, engine, ref.id, intent.id)
        else:
            engine.drive.through(engine.blobs.remove, ref.id, intent.id)
    engine.drive.write(coming.release, ref, intents)
    if engine.drive.read(coming.ended, ref):
        engine.drive.through(engine.blobs.drop, ref.id)


def _unlearn(engine: Engine, session_id: str, file_id: str) -> None:
    index = engine.indexes.session(session_id)
    if index is not None:
        index.remove(file_id)
