"""Waiting for what others write, in a thread and as a task."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING

from sojourn.errors import SojournError
from sojourn.ports import Bus

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future, Task


class Listener:
    """Waits in its thread, and looks meanwhile whether another process wrote."""

    def __init__(self, bus: Bus, owner: int | None, ended: Callable[[Listener], object]) -> None:
        self.over = False
        """Nothing will be heard any more."""
        self._bus = bus
        self._ended = ended
        self._told = Event()
        self._stop = bus.listen(owner, self._told.set)

    def hear(self) -> bool:
        """Returns once something was written since it was made, or since it returned last.

        False when there is nothing more to wait for: `end` was called, or the store is closed.
        """
        while not self.over and not self._told.is_set():
            self._told.wait(self._bus.poll())
        self._told.clear()
        return not self.over

    def end(self) -> None:
        """Ends the waiting, from any thread. Twice is not an error."""
        self.over = True
        self._stop()
        self._ended(self)
        self._told.set()


class AsyncListener:
    """Waits as a task; its loop's poller looks whether another process wrote."""

    def __init__(self, poller: Poller, bus: Bus, owner: int | None) -> None:
        self.over = False
        """Nothing will be heard any more."""
        self.problem: SojournError | None = None
        self._poller = poller
        self._told = False
        self._waiting: Future[None] | None = None
        self._stop = bus.listen(owner, self.tell)

    async def hear(self) -> bool:
        """Returns once something was written since it was made, or since it returned last.

        False when there is nothing more to wait for: `end` was called, or the store is closed.
        Raises what went wrong while it looked.
        """
        if not self._told and not self.over:
            self._waiting = self._poller.loop.create_future()
            await self._waiting
        self._told = False
        if self.problem is not None:
            raise self.problem
        return not self.over

    def tell(self) -> None:
        """To be called from any thread."""
        if not self._told:
            self._told = True
            self._poller.call(self._wake)

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def end(self) -> None:
        """Ends the waiting, from any thread. Twice is not an error."""
        self.over = True
        self._stop()
        self._poller.call(self._poller.leave, self)
        self.tell()


class Poller:
    """One loop's listeners, and the task that looks for them, from the first to the last."""

    def __init__(self, bus: Bus, loop: AbstractEventLoop, pollers: dict[AbstractEventLoop, Poller]) -> None:
        self.loop = loop
        self._bus = bus
        self._pollers = pollers
        self._listeners: set[AsyncListener] = set()
        self._task: Task[None] | None = None

    def listen(self, owner: int | None) -> AsyncListener:
        listener = AsyncListener(self, self._bus, owner)
        self._listeners.add(listener)
        if self._task is None or self._task.done():
            self._task = self.loop.create_task(self._look())
        return listener

    async def _look(self) -> None:
        from asyncio import sleep

        try:
            seconds = self._bus.poll()
            while seconds is not None:
                await sleep(seconds)
                seconds = self._bus.poll()
        except SojournError as problem:
            for listener in self._listeners:
                listener.problem = problem
                listener.tell()

    def leave(self, listener: AsyncListener) -> None:
        self._listeners.discard(listener)
        if not self._listeners and self._task is not None:
            self._task.cancel()
            self._task = None
            self._pollers.pop(self.loop, None)

    def call(self, what: Callable[..., object], *args: object) -> None:
        """Has it done by the loop, which may be another thread's."""
        try:
            self.loop.call_soon_threadsafe(what, *args)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more

    def close(self) -> None:
        for listener in list(self._listeners):
            listener.end()
