"""At durability `process` a task writes where it stands, while that holds its loop for a moment only."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import apsw
import pytest

from sojourn.backends.sqlite.records import SqliteRecords
from sojourn.config import Settings
from sojourn.errors import NotFound
from sojourn.ports import Tx
from sojourn.testing import drafts
from sojourn.testing.drafts import NOW


@pytest.fixture
def records(tmp_path: Path) -> Iterator[SqliteRecords]:
    records = SqliteRecords(tmp_path, Settings(durability="process"))
    yield records
    records.close()


def owner(records: SqliteRecords) -> int:
    user = drafts.user("ada")
    return records.write(lambda tx: tx.users.add(user)).no


def setting(no: int, key: str, where: list[int] | None = None):
    """Sets a key; notes in which thread it ran."""

    async def operation(tx: Tx) -> int | None:
        if where is not None:
            where.append(threading.get_ident())
        return await tx.state.put(no, key, b"1", NOW)

    return operation


def test_a_lone_task_writes_without_a_hop(records: SqliteRecords) -> None:
    async def run() -> list[int]:
        no, where = owner(records), list[int]()
        for key in "abc":
            await records.awrite(setting(no, key, where))
            await asyncio.sleep(0)
        return where

    assert asyncio.run(run()) == [threading.get_ident()] * 3


def test_at_durability_power_a_task_never_writes_on_its_loop(tmp_path: Path) -> None:
    records = SqliteRecords(tmp_path, Settings(durability="power"))

    async def run() -> list[int]:
        no, where = owner(records), list[int]()
        await records.awrite(setting(no, "a", where))
        return where

    assert threading.get_ident() not in asyncio.run(run())
    records.close()


def test_a_task_that_only_writes_gives_its_loop_back_again_and_again(records: SqliteRecords) -> None:
    async def run() -> tuple[int, set[int]]:
        no, where = owner(records), list[int]()

        async def busy() -> None:
            for number in range(1000):
                await records.awrite(setting(no, f"key {number}", where))

        task = asyncio.create_task(busy())
        count = 0
        while not task.done():
            count += 1
            await asyncio.sleep(0)
        return count, set(where)

    count, threads = asyncio.run(run())
    assert count > 10
    assert len(threads) == 2  # the loop's, and the writer's


def test_another_process_that_holds_the_records_does_not_hold_the_loop(
    tmp_path: Path, records: SqliteRecords
) -> None:
    async def run() -> tuple[int, list[int]]:
        no, where = owner(records), list[int]()
        other = apsw.Connection(str(tmp_path / "sojourn.db"))
        other.execute("BEGIN IMMEDIATE").fetchall()
        task = asyncio.create_task(records.awrite(setting(no, "a", where)))
        for _ in range(20):
            await asyncio.sleep(0.001)
            assert not task.done()
        other.execute("COMMIT").fetchall()
        other.close()
        await task
        return no, where

    no, where = asyncio.run(run())
    assert where != [threading.get_ident()]
    assert records.read(lambda tx: tx.state.count(no)) == 1


def test_a_long_operation_is_undone_and_goes_on_where_it_holds_nobody(records: SqliteRecords) -> None:
    async def run() -> tuple[int, list[int]]:
        no, where = owner(records), list[int]()

        async def long(tx: Tx) -> None:
            where.append(threading.get_ident())
            for number in range(3000):
                await tx.state.put(no, f"key {number}", b"1", NOW)

        await records.awrite(long)
        return no, where

    no, where = asyncio.run(run())
    assert len(where) == 2
    assert where[0] == threading.get_ident() != where[1]
    assert records.read(lambda tx: tx.state.count(no)) == 3000


def test_one_long_statement_is_cut_off_too(records: SqliteRecords) -> None:
    async def run() -> list[int]:
        owner(records)
        where: list[int] = []

        async def long(tx: Tx) -> int:
            where.append(threading.get_ident())
            raw: apsw.Connection = tx.messages._connection.raw  # type: ignore[attr-defined]
            sql = """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
                     SELECT count(*) FROM n"""
            found: int = raw.execute(sql).fetchall()[0][0]
            return found

        assert await records.awrite(long) == 300000
        return where

    where = asyncio.run(run())
    assert len(where) == 2
    assert where[0] == threading.get_ident() != where[1]


def test_an_operation_that_fails_on_the_loop_changes_nothing(records: SqliteRecords) -> None:
    async def run() -> int:
        no = owner(records)

        async def failing(tx: Tx) -> None:
            await tx.state.put(no, "a", b"1", NOW)
            raise NotFound("There is no such thing.")

        with pytest.raises(NotFound):
            await records.awrite(failing)
        await records.awrite(setting(no, "b"))
        return no

    no = asyncio.run(run())
    assert [entry.key for entry in records.read(lambda tx: tx.state.all(no))] == ["b"]


@pytest.mark.parametrize("durability", ["power", "process"])
def test_loops_and_threads_that_write_at_once_lose_nothing(
    tmp_path: Path, durability: Literal["power", "process"]
) -> None:
    records = SqliteRecords(tmp_path, Settings(durability=durability))
    no = owner(records)

    async def tasks(name: str) -> None:
        async def one(number: int) -> None:
            for step in range(10):
                await records.awrite(setting(no, f"{name} {number} {step}"))

        await asyncio.gather(*(one(number) for number in range(10)))

    def thread(name: str) -> None:
        for step in range(100):
            records.write(setting(no, f"{name} {step}"))

    workers = [threading.Thread(target=lambda n=n: asyncio.run(tasks(f"loop {n}"))) for n in range(2)]
    workers += [threading.Thread(target=thread, args=(f"thread {n}",)) for n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert records.read(lambda tx: tx.state.count(no)) == 400
    records.close()
