"""Clearing what a crash left behind; each of it is found by a query, never by a scan."""

from sojourn.aio.engine import AsyncEngine
from sojourn.aio.erase import finish
from sojourn.core import files, lifecycle


async def sweep(engine: AsyncEngine, limit: int) -> dict[str, int]:
    """Finishes cut-off erases and clears overdue uploads, at most `limit` of each; answers counts."""
    tombs = await engine.drive.read(lifecycle.unfinished, limit)
    for tomb in tombs:
        await finish(engine, tomb)
    overdue = await engine.drive.read(files.overdue, engine.clock.now(), limit)
    for ref, upload in overdue:
        await engine.drive.hop(engine.blobs.remove, upload.session_id, upload.file_id)
        await engine.drive.write(files.release, ref, upload.file_id)
    return {"erases": len(tombs), "uploads": len(overdue)}
