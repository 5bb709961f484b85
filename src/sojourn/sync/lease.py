# Generated from src/sojourn/aio/lease.py by tools/generate_sync.py. Change that file, then run it.
"""Doing a thing alone, among all processes."""

from __future__ import annotations

from secrets import token_hex
from types import TracebackType
from typing import Self

from sojourn.core import leases
from sojourn.errors import Invalid, LeaseHeld
from sojourn.sync.engine import Engine

_LONGEST = 86_400


class Lease:
    """One holding of a lease, from `with` to its end.

    It comes free by itself when it is not renewed in time, so whoever works for longer calls `renew`
    well before. Whoever was too late finds out by `renew` or `check`: both raise `LeaseHeld`.
    """

    def __init__(self, engine: Engine, name: str, seconds: float) -> None:
        number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if not number or not 0.001 <= seconds <= _LONGEST:
            raise Invalid(f"seconds must be from 0.001 to {_LONGEST}.", field="seconds")
        self._engine = engine
        self._name = name
        self._ms = round(seconds * 1000)
        self._holder = token_hex(8)
        self._fence: int | None = None

    @property
    def fence(self) -> int:
        """Names this holding; a later one's is higher. Raises `LeaseHeld` while there is none."""
        if self._fence is None:
            raise LeaseHeld("This lease is not held.")
        return self._fence

    def renew(self) -> None:
        """Holds it for its full time from now. Raises `LeaseHeld` once it ran out."""
        now = self._engine.clock.now()
        self._engine.drive.write(leases.renew, self._name, self.fence, now, now + self._ms)

    def check(self) -> None:
        """Raises `LeaseHeld` once it ran out. It may run out right after: only an operation that asks by
        itself, with `leases.held`, can be sure.
        """
        self._engine.drive.read(leases.held, self._name, self.fence, self._engine.clock.now())

    def __enter__(self) -> Self:
        now = self._engine.clock.now()
        self._fence = self._engine.drive.write(leases.acquire, self._name, self._holder, now, now + self._ms)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        fence, self._fence = self._fence, None
        if fence is not None:
            self._engine.drive.write(leases.release, self._name, fence)
