"""Writers killed with SIGKILL at random moments, and what is there afterwards.

The killing is that of `tests/crash`. What stands is counted here once more, and the same is
done to writers with a planted fault, so that the count is seen to find something.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import apsw
from tests.crash.test_kill import faults, killed_run

from benchmarks import bars
from benchmarks.bars import Bar
from benchmarks.measure import plain, scratch, write
from sojourn import Sojourn

WRITERS = 2
RUNS = 10
"""Runs on one store, before what stands in it is counted and the next is begun."""
PLANTED = {"early": "acknowledge before they write", "twice": "write some messages twice"}
"""Faults that the writers of the tests can be told to have."""
QUICK = {"count": 12}

NONE = "none"
HEADS = ["kills", "acknowledged", "kept", "lost", "doubled", "out of order", "gaps", "damaged", "told"]


class Toll(NamedTuple):
    """What became of the appends of one or many stores."""

    kills: int = 0
    acknowledged: int = 0
    kept: int = 0
    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    gaps: int = 0
    damaged: int = 0
    told: int = 0
    """Stores in which the test's own check found a fault."""

    def plus(self, other: "Toll") -> "Toll":
        return Toll(*(mine + its for mine, its in zip(self, other, strict=True)))

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.reordered or self.gaps or self.damaged or self.told)


def audited(folder: Path, session_id: str, acknowledged: Mapping[str, list[int]], kills: int) -> Toll:
    """Counts what stands. A number kept and not acknowledged was under way at the kill: no fault."""
    kept: dict[str, list[int]] = {name: [] for name in acknowledged}
    seq = gaps = 0
    with Sojourn.open(f"sqlite:///{folder}") as store:
        messages = store.user("ada").sessions.get(session_id).messages
        while batch := messages.after(seq, limit=5000):
            for message in batch:
                gaps += message.seq != seq + 1
                seq = message.seq
                name, number = message.text.split()
                kept[name].append(int(number))
    connection = apsw.Connection(str(folder / "sojourn.db"))
    sound = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    return Toll(
        kills=kills,
        acknowledged=sum(map(len, acknowledged.values())),
        kept=sum(map(len, kept.values())),
        lost=sum(len(set(numbers) - set(kept[name])) for name, numbers in acknowledged.items()),
        doubled=sum(n - 1 for numbers in kept.values() for n in Counter(numbers).values()),
        reordered=sum(later < earlier for numbers in kept.values() for earlier, later in pairwise(numbers)),
        gaps=gaps,
        damaged=not sound,
        told=bool(faults(folder, session_id, dict(acknowledged))),
    )


def tortured(folder: Path, fault: str, *, kills: int) -> Toll:
    """Kills so many writers, two at once, on stores of a few runs each."""
    whole = Toll()
    while whole.kills < kills:
        place = folder / f"{fault}-{whole.kills}"
        with Sojourn.open(f"sqlite:///{place}") as store:
            session_id = store.user("ada").sessions.create().id
        acknowledged: dict[str, list[int]] = {}
        runs = min(RUNS, -(-(kills - whole.kills) // WRITERS))
        for run in range(runs):
            acknowledged |= killed_run(place, session_id, run, fault, writers=WRITERS)
        whole = whole.plus(audited(place, session_id, acknowledged, runs * WRITERS))
    return whole


def main(*, count: int = 200) -> Path:
    with scratch() as folder:
        before = perf_counter()
        toll = tortured(folder, NONE, kills=count)
        seconds = perf_counter() - before
        planted = {said: tortured(folder, fault, kills=max(6, count // 5)) for fault, said in PLANTED.items()}
        found = [
            Bar("kills", f"{count}", f"{toll.kills}", "–", f"≥ {count}", toll.kills >= count),
            _none("acknowledged and lost", toll.lost),
            _none("doubled", toll.doubled),
            _none("out of order", toll.reordered),
            _none("gaps in the order", toll.gaps),
            _none("stores that fail the integrity check", toll.damaged),
            _none("stores in which the test finds a fault", toll.told),
        ]
        for said, seen in planted.items():
            word = "missed" if seen.clean else "seen"
            found.append(Bar(f"writers that {said}", "seen", word, "–", "seen", not seen.clean))
        everyone = {"sojourn": toll, **planted}
        rows = [[who, *(f"{number:,}" for number in seen)] for who, seen in everyone.items()]
        sections = {"Bars": bars.held(found), "What stood": plain(["", *HEADS], rows)}
        note = (
            f"{WRITERS} processes at a time append to one conversation as fast as they can, durability"
            f" `process`, and are killed with SIGKILL after 10 to 100 ms; {RUNS} runs a store. What one of"
            " them was told is kept must be there, once, in its order; what was under way at the kill may"
            " be there or not. *told* counts the stores in which the check of the tests found a fault."
            f" The kills took {seconds:.0f} s."
        )
        given = {"count": count}
        return write("kills", "Kills", sections, folder=folder, note=note, given=given)


def _none(what: str, found: int) -> Bar:
    return Bar(what, "0", f"{found:,}", "–", "0", found == 0)
