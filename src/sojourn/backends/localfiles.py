"""Blobs as files: `sessions/<ab>/<session id>/files/<file id>`, where ab ends the session's id.

Every name is made by sojourn. Bytes are written beside their place, synced, and renamed into it.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from sojourn.errors import BackendError, NotFound, StorageFull
from sojourn.ports import Blob

_HEAD = 8192
_FULL = {28, 122}  # ENOSPC, EDQUOT


def session_folder(root: Path, session_id: str) -> Path:
    """Where everything of a session lies that is not in the records."""
    return root / "sessions" / session_id[-2:] / session_id


class LocalFiles:
    def __init__(self, root: Path) -> None:
        self._root = root

    def writer(self, session_id: str, file_id: str) -> "LocalWriter":
        path = self._path(session_id, file_id)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            return LocalWriter(path)
        except OSError as problem:
            raise _told(problem) from problem

    def open(self, session_id: str, file_id: str) -> BinaryIO:
        try:
            return self._path(session_id, file_id).open("rb")
        except FileNotFoundError:
            raise NotFound("The bytes of this file are gone.") from None

    @contextmanager
    def local(self, session_id: str, file_id: str) -> Iterator[Path]:
        yield self._path(session_id, file_id)

    def remove(self, session_id: str, file_id: str) -> None:
        path = self._path(session_id, file_id)
        path.unlink(missing_ok=True)
        _part(path).unlink(missing_ok=True)

    def drop(self, session_id: str) -> None:
        folder = session_folder(self._root, session_id)
        trash = self._root / "trash"
        trash.mkdir(exist_ok=True, mode=0o700)
        for left in trash.glob(f"{session_id}.*"):
            shutil.rmtree(left, ignore_errors=True)
        gone = trash / f"{session_id}.{secrets.token_hex(4)}"
        try:
            folder.rename(gone)
        except FileNotFoundError:
            return
        _sync(folder.parent)
        shutil.rmtree(gone, ignore_errors=True)

    def _path(self, session_id: str, file_id: str) -> Path:
        return session_folder(self._root, session_id) / "files" / file_id


class LocalWriter:
    """Bytes on their way into one file."""

    def __init__(self, path: Path) -> None:
        self.size = 0
        self._path = path
        self._hash = sha256()
        self._head = b""
        self._file: BinaryIO | None = _part(path).open("xb", buffering=0)

    def write(self, data: bytes) -> None:
        assert self._file is not None, "written to after its end"
        if len(self._head) < _HEAD:
            self._head += data[: _HEAD - len(self._head)]
        view = memoryview(data)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as problem:
            raise _told(problem) from problem
        self._hash.update(data)
        self.size += len(data)

    def finish(self) -> Blob:
        assert self._file is not None, "finished twice"
        try:
            os.fsync(self._file.fileno())
            self._file.close()
            _part(self._path).rename(self._path)
            _sync(self._path.parent)
        except OSError as problem:
            raise _told(problem) from problem
        self._file = None
        return Blob(self.size, self._hash.hexdigest(), self._head)

    def abort(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            _part(self._path).unlink(missing_ok=True)


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def _sync(folder: Path) -> None:
    """Makes a rename within the folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _told(problem: OSError) -> Exception:
    if problem.errno in _FULL:
        return StorageFull()
    return BackendError(f"The bytes could not be written: {problem.strerror}.")
