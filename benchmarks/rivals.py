"""Who is measured beside sojourn, and how each figure of them is taken.

Each runs in processes of its own, by a small adapter in `peers/`. What a peer does not have
is a dash; what it fails at is kept in words; whatever is slow is cut off.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks import syncs
from benchmarks.child import Absent, Child, Failed
from benchmarks.measure import TEXT, Times, summary

LENGTHS = (100, 1_000, 10_000)
SESSIONS = 1_000
TURNS = 5
CALLERS, TIMES = 8, 100
PROCESSES, APPENDS = 2, 200
NONE = "–"


class Peer(NamedTuple):
    """Who is measured. `durable`: what it acknowledges is synced."""

    name: str
    adapter: str
    durable: bool
    ours: bool = False


PEERS = (
    Peer("sojourn", "sojourn_sync", durable=True, ours=True),
    Peer("sojourn, asyncio", "sojourn_async", durable=True, ours=True),
    Peer("openai-agents", "openai_agents", durable=True),
    Peer("google-adk", "google_adk", durable=True),
    Peer("langgraph", "langgraph_sqlite", durable=True),
    Peer("JSON file", "json_file", durable=False),
)
OURS = PEERS[0]

Found = Times | float | str
"""Seconds a call, a rate, or in words why there is none."""
Line = dict[Peer, Found]
Reached = tuple[int, Line]
"""How many there were to be, and how many each came to."""


class Bench(NamedTuple):
    """What every figure is taken with."""

    python: Path
    rounds: int
    seconds: float

    def child(self, peer: Peer, folder: Path) -> Child:
        return Child(peer.adapter, folder, python=None if peer.ours else self.python)

    @contextmanager
    def children(self, folder: Path) -> Iterator[dict[Peer, Child]]:
        """One for each peer, on the folder of its name."""
        with ExitStack() as stack:
            yield {peer: stack.enter_context(self.child(peer, folder / peer.adapter)) for peer in PEERS}

    def each(self, ask: Callable[[Peer], Found]) -> Line:
        """What is found for each peer, whatever happens to the others."""
        return {peer: _said(ask, peer) for peer in PEERS}

    def by_turns(self, children: Mapping[Peer, Child], do: str, **given: Any) -> Line:
        """Seconds a call, each peer's calls in turns with the others'."""
        taken: dict[Peer, list[float]] = {peer: [] for peer in children}
        words: dict[Peer, Found] = {}
        asked = {"calls": max(1, self.rounds // TURNS), "seconds": self.seconds / TURNS, **given}
        for _ in range(TURNS):
            for peer, child in children.items():
                if peer in words:
                    continue
                try:
                    taken[peer] += child.ask(do, **asked)["taken"]
                except Absent:
                    words[peer] = NONE
                except Failed as failure:
                    words[peer] = f"failed: {failure}"
        return {peer: words.get(peer) or summary(taken[peer]) for peer in children}


def _said(ask: Callable[[Peer], Found], peer: Peer) -> Found:
    try:
        return ask(peer)
    except Absent:
        return NONE
    except Failed as failure:
        return f"failed: {failure}"


# -- one caller ---------------------------------------------------------------------------------


def filled(bench: Bench, folder: Path) -> dict[str, Reached]:
    """Conversations of each length for each peer; answers the lengths that were reached."""
    lines: dict[str, Reached] = {}
    with bench.children(folder) as children:
        for length in LENGTHS:

            def fill(peer: Peer, length: int = length) -> float:
                within = 4 * bench.seconds
                given = {"session": f"c{length}", "messages": length, "seconds": within}
                reached: int = children[peer].ask("fill", within=within + 120, **given)["reached"]
                return reached

            lines[f"{length:,}"] = (length, bench.each(fill))
    return lines


def appends(bench: Bench, folder: Path) -> dict[str, Line]:
    with bench.children(folder) as children:
        return {f"append at {n:,}": bench.by_turns(children, "append", session=f"c{n}") for n in LENGTHS}


def reads(bench: Bench, folder: Path) -> dict[str, Line]:
    longest = f"c{LENGTHS[-1]}"
    with bench.children(folder) as children:
        return {
            f"last {n} of {LENGTHS[-1]:,}": bench.by_turns(children, "last", session=longest, count=n)
            for n in (10, 50)
        }


def listed(bench: Bench, folder: Path) -> tuple[Line, Reached]:
    """The newest of many sessions; and how many there came to be."""
    with bench.children(folder) as children:

        def create(peer: Peer) -> float:
            within = 2 * bench.seconds
            told = children[peer].ask("create", within=within + 120, count=SESSIONS, seconds=within)
            reached: int = told["reached"]
            return reached

        made = bench.each(create)
        standing = {peer: child for peer, child in children.items() if not isinstance(made[peer], str)}
        found = bench.by_turns(standing, "newest", count=50)
        words = {peer: why for peer, why in made.items() if isinstance(why, str)}
    return {**found, **words}, (SESSIONS, made)


def synced(bench: Bench, folder: Path) -> Line:
    """fsyncs an append."""

    def count(peer: Peer) -> Found:
        python = None if peer.ours else bench.python
        return syncs.by_strace(peer.adapter, folder / peer.adapter, (50,), python=python)[0].each

    return bench.each(count)


# -- many callers -------------------------------------------------------------------------------


def crowds(bench: Bench, folder: Path) -> dict[str, Line]:
    """Appends a second of callers who wait, each with a session of its own; the peers by turns."""
    lines: dict[str, Line] = {}
    span = max(0.5, min(2.0, bench.seconds / TURNS))
    with bench.children(folder) as children:
        for callers in (8, 64):
            names = [f"c{number}" for number in range(callers)]
            rates: dict[Peer, list[float]] = {peer: [] for peer in PEERS}

            def crowd(peer: Peer, names: list[str] = names) -> Found:
                told = children[peer].ask("crowd", sessions=names, times=10**6, seconds=span)
                if told["errors"]:
                    return f"{told['done']} kept, {_kinds(told['errors'])}"
                return float(told["done"] / told["seconds"])

            words: Line = {}
            bench.each(crowd)
            for _ in range(TURNS):
                for peer, found in bench.each(crowd).items():
                    if isinstance(found, float):
                        rates[peer].append(found)
                    else:
                        words[peer] = found
            lines[f"{callers} waiting, disk"] = {
                peer: words.get(peer) or median(rates[peer]) for peer in PEERS
            }
    return lines


def counted(bench: Bench, folder: Path) -> Line:
    """One counter, 8 callers in one process, 100 increments each, as the peer documents them."""

    def count(peer: Peer) -> Found:
        with bench.child(peer, folder / peer.adapter) as child:
            child.ask("append", session="one", calls=1, seconds=30)
            child.ask("total", session="one")
            within = max(20.0, 2 * bench.seconds)
            told = child.ask("count", session="one", callers=CALLERS, times=TIMES, seconds=within)
            total = child.ask("total", session="one")["total"]
        wanted = f"{total} of {CALLERS * TIMES}"
        if told["done"] == total and not told["errors"]:
            return wanted if total == CALLERS * TIMES else f"{wanted}, cut off"
        lost = told["done"] - total
        parts = [f"{lost} lost in silence"] if lost > 0 else []
        return "; ".join([wanted, *parts, *([_kinds(told["errors"])] if told["errors"] else [])])

    return bench.each(count)


def shared(bench: Bench, folder: Path) -> Line:
    """Two processes, 200 appends each to one conversation; a refusal is not tried again."""

    def append(peer: Peer) -> Found:
        place = folder / peer.adapter
        with bench.child(peer, place) as one, bench.child(peer, place) as two:
            one.ask("append", session="one", calls=1, seconds=30)
            two.ask("last", session="one", count=1, calls=1, seconds=30)
            pair = {"p0": one, "p1": two}
            within = max(20.0, 2 * bench.seconds)
            for name, child in pair.items():
                child.send("burst", session="one", name=name, times=APPENDS, seconds=within)
            told = [child.answer(within + 60) for child in pair.values()]
            texts = [text for text in two.ask("texts", session="one")["texts"] if text != TEXT]
        errors = Counter[str]()
        for answer in told:
            errors.update(answer["errors"])
        acknowledged = sum(answer["done"] for answer in told)
        return _kept(texts, list(pair), acknowledged, errors)

    return bench.each(append)


def _kept(texts: Sequence[str], names: Sequence[str], acknowledged: int, errors: Counter[str]) -> str:
    once = set(texts)
    said = [f"{len(once)} of {PROCESSES * APPENDS}"]
    if acknowledged > len(once):
        said.append(f"{acknowledged - len(once)} lost in silence")
    if len(texts) > len(once):
        said.append(f"{len(texts) - len(once)} doubled")
    if errors:
        said.append(_kinds(errors))
    for name in names:
        mine = [int(text.split()[1]) for text in texts if text.startswith(f"{name} ")]
        if mine != sorted(mine):
            said.append("out of order")
            break
    return "; ".join(said)


def _kinds(errors: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in sorted(errors.items()))
