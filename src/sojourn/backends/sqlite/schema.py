"""Making and checking the schema: numbered SQL, one ledger."""

import os
from importlib.resources import files

import apsw

from sojourn.errors import SchemaMismatch

_LEDGER = "CREATE TABLE IF NOT EXISTS ledger (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT"


def migrations() -> list[tuple[int, str, str]]:
    """Number, name and text of every migration, in order."""
    folder = files(__package__) / "migrations"
    return sorted(
        (int(file.name[:4]), file.name, file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    )


def applied(connection: apsw.Connection) -> int:
    """The newest migration in the file, 0 for an empty one."""
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'ledger'").fetchall():
        return 0
    newest = connection.execute("SELECT coalesce(max(number), 0) FROM ledger").fetchall()[0][0]
    assert isinstance(newest, int)
    return newest


def migrate(connection: apsw.Connection) -> int:
    """Applies what is missing, inside the caller's transaction; answers the number found before.

    Raises `SchemaMismatch` when the file was written by a newer sojourn.
    """
    known = migrations()
    found = applied(connection)
    if found > known[-1][0]:
        raise SchemaMismatch(
            f"This data folder was written by a newer sojourn: its schema is {found},"
            f" this one knows {known[-1][0]}."
        )
    connection.execute(_LEDGER).fetchall()
    for number, name, text in known:
        if number > found:
            connection.execute(text).fetchall()
            connection.execute("INSERT INTO ledger VALUES (?, ?)", (number, name)).fetchall()
    return found


def make_store(connection: apsw.Connection, *, sealed: bool, now: int, ceiling: int) -> None:
    """The store's own row, in a file that is new."""
    connection.execute(
        "INSERT INTO store (id, sealed, last_key, key_ceiling, created_ms) VALUES (?, ?, 0, ?, ?)",
        (os.urandom(16).hex(), int(sealed), ceiling, now),
    ).fetchall()
