# Generated from src/sojourn/aio/sweep.py by tools/generate_sync.py. Change that file, then run it.
"""Clearing what a crash left and what is due to go; each of it is found by a query, never by a scan."""

from collections import Counter
from contextlib import suppress
from time import monotonic

from sojourn.core import coming, files, lifecycle
from sojourn.errors import BackendError, NotFound, SessionGone, SojournError
from sojourn.ports import COMING, Intent, SessionRef
from sojourn.sync.engine import Engine
from sojourn.sync.erase import end, finish
from sojourn.sync.leaving import take_away

_SLICE = 0.005
"""Seconds that a slice may take."""
_PAUSE = 1.0
"""Seconds from one slice to the next."""
_FEW = 4


def sweep(engine: Engine, limit: int) -> dict[str, int]:
    """Finishes cut-off erases, clears overdue uploads and old trash, and ends ephemeral sessions that were
    left alone, at most `limit` of each; answers counts.

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
    problems: list[BackendError] = []
    tombs = engine.drive.read(lifecycle.unfinished, limit)
    for tomb in tombs:
        try:
            finish(engine, tomb)
        except BackendError as problem:  # a folder that the disk will not give up holds up no other
            problems.append(problem)
    now = engine.clock.now()
    overdue = engine.drive.read(coming.overdue, now, limit)
    for ref, intent in overdue:
        try:
            clear(engine, ref, intent, now)
        except BackendError as problem:
            problems.append(problem)
    old = engine.drive.read(files.expired, _before(engine), limit)
    for ref, file_id in old:
        try:
            expire(engine, ref, file_id)
        except BackendError as problem:
            problems.append(problem)
    if problems:
        raise problems[0]
    return {"erases": len(tombs), "uploads": len(overdue), "files": len(old)}


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


def tidy(engine: Engine) -> None:
    """A slice of a sweep that rides on a write: a few milliseconds, once a second at most."""
    begun = monotonic()
    if begun < engine.tidied.get(engine.records, float("-inf")) + _PAUSE:
        return
    engine.tidied[engine.records] = begun
    with suppress(SojournError):  # it is not the caller's: the next slice, or a sweep, tries again
        now = engine.clock.now()
        for ref, intent in engine.drive.read(coming.overdue, now, _FEW):
            if monotonic() - begun < _SLICE:
                clear(engine, ref, intent, now)
        for ref, file_id in engine.drive.read(files.expired, _before(engine), _FEW):
            if monotonic() - begun < _SLICE:
                expire(engine, ref, file_id)


def clear(engine: Engine, ref: SessionRef, intent: Intent, now: int) -> None:
    """Removes what came too late, or was to be taken away; one whose deadline moved just now stays."""
    if intent.kind in COMING:
        if not engine.drive.write(coming.give_up, ref, intent.id, now):
            return
        intent = Intent(ref.id, intent.id, "blob")
    take_away(engine, ref, [intent])


def expire(engine: Engine, ref: SessionRef, file_id: str) -> None:
    """Erases a file that has been in the trash for too long; one that was restored just now is left alone."""
    now = engine.clock.now()
    gone = engine.drive.write(files.expire, ref, file_id, _before(engine), now)
    if gone is not None:
        take_away(engine, ref, files.left(ref, gone))


def _before(engine: Engine) -> int:
    return engine.clock.now() - engine.settings.trash_seconds * 1000
