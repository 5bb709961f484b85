"""Several who write to one store: processes, and for the counter threads and tasks too."""

import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import bars
from benchmarks.bars import Bar
from benchmarks.child import Child, Failed
from benchmarks.raw import RawLog
from sojourn import Sojourn

PROCESSES = 4
CALLERS, TIMES = 8, 100

Four = list[dict[str, Any]]
"""What each of the four told; or nothing, when SQLite let one of them wait for too long."""


def saturated(folder: Path, adapter: str, *, seconds: float) -> Four:
    """Four processes that append without a pause, each to its own session."""
    if adapter == "by_hand":
        folder.mkdir(parents=True)
        with RawLog(folder / "raw.db", synchronous="FULL") as log:
            log.fill(PROCESSES, 0)
    with ExitStack() as stack:
        children = [stack.enter_context(Child(adapter, folder)) for _ in range(PROCESSES)]
        begin = time.time() + 3
        for number, child in enumerate(children, start=1):
            child.send("saturate", session=str(number), begin=begin, seconds=seconds)
        return [child.answer(seconds + 60) for child in children]


def counted(folder: Path, how: str) -> Bar:
    """One counter, 8 callers, 100 increments each."""
    adapter = "sojourn_async" if how == "tasks" else "sojourn_sync"
    processes, callers = (CALLERS, 1) if how == "processes" else (1, CALLERS)
    with ExitStack() as stack:
        children = [stack.enter_context(Child(adapter, folder)) for _ in range(processes)]
        for child in children:
            child.ask("append", session="one", calls=1, seconds=30)
        for child in children:
            child.send("count", session="one", callers=callers, times=TIMES, seconds=60)
        answers = [child.answer() for child in children]
        total = children[0].ask("total", session="one")["total"]
    faults = [f"{n} {kind}" for answer in answers for kind, n in answer["errors"].items()]
    return bars.exact(f"counter, {CALLERS} {how} × {TIMES}, `incr`", CALLERS * TIMES, total, faults)


def updated(folder: Path) -> Bar:
    """The same by a function that is called again when another thread was faster."""
    faults: list[str] = []
    with Sojourn.open(f"sqlite:///{folder}") as store:
        state = store.user("ada").sessions.create().state

        def caller() -> None:
            for _ in range(TIMES):
                try:
                    state.update("total", lambda total: total + 1, default=0)
                except Exception as problem:  # noqa: BLE001 - that it fails is the figure
                    faults.append(type(problem).__name__)

        threads = [threading.Thread(target=caller) for _ in range(CALLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        total = state.get("total")
    what = f"counter, {CALLERS} threads × {TIMES}, `update` with a function"
    return bars.exact(what, CALLERS * TIMES, total, faults)


def appended(folder: Path, *, processes: int = 2, times: int = 200) -> Bar:
    """Two processes append to one conversation: all of it there, without a gap, each one's in order."""
    with ExitStack() as stack:
        children = [stack.enter_context(Child("sojourn_sync", folder)) for _ in range(processes)]
        for child in children:
            child.ask("fill", session="one", messages=0, seconds=30)
        for number, child in enumerate(children):
            child.send("burst", session="one", name=f"p{number}", times=times, seconds=60)
        answers = [child.answer() for child in children]
    faults = [f"{n} {kind}" for answer in answers for kind, n in answer["errors"].items()]
    with Sojourn.open(f"sqlite:///{folder}") as store:
        session = store.user("ada").sessions.get_or_create(client_key="one")
        kept = session.messages.after(0, limit=10_000)
    if [message.seq for message in kept] != list(range(1, len(kept) + 1)):
        faults.append("gaps")
    for number in range(processes):
        mine = [message.text for message in kept if message.text.startswith(f"p{number} ")]
        if mine != [f"p{number} {n}" for n in range(times)]:
            faults.append(f"process {number}: lost, doubled or out of order")
    return bars.exact(
        f"{processes} processes × {times} appends, gapless", processes * times, len(kept), faults
    )


def left_to_sqlite(folder: Path, *, seconds: float) -> Four:
    """The same by hand, where SQLite itself waits for its turn, up to 10 seconds."""
    try:
        return saturated(folder, "by_hand", seconds=seconds)
    except Failed:
        return []
