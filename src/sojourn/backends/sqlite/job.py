"""One write on its way: claimed exactly once, by the writer or by the caller who gives up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sojourn.errors import Unavailable
from sojourn.ports import Operation

if TYPE_CHECKING:
    import asyncio


_LOOKS = 1.0
"""Seconds after which a thread looks whether its turn to be woken was lost."""


class Job:
    """An operation, when it must have begun, and what came of it."""

    __slots__ = ("_token", "deadline", "error", "operation", "result")

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
    """A thread waits for it, on a lock of its own, and then wakes the next one that waited."""

    __slots__ = ("_done", "next", "over")

    def __init__(self, operation: Operation[Any], deadline: float) -> None:
        super().__init__(operation, deadline)
        self.next: ThreadJob | None = None
        """Who is woken by this thread, once it is awake itself."""
        self.over = False
        """What came of it stands."""
        self._done = threading.Lock()
        self._done.acquire()

    def wait(self, put: Callable[[Job], object]) -> Any:
        """Queues it, and answers what came of it.

        Given up before it was begun: `Unavailable`, and it never will be.
        """
        try:
            put(self)
            stands = self._end()
        except BaseException:  # interrupted: others are woken by this thread all the same
            if not self.claim():
                self._end()
            raise
        if not stands:
            raise Unavailable("The records were busy for too long; nothing was written.")
        return self.outcome()

    def _end(self) -> bool:
        """Waits for its end, and passes the waking on; False when it was given up."""
        while not self.over:
            left = self.deadline - time.monotonic()
            if left <= 0 and self.claim():
                return False
            self._done.acquire(timeout=min(left, _LOOKS) if left > 0 else _LOOKS)
        if self.next is not None:
            self.next.wake()
        return True

    def wake(self) -> None:
        if self._done.locked():
            self._done.release()


class LoopJob(Job):
    """A task waits for it, on a future of its loop."""

    __slots__ = ("_future", "_over", "loop")

    def __init__(self, operation: Operation[Any], deadline: float, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(operation, deadline)
        self.loop = loop
        self._over = False
        self._future: asyncio.Future[None] = loop.create_future()

    def settle(self) -> None:
        """To be called by the loop."""
        self._over = True
        if not self._future.done():
            self._future.set_result(None)

    async def wait(self) -> Any:
        """What came of it. Cancelled before it was begun, it never will be; later, it is waited for."""
        try:
            await self._future
        except BaseException:
            if not self.claim():
                await self._end()
            raise
        return self.outcome()

    async def _end(self) -> None:
        """Waits on, however often the task is cancelled."""
        from asyncio import CancelledError

        while not self._over:
            self._future = self.loop.create_future()  # the one before was cancelled with the task
            try:
                await self._future
            except CancelledError:
                continue


def wake(jobs: Sequence[Job]) -> None:
    """Wakes who waits for them: each event loop once, and of the threads the first one.

    It wakes the next, and so on: woken all at once they would only meet at the interpreter's lock,
    and the writer would pay for every one of them.
    """
    threads: list[ThreadJob] = []
    loops: dict[Any, list[LoopJob]] = {}
    for job in jobs:
        if isinstance(job, ThreadJob):
            threads.append(job)
        elif isinstance(job, LoopJob):
            loops.setdefault(job.loop, []).append(job)
    for before, after in pairwise(threads):
        before.next = after
    for one in threads:
        one.over = True
    if threads:
        threads[0].wake()
    for loop, mine in loops.items():
        try:
            loop.call_soon_threadsafe(_settle, mine)
        except RuntimeError:
            continue  # the loop is closed: nobody waits any more, and what was written stands


def _settle(jobs: list[LoopJob]) -> None:
    for job in jobs:
        job.settle()
