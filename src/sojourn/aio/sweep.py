"""Clearing what a crash left and what is due to go; each of it is found by a query, never by a scan."""

from collections import Counter
from contextlib import suppress
from time import monotonic

from sojourn.aio.engine import AsyncEngine
from sojourn.aio.erase import end, finish
from sojourn.aio.leaving import take_away
from sojourn.core import coming, files, lifecycle
from sojourn.errors import BackendError, NotFound, SessionGone, SojournError
from sojourn.ports import COMING, Intent, SessionRef

_SLICE = 0.005
"""Seconds that a slice may take."""
_PAUSE = 1.0
"""Seconds from one slice to the next."""
_FEW = 4


async def sweep(engine: AsyncEngine, limit: int) -> dict[str, int]:
    """Finishes cut-off erases, clears overdue uploads and old trash, and ends ephemeral sessions that were
    left alone, at most `limit` of each; answers counts.

    `leftovers` are places of ephemeral sessions whose processes are gone without having closed the store.
    What cannot be finished is left for the next time, and raised once everything else is done.
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
    problems: list[BackendError] = []
    tombs = await engine.drive.read(lifecycle.unfinished, limit)
    for tomb in tombs:
        try:
            await finish(engine, tomb)
        except BackendError as problem:  # a folder that the disk will not give up holds up no other
            problems.append(problem)
    now = engine.clock.now()
    overdue = await engine.drive.read(coming.overdue, now, limit)
    for ref, intent in overdue:
        try:
            await clear(engine, ref, intent, now)
        except BackendError as problem:
            problems.append(problem)
    old = await engine.drive.read(files.expired, _before(engine), limit)
    for ref, file_id in old:
        try:
            await expire(engine, ref, file_id)
        except BackendError as problem:
            problems.append(problem)
    if problems:
        raise problems[0]
    return {"erases": len(tombs), "uploads": len(overdue), "files": len(old)}


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


async def tidy(engine: AsyncEngine) -> None:
    """A slice of a sweep that rides on a write: a few milliseconds, once a second at most."""
    begun = monotonic()
    if begun < engine.tidied.get(engine.records, float("-inf")) + _PAUSE:
        return
    engine.tidied[engine.records] = begun
    with suppress(SojournError):  # it is not the caller's: the next slice, or a sweep, tries again
        now = engine.clock.now()
        for ref, intent in await engine.drive.read(coming.overdue, now, _FEW):
            if monotonic() - begun < _SLICE:
                await clear(engine, ref, intent, now)
        for ref, file_id in await engine.drive.read(files.expired, _before(engine), _FEW):
            if monotonic() - begun < _SLICE:
                await expire(engine, ref, file_id)


async def clear(engine: AsyncEngine, ref: SessionRef, intent: Intent, now: int) -> None:
    """Removes what came too late, or was to be taken away; one whose deadline moved just now stays."""
    if intent.kind in COMING:
        if not await engine.drive.write(coming.give_up, ref, intent.id, now):
            return
        intent = Intent(ref.id, intent.id, "blob")
    await take_away(engine, ref, [intent])


async def expire(engine: AsyncEngine, ref: SessionRef, file_id: str) -> None:
    """Erases a file that has been in the trash for too long; one that was restored just now is left alone."""
    now = engine.clock.now()
    gone = await engine.drive.write(files.expire, ref, file_id, _before(engine), now)
    if gone is not None:
        await take_away(engine, ref, files.left(ref, gone))


def _before(engine: AsyncEngine) -> int:
    return engine.clock.now() - engine.settings.trash_seconds * 1000
