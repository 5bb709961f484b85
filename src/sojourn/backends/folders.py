"""Files and folders that nobody but their owner may look into, and what the system's refusals mean."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sojourn.errors import BackendError, StorageFull, Unavailable

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_SCARCE = {
    errno.EMFILE: "This process has as many files open as it may.",
    errno.ENFILE: "This machine has as many files open as it can.",
    errno.ENOMEM: "There is no memory left.",
}
_SHUT = {errno.EACCES, errno.EPERM, errno.EROFS}


def make(folder: Path) -> None:
    """Makes the folder, and what is missing above it, for its owner alone, whatever the umask."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        make(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o700)


def create(path: Path, *, anew: bool = False) -> int:
    """Opens the file for reading and writing, made for its owner alone if need be.

    With `anew` it must not be there: `FileExistsError`. A link in its place is not followed.
    """
    flags = os.O_RDWR | os.O_CREAT | (os.O_EXCL if anew else 0)
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0), 0o600)


def sync(folder: Path) -> None:
    """Makes what was renamed or made within the folder durable."""
    if os.name == "nt":
        return  # a folder cannot be synced there
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def refused(problem: OSError, what: str) -> BackendError:
    """The system's error in sojourn's words. `what` begins the sentence: `The bytes could not be written`."""
    number = problem.errno or 0
    if number in _FULL:
        return StorageFull()
    if number in _SCARCE:
        return Unavailable(f"{what}: {_SCARCE[number]}")
    kind = Unavailable if number in _SHUT else BackendError
    return kind(f"{what}: {os.strerror(number)}.")


@contextmanager
def told(what: str) -> Iterator[None]:
    """Raises the errors of the system in sojourn's words."""
    try:
        yield
    except OSError as problem:
        raise refused(problem, what) from problem


def scarce(path: Path | None = None) -> str | None:
    """Why no file can be opened just now, or this one not be written, if that is how it is.

    It does not open the path: to close a database file would drop SQLite's locks on it.
    """
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as problem:
        return _SCARCE.get(problem.errno or 0)
    if path is None or os.access(path, os.W_OK):
        return None
    read_only = hasattr(os, "statvfs") and os.statvfs(path).f_flag & os.ST_RDONLY
    return f"{os.strerror(errno.EROFS if read_only else errno.EACCES)}."
