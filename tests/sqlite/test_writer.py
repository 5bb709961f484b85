"""Group commit: each operation stands or falls alone, whoever waits is told.

What was refused is never written.
"""

import asyncio
import ctypes
import itertools
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from sojourn.backends.sqlite.records import SqliteRecords
from sojourn.config import Settings
from sojourn.errors import BackendError, SchemaMismatch, Unavailable
from sojourn.models import Message, Session, Text, User
from sojourn.ports import SessionRef, Tx

set_async = ctypes.pythonapi.PyThreadState_SetAsyncExc

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def message(number: int) -> Message:
    return Message(f"00000000-0000-7000-8000-{number:012d}", 0, "user", (Text(f"number {number}"),), 1)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[SqliteRecords]:
    records = SqliteRecords(tmp_path, Settings(durability="process"))
    yield records
    records.close()


@pytest.fixture
def ref(records: SqliteRecords) -> SessionRef:
    async def make(tx: Tx) -> SessionRef:
        owner = await tx.users.add(User("usr_1", "ada", 1))
        await tx.sessions.add(owner.no, Session("ses_aaaa", "", 1, 1, 1, 0, 0, 0))
        return SessionRef(owner.no, "ses_aaaa")

    return records.write(make)


def appending(ref: SessionRef, number: int):
    async def operation(tx: Tx) -> int:
        kept = await tx.messages.append(ref, [message(number)], 1)
        assert kept is not None
        return kept[0].seq

    return operation


def kept(records: SqliteRecords, ref: SessionRef) -> list[int]:
    async def operation(tx: Tx) -> list[Message]:
        return await tx.messages.after(ref, 0, 100_000)

    return [int(found.text.split()[1]) for found in records.read(operation)]


class Wrong(Exception):
    pass


def failing(ref: SessionRef, number: int):
    async def operation(tx: Tx) -> None:
        await tx.messages.append(ref, [message(number)], 1)
        raise Wrong(number)

    return operation


def test_in_one_batch_a_failing_operation_takes_nobody_with_it(
    records: SqliteRecords, ref: SessionRef
) -> None:
    async def all_at_once() -> list[object]:
        jobs = [records.awrite(failing(ref, n) if n % 3 == 0 else appending(ref, n)) for n in range(90)]
        return await asyncio.gather(*jobs, return_exceptions=True)

    answers = asyncio.run(all_at_once())
    assert [type(answers[n]) for n in range(0, 90, 3)] == [Wrong] * 30
    assert sorted(kept(records, ref)) == [n for n in range(90) if n % 3]


def test_an_operation_that_undoes_the_whole_transaction_costs_its_neighbours_nothing(
    records: SqliteRecords, ref: SessionRef
) -> None:
    async def ruin(tx: Tx) -> None:
        raw: apsw.Connection = tx.messages._connection.raw  # type: ignore[attr-defined]
        raw.execute("CREATE TEMP TABLE IF NOT EXISTS one (a UNIQUE)").fetchall()
        raw.execute("INSERT OR ROLLBACK INTO one VALUES (1), (1)").fetchall()

    async def all_at_once() -> list[object]:
        jobs = [records.awrite(ruin if n == 20 else appending(ref, n)) for n in range(40)]
        return await asyncio.gather(*jobs, return_exceptions=True)

    answers = asyncio.run(all_at_once())
    assert isinstance(answers[20], Exception)
    assert [n for n, answer in enumerate(answers) if isinstance(answer, Exception)] == [20]
    assert sorted(kept(records, ref)) == [n for n in range(40) if n != 20]


def test_what_was_refused_is_not_written_and_what_was_acknowledged_is(tmp_path: Path) -> None:
    records = SqliteRecords(tmp_path, Settings(durability="process", busy_seconds=0.02))

    async def make(tx: Tx) -> SessionRef:
        owner = await tx.users.add(User("usr_1", "ada", 1))
        await tx.sessions.add(owner.no, Session("ses_aaaa", "", 1, 1, 1, 0, 0, 0))
        return SessionRef(owner.no, "ses_aaaa")

    ref = records.write(make)
    stop = threading.Event()

    def disturb() -> None:
        raw = apsw.Connection(str(tmp_path / "sojourn.db"))
        held = itertools.cycle([0.1, 0.0, 0.01, 0.03, 0.005])
        while not stop.is_set():
            try:
                raw.execute("BEGIN IMMEDIATE").fetchall()
                time.sleep(next(held))
                raw.execute("COMMIT").fetchall()
            except apsw.BusyError:
                continue
            time.sleep(0.002)
        raw.close()

    acknowledged: list[int] = []
    refused: list[int] = []

    def write(first: int) -> None:
        for number in range(first, first + 40):
            try:
                records.write(appending(ref, number))
            except Unavailable:
                refused.append(number)
            else:
                acknowledged.append(number)

    threads = [threading.Thread(target=disturb)]
    threads += [threading.Thread(target=write, args=(n * 1000,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads[1:]:
        thread.join()
    stop.set()
    threads[0].join()
    assert refused, "the deadline was short enough to be met"
    assert acknowledged, "somebody got through"
    assert sorted(kept(records, ref)) == sorted(acknowledged)
    records.close()


def test_a_cancelled_task_is_either_written_and_waited_for_or_never_begun(
    records: SqliteRecords, ref: SessionRef
) -> None:
    async def run() -> list[int]:
        done: list[int] = []

        async def one(number: int) -> None:
            await records.awrite(appending(ref, number))
            done.append(number)

        tasks = [asyncio.create_task(one(n)) for n in range(200)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return done

    done = asyncio.run(run())
    stands = kept(records, ref)
    assert set(done) <= set(stands)
    assert len(stands) == len(set(stands))
    assert set(range(1, 200, 2)) <= set(stands)


def test_threads_and_tasks_together_lose_nothing(records: SqliteRecords, ref: SessionRef) -> None:
    def thread(first: int) -> None:
        for number in range(first, first + 100):
            records.write(appending(ref, number))

    async def task(first: int) -> None:
        for number in range(first, first + 100):
            await records.awrite(appending(ref, number))

    async def tasks() -> None:
        await asyncio.gather(*(task(n * 1000) for n in range(10, 14)))

    threads = [threading.Thread(target=thread, args=(n * 1000,)) for n in range(4)]
    for one in threads:
        one.start()
    asyncio.run(tasks())
    for one in threads:
        one.join()
    expected = [n * 1000 + i for n in (0, 1, 2, 3, 10, 11, 12, 13) for i in range(100)]
    assert sorted(kept(records, ref)) == expected


def test_a_write_inside_a_running_loop_merely_blocks(records: SqliteRecords, ref: SessionRef) -> None:
    async def run() -> int:
        return records.write(appending(ref, 1))

    assert asyncio.run(run()) == 1


def test_closing_writes_what_waits_and_the_next_call_opens_again(
    records: SqliteRecords, ref: SessionRef
) -> None:
    async def run() -> None:
        jobs = [asyncio.ensure_future(records.awrite(appending(ref, n))) for n in range(50)]
        await asyncio.sleep(0)
        await asyncio.to_thread(records.close)
        await asyncio.gather(*jobs)

    asyncio.run(run())
    assert len(kept(records, ref)) == 50


def test_after_a_fork_both_sides_write_and_nothing_is_lost(records: SqliteRecords, ref: SessionRef) -> None:
    records.write(appending(ref, 0))
    children = []
    for child in range(1, 4):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                for n in range(50):
                    records.write(appending(ref, child * 1000 + n))
                code = 0
            finally:
                os._exit(code)
        children.append(pid)
    for n in range(1, 50):
        records.write(appending(ref, n))
    for pid in children:
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    SqliteRecords(records._database.folder, Settings()).close()
    assert sorted(kept(records, ref)) == [c * 1000 + n for c in range(4) for n in range(50)]


def test_a_child_forked_while_a_thread_was_reading_is_told_to_open_again(
    records: SqliteRecords, ref: SessionRef
) -> None:
    inside, leave = threading.Event(), threading.Event()

    async def slow(tx: Tx) -> None:
        inside.set()
        leave.wait(30)

    reader = threading.Thread(target=records.read, args=(slow,))
    reader.start()
    inside.wait(30)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            records.write(appending(ref, 1))
        except BackendError:
            code = 0
        finally:
            os._exit(code)
    leave.set()
    reader.join()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert records.write(appending(ref, 2)) == 1


def test_a_store_of_a_newer_schema_is_refused_and_not_touched(tmp_path: Path) -> None:
    records = SqliteRecords(tmp_path, Settings())
    assert records.store_id
    records.close()
    raw = apsw.Connection(str(tmp_path / "sojourn.db"))
    raw.execute("INSERT INTO ledger VALUES (9999, 'later')").fetchall()
    raw.close()
    with pytest.raises(SchemaMismatch):
        _ = SqliteRecords(tmp_path, Settings()).store_id


@pytest.mark.parametrize("harm", ["missing", "short"])
def test_records_without_their_keys_refuse_to_open(tmp_path: Path, harm: str) -> None:
    records = SqliteRecords(tmp_path, Settings())
    assert records.store_id
    records.close()
    keys = tmp_path / "keys.bin"
    if harm == "missing":
        keys.unlink()
    else:
        keys.write_bytes(keys.read_bytes()[:100])
    with pytest.raises(BackendError, match=r"keys\.bin"):
        _ = SqliteRecords(tmp_path, Settings()).store_id


def test_a_damaged_file_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "sojourn.db").write_bytes(b"not a database, and long enough to be looked at" * 200)
    with pytest.raises(BackendError, match="damaged"):
        _ = SqliteRecords(tmp_path, Settings()).store_id


def test_four_processes_starting_at_once_make_one_store(tmp_path: Path) -> None:
    pids = []
    for _ in range(4):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                _ = SqliteRecords(tmp_path, Settings()).store_id
                code = 0
            finally:
                os._exit(code)
        pids.append(pid)
    for pid in pids:
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert len(SqliteRecords(tmp_path, Settings()).store_id) == 32


def test_a_process_stopped_with_the_lock_makes_others_wait_and_then_say_so(
    tmp_path: Path, records: SqliteRecords, ref: SessionRef
) -> None:
    del records
    patient = SqliteRecords(tmp_path, Settings(busy_seconds=0.3))
    ready, hold = os.pipe()
    pid = os.fork()
    if pid == 0:
        raw = apsw.Connection(str(tmp_path / "sojourn.db"))
        raw.execute("BEGIN IMMEDIATE").fetchall()
        os.write(hold, b"x")
        time.sleep(60)
        os._exit(0)
    assert os.read(ready, 1) == b"x"
    with pytest.raises(Unavailable):
        patient.write(appending(ref, 1))
    assert kept(patient, ref) == []
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert patient.write(appending(ref, 2)) == 1
    patient.close()


def test_an_interrupted_thread_leaves_nobody_behind_it_asleep(
    tmp_path: Path, records: SqliteRecords, ref: SessionRef
) -> None:
    """Those who share a commit wake one another, so each must pass it on, whatever becomes of it."""
    raw = apsw.Connection(str(tmp_path / "sojourn.db"))
    raw.execute("BEGIN IMMEDIATE").fetchall()
    interrupted: list[int] = []

    def write(number: int) -> None:
        try:
            records.write(appending(ref, number))
        except Wrong:
            interrupted.append(number)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for number, thread in enumerate(threads, 1):
        thread.start()
        while records._writer._queue.qsize() + 1 < number:  # the writer itself holds the first one
            time.sleep(0.001)
    for thread in threads[1::2]:
        assert thread.ident is not None
        assert set_async(ctypes.c_ulong(thread.ident), ctypes.py_object(Wrong)) == 1
    raw.execute("COMMIT").fetchall()
    raw.close()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert sorted(interrupted) == [1, 3, 5, 7]
    assert sorted(kept(records, ref)) == list(range(8))


def test_a_crowd_of_threads_shares_commits(records: SqliteRecords, ref: SessionRef) -> None:
    commits = [0]

    def note() -> bool:
        commits[0] += 1
        return False

    records._database.writer().raw.set_commit_hook(note)
    begin = threading.Barrier(16)

    def write(first: int) -> None:
        begin.wait()
        for number in range(first, first + 50):
            records.write(appending(ref, number))

    threads = [threading.Thread(target=write, args=(n * 1000,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept(records, ref)) == 800
    assert commits[0] < 400
