"""The one place that knows sync from async.

The facade is written once, over an `AsyncDrive`; its generated twin runs over a
`Drive`. Both run the same operations: `async def` functions that await the verbs
of their transaction and nothing else. And both can wait for what others write.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Coroutine, Generator, Iterable
from threading import Event
from time import sleep
from typing import TYPE_CHECKING, BinaryIO, Concatenate, ParamSpec, Protocol, TypeVar

from sojourn.errors import SojournError
from sojourn.ports import Bus, Records, Tx

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future, Task
    from concurrent.futures import Future as ConcurrentFuture


class Closed(Protocol):
    """What is to be closed after use."""

    def close(self) -> None: ...


T = TypeVar("T")
C = TypeVar("C", bound=Closed)
P = ParamSpec("P")

BATCH = 1 << 20
"""Bytes that are handed to a blob at once."""


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
        self._pollers: dict[AbstractEventLoop, _Poller] = {}
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
            poller = self._pollers[loop] = _Poller(self._bus, loop, self._pollers)
        return poller.listen(owner)

    def close(self) -> None:
        """Ends whoever listens."""
        for poller in list(self._pollers.values()):
            poller.close()


def _shut(opening: Task[C]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


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

    def __init__(self, poller: _Poller, bus: Bus, owner: int | None) -> None:
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


class _Poller:
    """One loop's listeners, and the task that looks for them, from the first to the last."""

    def __init__(self, bus: Bus, loop: AbstractEventLoop, pollers: dict[AbstractEventLoop, _Poller]) -> None:
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


Data = bytes | BinaryIO | Iterable[bytes]
"""Bytes to keep: whole, a binary file, or pieces."""

AsyncData = Data | AsyncIterable[bytes]


def pieces(data: Data) -> Generator[bytes]:
    """The data in pieces of at most about `BATCH`."""
    if isinstance(data, bytes | bytearray | memoryview):
        for start in range(0, len(data), BATCH):
            yield bytes(data[start : start + BATCH])
    elif hasattr(data, "read"):
        while piece := data.read(BATCH):
            yield piece
    else:
        yield from data


async def async_pieces(data: AsyncData) -> AsyncGenerator[bytes]:
    """The data in pieces of about `BATCH`: small ones from a network are gathered."""
    if isinstance(data, bytes | bytearray | memoryview):
        for piece in pieces(data):
            yield piece
        return
    if not isinstance(data, AsyncIterable):
        from asyncio import to_thread

        waiting = pieces(data)
        while (read := await to_thread(next, waiting, None)) is not None:
            yield read
        return
    gathered: list[bytes] = []
    size = 0
    async for piece in data:
        gathered.append(piece)
        size += len(piece)
        if size >= BATCH:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)
