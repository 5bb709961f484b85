"""sojourn's records against SQLite by hand, in the same run.

The library is called as an application calls it, by its sync facade: owner check, ids, checks,
sealing and objects are in its times and not in the limit's. The limit of an append is the very
statements it makes; a bare log with no owner, no event and no seal stands beside it.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Literal

import apsw

from benchmarks import bars, syncs
from benchmarks.bars import Bar
from benchmarks.measure import BY_TURNS, TEXT, Row, Times, by_turns, memory, scratch, table, write
from benchmarks.raw import RawLog
from benchmarks.statements import ByHand, copied, recording
from sojourn import Settings, Sojourn
from sojourn.sync.session import Session

Durability = Literal["power", "process"]
Asked = dict[str, Mapping[str, Callable[[], object]]]
"""What is asked, and who answers how."""

LENGTHS = (100, 1_000, 10_000)
SESSIONS = 1_000
WARM = 3
QUICK = {"rounds": 60, "sessions": 5_000, "messages": 1_000}

SAME, BARE = "same statements", "bare log"


def opened(folder: Path, durability: Durability) -> Sojourn:
    return Sojourn.open(f"sqlite:///{folder}", settings=Settings(durability=durability))


def grown(session: Session, length: int) -> None:
    """Lengthens a conversation to so many messages, many at a time."""
    have = session.refresh().last_seq
    while have < length:
        step = min(500, length - have)
        drafts = [
            session.messages.draft(f"00000000-0000-7000-8000-{have + n:012x}", "user", TEXT)
            for n in range(step)
        ]
        session.messages.merge(drafts)
        have += step


def appends(folder: Path, durability: Durability, *, rounds: int) -> list[Row]:
    """One message more, at conversations of three lengths, each in a store of its own."""
    synchronous: Literal["FULL", "NORMAL"] = "FULL" if durability == "power" else "NORMAL"
    asked: Asked = {}
    with ExitStack() as stack:
        for length in LENGTHS:
            place = folder / str(length)
            with opened(place / "base", durability) as store:
                session = store.user("ada").sessions.create()
                grown(session, length)
            with (
                recording() as recorded,
                opened(copied(place / "base", place / "noted"), durability) as store,
            ):
                noted = store.user("ada").sessions.get(session.id).messages
                for _ in range(WARM + rounds):
                    noted.append("user", TEXT)
            bare = stack.enter_context(RawLog(place / "bare.db", synchronous=synchronous))
            bare.fill(1, length, TEXT.encode())
            hand = stack.enter_context(ByHand(copied(place / "base", place / "hand"), recorded))
            live = stack.enter_context(opened(copied(place / "base", place / "live"), durability))
            asked[f"append at {length:,}"] = {
                SAME: hand.one,
                BARE: partial(bare.append, 1, TEXT.encode()),
                "sojourn": partial(live.user("ada").sessions.get(session.id).messages.append, "user", TEXT),
            }
        return together(asked, rounds=rounds, warm=WARM)


def reads(folder: Path, *, rounds: int) -> list[Row]:
    """Windows of a long conversation, and the newest of many sessions."""
    with (
        RawLog(folder / "bare-reads.db", synchronous="NORMAL") as bare,
        opened(folder / "reads", "process") as store,
    ):
        bare.fill(1, LENGTHS[-1], TEXT.encode())
        ada = store.user("ada")
        session = ada.sessions.create()
        grown(session, LENGTHS[-1])
        bare.fill(SESSIONS - 1, 0)
        for number in range(SESSIONS - 1):
            ada.sessions.create(title=f"Session {number}")
        asked: Asked = {
            f"last {count} of {LENGTHS[-1]:,}": {
                BARE: partial(bare.last, 1, count),
                "sojourn": partial(session.messages.last, count),
            }
            for count in (10, 50)
        }
        asked[f"newest 50 of {SESSIONS:,} sessions"] = {
            BARE: partial(bare.newest, 50),
            "sojourn": partial(ada.sessions.list, limit=50),
        }
        return together(asked, rounds=rounds)


def pages(folder: Path, *, sessions: int, rounds: int) -> list[Row]:
    """A page of 50 sessions, at four depths of many."""
    with (
        RawLog(folder / "bare-pages.db", synchronous="NORMAL") as bare,
        opened(folder / "pages", "process") as store,
    ):
        bare.fill(sessions, 0)
        ada = store.user("ada")
        for number in range(sessions):
            ada.sessions.create(title=f"Session {number}")
        asked: Asked = {}
        cursor: str | None = None
        depth, before = 0, 2**62
        for wanted in (0, sessions // 10, sessions // 2, sessions - 50):
            while depth < wanted:
                step = min(200, wanted - depth)
                cursor = ada.sessions.list(limit=step, cursor=cursor).next
                before = bare.newest(step, before)[-1][2]
                depth += step
            asked[f"50 after {depth:,}"] = {
                BARE: partial(bare.newest, 50, before),
                "sojourn": partial(ada.sessions.list, limit=50, cursor=cursor),
            }
        return together(asked, rounds=rounds)


def together(asked: Asked, *, rounds: int, warm: int = WARM) -> list[Row]:
    """One row for each thing asked; all of them are timed in the same rounds."""
    calls = {(what, who): call for what, named in asked.items() for who, call in named.items()}
    times = by_turns(calls, rounds=rounds, warm=warm)
    return [Row(what, {who: times[what, who] for who in named}) for what, named in asked.items()]


def size(folder: Path, characters: int, *, messages: int) -> float:
    """Bytes of the file a message, beyond those of a store whose conversation is empty."""
    path = folder / "sojourn.db"
    with opened(folder, "process") as store:
        session = store.user("ada").sessions.create()
    empty = _emptied(path)
    with opened(folder, "process") as store:
        kept = store.user("ada").sessions.get(session.id).messages
        for _ in range(messages):
            kept.append("user", "x" * characters)
    return (_emptied(path) - empty) / messages


def _emptied(path: Path) -> int:
    """The size once the log is in the file."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    return path.stat().st_size


def _all(rows: list[Row]) -> Mapping[str, Times]:
    """sojourn's times by the number at the end of what was done."""
    return {row.what.rpartition(" ")[2]: row.times["sojourn"] for row in rows}


def main(*, rounds: int = 1000, sessions: int = 100_000, messages: int = 5_000) -> Path:
    with memory() as quick, scratch() as disk:
        durable = appends(quick / "power", "power", rounds=rounds)
        on_disk = appends(disk / "power", "power", rounds=rounds)
        killed = appends(quick / "process", "process", rounds=rounds)
        read = reads(quick, rounds=rounds)
        paged = pages(quick, sessions=sessions, rounds=rounds)
        numbers = (100, 2_000)
        count = partial(syncs.by_strace, "sojourn_sync") if syncs.traceable() else syncs.by_vfs
        few, many = count(quick / "syncs", numbers)
        weights = {
            characters: size(quick / f"size-{characters}", characters, messages=messages)
            for characters in (200, 2_000)
        }
        flat = partial(bars.level, within=0.2)
        found: list[Bar] = [
            *(
                bars.share(row.what, 1 / row.times[SAME].median, 1 / row.times["sojourn"].median, 0.5)
                for row in durable
            ),
            flat("append, flat in length", _all(durable)),
            bars.over(
                f"fsyncs an append ({few.by}; {few.appends} in a row,"
                f" and {many.each:.3f} over {many.appends:,} with their checkpoints)",
                1,
                few.each,
                1,
            ),
            *(bars.slower(row.what, row.times[BARE], row.times["sojourn"], 4) for row in read[:2]),
            *(bars.slower(row.what, row.times[BARE], row.times["sojourn"], 12) for row in read[2:] + paged),
            flat(f"page of 50, flat in depth of {sessions:,}", _all(paged)),
            *(
                bars.over(
                    f"a message of {length:,} characters in the file",
                    length,
                    weights[length],
                    bound,
                    " bytes",
                )
                for length, bound in ((200, 2.0), (2_000, 1.5))
            ),
        ]
        sections = {
            "Bars": bars.held(found),
            "Appending, durability `power`, memory file system": table(durable, limit=SAME),
            "Appending, durability `power`, disk": table(on_disk, limit=SAME),
            "Appending, durability `process`, memory file system": table(killed, limit=SAME),
            "Reading, memory file system": table(read, limit=BARE),
            f"Paging through {sessions:,} sessions, memory file system": table(paged, limit=BARE),
        }
        note = (
            f"The sync facade against SQLite by hand: messages of {len(TEXT)} characters, one caller."
            " *Same statements* is what the library asks of SQLite, with the same values, pragmas and file,"
            " and nothing around it. *Bare log* is the smallest log of messages: no owner check, no event,"
            " no sealing, no object. The bars hold for durability `power` on a memory file system."
            f" {BY_TURNS}"
        )
        given = {"rounds": rounds, "sessions": sessions, "messages": messages}
        return write("records", "Records", sections, folder=disk, note=note, given=given)
