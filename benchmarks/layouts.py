"""Ways of laying out messages in SQLite, with all that an append writes: bytes, log, time, reads.

The statements are an append's own, by hand: the session's counter, the message, the user's counter, the
entry of the change log, each in the schema that is shipped. Only the table of messages and the page differ.
"""

import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from benchmarks.measure import BY_TURNS, Times, by_turns, duration, memory, plain, scratch, three, write
from sojourn.backends.sqlite import schema

QUICK = {"rounds": 100, "messages": 10_000}
SESSIONS = 200
LENGTHS = (200, 2_000)
SEALED = 30
"""Bytes that a seal and the codec add to a text."""

_MESSAGES = re.compile(r"CREATE TABLE messages \(.*?;", re.DOTALL)
_KEPT = """
    id BLOB NOT NULL, role INTEGER NOT NULL, created_ms INTEGER NOT NULL, body BLOB NOT NULL,
    parent BLOB, head BLOB
"""
_THREE = "session_no INTEGER NOT NULL, branch INTEGER NOT NULL, seq INTEGER NOT NULL"
_PLACE = """
    place INTEGER PRIMARY KEY, session_no INTEGER AS (place >> 30) VIRTUAL,
    branch INTEGER AS ((place >> 20) & 1023) VIRTUAL, seq INTEGER AS (place & 1048575) VIRTUAL
"""
_STEP = """
    UPDATE sessions SET last_seq = last_seq + 1, active_ms = ?2 WHERE id = ?1 RETURNING session_no, last_seq
"""
_COUNT = "UPDATE users SET last_event = last_event + 1 WHERE user_no = 1 RETURNING last_event"
_NOTE = "INSERT INTO events (user_no, n, kind, session_no, object, at_ms) VALUES (1, ?1, 6, ?2, ?3, ?4)"
_LAST = """
    SELECT s.key_no, m.branch, m.seq, m.id, m.role, m.created_ms, m.body, m.parent
    FROM sessions s LEFT JOIN messages m ON {rows} WHERE s.id = ?1 AND s.user_no = 1
    ORDER BY {order} DESC LIMIT 50
"""


class Key(NamedTuple):
    """A way of keying messages: the table, what an insert gives it, and the rows of a branch."""

    table: str
    given: tuple[str, str]
    rows: str
    order: str


_COLUMNS = ("session_no, branch, seq", "?1, 1, ?2")
_BRANCH = "m.session_no = s.session_no AND m.branch = s.branch AND m.seq < 1000000"
_PACKED = "(s.session_no << 30) + (s.branch << 20)"
CLUSTERED = Key(
    f"CREATE TABLE messages ({_THREE}, {_KEPT}, PRIMARY KEY (session_no, branch, seq)) STRICT, WITHOUT ROWID",
    _COLUMNS,
    _BRANCH,
    "m.seq",
)
ARRIVAL = Key(
    f"CREATE TABLE messages ({_THREE}, {_KEPT}, PRIMARY KEY (session_no, branch, seq)) STRICT",
    _COLUMNS,
    _BRANCH,
    "m.seq",
)
PACKED = Key(
    f"CREATE TABLE messages ({_PLACE}, {_KEPT}) STRICT",
    ("place", "(?1 << 30) + (1 << 20) + ?2"),
    f"m.place > {_PACKED} AND m.place < {_PACKED} + 1000000",
    "m.place",
)
WAYS: Mapping[str, tuple[Key, int]] = {
    "packed, 8 KB": (PACKED, 8192),
    "clustered, 4 KB": (CLUSTERED, 4096),
    "clustered, 8 KB": (CLUSTERED, 8192),
    "clustered, 16 KB": (CLUSTERED, 16384),
    "packed, 4 KB": (PACKED, 4096),
    "packed, 16 KB": (PACKED, 16384),
    "in order of arrival, 8 KB": (ARRIVAL, 8192),
}
"""The first is what the library does; `clustered` is a table WITHOUT ROWID."""


class Store:
    """One file with sessions of one user."""

    def __init__(self, path: Path, key: Key, page: int, *, sessions: int) -> None:
        self.path, self.log = path, 0
        self._key = key
        self._connection = apsw.Connection(str(path), statementcachesize=200)
        self._execute = self._connection.cursor().execute
        for pragma in (
            f"page_size={page}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "secure_delete=ON",
            "temp_store=MEMORY",
            "cache_size=-2048",
            "wal_autocheckpoint=0",
        ):
            self._execute(f"PRAGMA {pragma}").fetchall()
        assert self._all("PRAGMA page_size") == [(page,)]
        self._execute(_MESSAGES.sub(f"{key.table};", schema.migrations()[0][2])).fetchall()
        columns, values = key.given
        self._insert = (
            f"INSERT INTO messages ({columns}, id, role, created_ms, body) VALUES ({values}, ?3, 0, ?4, ?5)"
        )
        self._now, self._page, self._noted = 1_700_000_000_000, page, 0
        self._all("INSERT INTO users (id, key_no, created_ms) VALUES ('usr_1', 1, 0)")
        for number in range(sessions):
            self._all(
                "INSERT INTO sessions (id, user_no, key_no, created_ms, active_ms, revision, about)"
                " VALUES (?1, 1, 1, 0, ?2, 1, ?3)",
                _name(number),
                self._now - number,
                os.urandom(60),
            )
        self._connection.set_wal_hook(self._note)
        self.shorten()
        self._empty, self.log = path.stat().st_size, 0

    def append(self, session: int, characters: int) -> None:
        self._now += 7
        execute = self._execute
        id = self._now.to_bytes(6, "big") + os.urandom(10)
        execute("BEGIN IMMEDIATE").fetchall()
        no, seq = execute(_STEP, (_name(session), self._now)).fetchall()[0]
        execute(self._insert, (no, seq, id, self._now, os.urandom(characters + SEALED))).fetchall()
        count = execute(_COUNT).fetchall()[0][0]
        execute(_NOTE, (count, no, id, self._now)).fetchall()
        execute("COMMIT").fetchall()
        if self._noted > 1000:
            self.shorten()

    def last(self, session: int) -> list[Any]:
        sql = _LAST.format(rows=self._key.rows, order=self._key.order)
        return self._all(sql, _name(session))

    def shorten(self) -> None:
        """Writes the log into the file."""
        self.log += self._noted * (self._page + 24)
        self._all("PRAGMA wal_checkpoint(TRUNCATE)")
        self._noted = 0

    def grown(self) -> int:
        """Bytes of the file beyond those of its sessions."""
        self.shorten()
        return self.path.stat().st_size - self._empty

    def fetched(self, session: int) -> int:
        """Bytes that a first read of the session's newest 50 takes from the file, as Linux counts them."""
        connection = apsw.Connection(str(self.path))
        connection.execute("SELECT * FROM store").fetchall()
        sql = _LAST.format(rows=self._key.rows, order=self._key.order)
        before = _read()
        assert len(connection.execute(sql, (_name(session),)).fetchall()) == 50
        taken = _read() - before
        connection.close()
        return taken

    def close(self) -> None:
        self._connection.close()

    def _note(self, connection: apsw.Connection, name: str, pages: int) -> int:
        self._noted = pages
        return 0

    def _all(self, sql: str, *values: Any) -> list[Any]:
        return self._execute(sql, values).fetchall()


def _read() -> int:
    """Bytes that this process has read."""
    io = Path("/proc/self/io")
    return int(io.read_text().split()[1]) if io.exists() else 0


def _name(session: int) -> str:
    return f"ses_{session * 7919 % 10_007:026d}"


def weighed(folder: Path, sessions: int, characters: int, messages: int) -> dict[str, Store]:
    """A store for each way, with so many messages in all, said in each session by turns."""
    stores = {}
    for number, (name, (key, page)) in enumerate(WAYS.items()):
        store = Store(folder / f"{sessions}-{characters}-{number}.db", key, page, sessions=sessions)
        for count in range(messages):
            store.append(count % sessions, characters)
        stores[name] = store
    return stores


def main(*, rounds: int = 500, messages: int = 20_000) -> Path:
    heads = [
        "",
        *(f"{unit}, {n:,} characters" for n in LENGTHS for unit in ("bytes a message", "log an append")),
    ]
    size: dict[int, dict[str, list[str]]] = {1: {}, SESSIONS: {}}
    times: dict[tuple[str, str], Times] = {}
    fetched: dict[str, list[str]] = {name: [] for name in WAYS}
    with memory() as quick, scratch() as disk:
        for sessions, cells in size.items():
            for length in LENGTHS:
                stores = weighed(quick, sessions, length, messages)
                for name, store in stores.items():
                    bytes_each = store.grown() / messages
                    ratio = f"{three(bytes_each)}, {three(bytes_each / length)}×"
                    cells.setdefault(name, []).extend([ratio, f"{three(store.log / messages / 1024)} KB"])
                if sessions == SESSIONS:
                    for name, store in stores.items():
                        fetched[name].append(f"{store.fetched(7) // 1024} KB")
                    turn = iter(range(10**9))
                    times |= _timed(stores, f"append, {length:,}", partial(_append, turn, length), rounds)
                    times |= _timed(stores, f"last 50, {length:,}", lambda store: store.last(7), rounds)
                for store in stores.values():
                    store.close()
                    store.path.unlink()
        for length in LENGTHS:
            stores = weighed(disk, SESSIONS, length, SESSIONS)
            turn = iter(range(10**9))
            times |= _timed(stores, f"append on disk, {length:,}", partial(_append, turn, length), rounds)
        what = list(dict.fromkeys(asked for asked, _ in times))
        sections = {
            "One long conversation": plain(heads, [[name, *size[1][name]] for name in WAYS]),
            f"{SESSIONS} conversations by turns": plain(
                heads, [[name, *size[SESSIONS][name]] for name in WAYS]
            ),
            "Time": plain(
                ["", *what], [[name, *(duration(times[a, name].median) for a in what)] for name in WAYS]
            ),
            "What a first read of the last 50 takes from the file": plain(
                ["", *(f"{n:,} characters" for n in LENGTHS)], [[name, *fetched[name]] for name in WAYS]
            ),
        }
        note = (
            "What one append writes, by hand: the message, the index of ids, the session's and the user's"
            " counters, the list of sessions and the entry of the change log. *Clustered* is a table WITHOUT"
            " ROWID, *packed* one whose number holds session, branch and seq. Times and reads are of the"
            f" {SESSIONS} conversations, on a memory file system unless said. {BY_TURNS}"
        )
        given = {"rounds": rounds, "messages": messages}
        return write("layouts", "Layouts of messages", sections, folder=disk, note=note, given=given)


def _append(turn: Any, length: int, store: Store) -> None:
    store.append(next(turn) // len(WAYS) % SESSIONS, length)


def _timed(
    stores: Mapping[str, Store], what: str, call: Callable[[Store], object], rounds: int
) -> dict[tuple[str, str], Times]:
    return by_turns({(what, name): partial(call, store) for name, store in stores.items()}, rounds=rounds)
