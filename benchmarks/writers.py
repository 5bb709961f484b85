"""Many who write at once: threads, tasks and processes, with nothing lost and nobody starved."""

from collections.abc import Mapping
from pathlib import Path
from statistics import quantiles

from benchmarks import bars, processes
from benchmarks.bars import Bar
from benchmarks.holds import PYTHON, Holds, holds
from benchmarks.measure import BY_TURNS, duration, memory, plain, scratch, table, write
from benchmarks.processes import Four
from benchmarks.waiting import HAND, waiting

WAITING = (8, 64)
HELD = 0.005
"""Seconds that no record call may hold an event loop."""
QUICK = {"rounds": 3, "operations": 1024, "seconds": 1.0}


def _shares(named: Mapping[str, Four]) -> str:
    rows = []
    for what, answers in named.items():
        if not answers:
            rows.append([what, "one of them gave up after 10 s", "–", "–", "–"])
            continue
        done = sorted(answer["done"] for answer in answers)
        rows.append(
            [
                what,
                ", ".join(f"{number:,}" for number in done),
                f"{done[0] / done[-1]:.0%}",
                duration(max(answer["p99"] for answer in answers)),
                duration(max(answer["worst"] for answer in answers)),
            ]
        )
    return plain(["", "appends of the four", "slowest / fastest", "p99 wait", "worst wait"], rows)


def _fair(where: str, ours: Four, own: Four) -> list[Bar]:
    done = [answer["done"] for answer in ours]
    others = [answer["done"] for answer in own]
    worst = max((answer["worst"] for answer in own), default=10.0)
    return [
        Bar(
            f"four processes, {where}: slowest / fastest",
            f"{min(others) / max(others):.0%} by SQLite's own" if others else "one gave up",
            f"{min(done) / max(done):.0%}",
            f"{min(done) / max(done):.0%}",
            "≥ 50%",
            min(done) >= 0.5 * max(done),
        ),
        bars.soon(
            f"four processes, {where}: worst wait",
            max(answer["worst"] for answer in ours),
            0.1,
            limit=f"{duration(worst)} by SQLite's own",
        ),
    ]


def _steps(found: Holds) -> str:
    rows = []
    for what, steps in found.named.items():
        cuts = quantiles(steps, n=100, method="inclusive")
        over = sum(step > HELD for step in steps)
        rows.append(
            [
                what,
                f"{len(steps):,}",
                duration(cuts[49]),
                duration(cuts[98]),
                duration(max(steps)),
                f"{over:,}",
            ]
        )
    told = (
        f"Four tasks; another process made {found.written:,} appends meanwhile,"
        f" and the log was emptied {found.checkpoints:,} times."
    )
    return f"{told}\n\n{plain(['', 'steps', 'p50', 'p99', 'worst', 'over 5 ms'], rows)}"


def main(*, rounds: int = 9, operations: int = 8192, seconds: float = 5.0) -> Path:
    with memory() as quick, scratch() as disk:
        waited = [waiting(disk / f"{n}", n, rounds=rounds, operations=operations) for n in WAITING]
        ours, own = {}, {}
        for where, place in (("disk", disk), ("memory file system", quick)):
            ours[where] = processes.saturated(place / "four", "sojourn_sync", seconds=seconds)
            own[where] = processes.left_to_sqlite(place / "own", seconds=seconds)
        exact = [processes.counted(disk / how, how) for how in ("threads", "tasks", "processes")]
        exact += [processes.updated(disk / "updated"), processes.appended(disk / "appended")]
        held = holds(disk / "holds", seconds=seconds)

        found: list[Bar] = []
        for row, _ in waited:
            for way, least in (("tasks", 0.7), ("threads", 0.5)):
                rates = (1 / row.times[HAND].median, 1 / row.times[way].median)
                found.append(bars.share(f"{row.what}: {way}", *rates, least))
        for where, answers in ours.items():
            found += _fair(where, answers, own[where])
        found += exact
        control = f"{duration(max(held.named[PYTHON]))} without a call"
        for what, steps in held.named.items():
            if what != PYTHON:
                found.append(bars.soon(f"event loop held by `{what}`", max(steps), HELD, limit=control))

        shares: dict[str, Four] = {}
        for where, answers in ours.items():
            shares |= {f"sojourn, {where}": answers, f"SQLite's own waiting, {where}": own[where]}
        sections = {
            "Bars": bars.held(found),
            "Many who wait: time an append": table([row for row, _ in waited], limit=HAND),
            "Many who wait: appends that share a commit": plain(
                ["", *waited[0][1]],
                [[row.what, *(f"{shared:.1f}" for shared in each.values())] for row, each in waited],
            ),
            f"{processes.PROCESSES} processes that append without a pause": _shares(shares),
            "Steps that hold an event loop": _steps(held),
        }
        note = (
            "Durability `power`; on disk where nothing else is said. *By hand* is one loop that makes the"
            " same statements with the same values, each append in a savepoint, in batches of as many as"
            " wait: the most that anybody could do. Each has a fresh copy of the same file. The limit of"
            " four processes is a bare log by hand that leaves the waiting to SQLite (10 s)."
            f" {BY_TURNS}"
        )
        given = {"rounds": rounds, "operations": operations, "seconds": seconds}
        return write("writers", "Writers", sections, folder=disk, note=note, given=given)
