"""State keys, of sessions and of users. Names are found by HMAC, and sealed beside their value."""

import msgspec

from sojourn.backends.sql.connection import Connection, Row
from sojourn.backends.sql.seals import Seals, place
from sojourn.ports import Entry, Put, Scope, SessionRef

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, bytes]).decode

_CACHED = 1024


class _Words:
    """The statements of one kind of scope. `mine` names it with parameters 1 to `count`."""

    def __init__(self, table: str, owner: str, no: str, mine: str, count: int, step: str) -> None:
        self.table = table
        rows = f"FROM {owner} o JOIN {table} t ON t.{no} = o.{no} WHERE {mine}"
        self.get = f"SELECT o.key_no, t.key_mac, t.version, t.body {rows} AND t.key_mac = ?{count + 1}"
        self.all = f"SELECT o.key_no, t.key_mac, t.version, t.body {rows} LIMIT 100000"
        self.count = f"SELECT count(*) {rows}"
        self.step = f"{step} RETURNING {no}, key_no, state_version"
        self.change = f"UPDATE {table} SET version = ?3, body = ?4 WHERE {no} = ?1 AND key_mac = ?2"
        self.add = f"INSERT INTO {table} ({no}, key_mac, version, body) VALUES (?1, ?2, ?3, ?4)"
        self.remove = f"DELETE FROM {table} WHERE {no} = ?1 AND key_mac = ?2"


_SESSION = _Words(
    "session_state",
    "sessions",
    "session_no",
    "o.id = ?1 AND o.user_no = ?2",
    2,
    """
    UPDATE sessions SET state_version = state_version + 1, active_ms = max(active_ms, ?3)
    WHERE id = ?1 AND user_no = ?2 AND closed_ms IS NULL AND deleted_ms IS NULL
    """,
)
_USER = _Words(
    "user_state",
    "users",
    "user_no",
    "o.user_no = ?1",
    1,
    "UPDATE users SET state_version = state_version + 1 WHERE user_no = ?1",
)


def _words(scope: Scope) -> tuple[_Words, tuple[str | int, ...]]:
    if isinstance(scope, SessionRef):
        return _SESSION, (scope.id, scope.owner)
    return _USER, (scope,)


class State:
    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._connection = connection
        self._seals = seals
        self._macs: dict[str, bytes] = {}
        """Of names in use: an application has few of them, and each costs as much as a statement."""

    async def get(self, scope: Scope, key: str) -> Entry | None:
        words, mine = _words(scope)
        row = await self._connection.one(words.get, *mine, self._mac(key))
        return None if row is None else self._entry(words, row)

    async def all(self, scope: Scope) -> list[Entry]:
        words, mine = _words(scope)
        rows = await self._connection.all(words.all, *mine)
        return sorted((self._entry(words, row) for row in rows), key=lambda entry: entry.key)

    async def count(self, scope: Scope) -> int:
        words, mine = _words(scope)
        row = await self._connection.one(words.count, *mine)
        return row[0] if row else 0

    async def put(self, scope: Scope, key: str, body: bytes, now: int) -> Put | None:
        words, _ = _words(scope)
        row = await self._step(scope, now)
        if row is None:
            return None
        no, key_no, version = row
        mac = self._mac(key)
        sealed = self._seals.seal(key_no, place(words.table, key_no, "body", mac), _encode((key, body)))
        values = (no, mac, version, sealed)
        new = await self._connection.run(words.change, *values) == 0
        if new:
            await self._connection.run(words.add, *values)
        return Put(version, new)

    async def remove(self, scope: Scope, key: str, now: int) -> int | None:
        words, _ = _words(scope)
        row = await self._step(scope, now)
        if row is None:
            return None
        no, _, version = row
        await self._connection.run(words.remove, no, self._mac(key))
        assert isinstance(version, int)
        return version

    async def _step(self, scope: Scope, now: int) -> Row | None:
        """The scope's next version, when it may be written."""
        if isinstance(scope, SessionRef):
            return await self._connection.one(_SESSION.step, scope.id, scope.owner, now)
        return await self._connection.one(_USER.step, scope)

    def _mac(self, key: str) -> bytes:
        mac = self._macs.get(key)
        if mac is None:
            if len(self._macs) >= _CACHED:
                self._macs.clear()
            mac = self._macs[key] = self._seals.mac("state key", key)
        return mac

    def _entry(self, words: _Words, row: Row) -> Entry:
        key_no, mac, version, sealed = row
        key, body = _decode(self._seals.open(key_no, place(words.table, key_no, "body", mac), sealed))
        return Entry(key, body, version)
