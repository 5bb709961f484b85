"""Many callers who wait in one process: by hand in batches, by threads, by tasks."""

import asyncio
import gc
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter

from benchmarks.measure import TEXT, Row, summary
from benchmarks.statements import ByHand, Recording, committed, copied, recording
from sojourn import AsyncSojourn, Sojourn
from sojourn.aio.messages import AsyncMessages

HAND = "by hand"


def waiting(folder: Path, callers: int, *, rounds: int, operations: int) -> tuple[Row, dict[str, float]]:
    """Seconds an append: by hand in batches, by threads, by tasks, each time on a fresh copy.

    Beside them how many appends shared a commit.
    """
    base = folder / "base"
    with Sojourn.open(f"sqlite:///{base}") as store:
        ids = [store.user("ada").sessions.create().id for _ in range(callers)]
    each = operations // callers
    with recording() as recorded, Sojourn.open(f"sqlite:///{copied(base, folder / 'noted')}") as store:
        logs = [store.user("ada").sessions.get(id).messages for id in ids]
        for _ in range(1 + each):
            for log in logs:
                log.append("user", TEXT)
    gc.collect()
    gc.freeze()
    ways: dict[str, Callable[[Path], float]] = {
        HAND: partial(_by_hand, recorded=recorded, size=callers, batches=each),
        "threads": partial(_threads, ids=ids, each=each),
        "tasks": lambda place: asyncio.run(_tasks(place, ids, each)),
    }
    taken: dict[str, list[float]] = {way: [] for way in ways}
    commits = dict.fromkeys(ways, 0)
    for turn in range(rounds):
        for way, run in ways.items():
            place = copied(base, folder / f"{way}-{turn}")
            with committed() as count:
                taken[way].append(run(place) / (each * callers))
            commits[way] += count[0]
    gc.unfreeze()
    row = Row(f"{callers} waiting", {way: summary(seconds) for way, seconds in taken.items()})
    return row, {way: rounds * (each + 1) * callers / commits[way] for way in ways}


def _by_hand(folder: Path, recorded: Recording, size: int, batches: int) -> float:
    with ByHand(folder, recorded) as hand:
        hand.batch(size)
        before = perf_counter()
        for _ in range(batches):
            hand.batch(size)
        return perf_counter() - before


def _threads(folder: Path, ids: Sequence[str], each: int) -> float:
    begin = threading.Barrier(len(ids) + 1)
    with Sojourn.open(f"sqlite:///{folder}") as store:

        def caller(id: str) -> None:
            messages = store.user("ada").sessions.get(id).messages
            messages.append("user", TEXT)
            begin.wait()
            for _ in range(each):
                messages.append("user", TEXT)

        threads = [threading.Thread(target=caller, args=(id,)) for id in ids]
        for thread in threads:
            thread.start()
        begin.wait()
        before = perf_counter()
        for thread in threads:
            thread.join()
        return perf_counter() - before


async def _tasks(folder: Path, ids: Sequence[str], each: int) -> float:
    async with AsyncSojourn.open(f"sqlite:///{folder}") as store:
        logs = [(await store.user("ada").sessions.get(id)).messages for id in ids]

        async def caller(log: AsyncMessages, times: int) -> None:
            for _ in range(times):
                await log.append("user", TEXT)

        await asyncio.gather(*(caller(log, 1) for log in logs))
        before = perf_counter()
        await asyncio.gather(*(caller(log, each) for log in logs))
        return perf_counter() - before
