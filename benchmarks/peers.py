"""sojourn and its peers from PyPI: the same figures, in the same run."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import bars, rivals, syncs
from benchmarks.apart import environment
from benchmarks.bars import Bar
from benchmarks.measure import BY_TURNS, TEXT, Times, duration, memory, plain, rate, scratch, three, write
from benchmarks.rivals import NONE, OURS, PEERS, Bench, Found, Line, Peer, Reached
from benchmarks.statements import copied

REQUIREMENTS = (
    "openai-agents==0.24.0",
    "google-adk==2.13.0",
    "sqlalchemy[asyncio]==2.1.9",
    "aiosqlite==0.22.1",
    "langgraph==1.2.22",
    "langgraph-checkpoint-sqlite==3.1.2",
)
QUICK = {"rounds": 50, "seconds": 1.0}


def main(*, rounds: int = 200, seconds: float = 20.0) -> Path:
    with memory() as quick, scratch() as disk:
        bench = Bench(environment(disk / "environment", REQUIREMENTS), rounds, seconds)
        reached = rivals.filled(bench, quick / "logs")
        copied(quick / "logs", disk / "logs")
        read = rivals.reads(bench, quick / "logs")
        fast = rivals.appends(bench, quick / "logs")
        slow = rivals.appends(bench, disk / "logs")
        newest, made = rivals.listed(bench, quick / "lists")
        waited = rivals.crowds(bench, disk / "crowds")
        count = rivals.counted(bench, quick / "counters")
        both = rivals.shared(bench, quick / "shared")
        durable = rivals.synced(bench, quick / "syncs") if syncs.traceable() else {}

        many = f"{rivals.SESSIONS:,} sessions"
        reached[many] = made
        read[f"newest 50 of {many}"] = newest
        found = [
            *(_ahead(what, line, [OURS]) for what, line in read.items() if what.startswith("last")),
            *(_ahead(what, line, [peer]) for what, line in waited.items() for peer in PEERS if peer.ours),
            _whole("counter, 8 × 100", count, rivals.CALLERS * rivals.TIMES),
            _whole("two processes × 200 appends", both, rivals.PROCESSES * rivals.APPENDS),
        ]
        sections = {
            "Bars": bars.held(found),
            "Appending, memory file system": _table(fast, reached),
            "Appending, disk, each with its own pragmas": _table(slow, reached),
            "Reading, memory file system": _table(read, reached),
            "Callers who wait: appends a second": _table(waited),
            "Nothing lost": _table(
                {"counter, 8 × 100": count, "two processes × 200 appends": both, "fsyncs an append": durable}
            ),
        }
        note = (
            f"Messages of {len(TEXT)} characters. The number behind a time is how many times as long as"
            " sojourn's sync facade takes. The JSON file syncs nothing and is no durable peer. Setting up was"
            " cut off after a while: *(at 1,500)* is how far it came. *Callers who wait* are threads for"
            " sojourn and the JSON file, else tasks. A refused call is counted, not made again. The peers:"
            f" {', '.join(REQUIREMENTS)}. {BY_TURNS}"
        )
        given = {"rounds": rounds, "seconds": seconds}
        return write("peers", "Peers", sections, folder=disk, note=note, given=given)


def _table(lines: Mapping[str, Line], reached: Mapping[str, Reached] | None = None) -> str:
    """A row for each line; a peer whose set-up was cut off is marked with how far it came."""
    rows = []
    for what, line in lines.items():
        ends = [far for name, far in (reached or {}).items() if what.endswith(f" {name}")]
        wanted, made = ends[0] if ends else (0, {})
        if line:
            rows.append([what, *(_cell(line, peer) + _cut(wanted, made.get(peer)) for peer in PEERS)])
    return plain(["", *(peer.name for peer in PEERS)], rows)


def _cell(line: Line, peer: Peer) -> str:
    found, ours = line.get(peer, NONE), line.get(OURS)
    match found:
        case str():
            return found
        case Times():
            times = duration(found.median)
            if peer is OURS or not isinstance(ours, Times):
                return times
            return f"{times}, {three(found.median / ours.median)}×"
    return three(found) if found < 1000 else f"{found:,.0f}"


def _cut(wanted: int, made: Found | None) -> str:
    return f" (at {made:,.0f})" if isinstance(made, float | int) and made < wanted else ""


def _ahead(what: str, line: Line, who: Sequence[Peer], least: float = 2.0) -> Bar:
    """At least twice as fast as the fastest durable peer."""
    speeds = {peer: _speed(found) for peer, found in line.items() if peer.durable}
    rivals = {peer: speed for peer, speed in speeds.items() if not peer.ours}
    best = max(rivals, key=lambda peer: rivals[peer])
    ours = max(speeds[peer] for peer in who)
    named = f"{what}, {' and '.join(peer.name for peer in who)}"
    limit = f"{rate(rivals[best], 1)}, {best.name}"
    figure = f"{three(ours / rivals[best])}×" if rivals[best] else NONE
    return Bar(named, limit, rate(ours, 1), figure, f"≥ {three(least)}×", ours >= least * rivals[best])


def _speed(found: Found) -> float:
    """A second; nothing for who failed."""
    match found:
        case str():
            return 0.0
        case Times():
            return 1 / found.median
    return found


def _whole(what: str, line: Line, wanted: int) -> Bar:
    ours = {str(found) for peer, found in line.items() if peer.ours}
    rivals = [f"{peer.name} {found}" for peer, found in line.items() if not peer.ours and found != NONE]
    best = "; ".join(rivals) or NONE
    whole = f"{wanted} of {wanted}"
    return Bar(what, best, " / ".join(sorted(ours)), NONE, whole, ours == {whole})
