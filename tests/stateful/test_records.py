"""No order of calls tells a backend from the one in memory."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from sojourn.backends.memory import MemoryRecords
from sojourn.backends.sqlite.records import SqliteRecords
from sojourn.config import Settings
from sojourn.ports import Records
from sojourn.testing.stateful import RecordsMachine


class MemoryMachine(RecordsMachine):
    def make(self) -> Records:
        return MemoryRecords(Settings())


class SqliteMachine(RecordsMachine):
    sealed = True

    def make(self) -> Records:
        self.folder = TemporaryDirectory(prefix="sojourn-")
        return self.open()

    def open(self) -> Records:
        return SqliteRecords(Path(self.folder.name), Settings(sealed=self.sealed, durability="process"))

    def reopen(self, records: Records) -> Records:
        records.close()
        return self.open()

    def teardown(self) -> None:
        super().teardown()
        self.folder.cleanup()


class UnsealedSqliteMachine(SqliteMachine):
    sealed = False


TestMemory = MemoryMachine.TestCase
TestMemory.settings = settings(max_examples=30, stateful_step_count=40)
TestSqlite = SqliteMachine.TestCase
TestSqlite.settings = settings(max_examples=40, stateful_step_count=40)
TestUnsealedSqlite = UnsealedSqliteMachine.TestCase
TestUnsealedSqlite.settings = settings(max_examples=15, stateful_step_count=40)


class LongSqliteMachine(SqliteMachine):
    pass


TestSqliteAtLength = pytest.mark.torture(LongSqliteMachine.TestCase)
TestSqliteAtLength.settings = settings(max_examples=500, stateful_step_count=80)


def keeps_what_failed(records: MemoryRecords) -> None:
    records._rows.journal.roll_back = records._rows.journal.commit


def never_asks_for_the_owner(records: MemoryRecords) -> None:
    records._rows.find = lambda ref: records._rows.sessions.get(ref.id)


def writes_to_closed_sessions(records: MemoryRecords) -> None:
    records._rows.open = records._rows.find


def forgets_where_a_branch_was_left(records: MemoryRecords) -> None:
    fork = records._tx.branches.fork
    records._tx.branches.fork = lambda ref, at, now: fork(ref, (1, 0), now)


def counts_entries_by_what_is_kept(records: MemoryRecords) -> None:
    events = records._tx.events

    async def newest(owner: int) -> int:
        kept = await events.after(owner, 0, 10_000)
        return kept[-1].n if kept else 0

    events.newest = newest


def takes_any_fence(records: MemoryRecords) -> None:
    async def holds(name: str, fence: int, now: int) -> bool:
        held = records._rows.leases.get(name)
        return held is not None and held.until_ms > now

    records._tx.leases.holds = holds


def takes_shared_bytes_away(records: MemoryRecords) -> None:
    files, rows = records._tx.files, records._rows
    remove = files.remove

    async def hasty(ref, file_id, now):
        held = await files.held(ref, file_id)
        gone = await remove(ref, file_id, now)
        if gone is not None:
            rows.find(ref).children.bodies.remove(held.blob)
        return gone

    files.remove = hasty


def holds_what_was_given_up(records: MemoryRecords) -> None:
    intents, rows = records._tx.intents, records._rows
    give_up = intents.give_up

    async def forgetful(ref, id, due_ms=None):
        before = await intents.coming(ref, id)
        done = await give_up(ref, id, due_ms)
        if done and before is not None:
            rows.owner(ref.owner).taken.count(1, before.reserved)
        return done

    intents.give_up = forgetful


FAULTS = [
    keeps_what_failed,
    never_asks_for_the_owner,
    writes_to_closed_sessions,
    forgets_where_a_branch_was_left,
    counts_entries_by_what_is_kept,
    takes_any_fence,
    takes_shared_bytes_away,
    holds_what_was_given_up,
]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_machine_notices_a_store_that(fault) -> None:
    class FaultyMachine(MemoryMachine):
        def make(self) -> Records:
            records = MemoryRecords(Settings())
            fault(records)
            return records

    with pytest.raises(AssertionError, match="The store on trial differs"):
        run_state_machine_as_test(
            FaultyMachine, settings=settings(max_examples=1000, phases=[Phase.generate], database=None)
        )
