# Generated from src/sojourn/aio/erase.py by tools/generate_sync.py. Change that file, then run it.
"""Erasing: tombstone, key, rows, folder, in that order, so that a crash anywhere leaves nothing readable.

On a full disk it goes on with the room that is held back for it.
"""

from typing import ParamSpec, TypeVar

from sojourn.core import lifecycle
from sojourn.errors import StorageFull
from sojourn.models import Receipt, Session
from sojourn.ports import Rule, SessionRef, Tomb
from sojourn.sync.engine import Engine

T = TypeVar("T")
P = ParamSpec("P")

_TRIES = 8
"""How often room is made for one write: others may take what was given up."""


def erase(engine: Engine, ref: SessionRef) -> Receipt:
    """Erases one session of its owner."""
    tomb = _write(engine, lifecycle.entomb, ref, engine.clock.now())
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
    while not _write(engine, lifecycle.empty, tomb):
        continue
    engine.drive.hop(engine.records.settle)


def _write(engine: Engine, operation: Rule[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Writes it; where the disk is full, again after room was made."""
    for _ in range(_TRIES):
        try:
            return engine.drive.write(operation, *args, **kwargs)
        except StorageFull:
            if not engine.drive.hop(engine.records.make_room):
                raise
    return engine.drive.write(operation, *args, **kwargs)
