"""Bytes on their way into one file."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from sojourn.backends import folders
from sojourn.errors import BackendError, Conflict, NotFound
from sojourn.ports import Blob

_HEAD = 8192
_STRETCH = 16 << 20
"""Bytes that are read again at once."""
_PIECE = 1 << 20
_KNOWN = 1024


class Hashes:
    """How far each file on its way was hashed in this process: going on reads nothing again."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[int, Any]] = {}

    def get(self, path: Path) -> tuple[int, Any]:
        """A hash of the first so many bytes."""
        return self._known.pop(path, None) or (0, sha256())

    def keep(self, path: Path, size: int, state: Any) -> None:
        while len(self._known) >= _KNOWN:
            self._known.pop(next(iter(self._known)), None)
        self._known[path] = (size, state)

    def written(self, path: Path) -> int | None:
        """How many bytes were synced when this process wrote it last."""
        held = self._known.get(path)
        return None if held is None else held[0]

    def forget(self, path: Path) -> None:
        self._known.pop(path, None)


class LocalWriter:
    """Writes at the end of `<path>.part`, alone: the file is locked until it lets go."""

    def __init__(self, path: Path, handle: int, at: Path, hashes: Hashes) -> None:
        self.size = os.fstat(handle).st_size
        self._path = path
        self._at = at
        self._handle: int | None = handle
        self._hashes = hashes
        self._hashed, self._hash = hashes.get(path)
        self._begun = (self._hashed, self._hash.copy())

    @classmethod
    def begin(cls, path: Path, hashes: Hashes) -> "LocalWriter":
        try:
            with told(_UNWRITTEN):
                handle = folders.create(part(path), anew=True)
        except FileNotFoundError:
            raise NotFound(_REMOVED) from None
        return cls(path, handle, part(path), hashes)

    @classmethod
    def resume(cls, path: Path, hashes: Hashes) -> "LocalWriter":
        """Raises `Conflict` while another writes it."""
        while True:
            at = path if path.exists() else part(path)
            try:
                with told(_UNWRITTEN):
                    handle = os.open(at, os.O_RDWR) if at is path else folders.create(at)
            except FileNotFoundError:
                if at is path:
                    continue
                raise NotFound(_REMOVED) from None
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_at(handle, at):
                    os.lseek(handle, 0, os.SEEK_END)
                    return cls(path, handle, at, hashes)
            except BlockingIOError:
                os.close(handle)
                raise Conflict("Somebody else is sending this upload just now.") from None
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)  # it was finished or removed between the opening and the lock

    def write(self, data: bytes) -> None:
        handle = self._open()
        view = memoryview(data)
        try:
            with told(_UNWRITTEN):
                while view:
                    view = view[os.write(handle, view) :]
        except BackendError:
            os.ftruncate(handle, self.size)
            os.lseek(handle, self.size, os.SEEK_SET)
            raise
        if self._hashed == self.size:
            self._hash.update(data)
            self._hashed += len(data)
        self.size += len(data)

    def cut(self, size: int) -> None:
        handle = self._open()
        with told(_UNWRITTEN):
            os.ftruncate(handle, size)
            os.lseek(handle, size, os.SEEK_SET)
        if self._hashed > size:
            self._hashed, state = self._begun if self._begun[0] <= size else (0, sha256())
            self._hash = state.copy()
        self.size = size

    def pause(self) -> None:
        handle = self._handle
        if handle is None:
            return
        try:
            with told(_UNWRITTEN):
                os.fsync(handle)
                folders.sync(self._at.parent)
        except FileNotFoundError:
            self._let_go()
            raise NotFound(_REMOVED) from None
        except BackendError:
            # What a failed sync has lost is never told again: the bytes are not to be trusted.
            self.abort()
            raise
        self._hashes.keep(self._path, self._hashed, self._hash)
        self._let_go()

    def catch_up(self) -> bool:
        handle = self._open()
        end = min(self._hashed + _STRETCH, self.size)
        with told("The bytes could not be read"):
            while self._hashed < end:
                data = os.pread(handle, min(_PIECE, end - self._hashed), self._hashed)
                if not data:
                    raise BackendError("The bytes of this upload are fewer than were written.")
                self._hash.update(data)
                self._hashed += len(data)
        return self._hashed < self.size

    def finish(self) -> Blob:
        handle = self._open()
        while self.catch_up():
            pass
        try:
            with told(_UNWRITTEN):
                os.fsync(handle)
                if self._at != self._path:
                    self._at.rename(self._path)
                    self._at = self._path
                folders.sync(self._path.parent)
        except FileNotFoundError:
            raise NotFound(_REMOVED) from None
        blob = Blob(self.size, self._hash.hexdigest(), os.pread(handle, _HEAD, 0))
        self._hashes.forget(self._path)
        self._let_go()
        return blob

    def abort(self) -> None:
        if self._handle is not None:
            self._hashes.forget(self._path)
            try:
                if self._at != self._path:
                    with told("The bytes could not be removed"):
                        self._at.unlink(missing_ok=True)
            finally:
                self._let_go()

    def _open(self) -> int:
        assert self._handle is not None, "written to after its end"
        return self._handle

    def _let_go(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)


_UNWRITTEN = "The bytes could not be written"
_REMOVED = "The bytes of this upload were removed meanwhile."


def part(path: Path) -> Path:
    """Where bytes lie that are on their way to a path."""
    return path.with_name(path.name + ".part")


@contextmanager
def told(what: str) -> Iterator[None]:
    """Raises the errors of the system in sojourn's words, but for a file that is not there."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as problem:
        raise folders.refused(problem, what) from problem


def _is_at(handle: int, path: Path) -> bool:
    """Whether the file that was opened is still the one of this name."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
