"""`keys.bin`: one slot of 32 bytes per key number. A slot of zeros is no key."""

import os
from pathlib import Path

from sojourn.backends import folders
from sojourn.backends.folders import told
from sojourn.errors import BackendError

_SLOT = 32
_NONE = bytes(_SLOT)
_MISSING = (
    "keys.bin is missing or short: without it the records cannot be read. Put back the one that belongs"
    " to this folder."
)
_UNREAD = "keys.bin could not be read"
_UNWRITTEN = "keys.bin could not be written"


class KeyFile:
    """Opened for each use: nothing is inherited by a fork."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, key_no: int) -> bytes | None:
        try:
            with self._path.open("rb", buffering=0) as file:
                key = os.pread(file.fileno(), _SLOT, key_no * _SLOT)
        except FileNotFoundError:
            raise BackendError(_MISSING) from None
        except OSError as problem:
            raise folders.refused(problem, _UNREAD) from problem
        if len(key) != _SLOT:
            raise BackendError(f"keys.bin is shorter than the records say (key {key_no}): it is not whole.")
        return None if key == _NONE else key

    def fill(self, first: int, last: int) -> None:
        """Slots that hold a key keep it: another transaction may have written them and not committed.

        All are written again, those too: whoever wrote them may have failed to sync them.
        """
        with told(_UNWRITTEN):
            handle = folders.create(self._path)
            try:
                held = os.pread(handle, (last - first + 1) * _SLOT, first * _SLOT)
                keys = bytearray()
                for start in range(0, (last - first + 1) * _SLOT, _SLOT):
                    key = held[start : start + _SLOT]
                    keys += key if len(key) == _SLOT and key != _NONE else os.urandom(_SLOT)
                _write(handle, bytes(keys), first * _SLOT)
                os.fsync(handle)
            finally:
                os.close(handle)
            if first == 0:
                folders.sync(self._path.parent)

    def destroy(self, key_no: int) -> None:
        with told(_UNWRITTEN):
            handle = os.open(self._path, os.O_RDWR)
            try:
                _write(handle, _NONE, key_no * _SLOT)
                os.fsync(handle)
            finally:
                os.close(handle)

    def check(self, ceiling: int) -> None:
        """Raises `BackendError` when the file does not hold what the records count on."""
        try:
            size = self._path.stat().st_size
        except FileNotFoundError:
            size = 0
        except OSError as problem:
            raise folders.refused(problem, _UNREAD) from problem
        if size < (ceiling + 1) * _SLOT or self.get(0) is None:
            raise BackendError(_MISSING)


def _write(handle: int, data: bytes, place: int) -> None:
    """All of it: a disk that is nearly full takes a part and says so by the count alone."""
    while data:
        written = os.pwrite(handle, data, place)
        data, place = data[written:], place + written
