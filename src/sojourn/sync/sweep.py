# Generated from src/sojourn/aio/sweep.py by tools/generate_sync.py. Change that file, then run it.
"""Clearing what a crash left behind; each of it is found by a query, never by a scan."""

from collections import Counter

from sojourn.core import files, lifecycle
from sojourn.errors import BackendError, NotFound, SessionGone
from sojourn.sync.engine import Engine
from sojourn.sync.erase import end, finish


def sweep(engine: Engine, limit: int) -> dict[str, int]:
    """Finishes cut-off erases, clears overdue uploads, and ends ephemeral sessions that were left alone,
    at most `limit` of each; answers counts.

    `leftovers` are places of ephemeral sessions whose processes are gone without having closed the store.
    What cannot be finished is left for the next time, and raised once everything else is done.
    """
    found: Counter[str] = Counter(_clear(engine, limit))
    found["leftovers"] = 0 if engine.second is None else engine.drive.hop(engine.second.clear)
    beside = engine.beside()
    if beside is not None:
        found.update(_clear(beside, limit))
    apart = engine if engine.fleeting else beside
    found["endings"] = 0 if apart is None else _end(apart, limit)
    return dict(found)


def _clear(engine: Engine, limit: int) -> dict[str, int]:
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


def _end(engine: Engine, limit: int) -> int:
    """Ends the ephemeral sessions that nobody wrote to for too long."""
    settings = engine.settings
    seconds = min(settings.ephemeral_seconds, settings.idle_seconds or settings.ephemeral_seconds)
    left = engine.drive.read(lifecycle.left, engine.clock.now() - seconds * 1000, limit)
    for ref in left:
        try:
            end(engine, ref)
        except (NotFound, SessionGone):
            continue  # it ended meanwhile
    return len(left)
