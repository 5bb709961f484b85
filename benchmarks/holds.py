"""How long a call of the records keeps an event loop from its other tasks.

A coroutine holds the loop between one suspension and the next. Each such step is timed, while
another process writes without a pause and a thread empties the log again and again. Beside the
calls stands a step that is only Python: what the machine does to any step of that length.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import apsw

from benchmarks.child import Child
from benchmarks.measure import TEXT
from sojourn import AsyncSojourn

PYTHON = "no call, 100 µs of Python"
_BETWEEN = 0.05
"""Seconds between two checkpoints."""


class Holds(NamedTuple):
    """Seconds a step, of one kind of call; and how often the log was emptied meanwhile."""

    named: dict[str, list[float]]
    checkpoints: int
    written: int


class _Timed:
    """Awaits a coroutine, and notes how long each of its steps took."""

    def __init__(self, inner: Awaitable[object], steps: list[float]) -> None:
        self._inner = inner
        self._steps = steps

    def __await__(self) -> Generator[Any, Any, Any]:
        running = self._inner.__await__()
        while True:
            before = perf_counter()
            try:
                waits_for = next(running)
            except StopIteration as end:
                return end.value
            finally:
                self._steps.append(perf_counter() - before)
            yield waits_for


def holds(folder: Path, *, seconds: float, callers: int = 4) -> Holds:
    """Of each kind of call by so many tasks."""
    stop = threading.Event()
    emptied: list[int] = []
    with Child("sojourn_sync", folder) as other:
        other.ask("fill", session="other", messages=10, seconds=30)
        thread = threading.Thread(target=_empties, args=(folder / "sojourn.db", stop, emptied))
        thread.start()
        try:
            other.send("saturate", session="other", begin=time.time(), seconds=seconds + 1)
            time.sleep(0.5)
            named = asyncio.run(_calls(folder, seconds, callers))
            written = other.answer(seconds + 60)["done"]
        finally:
            stop.set()
            thread.join()
    return Holds(named, len(emptied), written)


def _empties(path: Path, stop: threading.Event, emptied: list[int]) -> None:
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(20)
    while not stop.wait(_BETWEEN):
        try:
            emptied.append(connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)[1])
        except apsw.BusyError:
            continue  # readers or the writer held on to it
    connection.close()


async def _calls(folder: Path, seconds: float, callers: int) -> dict[str, list[float]]:
    async with AsyncSojourn.open(f"sqlite:///{folder}") as store:
        ada = store.user("ada")
        session = await ada.sessions.create(title="Tides")
        for _ in range(200):
            await session.messages.append("user", TEXT)
        for number in range(100):
            await ada.sessions.create(title=f"Session {number}")
        asked: dict[str, Callable[[], Awaitable[object]]] = {
            "last 10": lambda: session.messages.last(10),
            "last 50": lambda: session.messages.last(50),
            "newest 50 sessions": lambda: ada.sessions.list(limit=50),
            "append": lambda: session.messages.append("user", TEXT),
            "incr": lambda: session.state.incr("total"),
            PYTHON: _busy,
        }
        found: dict[str, list[float]] = {what: [] for what in asked}
        end = time.monotonic() + seconds

        async def caller() -> None:
            while time.monotonic() < end:
                for what, call in asked.items():
                    await _Timed(call(), found[what])
                    await asyncio.sleep(0)

        await asyncio.gather(*(caller() for _ in range(callers)))
        return found


async def _busy() -> None:
    end = perf_counter() + 0.0001
    while perf_counter() < end:
        pass
