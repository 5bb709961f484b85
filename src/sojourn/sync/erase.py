# Generated from src/sojourn/aio/erase.py by tools/generate_sync.py. Change that file, then run it.
"""Erasing: tombstone, key, rows, folder, in that order, so that a crash anywhere leaves nothing readable."""

from sojourn.core import lifecycle
from sojourn.models import Receipt, Session
from sojourn.ports import SessionRef, Tomb
from sojourn.sync.engine import Engine


def erase(engine: Engine, ref: SessionRef) -> Receipt:
    """Erases one session of its owner."""
    tomb = engine.drive.write(lifecycle.entomb, ref, engine.clock.now())
    finish(engine, tomb)
    return tomb.receipt


def end(engine: Engine, ref: SessionRef, if_revision: int | None = None) -> Session:
    """Closes an ephemeral session, and with that erases it."""
    session, tomb = engine.drive.write(
        lifecycle.end, ref, engine.clock.now(), engine.settings, if_revision=if_revision
    )
    finish(engine, tomb)
    return session


def finish(engine: Engine, tomb: Tomb) -> None:
    """Everything after the tombstone; doing it twice is not an error."""
    engine.drive.hop(engine.records.forget, tomb)
    engine.drive.hop(engine.blobs.drop, tomb.receipt.session_id)
    engine.drive.write(lifecycle.empty, tomb)
    engine.drive.hop(engine.records.settle)
