"""One write on its way: claimed exactly once, by the writer or by the caller who gives up."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from sojourn.errors import Unavailable
from sojourn.ports import Operation

if TYPE_CHECKING:
    import asyncio


class Job:
    """An operation, when it must have begun, and what came of it."""

    def __init__(self, operation: Operation[Any], deadline: float) -> None:
        self.operation = operation
        self.deadline = deadline
        self.result: Any = None
        self.error: BaseException | None = None
        self._token = [None]

    def claim(self) -> bool:
        """True for the first to ask."""
        try:
            self._token.pop()
        except IndexError:
            return False
        return True

    def outcome(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.result


class ThreadJob(Job):
    """A thread waits for it, on a lock of its own."""

    def __init__(self, operation: Operation[Any], deadline: float) -> None:
        super().__init__(operation, deadline)
        self._done = threading.Lock()
        self._done.acquire()

    def wake(self) -> None:
        self._done.release()

    def wait(self) -> Any:
        """What came of it. Given up before it was begun: `Unavailable`, and it never will be."""
        if not self._done.acquire(timeout=max(0.0, self.deadline - time.monotonic())):
            if self.claim():
                raise Unavailable("The records were busy for too long; nothing was written.")
            self._done.acquire()
        return self.outcome()


class LoopJob(Job):
    """A task waits for it, on a future of its loop."""

    def __init__(self, operation: Operation[Any], deadline: float, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(operation, deadline)
        self.loop = loop
        self.future: asyncio.Future[None] = loop.create_future()

    def settle(self) -> None:
        if not self.future.done():
            self.future.set_result(None)
