"""The one place that knows sync from async.

The facade is written once, over an `AsyncDrive`; its generated twin runs over a
`Drive`. Both run the same operations: `async def` functions that await the verbs
of their transaction and nothing else. And both can wait for what others write.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from time import sleep
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

from sojourn.drive.data import BATCH, AsyncData, Data, async_pieces, pieces
from sojourn.drive.listeners import AsyncListener, Listener, Poller
from sojourn.ports import Bus, Records, Tx

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future, Task
    from concurrent.futures import Future as ConcurrentFuture


__all__ = [
    "BATCH",
    "AsyncData",
    "AsyncDrive",
    "AsyncListener",
    "Closed",
    "Data",
    "Drive",
    "Listener",
    "async_pieces",
    "pieces",
]


class Closed(Protocol):
    """What is to be closed after use."""

    def close(self) -> None: ...


T = TypeVar("T")
C = TypeVar("C", bound=Closed)
P = ParamSpec("P")


class Drive:
    """Runs everything where it is called."""

    def __init__(self, records: Records, bus: Bus) -> None:
        self._records = records
        self._bus = bus
        self._listeners: set[Listener] = set()

    def read(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return self._records.read(lambda tx: operation(tx, *args, **kwargs))

    def write(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return self._records.write(lambda tx: operation(tx, *args, **kwargs))

    def surely(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[object]], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Writes, whatever becomes of the caller meanwhile."""
        self.write(operation, *args, **kwargs)

    def flush(self) -> None:
        """Writes what a request has gathered to be written at its end. Here, nothing is."""

    def pause(self, seconds: float) -> None:
        """Lets others go on."""
        sleep(seconds)

    def hop(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs what may take long or wait for a disk."""
        return work(*args, **kwargs)

    def through(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for what is cleared away when the caller is stopped: never before it has ended."""
        return work(*args, **kwargs)

    def open(self, work: Callable[P, C], *args: P.args, **kwargs: P.kwargs) -> C:
        """The same for what is to be closed again."""
        return work(*args, **kwargs)

    def wait(self, coming: ConcurrentFuture[T]) -> T:
        """What another thread will answer. Whoever gives up waiting does not stop it."""
        return coming.result()

    def tell(self, listener: Callable[[T], object], news: T) -> None:
        """Calls back."""
        listener(news)

    def whole(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs what undoes itself when it is stopped."""
        return work(*args, **kwargs)

    def over(self, records: Records) -> Drive:
        """One for the records of the second store."""
        return Drive(records, self._bus)

    def listen(self, owner: int | None) -> Listener:
        """Hears, from here on, of what is written to the owner's change log; of anybody's for None."""
        listener = Listener(self._bus, owner, self._listeners.discard)
        self._listeners.add(listener)
        return listener

    def close(self) -> None:
        """Ends whoever listens."""
        for listener in list(self._listeners):
            listener.end()


class AsyncDrive:
    """Reads run on the loop, writes are awaited, what may take long hops to a thread."""

    def __init__(self, records: Records, bus: Bus) -> None:
        self._records = records
        self._bus = bus
        self._pollers: dict[AbstractEventLoop, Poller] = {}
        self._sure: set[Future[object]] = set()

    async def read(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._records.aread(lambda tx: operation(tx, *args, **kwargs))

    async def write(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._records.awrite(lambda tx: operation(tx, *args, **kwargs))

    async def surely(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[object]], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Writes, whatever becomes of the caller meanwhile."""
        from asyncio import ensure_future, shield

        writing = ensure_future(self.write(operation, *args, **kwargs))
        self._sure.add(writing)
        writing.add_done_callback(self._sure.discard)
        await shield(writing)

    async def flush(self) -> None:
        """Writes what a request has gathered to be written at its end. Here, nothing is."""

    async def pause(self, seconds: float) -> None:
        """Lets others go on."""
        from asyncio import sleep

        await sleep(seconds)

    async def hop(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs what may take long or wait for a disk in a thread."""
        from asyncio import to_thread

        return await to_thread(work, *args, **kwargs)

    async def through(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for what is cleared away when the caller is stopped: never before it has ended."""
        from asyncio import CancelledError, create_task, shield, to_thread, wait

        task = create_task(to_thread(work, *args, **kwargs))
        try:
            return await shield(task)
        except CancelledError:
            await wait([task])
            raise

    async def open(self, work: Callable[P, C], *args: P.args, **kwargs: P.kwargs) -> C:
        """The same for what is to be closed again: also when nobody waits for it any more."""
        from asyncio import CancelledError, create_task, shield, to_thread

        opening = create_task(to_thread(work, *args, **kwargs))
        try:
            return await shield(opening)
        except CancelledError:
            opening.add_done_callback(_shut)
            raise

    async def wait(self, coming: ConcurrentFuture[T]) -> T:
        """What another thread will answer. Whoever gives up waiting does not stop it."""
        from asyncio import shield, wrap_future

        return await shield(wrap_future(coming))

    async def tell(self, listener: Callable[[T], object], news: T) -> None:
        """Calls back; what is awaitable is awaited."""
        answer = listener(news)
        if isinstance(answer, Awaitable):
            await answer

    async def whole(
        self, work: Callable[P, Coroutine[None, None, T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Runs what undoes itself when it is stopped: it is told once, and then waited for."""
        from asyncio import CancelledError, create_task, wait

        task = create_task(work(*args, **kwargs))
        stopped: CancelledError | None = None
        while not task.done():
            try:
                await wait([task])
            except CancelledError as again:
                if stopped is None:
                    task.cancel()
                stopped = again
        if stopped is not None and (task.cancelled() or task.exception() is None):
            raise stopped
        return task.result()

    def over(self, records: Records) -> AsyncDrive:
        """One for the records of the second store."""
        return AsyncDrive(records, self._bus)

    def listen(self, owner: int | None) -> AsyncListener:
        """Hears, from here on, of what is written to the owner's change log; of anybody's for None."""
        from asyncio import get_running_loop

        loop = get_running_loop()
        for closed in [other for other in self._pollers if other.is_closed()]:
            del self._pollers[closed]
        poller = self._pollers.get(loop)
        if poller is None:
            poller = self._pollers[loop] = Poller(self._bus, loop, self._pollers)
        return poller.listen(owner)

    def close(self) -> None:
        """Ends whoever listens."""
        for poller in list(self._pollers.values()):
            poller.close()


def _shut(opening: Task[C]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
