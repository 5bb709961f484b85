"""The contract of the port `Bus`, to be run against any backend.

    class TestMine(BusContract):
        @pytest.fixture
        def store(self, tmp_path):
            records = MyRecords(tmp_path)
            yield records, MyBus(records)
            records.close()

`store` answers an empty store and its bus. What another process writes is the backend's own to test.
"""

from collections.abc import Callable
from threading import Event, Thread

import pytest

from sojourn import models
from sojourn.ports import Bus, Records, Tx
from sojourn.testing import drafts
from sojourn.testing.drafts import NOW

Store = tuple[Records, Bus]
_PATIENCE = 30.0
"""Seconds after which nothing is expected to come any more."""


class GivenUp(Exception):
    """An operation gives up after it has noted."""


def user(records: Records) -> int:
    draft = drafts.user()
    return records.write(lambda tx: tx.users.add(draft)).no


def note(records: Records, owner: int) -> None:
    records.write(lambda tx: tx.events.note(owner, "state.changed", None, NOW))


def after(records: Records, owner: int, n: int) -> list[models.Event]:
    return records.read(lambda tx: tx.events.after(owner, n, 100))


class Listening:
    """Listens to a log, and counts what it is told."""

    def __init__(self, bus: Bus, owner: int | None) -> None:
        self.told = Event()
        self.count = 0
        self.end: Callable[[], None] = bus.listen(owner, self._tell)

    def _tell(self) -> None:
        self.count += 1
        self.told.set()


class BusContract:
    """Subclass it, name the class `Test…`, and give it the fixture `store`."""

    def test_who_listens_is_told_of_the_owners_log(self, store: Store) -> None:
        records, bus = store
        ada, bob = user(records), user(records)
        one, two, other = Listening(bus, ada), Listening(bus, ada), Listening(bus, bob)
        note(records, ada)
        assert one.told.wait(_PATIENCE)
        assert two.told.wait(_PATIENCE)
        assert not other.told.is_set()
        for listening in (one, two, other):
            listening.end()

    def test_who_listens_to_all_is_told_of_anyones(self, store: Store) -> None:
        records, bus = store
        listening = Listening(bus, None)
        for owner in (user(records), user(records)):
            listening.told.clear()
            note(records, owner)
            assert listening.told.wait(_PATIENCE)
        listening.end()

    def test_each_write_is_told_also_by_another_thread(self, store: Store) -> None:
        records, bus = store
        ada = user(records)
        listening = Listening(bus, ada)
        for _ in range(20):
            listening.told.clear()
            thread = Thread(target=note, args=(records, ada))
            thread.start()
            assert listening.told.wait(_PATIENCE)
            thread.join()
        listening.end()

    def test_what_was_told_can_be_read(self, store: Store) -> None:
        records, bus = store
        ada = user(records)
        seen: list[int] = []

        def watch() -> None:
            told = Event()
            end = bus.listen(ada, told.set)
            listens.set()
            while len(seen) < 50:
                assert told.wait(_PATIENCE)
                told.clear()
                seen.extend(event.n for event in after(records, ada, seen[-1] if seen else 0))
            end()

        listens = Event()
        thread = Thread(target=watch)
        thread.start()
        assert listens.wait(_PATIENCE)
        for _ in range(50):
            note(records, ada)
        thread.join(_PATIENCE)
        assert seen == [*range(1, 51)]

    def test_who_ended_is_not_told_and_may_end_again(self, store: Store) -> None:
        records, bus = store
        ada = user(records)
        ended, stays = Listening(bus, ada), Listening(bus, ada)
        ended.end()
        ended.end()
        note(records, ada)
        assert stays.told.wait(_PATIENCE)
        stays.end()
        note(records, ada)
        assert ended.count == 0

    def test_one_function_that_listens_twice_ends_once_each(self, store: Store) -> None:
        records, bus = store
        ada = user(records)
        told = Event()
        first, second = bus.listen(ada, told.set), bus.listen(ada, told.set)
        first()
        first()
        note(records, ada)
        assert told.wait(_PATIENCE)
        second()
        told.clear()
        note(records, ada)
        assert not told.is_set()

    def test_what_was_given_up_is_not_waited_for(self, store: Store) -> None:
        records, bus = store
        ada = user(records)
        listening = Listening(bus, ada)

        async def give_up(tx: Tx) -> None:
            await tx.events.note(ada, "state.changed", None, NOW)
            raise GivenUp

        with pytest.raises(GivenUp):
            records.write(give_up)
        listening.told.clear()
        note(records, ada)
        assert listening.told.wait(_PATIENCE)
        listening.end()

    def test_a_look_says_when_the_next_is_due_or_that_there_is_none(self, store: Store) -> None:
        records, bus = store
        listening = Listening(bus, user(records))
        for _ in range(3):
            seconds = bus.poll()
            assert seconds is None or 0 < seconds < _PATIENCE
        listening.end()
