"""Bytes of a blob, as they come."""

import io
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from sojourn.backends.s3.bucket import Bucket, Buffer


class S3Reader(io.RawIOBase):
    """The objects given, one after the other; `begun` brings the bytes of the first."""

    def __init__(
        self, bucket: Bucket, objects: Sequence[tuple[str, int]], begun: Iterator[Buffer] | None = None
    ) -> None:
        super().__init__()
        self._bucket = bucket
        self._names: list[str] = []
        self._starts: list[int] = []
        self._size = 0
        for name, size in objects:
            if size:
                self._names.append(name)
                self._starts.append(self._size)
                self._size += size
        self._at = 0
        self._coming = begun
        self._held: memoryview = memoryview(b"")
        self._from = 0
        """Where what is held begins; what is coming follows it."""

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

    def close(self) -> None:
        self._coming = None
        super().close()

    def _stretch(self) -> memoryview:
        """What is here from the place on, at least one byte of it unless it is the end."""
        if self._at >= self._size:
            return memoryview(b"")
        if not 0 <= self._at - self._from < len(self._held):
            self._fetch()
        return self._held[self._at - self._from :]

    def _fetch(self) -> None:
        after = self._from + len(self._held)
        chunk = next(self._coming, None) if self._coming is not None and self._at == after else None
        if chunk is None:
            index = bisect_right(self._starts, self._at) - 1
            start = self._starts[index]
            end = self._starts[index + 1] if index + 1 < len(self._starts) else self._size
            self._coming = self._bucket.stream(self._names[index], self._at - start, end - start)
            chunk = next(self._coming)
        self._held, self._from = memoryview(chunk), self._at
