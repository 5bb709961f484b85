"""The limit: the rows of a message log in SQLite, by hand, with nothing around them.

No owner, no sealing, no objects: only the statements that any message log must run.
A clustered table, which of all plain layouts is the fastest to read while no row is long.
"""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import apsw

from benchmarks.measure import BY_TURNS, Row, by_turns, scratch, table, write

Synchronous = Literal["FULL", "NORMAL"]
Message = tuple[int, int, str, str, bytes, int]
"""session, seq, id, role, body, created_ms"""

SCHEMA = (
    """CREATE TABLE sessions (
        no INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL,
        active_ms INTEGER NOT NULL, title TEXT NOT NULL)""",
    "CREATE INDEX sessions_active ON sessions (active_ms)",
    """CREATE TABLE messages (
        session INTEGER NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL, role TEXT NOT NULL,
        body BLOB NOT NULL, created_ms INTEGER NOT NULL,
        PRIMARY KEY (session, seq)) WITHOUT ROWID""",
)
QUICK = {"sessions": 200, "rounds": 50}
BODY = b'[{"type":"text","text":"' + b"It rose twice a day. " * 10 + b'"}]'


class RawLog:
    """Sessions 1 … n with their messages, on one connection: WAL, and `synchronous` as given.

    `busy_seconds` is how long SQLite itself waits for another process.
    """

    def __init__(self, path: Path, *, synchronous: Synchronous, busy_seconds: float = 0) -> None:
        self._connection = apsw.Connection(str(path))
        self._connection.set_busy_timeout(round(busy_seconds * 1000))
        self._cursor = self._connection.cursor()
        self._set("journal_mode", "WAL", "wal")
        self._set("synchronous", synchronous, {"NORMAL": 1, "FULL": 2}[synchronous])
        self._now = 1_700_000_000_000
        if not self._all("SELECT 1 FROM sqlite_schema WHERE name = 'messages'"):
            for statement in SCHEMA:
                self._cursor.execute(statement)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def fill(self, sessions: int, messages: int, body: bytes = BODY) -> None:
        """Adds sessions with so many messages each, in one transaction."""
        first = self._all("SELECT coalesce(max(no), 0) + 1 FROM sessions")[0][0]
        numbers = range(first, first + sessions)
        with self._connection:
            self._cursor.executemany(
                "INSERT INTO sessions VALUES (?, ?, ?, ?)",
                [(no, messages, self._tick(), f"Session {no}") for no in numbers],
            )
            self._cursor.executemany(
                "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)", self._made(numbers, messages, body)
            )
        self._all("PRAGMA wal_checkpoint(TRUNCATE)")

    def append(self, session: int, body: bytes = BODY) -> int:
        """One message at the session's end, durable as `synchronous` says; answers its seq."""
        now = self._tick()
        execute = self._cursor.execute
        execute("BEGIN IMMEDIATE")
        try:
            rows: list[Any] = execute(
                "UPDATE sessions SET last_seq = last_seq + 1, active_ms = ? WHERE no = ? RETURNING last_seq",
                (now, session),
            ).fetchall()
            seq: int = rows[0][0]
            execute(
                "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)",
                (session, seq, _id(session, seq), "user", body, now),
            )
        except BaseException:
            execute("ROLLBACK")
            raise
        execute("COMMIT")
        return seq

    def last(self, session: int, count: int) -> list[Message]:
        """The newest messages of a session, newest first."""
        return self._all("SELECT * FROM messages WHERE session = ? ORDER BY seq DESC LIMIT ?", session, count)

    def newest(self, count: int, before: int = 2**62) -> list[tuple[int, int, int, str]]:
        """The sessions last active before that time, newest first."""
        sql = "SELECT * FROM sessions WHERE active_ms < ? ORDER BY active_ms DESC LIMIT ?"
        return self._all(sql, before, count)

    def close(self) -> None:
        self._connection.close()

    def _made(self, numbers: Iterable[int], messages: int, body: bytes) -> Iterable[Message]:
        for no in numbers:
            for seq in range(1, messages + 1):
                yield no, seq, _id(no, seq), "user", body, self._tick()

    def _set(self, pragma: str, value: str, expected: object) -> None:
        self._all(f"PRAGMA {pragma} = {value}")
        found = self._all(f"PRAGMA {pragma}")[0][0]
        if found != expected:
            raise RuntimeError(f"{pragma} is {found}, not {value}")

    def _all(self, sql: str, *values: object) -> list[Any]:
        return self._cursor.execute(sql, values).fetchall()

    def _tick(self) -> int:
        self._now += 1
        return self._now


def _id(session: int, seq: int) -> str:
    """As long as the ids of a real log."""
    return f"{session:08x}-0000-4000-8000-{seq:012x}"


def main(*, sessions: int = 1000, messages: int = 50, rounds: int = 400) -> Path:
    """The two ways of `synchronous` against each other: what a power cut's worth of safety costs here."""
    with (
        scratch() as folder,
        RawLog(folder / "normal.db", synchronous="NORMAL") as normal,
        RawLog(folder / "full.db", synchronous="FULL") as full,
    ):
        logs = {"NORMAL": normal, "FULL": full}
        for log in logs.values():
            log.fill(sessions, messages)
        middle = sessions // 2
        asked: dict[str, Callable[[RawLog], object]] = {
            "append": lambda log: log.append(middle),
            "last 10": lambda log: log.last(middle, 10),
            "last 50": lambda log: log.last(middle, 50),
            "newest 50 sessions": lambda log: log.newest(50),
        }
        rows = []
        for what, ask in asked.items():
            named = {name: partial(ask, log) for name, log in logs.items()}
            rows.append(Row(what, by_turns(named, rounds=rounds)))
        size = f"{sessions} sessions of {messages} messages, {len(BODY)} bytes each"
        note = f"A message log in SQLite by hand: {size}. {BY_TURNS}"
        sections = {"One caller": table(rows, limit="NORMAL")}
        given = {"sessions": sessions, "messages": messages, "rounds": rounds}
        return write("raw", "Raw SQLite", sections, folder=folder, note=note, given=given)
