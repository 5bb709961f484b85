"""Clearing what a crash left behind; each of it is found by a query, never by a scan."""

from sojourn.aio.engine import AsyncEngine
from sojourn.aio.erase import finish
from sojourn.core import files, lifecycle
from sojourn.errors import BackendError


async def sweep(engine: AsyncEngine, limit: int) -> dict[str, int]:
    """Finishes cut-off erases and clears overdue uploads, at most `limit` of each; answers counts.

    What cannot be finished is left for the next time, and raised once everything else is done.
    """
    tombs = await engine.drive.read(lifecycle.unfinished, limit)
    problems: list[BackendError] = []
    for tomb in tombs:
        try:
            await finish(engine, tomb)
        except BackendError as problem:  # a folder that the disk will not give up holds up no other
            problems.append(problem)
    overdue = await engine.drive.read(files.overdue, engine.clock.now(), limit)
    for ref, upload in overdue:
        await engine.drive.hop(engine.blobs.remove, upload.session_id, upload.file_id)
        await engine.drive.write(files.release, ref, upload.file_id)
    if problems:
        raise problems[0]
    return {"erases": len(tombs), "uploads": len(overdue)}
