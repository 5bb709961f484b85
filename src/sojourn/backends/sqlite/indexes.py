"""Where indexes live: `sessions/<ab>/<session id>/index.db`, `corpora/<name>/<version>/index.db`.

A corpus's present version is named in its file `current`, which is replaced in one step.
"""

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sojourn.backends import folders
from sojourn.backends.sqlite.index import SqliteIndex
from sojourn.errors import Invalid
from sojourn.models import Corpus

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SESSION = re.compile(r"[A-Za-z0-9_-]{3,64}")
_VERSION = re.compile(r"[0-9a-f]{16}")
_FILE = "index.db"
_ABANDONED_SECONDS = 24 * 3600


class SqliteIndexes:
    """Indexes in one data folder. Holds nothing open between calls."""

    def __init__(self, folder: Path, *, corpora: Path | None = None) -> None:
        """`corpora` names the data folder that these are in, if it is another."""
        self._sessions = folder / "sessions"
        self._corpora = (corpora or folder) / "corpora"

    def session(self, session_id: str) -> SqliteIndex | None:
        return self.session_for_writing(session_id) if self._session(session_id).exists() else None

    def session_for_writing(self, session_id: str) -> SqliteIndex:
        """Its file is made by the first `put`."""
        path = self._session(session_id)
        return SqliteIndex(lambda: path)

    def corpus(self, name: str) -> SqliteIndex | None:
        """Follows the corpus to its next version. Raises `Invalid`."""
        folder = self._corpus(name)
        if _current(folder) is None:
            return None
        return SqliteIndex(lambda: folder / (_current(folder) or "none") / _FILE)

    def corpora(self) -> list[Corpus]:
        found = []
        for folder in sorted(self._corpora.iterdir()) if self._corpora.is_dir() else ():
            version = _current(folder) if _NAME.fullmatch(folder.name) else None
            if version is not None:
                documents = SqliteIndex(lambda path=folder / version / _FILE: path).documents()  # type: ignore[misc]
                chunks = sum(document.chunks for document in documents)
                found.append(Corpus(folder.name, version, len(documents), chunks))
        return found

    @contextmanager
    def build(self, name: str) -> Iterator[SqliteIndex]:
        """A new version; when the context ends well it takes the old one's place, durably and in one step.

        Builds of one corpus may overlap: the last to end stands. Raises `Invalid`.
        """
        folder = self._corpus(name)
        version = secrets.token_hex(8)
        draft = folder / version
        with folders.told("The corpus could not be written"):
            folders.make(draft)
        try:
            yield SqliteIndex(lambda: draft / _FILE, synchronous="OFF")
            with folders.told("The corpus could not be written"):
                _settle(draft)
                before = _current(folder)
                _point(folder, version)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        if before is not None:
            shutil.rmtree(folder / before, ignore_errors=True)
        _sweep(folder, version)

    def _session(self, session_id: str) -> Path:
        if not _SESSION.fullmatch(session_id):
            raise Invalid("This is not a session's id.", field="session_id")
        return self._sessions / session_id[-2:].lower() / session_id / _FILE

    def _corpus(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise Invalid("A corpus is named with a-z, 0-9, _ and -, at most 64 of them.", field="corpus")
        return self._corpora / name


def _current(folder: Path) -> str | None:
    try:
        version = (folder / "current").read_text("ascii").strip()
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        return None
    except OSError as problem:
        raise folders.refused(problem, "The corpus could not be read") from problem
    return version if _VERSION.fullmatch(version) else None


def _settle(draft: Path) -> None:
    """A draft is written without syncing; this makes up for it."""
    path = draft / _FILE
    if path.exists():
        _sync(path)
    folders.sync(draft)


def _point(folder: Path, version: str) -> None:
    beside = folder / f"current.{version}"
    with os.fdopen(folders.create(beside, anew=True), "w", encoding="ascii") as file:
        file.write(version)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / "current")
    folders.sync(folder)
    folders.sync(folder.parent)


def _sweep(folder: Path, version: str) -> None:
    """Removes what builds that were cut off left, a day later."""
    for left in folder.iterdir():
        if left.name in {"current", version}:
            continue
        newest = max((part.stat().st_mtime for part in (left, left / _FILE) if part.exists()), default=0.0)
        if newest < time.time() - _ABANDONED_SECONDS:
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
