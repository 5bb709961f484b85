"""How much of an event loop's time is spent on writing where a task stands."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

_A_TURN = 0.001
"""Seconds of one turn of a loop."""


class Share(threading.local):
    """Counted for the loop that runs in this thread, anew with each of its turns."""

    def __init__(self) -> None:
        self._loop: weakref.ref[AbstractEventLoop] | None = None
        self._spent = 0.0

    def left(self, loop: AbstractEventLoop) -> float:
        """Seconds of this turn, not above 0 when they are spent."""
        if self._loop is None or self._loop() is not loop:
            self._loop, self._spent = weakref.ref(loop), 0.0
        return _A_TURN - self._spent

    def spend(self, loop: AbstractEventLoop, seconds: float) -> None:
        if not self._spent:
            loop.call_soon(self._renew)
        self._spent += seconds

    def _renew(self) -> None:
        self._spent = 0.0
