"""Every backend keeps the contract of `Records`."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

pytest.register_assert_rewrite("sojourn.testing.rows")

from sojourn.backends.memory import MemoryRecords  # noqa: E402
from sojourn.backends.sqlite.records import SqliteRecords  # noqa: E402
from sojourn.config import Settings  # noqa: E402
from sojourn.errors import LimitExceeded, Unavailable  # noqa: E402
from sojourn.ports import MOST_SESSIONS, Records, SessionRef, Tx  # noqa: E402
from sojourn.testing import drafts  # noqa: E402
from sojourn.testing.records import RecordsContract  # noqa: E402
from sojourn.testing.rows.sharing import SnapshotContract  # noqa: E402
from sojourn.testing.rows.transactions import SteppingContract  # noqa: E402


class TestMemory(RecordsContract, SnapshotContract, SteppingContract):
    @pytest.fixture
    def records(self) -> Iterator[Records]:
        records = MemoryRecords(Settings())
        yield records
        records.close()


class TestSqlite(RecordsContract, SteppingContract):
    @pytest.fixture
    def records(self, tmp_path: Path) -> Iterator[Records]:
        records = SqliteRecords(tmp_path / "data", Settings(durability="process"))
        yield records
        records.close()


def test_no_part_of_the_contract_hides_another() -> None:
    parts = [part for part in TestMemory.__mro__ if part.__module__.startswith("sojourn.testing.rows")]
    names = Counter(name for part in parts for name in vars(part) if name.startswith("test_"))
    assert len(names) > 100
    assert [name for name, times in names.items() if times > 1] == []


def test_in_memory_an_operation_cannot_begin_another() -> None:
    records = MemoryRecords(Settings())
    user = drafts.user("ada")

    async def nested(tx: Tx) -> None:
        await tx.users.add(user)
        records.write(lambda inner: inner.users.add(drafts.user("bob")))

    with pytest.raises(RuntimeError, match="must not begin another"):
        records.write(nested)
    assert records.read(lambda tx: tx.users.named("ada")) is None
    assert records.write(lambda tx: tx.users.add(user)).user == user


def test_in_memory_a_turn_that_does_not_come_is_unavailable() -> None:
    records = MemoryRecords(Settings(busy_seconds=0.02))
    begun, over = Event(), Event()

    async def dawdle(tx: Tx) -> None:
        begun.set()
        over.wait(30)

    with ThreadPoolExecutor(1) as pool:
        dawdling = pool.submit(records.write, dawdle)
        assert begun.wait(30)
        with pytest.raises(Unavailable):
            records.write(lambda tx: tx.users.add(drafts.user("ada")))
        over.set()
        dawdling.result(30)
    assert records.read(lambda tx: tx.users.named("ada")) is None


def test_in_memory_the_numbers_of_sessions_end_where_they_end_everywhere() -> None:
    records = MemoryRecords(Settings())
    no = records.write(lambda tx: tx.users.add(drafts.user("ada"))).no
    records._rows.session_numbers._last = MOST_SESSIONS - 1
    last, beyond = drafts.session(), drafts.session()
    records.write(lambda tx: tx.sessions.add(no, last))
    for _ in range(2):
        with pytest.raises(LimitExceeded, match=f"{MOST_SESSIONS} sessions"):
            records.write(lambda tx: tx.sessions.add(no, beyond))
    assert records.read(lambda tx: tx.sessions.get(SessionRef(no, last.id))) is not None
    assert records.read(lambda tx: tx.sessions.get(SessionRef(no, beyond.id))) is None
