"""One SQLite connection: its pragmas, and the four words the verbs are written in.

Nothing here suspends. Pragmas go one a call and are read back: a second statement in the
same call would be dropped without a word at the first row returned.
"""

import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw

from sojourn.backends.folders import scarce
from sojourn.backends.sql.connection import Row, Step
from sojourn.backends.sqlite.places import PACKED
from sojourn.errors import BackendError, Conflict, SojournError, StorageFull, Unavailable

FIRST_SAFE = (3, 51, 3)
"""Older ones can corrupt a file when a checkpoint meets a commit in another process."""

_PRAGMAS: tuple[tuple[str, str | int, str | int], ...] = (
    ("journal_mode", "WAL", "wal"),
    ("secure_delete", "ON", 1),
    ("temp_store", "MEMORY", 2),
    ("trusted_schema", "OFF", 0),
    ("mmap_size", 0, 0),
    ("wal_autocheckpoint", 0, 0),
    ("cache_size", -2048, -2048),
)
PAGE = 8192
"""Bytes of a page: a message of 2,000 characters takes a third of one. It is fixed when the file is made."""
_NO_MEMORY = "There is no memory left; nothing was written, try again."
_OPENING = 5.0
"""Seconds that an opening waits for others."""
_SYNCHRONOUS = {"power": ("FULL", 2), "process": ("NORMAL", 1)}


def open_connection(path: Path, durability: str, *, writes: bool) -> apsw.Connection:
    """A connection of a thread that reads, or the one that writes. Raises `BackendError`."""
    version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    if version < FIRST_SAFE:
        raise BackendError(f"SQLite {apsw.sqlite_lib_version()} is not safe with several processes.")
    connection: apsw.Connection | None = None
    try:
        connection = apsw.Connection(str(path), statementcachesize=200)
        connection.set_busy_timeout(5000)
        name, level = _SYNCHRONOUS[durability]
        if writes:
            _set(connection, "page_size", PAGE, PAGE)
        for pragma, value, expected in (*_PRAGMAS, ("synchronous", name, level)):
            _set(connection, pragma, value, expected)
        if not writes:
            _set(connection, "query_only", "ON", 1)
        # Without this a statement may be planned anew for every value that it is given.
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        connection.set_busy_timeout(0 if writes else 50)
        if writes:
            _may_write(connection)
    except BaseException as problem:
        if connection is not None:
            connection.close(True)
        if isinstance(problem, apsw.Error | MemoryError):
            raise translated(problem, path) from problem
        raise
    return connection


def _may_write(connection: apsw.Connection) -> None:
    """Refused to write, be it for a moment, SQLite opens a file for reading only, and stays with that.

    It may be the database or the log; the second shows at the first try to write.
    """
    if connection.readonly("main"):
        raise Unavailable(_reason("The data folder cannot be written"))
    try:
        connection.execute("BEGIN IMMEDIATE").fetchall()
        connection.execute("ROLLBACK").fetchall()
    except apsw.BusyError:
        return  # another process writes: so this one may, too


def _set(connection: apsw.Connection, pragma: str, value: str | int, expected: str | int) -> None:
    _patiently(connection, f"PRAGMA {pragma}={value}")
    found = connection.execute(f"PRAGMA {pragma}").fetchall()
    if found != [(expected,)]:
        raise BackendError(f"SQLite refused {pragma}={value}; it stands at {found}.")


def _patiently(connection: apsw.Connection, statement: str) -> None:
    """Runs it again while others open the file for the first time too: SQLite itself does not wait then."""
    end = time.monotonic() + _OPENING
    while True:
        try:
            connection.execute(statement).fetchall()
        except apsw.BusyError:
            if time.monotonic() > end:
                raise
            time.sleep(random.random() * 0.002)
        else:
            return


def translated(
    problem: apsw.Error | MemoryError | UnicodeDecodeError, path: Path | None = None
) -> SojournError:
    """The driver's error in sojourn's words; with the path of the file they may tell more.

    A text that is none was harmed from outside.
    """
    code = getattr(problem, "extendedresult", 0)
    match problem:
        case MemoryError() | apsw.NoMemError():
            return Unavailable(_NO_MEMORY)
        case apsw.ConstraintError():
            return Conflict("Another row holds this place already.")
        case apsw.BusyError() | apsw.LockedError():
            return Unavailable()
        case apsw.FullError():
            return StorageFull()
        case apsw.CantOpenError() | apsw.ReadOnlyError() | apsw.PermissionsError():
            return Unavailable(_reason("The data folder cannot be written", path))
        case apsw.CorruptError() | apsw.NotADBError() | UnicodeDecodeError():
            return BackendError("sojourn.db is damaged; nothing was changed. Restore a backup.")
        case apsw.IOError():
            if code == apsw.SQLITE_IOERR_NOMEM:
                return Unavailable(_NO_MEMORY)
            if code == apsw.SQLITE_IOERR_SHMSIZE:
                return StorageFull()  # the log's index must grow before anything can be read
            return BackendError(_reason(f"Reading or writing sojourn.db failed ({_name(code)})"))
    return BackendError(f"SQLite failed: {type(problem).__name__}.")


def _reason(what: str, path: Path | None = None) -> str:
    """The sentence, with what is missing just now, where that can be told."""
    found = scarce(path)
    return f"{what}: {found}" if found else f"{what}."


def _name(code: int) -> str:
    return str(apsw.mapping_extended_result_codes.get(code, code))


class SqliteConnection:
    """The four words. Every statement is fetched to its end: an open one would pin a snapshot."""

    places = PACKED

    def __init__(self, raw: apsw.Connection) -> None:
        self.raw = raw
        # One cursor for all: a new one costs as much as a small statement.
        self.execute = raw.cursor().execute

    async def one(self, sql: str, *args: Any) -> Row | None:
        rows = self.execute(sql, args).fetchall()
        return rows[0] if rows else None

    async def all(self, sql: str, *args: Any) -> list[Row]:
        return self.execute(sql, args).fetchall()

    async def run(self, sql: str, *args: Any) -> int:
        self.execute(sql, args).fetchall()
        return self.raw.changes()

    async def many(self, steps: Sequence[Step]) -> None:
        for sql, args in steps:
            self.execute(sql, args).fetchall()
