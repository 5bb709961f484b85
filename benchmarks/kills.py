"""Writers of messages and of files killed with SIGKILL at random moments, and what is there afterwards.

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
from tests.crash import test_kill_files as files
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
FILE_RUNS = 11
PLANTED_FILES = {
    "row first": "write the row before the bytes",
    "bytes first": "write bytes without an intent",
}
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


def tortured_files(folder: Path, fault: str, *, kills: int) -> tuple[int, files.Toll]:
    """The same for processes that add, send piece by piece, unpack, delete and erase files."""
    whole, done = files.Toll(), 0
    while done < kills:
        runs = min(FILE_RUNS, -(-(kills - done) // len(files.USERS)))
        said = files.Said({}, {}, set())
        for run in range(runs):
            files.killed_run(folder / f"files-{fault}-{done}", run, fault, said)
        found = files.toll(folder / f"files-{fault}-{done}", said)
        whole = files.Toll(*(mine + its for mine, its in zip(whole, found, strict=True)))
        done += runs * len(files.USERS)
    return done, whole


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
        file_kills, file_toll = tortured_files(folder, NONE, kills=count)
        file_planted = {
            said: tortured_files(folder, fault, kills=max(6, count // 5))
            for fault, said in PLANTED_FILES.items()
        }
        found += [
            Bar("kills among files", f"{count}", f"{file_kills}", "–", f"≥ {count}", file_kills >= count),
            _none("files acknowledged and lost or changed", file_toll.lost),
            _none("bytes of uploads acknowledged and lost", file_toll.forgotten),
            _none("files without their bytes", file_toll.dangling),
            _none("bytes that nobody knows", file_toll.unknown),
            _none("counters of files and bytes that are wrong", file_toll.miscounted),
            _none("left behind by a sweep", file_toll.left),
        ]
        for said, (_, hurt) in file_planted.items():
            word = "seen" if any(hurt) else "missed"
            found.append(Bar(f"processes that {said}", "seen", word, "–", "seen", any(hurt)))
        file_rows = [
            [who, *(f"{number:,}" for number in (kills, *seen))]
            for who, (kills, seen) in {"sojourn": (file_kills, file_toll), **file_planted}.items()
        ]
        everyone = {"sojourn": toll, **planted}
        rows = [[who, *(f"{number:,}" for number in seen)] for who, seen in everyone.items()]
        sections = {
            "Bars": bars.held(found),
            "What stood": plain(["", *HEADS], rows),
            "What stood of files": plain(["", "kills", *files.Toll._fields], file_rows),
        }
        note = (
            f"{WRITERS} processes at a time append to one conversation as fast as they can, durability"
            f" `process`, and are killed with SIGKILL after 10 to 100 ms; {RUNS} runs a store. What one of"
            " them was told is kept must be there, once, in its order; what was under way at the kill may"
            " be there or not. *told* counts the stores in which the check of the tests found a fault."
            f" The kills took {seconds:.0f} s.\n\nAmong files, a process of each of two users adds, sends"
            " piece by piece, unpacks, puts into the trash, erases, and now and then ends a session, on the"
            f" same store; {FILE_RUNS} runs a store, each killed after 20 to 250 ms. What is there is"
            " compared with every acknowledgement, both ways with the bytes (each read and hashed) and with"
            " a recount; *left* are intents that a sweep, when everything is overdue, did not clear."
        )
        given = {"count": count}
        return write("kills", "Kills", sections, folder=folder, note=note, given=given)


def _none(what: str, found: int) -> Bar:
    return Bar(what, "0", f"{found:,}", "–", "0", found == 0)
