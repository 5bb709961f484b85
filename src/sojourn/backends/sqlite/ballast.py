"""A file of no content that holds room on the disk, to be given up when an erase needs it.

On a full disk SQLite can delete nothing: what it deletes is first written to the log.
"""

import os
from pathlib import Path

from sojourn.backends import folders

_LEAST = 64 << 10
"""With less room than this there is nothing worth holding back."""


class Ballast:
    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size

    def keep(self) -> None:
        """Makes the file, as large as it should be or as there is room for. No room is not an error."""
        size = self._size
        while size >= _LEAST and self._held() < size:
            if self._take(size):
                return
            size //= 2

    def release(self) -> bool:
        """Gives the room back; False when there was none."""
        held = self._held()
        try:
            os.truncate(self._path, 0)
        except OSError:
            return False
        return held > 0

    def _held(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            return 0

    def _take(self, size: int) -> bool:
        """All of this size, or what was held before."""
        held = self._held()
        try:
            handle = folders.create(self._path)
        except OSError:
            return False
        try:
            _fill(handle, size)
        except OSError:
            os.ftruncate(handle, held)
            return False
        finally:
            os.close(handle)
        return True


def _fill(handle: int, size: int) -> None:
    """Blocks that are really there: a hole would hold nothing back."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, size)
        return
    for start in range(0, size, _LEAST):
        os.pwrite(handle, bytes(min(_LEAST, size - start)), start)
