"""A blob that is finished, for whoever comes after one that was stopped before it could say so."""

import io
from hashlib import sha256

from sojourn.backends.s3.reader import S3Reader
from sojourn.errors import Conflict
from sojourn.ports import Blob

_HEAD = 8192
_STRETCH = 16 << 20


class S3Finished:
    """A writer that has nothing left to write."""

    def __init__(self, reader: S3Reader) -> None:
        self.size = reader.seek(0, io.SEEK_END)
        reader.seek(0)
        self._reader = reader
        self._hash = sha256()
        self._head = b""

    def write(self, data: bytes) -> None:
        if data:
            raise Conflict("This upload is finished.")

    def cut(self, size: int) -> None:
        if size < self.size:
            raise Conflict("This upload is finished.")

    def pause(self) -> None:
        self._reader.close()

    def catch_up(self) -> bool:
        end = min(self._reader.tell() + _STRETCH, self.size)
        while self._reader.tell() < end:
            data = self._reader.read(1 << 20) or b""
            self._head += data[: _HEAD - len(self._head)]
            self._hash.update(data)
        return self._reader.tell() < self.size

    def finish(self) -> Blob:
        while self.catch_up():
            pass
        self._reader.close()
        return Blob(self.size, self._hash.hexdigest(), self._head)

    def abort(self) -> None:
        self._reader.close()
