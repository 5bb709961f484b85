"""The one place that knows sync from async.

The facade is written once, over an `AsyncDrive`; its generated twin runs over a
`Drive`. Both run the same operations: `async def` functions that await the verbs
of their transaction and nothing else.
"""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import BinaryIO, Concatenate, ParamSpec, TypeVar

from sojourn.ports import Records, Tx

T = TypeVar("T")
P = ParamSpec("P")

BATCH = 1 << 20
"""Bytes that are handed to a blob at once."""


class Drive:
    """Runs everything where it is called."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def read(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return self._records.read(lambda tx: operation(tx, *args, **kwargs))

    def write(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return self._records.write(lambda tx: operation(tx, *args, **kwargs))

    def hop(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs what may take long or wait for a disk."""
        return work(*args, **kwargs)


class AsyncDrive:
    """Reads run on the loop, writes are awaited, what may take long hops to a thread."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def read(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._records.aread(lambda tx: operation(tx, *args, **kwargs))

    async def write(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._records.awrite(lambda tx: operation(tx, *args, **kwargs))

    async def hop(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs what may take long or wait for a disk in a thread."""
        from asyncio import to_thread

        return await to_thread(work, *args, **kwargs)


Data = bytes | BinaryIO | Iterable[bytes]
"""Bytes to keep: whole, a binary file, or pieces."""

AsyncData = Data | AsyncIterable[bytes]


def pieces(data: Data) -> Iterator[bytes]:
    """The data in pieces of at most about `BATCH`."""
    if isinstance(data, bytes | bytearray | memoryview):
        for start in range(0, len(data), BATCH):
            yield bytes(data[start : start + BATCH])
    elif hasattr(data, "read"):
        while piece := data.read(BATCH):
            yield piece
    else:
        yield from data


async def async_pieces(data: AsyncData) -> AsyncIterator[bytes]:
    """The data in pieces of about `BATCH`: small ones from a network are gathered."""
    if not isinstance(data, AsyncIterable):
        for piece in pieces(data):
            yield piece
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
