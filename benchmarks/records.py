"""sojourn's records against the same rows in SQLite by hand, in the same run.

The library is called as an application calls it, by its sync facade: owner check, ids, checks,
sealing and objects are in its times and not in the limit's.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import Row, by_turns, scratch, table, write
from benchmarks.raw import RawLog
from sojourn import Settings, Sojourn
from sojourn.sync.session import Session

TEXT = "It rose twice a day. " * 10
LENGTHS = (100, 1_000, 10_000)
SESSIONS = 1_000


@contextmanager
def memory() -> Iterator[Path]:
    """A folder on a memory file system where there is one, else on the disk."""
    place = Path("/dev/shm")
    with tempfile.TemporaryDirectory(
        prefix="sojourn-bench-", dir=place if place.is_dir() else None
    ) as folder:
        yield Path(folder)


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


def appends(folder: Path, durability: str, *, rounds: int) -> list[Row]:
    """One message more, at conversations of three lengths."""
    rows = []
    settings = Settings(durability=durability)  # type: ignore[arg-type]
    raw_path = folder / f"raw-{durability}.db"
    with (
        RawLog(raw_path, synchronous="FULL" if durability == "power" else "NORMAL") as raw,
        Sojourn.open(f"sqlite:///{folder / durability}", settings=settings) as store,
    ):
        for number, length in enumerate(LENGTHS, start=1):
            raw.fill(1, length, TEXT.encode())
            session = store.user("ada").sessions.create()
            grown(session, length)
            messages = session.messages
            times = by_turns(
                {
                    "by hand": lambda number=number: raw.append(number, TEXT.encode()),
                    "sojourn": lambda messages=messages: messages.append("user", TEXT),
                },
                rounds=rounds,
            )
            rows.append(Row(f"append at {length:,}", times))
    return rows


def reads(folder: Path, *, rounds: int) -> list[Row]:
    """Windows of a long conversation, and the newest of many sessions."""
    with (
        RawLog(folder / "raw-reads.db", synchronous="NORMAL") as raw,
        Sojourn.open(f"sqlite:///{folder / 'reads'}", settings=Settings(durability="process")) as store,
    ):
        raw.fill(1, LENGTHS[-1], TEXT.encode())
        ada = store.user("ada")
        session = ada.sessions.create()
        grown(session, LENGTHS[-1])
        rows = [
            Row(
                f"last {count} of {LENGTHS[-1]:,}",
                by_turns(
                    {
                        "by hand": lambda count=count: raw.last(1, count),
                        "sojourn": lambda count=count: session.messages.last(count),
                    },
                    rounds=rounds,
                ),
            )
            for count in (10, 50)
        ]
        raw.fill(SESSIONS - 1, 0)
        for number in range(SESSIONS - 1):
            ada.sessions.create(title=f"Session {number}")
        rows.append(
            Row(
                f"newest 50 of {SESSIONS:,} sessions",
                by_turns(
                    {"by hand": lambda: raw.newest(50), "sojourn": lambda: ada.sessions.list(limit=50)},
                    rounds=rounds,
                ),
            )
        )
    return rows


def main(*, rounds: int = 1000) -> Path:
    with memory() as quick, scratch() as disk:
        sections = {
            "Appending, durability `process`, memory file system": table(
                appends(quick, "process", rounds=rounds), limit="by hand"
            ),
            "Appending, durability `power`, disk": table(
                appends(disk, "power", rounds=rounds), limit="by hand"
            ),
            "Reading, memory file system": table(reads(quick, rounds=rounds), limit="by hand"),
        }
        note = (
            f"The sync facade against the same rows in SQLite by hand: messages of {len(TEXT)} characters,"
            " one caller. By hand there is no owner check, no sealing, and no object: only the statements."
        )
        return write("records", "Records", sections, folder=disk, note=note)
