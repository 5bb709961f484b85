"""Being in a session alone, for a while, among all processes."""

from __future__ import annotations

from random import uniform
from secrets import token_hex
from time import monotonic
from types import TracebackType
from typing import Self

from sojourn.aio.engine import AsyncEngine
from sojourn.core import leases
from sojourn.errors import Invalid, LeaseHeld
from sojourn.ports import SessionRef

_LONGEST = 3_600
_FIRST_PAUSE, _MOST_PAUSE = 0.002, 0.05


class AsyncExclusive:
    """One stay alone in a session, from `async with` to its end, also by an error.

    It keeps out those who ask for the same, and nobody else. Should this process die, others may come
    in after `hold_seconds`; whoever stays for longer calls `renew` well before.
    """

    def __init__(
        self, engine: AsyncEngine, ref: SessionRef, *, wait_seconds: float, hold_seconds: float
    ) -> None:
        for name, value, least in (("wait_seconds", wait_seconds, 0.0), ("hold_seconds", hold_seconds, 0.1)):
            if not isinstance(value, int | float) or not least <= value <= _LONGEST:
                raise Invalid(f"{name} must be from {least:g} to {_LONGEST}.", field=name)
        self._engine = engine
        self._ref = ref
        self._wait = wait_seconds
        self._ms = round(hold_seconds * 1000)
        self._holder = token_hex(8)
        self._fence: int | None = None

    async def renew(self) -> None:
        """Stays for its full time from now. Raises `LeaseHeld` once that ran out."""
        if self._fence is None:
            raise LeaseHeld("Nobody is in this session alone.")
        now = self._engine.clock.now()
        await self._engine.drive.write(
            leases.renew, leases.of_session(self._ref.id), self._fence, now, now + self._ms
        )

    async def __aenter__(self) -> Self:
        """Waits in turns of chance. Raises `LeaseHeld` when the other did not end in time."""
        end, pause = monotonic() + self._wait, _FIRST_PAUSE
        while True:
            try:
                self._fence = await self._try()
            except LeaseHeld:
                left = end - monotonic()
                if left <= 0:
                    raise LeaseHeld(
                        f"Another request is in this session, and did not end within {self._wait:g} s."
                    ) from None
            except BaseException:  # cut off while it was written: nobody would give that back
                await self._engine.drive.surely(
                    leases.leave, leases.of_session(self._ref.id), self._holder, self._engine.clock.now()
                )
                raise
            else:
                return self
            await self._engine.drive.pause(min(left, uniform(pause / 2, pause)))
            pause = min(1.5 * pause, _MOST_PAUSE)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        fence, self._fence = self._fence, None
        if fence is None:
            return
        drive = self._engine.drive
        try:
            if kind is None:
                await drive.flush()
        finally:
            await drive.surely(leases.release, leases.of_session(self._ref.id), fence)

    async def _try(self) -> int:
        engine = self._engine
        now = engine.clock.now()
        return await engine.drive.write(
            leases.alone, self._ref, self._holder, now, now + self._ms, engine.settings
        )
