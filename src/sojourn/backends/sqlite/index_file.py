"""The file of one index: found, made, read and written.

Readers open it read-only and recover it only when it is still the one in its place. Else a
reader of a file that was taken away would take the journal of the file that came after it,
which has the same name, for its own.

A connection lives for one call, so none is ever inherited by a fork; opening one takes less
than a tenth of a millisecond. Whoever finds no file finds an empty index.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import apsw

from sojourn.backends import folders
from sojourn.backends.sqlite.connection import translated
from sojourn.errors import BackendError, SchemaMismatch, SojournError, Unavailable

T = TypeVar("T")

VERSION = 1
_SCHEMA = (
    """CREATE TABLE document (
        no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
        chunks INTEGER NOT NULL, words INTEGER NOT NULL)""",
    # no: the document's in the high bits, the chunk's own number in the low ones.
    """CREATE TABLE chunk (
        no INTEGER PRIMARY KEY, text TEXT NOT NULL, page INTEGER, heading TEXT,
        "row" INTEGER, last_row INTEGER, line INTEGER)""",
    """CREATE VIRTUAL TABLE word USING fts5 (
        text, heading, content='', tokenize='porter unicode61 remove_diacritics 2')""",
    # A document that was removed, until its traces are gone from the file too.
    "CREATE TABLE trace (document INTEGER PRIMARY KEY)",
    f"PRAGMA user_version = {VERSION}",
)
_ATTEMPTS = 5
_TAKEN = "The index was taken away again and again while it was written."
_BUSY_MS = 5000
_CACHE_KIB = 32 << 10
"""What a transaction may change before readers must wait for its end."""


class IndexFile:
    """`locate` answers where the file is, which need not exist, anew for each call."""

    def __init__(self, locate: Callable[[], Path], synchronous: str = "FULL") -> None:
        self._locate = locate
        self._synchronous = synchronous

    def read(self, ask: Callable[[apsw.Connection], T], nothing: T) -> T:
        """What `ask` finds, or `nothing` when there is no file."""
        for _ in range(_ATTEMPTS):
            path = self._locate()
            before = _inode(path)
            if before is None:
                continue  # a corpus may just have moved on to its next version
            connection = None
            try:
                connection = _opened(path, apsw.SQLITE_OPEN_READONLY)
                with connection:
                    return ask(connection) if _version(connection) else nothing
            except apsw.Error as problem:
                if _inode(path) == before:
                    _recover(path, problem)
            finally:
                if connection is not None:
                    connection.close()
        return nothing

    def write(self, change: Callable[[apsw.Connection], None]) -> None:
        """Runs `change` in a transaction; makes the file when there is none."""
        for _ in range(_ATTEMPTS):
            path = self._locate()
            try:
                folders.make(path.parent)
                if not path.exists():
                    os.close(folders.create(path))
                if self._changed(path, change):
                    return
            except (apsw.CantOpenError, FileExistsError, FileNotFoundError) as problem:
                if path.parent.exists() and not os.access(path.parent, os.W_OK):
                    raise Unavailable("The data folder cannot be written.") from problem
            except apsw.Error as problem:
                raise _told(problem) from problem
            except OSError as problem:
                raise folders.refused(problem, "The index could not be written") from problem
        raise Unavailable(_TAKEN)

    def amend(self, change: Callable[[apsw.Connection], None]) -> None:
        """Runs `change` in a transaction, if there is a file."""
        for _ in range(_ATTEMPTS):
            path = self._locate()
            if not path.exists() or self._changed(path, change):
                return
        raise Unavailable(_TAKEN)

    def _changed(self, path: Path, change: Callable[[apsw.Connection], None]) -> bool:
        """False when the file was taken away meanwhile: what was written went with it."""
        before = _inode(path)
        if before is None:
            return False
        connection = None
        try:
            connection = _opened(path, apsw.SQLITE_OPEN_READWRITE)
            for pragma in (
                "secure_delete = ON",
                f"synchronous = {self._synchronous}",
                f"cache_size = -{_CACHE_KIB}",
            ):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            if _inode(path) != before:
                return False
            connection.execute("BEGIN IMMEDIATE")
            if _inode(path) != before:
                return False
            if not _version(connection):
                for statement in _SCHEMA:
                    connection.execute(statement)
            change(connection)
            connection.execute("COMMIT")
            _clear(connection)
        except apsw.Error as problem:
            if _inode(path) == before:
                raise _told(problem) from problem
            return False
        else:
            return True
        finally:
            if connection is not None:
                connection.close()


def _opened(path: Path, flags: int) -> apsw.Connection:
    connection = apsw.Connection(str(path), flags=flags)
    connection.set_busy_timeout(_BUSY_MS)
    return connection


def _recover(path: Path, problem: apsw.Error) -> None:
    """Rolls back what a writer that was killed left behind, if that is the problem; else raises it."""
    if getattr(problem, "extendedresult", 0) != apsw.SQLITE_READONLY_ROLLBACK:
        raise _told(problem) from problem
    try:
        connection = _opened(path, apsw.SQLITE_OPEN_READWRITE)
    except apsw.CantOpenError:
        return  # gone meanwhile
    try:
        _version(connection)
    except apsw.Error as second:
        raise _told(second) from second
    finally:
        connection.close()


def _version(connection: apsw.Connection) -> int:
    """0 when the file was made and nothing was committed to it. Raises `SchemaMismatch`."""
    found = int(connection.execute("PRAGMA user_version").get)
    if found not in {0, VERSION}:
        raise SchemaMismatch(f"This index has version {found}, not {VERSION}.", found=found)
    return found


def _clear(connection: apsw.Connection) -> None:
    """Pages keep bits of removed rows in their gaps; a file that is written anew has none."""
    if connection.execute("SELECT 1 FROM trace LIMIT 1").fetchall():
        connection.execute("VACUUM")
        connection.execute("DELETE FROM trace")


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _told(problem: apsw.Error) -> SojournError:
    if isinstance(problem, apsw.CorruptError | apsw.NotADBError):
        return BackendError("This index is damaged. It can be made again from its files.")
    return translated(problem)
