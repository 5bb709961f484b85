# Generated from src/sojourn/aio/sweep.py by tools/generate_sync.py. Change that file, then run it.
"""Clearing what a crash left behind; each of it is found by a query, never by a scan."""

from sojourn.core import files, lifecycle
from sojourn.errors import BackendError
from sojourn.sync.engine import Engine
from sojourn.sync.erase import finish


def sweep(engine: Engine, limit: int) -> dict[str, int]:
    """Finishes cut-off erases and clears overdue uploads, at most `limit` of each; answers counts.

    What cannot be finished is left for the next time, and raised once everything else is done.
    """
    tombs = engine.drive.read(lifecycle.unfinished, limit)
    problems: list[BackendError] = []
    for tomb in tombs:
        try:
            finish(engine, tomb)
        except BackendError as problem:  # a folder that the disk will not give up holds up no other
            problems.append(problem)
    overdue = engine.drive.read(files.overdue, engine.clock.now(), limit)
    for ref, upload in overdue:
        engine.drive.hop(engine.blobs.remove, upload.session_id, upload.file_id)
        engine.drive.write(files.release, ref, upload.file_id)
    if problems:
        raise problems[0]
    return {"erases": len(tombs), "uploads": len(overdue)}
