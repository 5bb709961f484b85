"""Bytes to keep, in pieces."""

from collections.abc import AsyncGenerator, AsyncIterable, Generator, Iterable
from typing import BinaryIO

BATCH = 1 << 20
"""Bytes that are handed to a blob at once."""

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
