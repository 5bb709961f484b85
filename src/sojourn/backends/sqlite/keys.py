"""`keys.bin`: one slot of 32 bytes per key number. A slot of zeros is no key."""

import os
from pathlib import Path

from sojourn.errors import BackendError

_SLOT = 32
_NONE = bytes(_SLOT)
_MISSING = (
    "keys.bin is missing or short: without it the records cannot be read. Put back the one that belongs"
    " to this folder."
)


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
        if len(key) != _SLOT:
            raise BackendError(f"keys.bin is shorter than the records say (key {key_no}): it is not whole.")
        return None if key == _NONE else key

    def fill(self, first: int, last: int) -> None:
        """Slots that hold a key keep it: another transaction may have written them and not committed."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            held = os.pread(handle, (last - first + 1) * _SLOT, first * _SLOT)
            keys = bytearray()
            for start in range(0, (last - first + 1) * _SLOT, _SLOT):
                key = held[start : start + _SLOT]
                keys += key if len(key) == _SLOT and key != _NONE else os.urandom(_SLOT)
            os.pwrite(handle, keys, first * _SLOT)
            os.fsync(handle)
        finally:
            os.close(handle)

    def destroy(self, key_no: int) -> None:
        handle = os.open(self._path, os.O_RDWR)
        try:
            os.pwrite(handle, _NONE, key_no * _SLOT)
            os.fsync(handle)
        finally:
            os.close(handle)

    def check(self, ceiling: int) -> None:
        """Raises `BackendError` when the file does not hold what the records count on."""
        try:
            size = self._path.stat().st_size
        except FileNotFoundError:
            size = 0
        if size < (ceiling + 1) * _SLOT or self.get(0) is None:
            raise BackendError(_MISSING)
