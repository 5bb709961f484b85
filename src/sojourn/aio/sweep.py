"""Clearing what a crash left behind; each of it is found by a query, never by a scan."""

from collections import Counter

from sojourn.aio.engine import AsyncEngine
from sojourn.aio.erase import end, finish
from sojourn.core import files, lifecycle
from sojourn.errors import NotFound, SessionGone


async def sweep(engine: AsyncEngine, limit: int) -> dict[str, int]:
    """Finishes cut-off erases, clears overdue uploads, and ends ephemeral sessions that were left alone,
    at most `limit` of each; answers counts.

    `leftovers` are places of ephemeral sessions whose processes are gone without having closed the store.
    """
    found: Counter[str] = Counter(await _clear(engine, limit))
    found["leftovers"] = 0 if engine.second is None else await engine.drive.hop(engine.second.clear)
    beside = await engine.beside()
    if beside is not None:
        found.update(await _clear(beside, limit))
    apart = engine if engine.fleeting else beside
    found["endings"] = 0 if apart is None else await _end(apart, limit)
    return dict(found)


async def _clear(engine: AsyncEngine, limit: int) -> dict[str, int]:
    tombs = await engine.drive.read(lifecycle.unfinished, limit)
    for tomb in tombs:
        await finish(engine, tomb)
    overdue = await engine.drive.read(files.overdue, engine.clock.now(), limit)
    for ref, upload in overdue:
        await engine.drive.hop(engine.blobs.remove, upload.session_id, upload.file_id)
        await engine.drive.write(files.release, ref, upload.file_id)
    return {"erases": len(tombs), "uploads": len(overdue)}


async def _end(engine: AsyncEngine, limit: int) -> int:
    """Ends the ephemeral sessions that nobody wrote to for too long."""
    settings = engine.settings
    seconds = min(settings.ephemeral_seconds, settings.idle_seconds or settings.ephemeral_seconds)
    left = await engine.drive.read(lifecycle.left, engine.clock.now() - seconds * 1000, limit)
    for ref in left:
        try:
            await end(engine, ref)
        except (NotFound, SessionGone):
            continue  # it ended meanwhile
    return len(left)
