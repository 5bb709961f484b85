"""What other processes write is found by looking, by one connection, and only while somebody listens."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from sojourn.backends.sqlite.bus import SqliteBus
from sojourn.backends.sqlite.records import SqliteRecords
from sojourn.config import Settings
from sojourn.models import User

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

SETTINGS = Settings(durability="process")


@pytest.fixture
def records(tmp_path: Path) -> Iterator[SqliteRecords]:
    records = SqliteRecords(tmp_path, SETTINGS)
    yield records
    records.close()


@pytest.fixture
def elsewhere(records: SqliteRecords, tmp_path: Path) -> Iterator[SqliteRecords]:
    """The same file through connections of its own, as another process has them."""
    assert records.store_id
    other = SqliteRecords(tmp_path, SETTINGS)
    yield other
    other.close()


def user(records: SqliteRecords, name: str) -> int:
    draft = User(f"usr_{name}", name, 1)
    return records.write(lambda tx: tx.users.add(draft)).no


def note(records: SqliteRecords, owner: int) -> int:
    return records.write(lambda tx: tx.events.note(owner, "state.changed", None, 1))


def look(bus: SqliteBus, told: Event, times: int = 500) -> bool:
    """Looks whenever it is due, until told."""
    for _ in range(times):
        if told.is_set():
            return True
        seconds = bus.poll()
        assert seconds is not None
        time.sleep(seconds)
    return told.is_set()


def test_what_another_connection_writes_is_told(records: SqliteRecords, elsewhere: SqliteRecords) -> None:
    ada, told = user(records, "ada"), Event()
    end = records.bus.listen(ada, told.set)
    for _ in range(3):
        told.clear()
        note(elsewhere, ada)
        assert look(records.bus, told)
    end()


def test_another_owners_log_is_looked_at_and_not_told(
    records: SqliteRecords, elsewhere: SqliteRecords
) -> None:
    ada, bob = user(records, "ada"), user(records, "bob")
    mine, theirs, anyones = Event(), Event(), Event()
    ends = [
        records.bus.listen(owner, told.set) for owner, told in ((ada, mine), (bob, theirs), (None, anyones))
    ]
    note(elsewhere, bob)
    assert look(records.bus, theirs)
    assert anyones.is_set()
    assert not mine.is_set()
    for end in ends:
        end()


def test_what_came_before_anybody_listened_is_not_told(
    records: SqliteRecords, elsewhere: SqliteRecords
) -> None:
    ada, told = user(records, "ada"), Event()
    note(elsewhere, ada)
    end = records.bus.listen(ada, told.set)
    assert not look(records.bus, told, times=3)
    end()


def test_an_entry_between_two_who_begin_to_listen_is_told_to_the_first(
    records: SqliteRecords, elsewhere: SqliteRecords
) -> None:
    ada, bob = user(records, "ada"), user(records, "bob")
    first, second = Event(), Event()
    ends = [records.bus.listen(ada, first.set)]
    note(elsewhere, ada)
    ends += [records.bus.listen(owner, second.set) for owner in (ada, bob)]
    assert look(records.bus, first)
    for end in ends:
        end()


def test_an_entry_that_was_given_up_here_does_not_hide_the_one_that_takes_its_number(
    records: SqliteRecords, elsewhere: SqliteRecords
) -> None:
    ada, told = user(records, "ada"), Event()
    end = records.bus.listen(ada, told.set)

    async def give_up(tx: object) -> None:
        await tx.events.note(ada, "state.changed", None, 1)  # type: ignore[attr-defined]
        raise InterruptedError

    with pytest.raises(InterruptedError):
        records.write(give_up)
    told.clear()
    assert note(elsewhere, ada) == 1
    assert look(records.bus, told)
    end()


def test_the_pause_grows_while_nothing_moves_and_is_short_again_after(
    records: SqliteRecords, elsewhere: SqliteRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    ada, told = user(records, "ada"), Event()
    end = records.bus.listen(ada, told.set)

    def pauses(count: int) -> list[float]:
        found = []
        for _ in range(count):
            seconds = records.bus.poll()
            assert seconds is not None
            found.append(round(seconds, 4))
            now[0] += seconds
        return found

    grown = pauses(40)
    assert grown == sorted(grown)
    assert grown[0] == 0.02
    assert grown[-1] == 0.5
    note(elsewhere, ada)
    records.bus.poll()
    assert told.is_set()
    assert pauses(3) == [0.02, 0.025, 0.0312]
    end()


def test_a_connection_stands_while_somebody_listens_and_not_longer(records: SqliteRecords) -> None:
    ada = user(records, "ada")
    assert records.bus._raw is None
    ends = [records.bus.listen(ada, print), records.bus.listen(None, print)]
    assert records.bus._raw is not None
    for end in ends:
        end()
    assert records.bus._raw is None
    assert records.bus.poll() is not None
    assert records.bus._raw is None


def test_closing_the_store_misses_nothing_for_who_goes_on_listening(
    records: SqliteRecords, elsewhere: SqliteRecords
) -> None:
    ada, bob, told = user(records, "ada"), user(records, "bob"), Event()
    ends = [records.bus.listen(ada, told.set)]
    records.close()
    note(elsewhere, ada)
    ends.append(records.bus.listen(bob, print))
    assert look(records.bus, told)
    for end in ends:
        end()


def test_after_a_fork_the_parent_goes_on_listening_and_the_child_begins_anew(
    records: SqliteRecords,
) -> None:
    ada, told = user(records, "ada"), Event()
    end = records.bus.listen(ada, told.set)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            assert not records.bus._ears
            mine = Event()
            records.bus.listen(ada, mine.set)
            note(records, ada)
            code = 0 if mine.is_set() and not told.is_set() else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert look(records.bus, told)
    end()
