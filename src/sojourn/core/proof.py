"""Bytes that are proven while they are read."""

import io
from hashlib import sha256
from typing import BinaryIO

from sojourn.errors import Corrupt


class Proven(io.BufferedIOBase):
    """A file's bytes, held against its size and its SHA-256.

    The size is asked when it is opened. The digest follows whatever is read in order from the beginning:
    the read that would hand out the last byte raises `Corrupt` instead when it does not match, so that
    nobody has taken the whole for right. Who reads only a stretch has only the size checked.
    """

    def __init__(self, file: BinaryIO, size: int, digest: str) -> None:
        self._file = file
        self._size = size
        self._digest = digest
        self._hash = sha256()
        self._hashed = 0
        self._at = 0
        try:
            found = file.seek(0, io.SEEK_END)
            file.seek(0)
            if found != size:
                raise Corrupt(f"This file has {found} bytes; {size} were kept.")
        except BaseException:
            file.close()
            raise

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        most = self._size - self._at if size is None or size < 0 else min(size, self._size - self._at)
        data = self._file.read(max(most, 0))
        self._follow(data, most)
        return data

    def read1(self, size: int = -1, /) -> bytes:
        return self.read(io.DEFAULT_BUFFER_SIZE if size < 0 else size)

    def peek(self, size: int = 0, /) -> bytes:
        """Some of the bytes that follow. What is looked at is not proven before it is read."""
        here = self._at
        data = self._file.read(min(max(size, 1), io.DEFAULT_BUFFER_SIZE))
        self._file.seek(here)
        return data

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = self._file.seek(offset, whence)
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        self._file.close()
        super().close()

    def _follow(self, data: bytes, wanted: int) -> None:
        end = self._at + len(data)
        if len(data) < wanted:
            raise Corrupt(f"This file ends after {end} bytes; {self._size} were kept.")
        if self._at <= self._hashed < end:
            self._hash.update(memoryview(data)[self._hashed - self._at :])
            self._hashed = end
            if end == self._size and self._hash.hexdigest() != self._digest:
                raise Corrupt
        self._at = end


def prove(file: BinaryIO, size: int, digest: str) -> None:
    """Reads it to its end, and closes it. Raises `Corrupt`."""
    with Proven(file, size, digest) as opened:
        while opened.read(1 << 20):
            pass
