"""Bytes of a blob, fetched a stretch at a time."""

import io
from bisect import bisect_right
from collections.abc import Sequence

from sojourn.backends.s3.bucket import Bucket

FIRST, _MOST, _JUMPED = 1 << 20, 8 << 20, 1 << 18


class S3Reader(io.RawIOBase):
    """The objects given, one after the other; `begun` are bytes of the first that are here already.

    Who reads on gets longer stretches, up to 8 MiB; who jumps, short ones.
    """

    def __init__(self, bucket: Bucket, objects: Sequence[tuple[str, int]], begun: bytes = b"") -> None:
        super().__init__()
        self._bucket = bucket
        self._names = [name for name, size in objects if size]
        self._starts: list[int] = []
        self._size = 0
        for _, size in objects:
            if size:
                self._starts.append(self._size)
                self._size += size
        self._at = 0
        self._held, self._from = begun, 0
        self._next = _MOST if begun else FIRST

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning")
        self._at = base + offset
        return self._at

    def readinto(self, target: bytearray | memoryview, /) -> int:  # type: ignore[override]
        data = self._stretch()[: len(target)]
        target[: len(data)] = data
        self._at += len(data)
        return len(data)

    def readall(self) -> bytes:
        stretches: list[memoryview] = []
        while data := self._stretch():
            stretches.append(data)
            self._at += len(data)
        return b"".join(stretches)

    def _stretch(self) -> memoryview:
        """What is here from the place on, at least one byte of it unless it is the end."""
        if self._at >= self._size:
            return memoryview(b"")
        if not 0 <= self._at - self._from < len(self._held):
            self._fetch()
        return memoryview(self._held)[self._at - self._from :]

    def _fetch(self) -> None:
        if self._at != self._from + len(self._held):
            self._next = _JUMPED
        index = bisect_right(self._starts, self._at) - 1
        start = self._starts[index]
        end = self._starts[index + 1] if index + 1 < len(self._starts) else self._size
        upto = min(end, self._at + self._next)
        self._held = b""  # two stretches are never here
        self._held = self._bucket.read(self._names[index], self._at - start, upto - start)
        self._from = self._at
        self._next = min(self._next * 8, _MOST)
