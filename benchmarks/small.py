"""Where the bytes of small files are cheaper: in the records, or as files beside them.

The same store twice, with every file inside and with none, by turns; and beside them what a file costs
whoever hashes, writes, syncs and renames it, with no record of it at all.
"""

import asyncio
import os
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from benchmarks.measure import Row, Times, by_turns, plain, rate, scratch, table, write
from sojourn import AsyncSojourn, Settings, Sojourn
from sojourn.config import KIB
from sojourn.sync import Session

SIZES = (1 * KIB, 16 * KIB, 64 * KIB, 128 * KIB, 256 * KIB)
PLACES = {"in the records": 1 << 30, "beside them": 0}
LIMIT = "a synced file"
TASKS = 64
QUICK = {"rounds": 20, "many": 200}


def written(folder: Path, size: int) -> Callable[[], None]:
    """Hashes, writes beside its place, syncs, renames, syncs the folder."""
    count = 0

    def one() -> None:
        nonlocal count
        count += 1
        data = os.urandom(size)
        sha256(data).hexdigest()
        part = folder / f"{size}-{count}.part"
        with part.open("xb", buffering=0) as file:
            file.write(data)
            os.fsync(file.fileno())
        part.rename(part.with_suffix(""))
        handle = os.open(folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)

    return one


def added(session: Session, size: int) -> None:
    session.files.add("a.bin", os.urandom(size))


def opened(session: Session, file_id: str) -> None:
    with session.files.open(file_id) as file:
        file.read()


def erased(session: Session, ids: list[str]) -> None:
    session.files.erase(ids.pop())


async def at_once(folder: Path, small: int, size: int, many: int) -> float:
    """Seconds a file, with `TASKS` tasks adding."""
    url = f"sqlite:///{folder}"
    async with AsyncSojourn.open(url, settings=Settings(small_bytes=small, session_bytes=1 << 40)) as store:
        session = await store.user("ada").sessions.create()
        waiting = [os.urandom(size) for _ in range(many)]

        async def work() -> None:
            while waiting:
                await session.files.add("a.bin", waiting.pop())

        begun = perf_counter()
        await asyncio.gather(*(work() for _ in range(TASKS)))
        return (perf_counter() - begun) / many


def measured(folder: Path, size: int, rounds: int) -> list[Row]:
    (folder / "plain").mkdir(exist_ok=True)
    stores = {
        place: Sojourn.open(f"sqlite:///{folder}/{place}-{size}", settings=Settings(small_bytes=small))
        for place, small in PLACES.items()
    }
    sessions = {place: store.user("ada").sessions.create() for place, store in stores.items()}
    shown = f"{size // KIB} KiB"
    doing: dict[str, Callable[[], object]] = {LIMIT: written(folder / "plain", size)}
    doing |= {place: partial(added, session, size) for place, session in sessions.items()}
    rows = [Row(f"add {shown}", by_turns(doing, rounds=rounds))]
    first = {place: session.files.list().items[0].id for place, session in sessions.items()}
    ids = {
        place: [file.id for file in session.files.list(limit=200).items][1:]
        for place, session in sessions.items()
    }
    reading: dict[str, Callable[[], object]] = {
        place: partial(opened, session, first[place]) for place, session in sessions.items()
    }
    beside: dict[str, Times] = {}
    beside |= by_turns(reading, rounds=rounds)
    rows.append(Row(f"read {shown}", {LIMIT: rows[0].times[LIMIT], **beside}))
    going: dict[str, Callable[[], object]] = {
        place: partial(erased, session, ids[place]) for place, session in sessions.items()
    }
    most = min(map(len, ids.values())) - 4
    gone = by_turns(going, rounds=min(rounds, most))
    rows.append(Row(f"erase {shown}", {LIMIT: rows[0].times[LIMIT], **gone}))
    for store in stores.values():
        store.close()
    return rows


def main(*, rounds: int = 100, many: int = 1000) -> Path:
    with scratch() as folder:
        rows = [row for size in SIZES for row in measured(folder, size, rounds)]
        together = []
        for size in SIZES:
            seconds = {
                place: asyncio.run(at_once(folder / f"many-{place}-{size}", small, size, many))
                for place, small in PLACES.items()
            }
            rates = [rate(1, each) for each in seconds.values()]
            inside, outside = seconds.values()
            together.append([f"{size // KIB} KiB", *rates, f"{outside / inside:.1f}×"])
        note = (
            f"Durability `power`; the medians of {rounds} rounds, who begins changes. *{LIMIT}* is what the"
            " same bytes cost whoever hashes, writes, syncs, renames, and syncs the folder, without any"
            " record. Small bytes lie in the records up to `small_bytes`, 64 KiB by default."
        )
        sections = {
            "One after the other": table(rows, limit=LIMIT),
            f"{TASKS} tasks at once, {many:,} files": plain(["", *PLACES, "times as many"], together),
        }
        given = {"rounds": rounds, "many": many}
        return write("small", "Small files", sections, folder=folder, note=note, given=given)
