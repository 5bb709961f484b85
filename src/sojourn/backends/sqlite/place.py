"""Where the ephemeral sessions of a data folder lie: a folder outside it, on this machine, for a while.

Which one it is stands in the file `ephemeral` of the data folder. Each process that is in it holds a
shared lock on its file `lock`; who gets that lock alone knows that nobody is, and removes it.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from weakref import WeakMethod

from sojourn.backends.sqlite.forks import in_child
from sojourn.errors import BackendError, Unsupported

MEMORY = Path("/dev/shm")
"""A file system in memory, where there is one."""

_NAMES = "ephemeral"
_LOCK = "lock"
_THERE = os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


class Place:
    """One for a process and a store. It holds the place from `find` or `make` on, until `leave`.

    A lock is inherited by a fork, and one handle on it is both sides' then; so the child takes a lock
    of its own at once.
    """

    def __init__(self, folder: Path, runtime: str | None) -> None:
        self._names = folder / _NAMES
        self._runtime = runtime
        self.path: Path | None = None
        """The place this process is in."""
        self._handle: int | None = None
        in_child(WeakMethod(self.after_fork))

    @property
    def stands(self) -> bool:
        """Whether this process is in a place that is still there."""
        return self.path is not None and self._handle is not None and _is_at(self._handle, self.path / _LOCK)

    @property
    def named(self) -> bool:
        """Whether the data folder names one."""
        try:
            return self._names.stat().st_size > 0
        except OSError:
            return False

    def find(self) -> Path | None:
        """Goes into the place that is in use, if there is one; one that nobody is in any more is removed."""
        if not self.named:
            return None
        with self._alone() as names:
            return self._join(names)

    def make(self, store_id: str) -> Path:
        """Goes into the place that is in use, or into a new one."""
        with self._alone() as names:
            found = self._join(names)
            if found is None:
                found = Path(tempfile.mkdtemp(prefix=f"{store_id}-", dir=self._base()))
                self._handle = _open(found / _LOCK)
                _locked(self._handle, "shared")
                os.pwrite(self._handle, _identity(names), 0)
                os.ftruncate(names, 0)
                os.pwrite(names, os.fsencode(found), 0)
                self.path = found
            return found

    def clear(self) -> int:
        """Removes a place that nobody is in any more; answers how many there were."""
        if self.stands or not self.named:
            return 0
        with self._alone() as names:
            return int(self._remove(names))

    def leave(self) -> None:
        """Goes out of it; the last one removes it. Not being in one is not an error."""
        path, handle = self.path, self._handle
        self.path = self._handle = None
        if path is None or handle is None:
            return
        os.close(handle)
        if not self._names.parent.is_dir():  # then nothing names the place any more
            _take_down(path)
            return
        with self._alone() as names:
            if _named(names) == path:
                self._remove(names)
            else:
                _take_down(path)

    # -- by whoever has the names to themselves ------------------------------------------------------

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """The file that names the place; others wait for their turn with it."""
        try:
            handle = _open(self._names)
        except OSError as problem:
            raise BackendError(
                f"The data folder {self._names.parent} cannot be written: {problem.strerror}."
            ) from problem
        try:
            _locked(handle, "alone, waiting")
            yield handle
        finally:
            os.close(handle)

    def _join(self, names: int) -> Path | None:
        if self.stands:
            return self.path
        if self._handle is not None:
            os.close(self._handle)
        self.path = self._handle = None
        if self._remove(names):
            return None
        path = _named(names)
        if path is None or not _is_ours(path):
            return None
        handle = os.open(path / _LOCK, _THERE)
        if os.pread(handle, 100, 0) != _identity(names) or not _locked(handle, "shared"):
            os.close(handle)  # a copy of this folder was made, and that is what the place belongs to
            return None
        self.path, self._handle = path, handle
        return path

    def _remove(self, names: int) -> bool:
        """Removes the place that is named if nobody is in it; True when there is none now."""
        path = _named(names)
        if path is None or not _take_down(path):
            return False
        os.ftruncate(names, 0)
        return True

    def _base(self) -> Path:
        """The folder in which a place is made."""
        if self._runtime is not None:
            base = Path(self._runtime)
            base.mkdir(parents=True, exist_ok=True, mode=0o700)
            return base.absolute()
        run = os.environ.get("XDG_RUNTIME_DIR", "")
        if run.startswith("/") and _is_ours(Path(run)):
            base = Path(run) / "sojourn"
            base.mkdir(exist_ok=True, mode=0o700)
            if _is_ours(base):
                return base
        if MEMORY.is_dir() and os.access(MEMORY, os.W_OK | os.X_OK):
            return MEMORY
        return Path(tempfile.gettempdir())

    # -- forks ---------------------------------------------------------------------------------------

    def after_fork(self) -> None:
        """In the child: a lock of its own."""
        inherited, self._handle = self._handle, None
        if inherited is None or self.path is None:
            return
        try:
            self._handle = os.open(self.path / _LOCK, _THERE)
            if not _locked(self._handle, "shared"):
                self.path = None
        except OSError:
            self.path = None
        os.close(inherited)


def _open(path: Path) -> int:
    return os.open(path, _THERE | os.O_CREAT, 0o600)


def _locked(handle: int, how: Literal["shared", "alone", "alone, waiting"]) -> bool:
    """False when others stand in the way of it."""
    try:
        import fcntl
    except ImportError:
        raise Unsupported("Ephemeral sessions need flock, which this system does not have.") from None
    kinds = {
        "shared": fcntl.LOCK_SH | fcntl.LOCK_NB,
        "alone": fcntl.LOCK_EX | fcntl.LOCK_NB,
        "alone, waiting": fcntl.LOCK_EX,
    }
    try:
        fcntl.flock(handle, kinds[how])
    except BlockingIOError:
        return False
    return True


def _take_down(path: Path) -> bool:
    """Removes a place, unless somebody is in it. What is not ours is none, and stays as it is."""
    if not _is_ours(path):
        return True
    try:
        handle = os.open(path / _LOCK, _THERE)
    except OSError:
        shutil.rmtree(path, ignore_errors=True)  # whoever made it was cut off, or cannot be in it any more
        return True
    try:
        if not _locked(handle, "alone"):
            return False
        shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(handle)
    return True


def _named(names: int) -> Path | None:
    text = os.pread(names, 4096, 0)
    return Path(os.fsdecode(text)) if text else None


def _identity(names: int) -> bytes:
    """Tells a data folder from its copies."""
    found = os.fstat(names)
    return b"%d %d" % (found.st_dev, found.st_ino)


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder, no link to one, of this user, and closed to all others."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def _is_at(handle: int, path: Path) -> bool:
    """Whether this file is still the one with this name."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except OSError:
        return False
