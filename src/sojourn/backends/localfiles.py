"""Blobs as files: `sessions/<ab>/<session id>/files/<blob id>`, where ab ends the session's id.

Every name is made by sojourn. Bytes are written beside their place, synced, and renamed into it.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sojourn.backends import folders
from sojourn.backends.folders import told
from sojourn.backends.localwriter import Hashes, LocalWriter, part
from sojourn.errors import NotFound
from sojourn.ports import Found

_INDEX = "index.db"
_LENT = ".lent"
_UNWRITTEN = "The bytes could not be written"
_UNREAD = "The bytes could not be read"
_LEFT = "The bytes could not be removed"


def session_folder(root: Path, session_id: str) -> Path:
    """Where everything of a session lies that is not in the records."""
    return root / "sessions" / session_id[-2:] / session_id


class LocalFiles:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._hashes = Hashes()

    def writer(self, session_id: str, blob: str) -> LocalWriter:
        return LocalWriter.begin(self._room(session_id, blob), self._hashes)

    def resume(self, session_id: str, blob: str) -> LocalWriter:
        return LocalWriter.resume(self._room(session_id, blob), self._hashes)

    def received(self, session_id: str, blob: str) -> int:
        """What another process wrote is synced before it is told: that one may have been killed first."""
        path = self._path(session_id, blob)
        size = self.size(session_id, blob)
        if size is not None:
            return size
        with told(_UNREAD):
            try:
                handle = os.open(part(path), os.O_RDONLY)
            except FileNotFoundError:
                return self.size(session_id, blob) or 0
            try:
                size = os.fstat(handle).st_size
                if size != self._hashes.written(path):
                    os.fsync(handle)
            finally:
                os.close(handle)
        return size

    def open(self, session_id: str, blob: str) -> BinaryIO:
        try:
            return self._path(session_id, blob).open("rb")
        except FileNotFoundError:
            raise NotFound("The bytes of this file are gone.") from None
        except OSError as problem:
            raise folders.refused(problem, _UNREAD) from problem

    def size(self, session_id: str, blob: str) -> int | None:
        with told(_UNREAD):
            try:
                return self._path(session_id, blob).stat().st_size
            except FileNotFoundError:
                return None

    @contextmanager
    def local(self, session_id: str, blob: str) -> Iterator[Path]:
        yield self._path(session_id, blob)

    @contextmanager
    def lend(self, session_id: str, data: bytes) -> Iterator[Path]:
        """In memory that has a path, where the system can; else a file of the session, which goes with it."""
        if hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
            handle = os.memfd_create("lent")
            with os.fdopen(handle, "wb", buffering=0) as file:
                file.write(data)
                yield Path(f"/proc/{os.getpid()}/fd/{handle}")
            return
        path = self._room(session_id, secrets.token_hex(8) + _LENT)
        with told(_UNWRITTEN), os.fdopen(folders.create(path, anew=True), "wb") as file:
            file.write(data)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def remove(self, session_id: str, blob: str) -> None:
        path = self._path(session_id, blob)
        self._hashes.forget(path)
        with told(_LEFT):
            part(path).unlink(missing_ok=True)  # first, so that one which is finished just now is found
            path.unlink(missing_ok=True)

    def drop(self, session_id: str) -> None:
        """In one step out of sight, then for good. What cannot be removed is said, and tried again later."""
        folder = session_folder(self._root, session_id)
        trash = self._root / "trash"
        with told(_LEFT):
            for left in trash.glob(f"{session_id}.*"):
                _remove(left)
            if folder.exists():
                _remove(_aside(folder, trash))

    def walk(self) -> Iterator[Found]:
        for folder in _below(self._root / "sessions"):
            for session in _below(folder) if folder.is_dir() else [folder]:
                for path in _below(session) if session.is_dir() else [session]:
                    if path.name == "files" and path.is_dir():
                        yield from map(self._found, _below(path))
                    else:
                        yield self._found(path)

    def discard(self, found: Found) -> None:
        path = self._root / found.place
        with told(_LEFT):
            if path.is_dir():
                _remove(path)
            else:
                path.unlink(missing_ok=True)

    def _found(self, path: Path) -> Found:
        place = path.relative_to(self._root)
        session_id = place.parts[2] if len(place.parts) > 3 else ""  # sessions/ab/<id>/…
        try:
            size = path.lstat().st_size
        except FileNotFoundError:
            size = 0
        if len(place.parts) == 5 and path.suffix == ".part":
            return Found(session_id, "part", path.stem, size, str(place))
        if len(place.parts) == 5 and path.suffix == "":
            return Found(session_id, "blob", path.name, size, str(place))
        index = len(place.parts) == 4 and path.name.startswith(_INDEX)
        return Found(session_id, "index" if index else "other", path.name, size, str(place))

    def _path(self, session_id: str, blob: str) -> Path:
        return session_folder(self._root, session_id) / "files" / blob

    def _room(self, session_id: str, blob: str) -> Path:
        """The same, once its folder is there."""
        path = self._path(session_id, blob)
        with told(_UNWRITTEN):
            folders.make(path.parent)
        return path


def _below(folder: Path) -> list[Path]:
    """What lies in a folder, in order; nothing when it is none, or goes meanwhile."""
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


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
