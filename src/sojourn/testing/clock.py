"""A clock for tests: it stands still until it is moved."""

from sojourn.models import moment


class FakeClock:
    """A `Clock` that shows what it is set to, first 2026-11-20 10:00 UTC."""

    def __init__(self, now: int = 1_795_168_800_000) -> None:
        self._now = now

    def __repr__(self) -> str:
        return f"FakeClock({moment(self._now):%Y-%m-%d %H:%M:%S.%f})"

    def now(self) -> int:
        """Whole milliseconds since 1970 UTC."""
        return self._now

    def advance(self, *, seconds: float = 0, ms: int = 0) -> int:
        """Moves it on, and answers the new time. Back is possible too: real clocks are set."""
        self._now += round(seconds * 1000) + ms
        return self._now
