"""Erasing: tombstone, key, rows, folder, in that order, so that a crash anywhere leaves nothing readable."""

from sojourn.aio.engine import AsyncEngine
from sojourn.core import lifecycle
from sojourn.models import Receipt, Session
from sojourn.ports import SessionRef, Tomb


async def erase(engine: AsyncEngine, ref: SessionRef) -> Receipt:
    """Erases one session of its owner."""
    tomb = await engine.drive.write(lifecycle.entomb, ref, engine.clock.now())
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
    await engine.drive.write(lifecycle.empty, tomb)
    await engine.drive.hop(engine.records.settle)
