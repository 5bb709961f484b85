"""Erasing: tombstone, key, rows, folder, in that order, so that a crash anywhere leaves nothing readable.

On a full disk it goes on with the room that is held back for it.
"""

from typing import ParamSpec, TypeVar

from sojourn.aio.engine import AsyncEngine
from sojourn.core import lifecycle
from sojourn.errors import StorageFull
from sojourn.models import Receipt, Session
from sojourn.ports import Rule, SessionRef, Tomb

T = TypeVar("T")
P = ParamSpec("P")

_TRIES = 8
"""How often room is made for one write: others may take what was given up."""


async def erase(engine: AsyncEngine, ref: SessionRef) -> Receipt:
    """Erases one session of its owner."""
    tomb = await _write(engine, lifecycle.entomb, ref, engine.clock.now())
    await finish(engine, tomb)
    return tomb.receipt


async def end(engine: AsyncEngine, ref: SessionRef, if_revision: int | None = None) -> Session:
    """Closes an ephemeral session, and with that erases it."""
    session, tomb = await engine.drive.write(
        lifecycle.end, ref, engine.clock.now(), engine.settings, if_revision=if_revision
    )
    await finish(engine, tomb)
    return session


async def finish(engine: AsyncEngine, tomb: Tomb) -> None:
    """Everything after the tombstone; doing it twice is not an error."""
    await engine.drive.hop(engine.records.forget, tomb)
    await engine.drive.hop(engine.blobs.drop, tomb.receipt.session_id)
    while not await _write(engine, lifecycle.empty, tomb):
        continue
    await engine.drive.hop(engine.records.settle)


async def _write(engine: AsyncEngine, operation: Rule[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Writes it; where the disk is full, again after room was made."""
    for _ in range(_TRIES):
        try:
            return await engine.drive.write(operation, *args, **kwargs)
        except StorageFull:
            if not await engine.drive.hop(engine.records.make_room):
                raise
    return await engine.drive.write(operation, *args, **kwargs)
