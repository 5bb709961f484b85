"""What the library asks of SQLite, written down, and done again by hand.

That is the limit of a write: the same statements with the same values under the same pragmas,
on a copy of the same file, with nothing around them. It stays the limit when the schema changes.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import apsw

Statement = tuple[str, Any]
Operation = list[Statement]

_TURNS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


class Recording(NamedTuple):
    """The pragmas of the connection that wrote, and its transactions in order."""

    opening: list[str]
    operations: list[Operation]


@contextmanager
def recording() -> Iterator[Recording]:
    """Writes down what connections opened inside the block are asked to do, one transaction an entry.

    One thread at a time may write meanwhile.
    """
    found = Recording([], [])

    def watch(connection: apsw.Connection) -> None:
        pragmas: list[str] = []
        current: Operation = []

        def trace(_: object, sql: str, values: Any) -> bool:
            word = sql.split(None, 1)[0].upper()
            if word == "PRAGMA" and "=" in sql:
                pragmas.append(sql)
            elif word == "COMMIT":
                found.opening[:] = pragmas
                found.operations.append(list(current))
            elif word == "BEGIN":
                current.clear()
            elif word not in _TURNS and connection.in_transaction:
                current.append((sql, values))
            return True

        connection.exec_trace = trace

    apsw.connection_hooks.append(watch)
    try:
        yield found
    finally:
        apsw.connection_hooks.remove(watch)


@contextmanager
def committed() -> Iterator[list[int]]:
    """Counts in its one item the commits of connections opened inside the block."""
    count = [0]

    def note() -> bool:
        count[0] += 1
        return False

    def watch(connection: apsw.Connection) -> None:
        connection.set_commit_hook(note)

    apsw.connection_hooks.append(watch)
    try:
        yield count
    finally:
        apsw.connection_hooks.remove(watch)


def copied(folder: Path, to: Path) -> Path:
    """A copy of a closed store's folder."""
    return Path(shutil.copytree(folder, to))


class ByHand:
    """Does what was recorded once more, in its order, on a copy of the folder it was recorded on."""

    def __init__(self, folder: Path, recorded: Recording) -> None:
        self._connection = apsw.Connection(str(folder / "sojourn.db"), statementcachesize=200)
        self._execute = self._connection.cursor().execute
        for pragma in recorded.opening:
            self._execute(pragma).fetchall()
        self._execute("PRAGMA wal_autocheckpoint=1000").fetchall()
        self._left = iter(recorded.operations)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def one(self) -> None:
        """The next one, in a transaction of its own."""
        execute = self._execute
        execute("BEGIN IMMEDIATE").fetchall()
        for sql, values in next(self._left):
            execute(sql, values).fetchall()
        execute("COMMIT").fetchall()

    def batch(self, size: int) -> None:
        """The next `size`, each in a savepoint, in one transaction."""
        execute = self._execute
        execute("BEGIN IMMEDIATE").fetchall()
        for _ in range(size):
            execute("SAVEPOINT job").fetchall()
            for sql, values in next(self._left):
                execute(sql, values).fetchall()
            execute("RELEASE job").fetchall()
        execute("COMMIT").fetchall()
