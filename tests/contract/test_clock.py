"""The clock of the tests."""

from sojourn.ports import Clock
from sojourn.testing import FakeClock


def test_it_stands_still_until_it_is_moved() -> None:
    clock: Clock = FakeClock()
    assert clock.now() == clock.now() == 1_795_168_800_000


def test_it_moves_by_seconds_and_by_milliseconds_and_back() -> None:
    clock = FakeClock(1000)
    assert clock.advance(seconds=1.5, ms=1) == clock.now() == 2501
    assert clock.advance(seconds=-2) == 501


def test_it_shows_the_time_it_stands_at() -> None:
    assert repr(FakeClock()) == "FakeClock(2026-11-20 10:00:00.000000)"
