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

from sojourn.backends import folders
from sojourn.backends.folders import told
from sojourn.errors import Conflict, NotFound
from sojourn.ports import Blob

_HEAD = 8192
_UNWRITTEN = "The bytes could not be written"
_UNREAD = "The bytes could not be read"
_LEFT = "The bytes could not be removed"


def session_folder(root: Path, session_id: str) -> Path:
    """Where everything of a session lies that is not in the records."""
    return root / "sessions" / session_id[-2:] / session_id


class LocalFiles:
    def __init__(self, root: Path) -> None:
        self._root = root

    def writer(self, session_id: str, file_id: str) -> "LocalWriter":
        path = self._path(session_id, file_id)
        with told(_UNWRITTEN):
            folders.make(path.parent)
            return LocalWriter(path)

    def open(self, session_id: str, file_id: str) -> BinaryIO:
        try:
            return self._path(session_id, file_id).open("rb")
        except FileNotFoundError:
            raise NotFound("The bytes of this file are gone.") from None
        except OSError as problem:
            raise folders.refused(problem, _UNREAD) from problem

    @contextmanager
    def local(self, session_id: str, file_id: str) -> Iterator[Path]:
        yield self._path(session_id, file_id)

    def remove(self, session_id: str, file_id: str) -> None:
        path = self._path(session_id, file_id)
        with told(_LEFT):
            path.unlink(missing_ok=True)
            _part(path).unlink(missing_ok=True)

    def drop(self, session_id: str) -> None:
        """In one step out of sight, then for good. What cannot be removed is said, and tried again later."""
        folder = session_folder(self._root, session_id)
        trash = self._root / "trash"
        with told(_LEFT):
            for left in trash.glob(f"{session_id}.*"):
                _remove(left)
            if folder.exists():
                _remove(_aside(folder, trash))

    def _path(self, session_id: str, file_id: str) -> Path:
        return session_folder(self._root, session_id) / "files" / file_id


class LocalWriter:
    """Bytes on their way into one file."""

    def __init__(self, path: Path) -> None:
        self.size = 0
        self._path = path
        self._hash = sha256()
        self._head = b""
        self._file: BinaryIO | None = os.fdopen(folders.create(_part(path), anew=True), "wb", buffering=0)

    def write(self, data: bytes) -> None:
        assert self._file is not None, "written to after its end"
        if len(self._head) < _HEAD:
            self._head += data[: _HEAD - len(self._head)]
        view = memoryview(data)
        with told(_UNWRITTEN):
            while view:
                view = view[self._file.write(view) :]
        self._hash.update(data)
        self.size += len(data)

    def finish(self) -> Blob:
        assert self._file is not None, "finished twice"
        with told(_UNWRITTEN):
            os.fsync(self._file.fileno())
            self._file.close()
            try:
                _part(self._path).rename(self._path)
            except FileNotFoundError:
                raise Conflict("The upload was given up: it took longer than it may.") from None
            folders.sync(self._path.parent)
        self._file = None
        return Blob(self.size, self._hash.hexdigest(), self._head)

    def abort(self) -> None:
        if self._file is not None:
            with told(_LEFT):
                self._file.close()
                self._file = None
                _part(self._path).unlink(missing_ok=True)


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def _aside(folder: Path, trash: Path) -> Path:
    """Where the folder lies once it was moved into the trash, in one step; where it was, if that fails."""
    gone = trash / f"{folder.name}.{secrets.token_hex(4)}"
    try:
        folders.make(trash)
        folder.rename(gone)
    except OSError:
        return folder  # on a full disk, say: then it goes from where it is
    folders.sync(folder.parent)
    return gone


def _remove(folder: Path) -> None:
    """All of it, also when somebody else removes it at the same time."""
    while folder.exists():
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            continue
