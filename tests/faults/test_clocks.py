"""A clock that jumps a day, stands still, or differs from the next process's: nothing is lost or revived."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sojourn import LeaseHeld, Settings, Sojourn
from sojourn.core import leases
from sojourn.errors import Conflict, SessionClosed, SessionGone
from sojourn.ports import Tx
from sojourn.testing import FakeClock

MINUTE, DAY = 60, 86_400
YEAR = 365 * DAY
SETTINGS = Settings(durability="process", idle_seconds=30 * MINUTE)
JUMPS = [DAY, -DAY, 0, 50 * YEAR, -50 * YEAR]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[Sojourn]:
    with Sojourn.open(f"sqlite:///{tmp_path}", settings=SETTINGS, clock=clock) as store:
        yield store


@pytest.fixture
def ahead(tmp_path: Path) -> Iterator[Sojourn]:
    """Another process's store, whose clock goes five minutes before."""
    late = FakeClock()
    late.advance(seconds=5 * MINUTE)
    with Sojourn.open(f"sqlite:///{tmp_path}", settings=SETTINGS, clock=late) as store:
        yield store


@pytest.mark.parametrize("jump", JUMPS)
def test_order_and_names_do_not_depend_on_the_clock(store: Sojourn, clock: FakeClock, jump: int) -> None:
    ada = store.user("ada")
    ada.state.set(theme="dark")
    seen = ada.events.newest()
    sessions = [ada.sessions.create(title=f"{n}") for n in range(3)]
    first = sessions[0].messages.append("user", "one")
    clock.advance(seconds=jump)
    more = [ada.sessions.create(title=f"{n}") for n in range(3, 20)]
    more[0].messages.append("user", "in a new one")
    page = ada.events.after(seen)
    assert not page.reset
    assert [event.n for event in page] == list(range(seen + 1, page.newest + 1))
    assert len({session.id for session in sessions + more}) == 20
    clock.advance(seconds=-jump)
    second = sessions[0].messages.append("user", "two")
    assert (first.seq, second.seq) == (1, 2)
    assert first.id != second.id
    assert [message.text for message in sessions[0].messages.last()] == ["one", "two"]
    listed, cursor = [], None
    for _ in range(10):
        page_of = ada.sessions.list(limit=7, cursor=cursor)
        listed += [record.id for record in page_of]
        cursor = page_of.next
        if cursor is None:
            break
    assert sorted(listed) == sorted(session.id for session in sessions + more)


def test_a_clock_that_was_wrong_for_a_while_closed_nothing(store: Sojourn, clock: FakeClock) -> None:
    sessions = [store.user("ada").sessions.create() for _ in range(5)]
    clock.advance(seconds=DAY)
    assert all(record.closed for record in store.user("ada").sessions.list())
    with pytest.raises(SessionClosed):
        sessions[0].messages.append("user", "too late, says the clock")
    store.sweep()
    clock.advance(seconds=-DAY)
    for session in sessions:
        assert session.messages.append("user", "still open").seq == 1


def test_what_was_erased_or_signed_out_stays_so_when_the_clock_goes_back(
    store: Sojourn, clock: FakeClock
) -> None:
    visit = store.visit(None, label="a browser")
    visit.start()
    session = visit.user.sessions.create()
    session.erase()
    token = visit.issued
    (device,) = visit.user.devices.list()
    visit.user.devices.revoke(device.id)
    for jump in (-DAY, 2 * DAY, -50 * YEAR):
        clock.advance(seconds=jump)
        with pytest.raises(SessionGone):
            session.refresh()
        assert store.visit(token).signed_out
        store.sweep()


def test_a_device_outlives_a_clock_that_was_a_day_ahead(store: Sojourn, clock: FakeClock) -> None:
    visit = store.visit(None, label="a browser")
    visit.start()
    token = visit.issued
    for jump in (DAY, -2 * DAY, DAY):
        clock.advance(seconds=jump)
        assert not store.visit(token).signed_out


def test_a_key_of_a_client_finds_its_session_again_after_the_clock_went_back(
    store: Sojourn, clock: FakeClock
) -> None:
    sessions = store.user("ada").sessions
    first = sessions.get_or_create(client_key="chat 7")
    clock.advance(seconds=-DAY)
    assert sessions.get_or_create(client_key="chat 7").id == first.id
    clock.advance(seconds=2 * DAY)
    second = sessions.get_or_create(client_key="chat 7")
    assert second.record.previous == first.id
    clock.advance(seconds=-DAY)
    assert sessions.get_or_create(client_key="chat 7").id == second.id, "one is open at a time"


def test_an_upload_swept_by_a_clock_that_jumped_says_so_and_leaves_nothing(
    store: Sojourn, clock: FakeClock
) -> None:
    session = store.user("ada").sessions.create()

    def pieces() -> Iterator[bytes]:
        yield b"first" * 20_000
        clock.advance(seconds=DAY)
        assert store.sweep()["uploads"] == 1
        clock.advance(seconds=-DAY)
        yield b"second"

    with pytest.raises(Conflict, match="given up") as told:
        session.files.add("notes.txt", pieces())
    assert not isinstance(told.value, SessionClosed)
    assert session.files.list().items == []
    assert session.refresh().file_count == 0
    assert session.files.add("notes.txt", b"again").size == 5


def test_between_clocks_that_differ_a_late_write_is_refused_by_its_fence(
    store: Sojourn, ahead: Sojourn
) -> None:
    session = store.user("ada").sessions.create()

    async def write(tx: Tx, fence: int, by: bytes, now: int) -> None:
        await leases.held(tx, "nightly", fence, now)
        await tx.state.put(session._ref, "by", by, now)

    with store.lease("nightly", seconds=30) as behind:
        with ahead.lease("nightly", seconds=30) as taken:  # thirty seconds are over, by its clock
            assert taken.fence > behind.fence
            with pytest.raises(LeaseHeld):
                store._engine.drive.write(write, behind.fence, b"\xa6behind", store._engine.clock.now())
            ahead._engine.drive.write(write, taken.fence, b"\xa5ahead", ahead._engine.clock.now())
            with pytest.raises(LeaseHeld), store.lease("nightly", seconds=30):
                raise AssertionError
        with pytest.raises(LeaseHeld):
            behind.check()
    assert session.state.all() == {"by": "ahead"}


def test_between_clocks_that_differ_nothing_closes_or_ends_early(store: Sojourn, ahead: Sojourn) -> None:
    session = store.user("ada").sessions.create()
    visit = store.visit(None, label="a browser")
    visit.start()
    assert not ahead.visit(visit.issued).signed_out
    other = ahead.user("ada").sessions.get(session.id)
    for number in range(10):
        (session if number % 2 else other).messages.append("user", f"{number}")
    assert [message.text for message in session.messages.last()] == [f"{n}" for n in range(10)]
    assert session.refresh().active_ms == other.refresh().active_ms >= ahead._engine.clock.now()
    assert not session.record.closed


def test_a_clock_that_stands_still_stops_nothing_but_time(store: Sojourn) -> None:
    session = store.user("ada").sessions.create()
    said = [session.messages.append("user", f"{n}") for n in range(300)]
    assert len({message.id for message in said}) == 300
    assert [message.seq for message in said] == list(range(1, 301))
    files = [session.files.add(f"{n}.txt", b"x") for n in range(5)]
    assert [file.id for file in session.files.list()] == [file.id for file in files]
    with store.lease("nightly", seconds=1), pytest.raises(LeaseHeld), store.lease("nightly", seconds=1):
        raise AssertionError
