"""Sessions and their tombstones."""

from typing import Any

import msgspec
from msgspec.structs import replace

from sojourn.backends.sql.connection import Connection, Row
from sojourn.backends.sql.seals import Seals, place
from sojourn.backends.sql.store import next_key
from sojourn.errors import Conflict
from sojourn.models import Receipt, Session
from sojourn.ports import Position, SessionRef, Tomb

_COLUMNS = """
    SELECT session_no, key_no, id, about, created_ms, active_ms, closed_ms, deleted_ms, revision,
           last_seq, file_count, file_bytes, previous FROM sessions
"""
_GET = f"{_COLUMNS} WHERE id = ?1 AND user_no = ?2"
_WITH_CLIENT_KEY = f"""
    {_COLUMNS} WHERE user_no = ?1 AND client_key_mac = ?2 AND closed_ms IS NULL AND deleted_ms IS NULL
"""
_LISTED = f"""
    {_COLUMNS} WHERE user_no = ?1 AND deleted_ms IS NULL AND (active_ms, session_no) < (?2, ?3)
    ORDER BY active_ms DESC, session_no DESC LIMIT ?4
"""
_IN_TRASH = f"""
    {_COLUMNS} WHERE user_no = ?1 AND deleted_ms IS NOT NULL AND (active_ms, session_no) < (?2, ?3)
    ORDER BY active_ms DESC, session_no DESC LIMIT ?4
"""
_ADD = """
    INSERT INTO sessions (id, user_no, key_no, created_ms, active_ms, closed_ms, deleted_ms, revision,
                          previous, client_key_mac, about)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
    WHERE NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.id = ?1)
"""
_REPLACE = """
    UPDATE sessions SET about = ?3, active_ms = ?4, closed_ms = ?5, deleted_ms = ?6, revision = ?7
    WHERE id = ?1 AND user_no = ?2
"""
_ENTOMB = """
    INSERT INTO tombstones (session_no, id, user_no, key_no, erased_ms, messages, files, bytes, state_keys)
    SELECT session_no, id, user_no, key_no, ?3, last_seq, file_count, file_bytes,
           (SELECT count(*) FROM session_state t WHERE t.session_no = s.session_no)
    FROM sessions s WHERE id = ?1 AND user_no = ?2
    RETURNING session_no, key_no, id, erased_ms, messages, files, bytes, state_keys
"""
_REMOVE = "DELETE FROM sessions WHERE session_no = ?1"
_TOMB = "SELECT session_no, key_no, id, erased_ms, messages, files, bytes, state_keys FROM tombstones"
_TOMB_OF = f"{_TOMB} WHERE id = ?1 AND user_no = ?2"
_UNFINISHED = f"{_TOMB} WHERE emptied = 0 ORDER BY session_no LIMIT ?1"
_EMPTIED = "UPDATE tombstones SET emptied = 1 WHERE session_no = ?1"
_CHILDREN = tuple(
    f"DELETE FROM {table} WHERE session_no = ?1"
    for table in ("messages", "session_state", "files", "uploads")
)

_NEWEST = (2**62, 2**62)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(
    tuple[str, tuple[str, ...], tuple[str, ...], dict[str, Any], str | None]
).decode


class Sessions:
    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._connection = connection
        self._seals = seals

    async def add(self, owner: int, session: Session) -> None:
        key_no = await next_key(self._connection, self._seals.keys)
        added = await self._connection.run(
            _ADD,
            session.id,
            owner,
            key_no,
            session.created_ms,
            session.active_ms,
            session.closed_ms,
            session.deleted_ms,
            session.revision,
            session.previous,
            None if session.client_key is None else self._seals.mac("client key", session.client_key),
            self._about(key_no, session),
        )
        if not added:
            raise Conflict("A session with this id was erased.", field="id")

    async def get(self, ref: SessionRef) -> Session | None:
        row = await self._connection.one(_GET, ref.id, ref.owner)
        return None if row is None else self._session(row)

    async def with_client_key(self, owner: int, client_key: str) -> Session | None:
        mac = self._seals.mac("client key", client_key)
        row = await self._connection.one(_WITH_CLIENT_KEY, owner, mac)
        return None if row is None else self._session(row)

    async def page(
        self, owner: int, after: Position | None, limit: int, *, deleted: bool
    ) -> tuple[list[Session], Position | None]:
        sql = _IN_TRASH if deleted else _LISTED
        rows = await self._connection.all(sql, owner, *(after or _NEWEST), limit + 1)
        position = (rows[limit - 1][5], rows[limit - 1][0]) if len(rows) > limit else None
        return [self._session(row) for row in rows[:limit]], position

    async def replace(self, owner: int, session: Session) -> None:
        row = await self._connection.one(_GET, session.id, owner)
        if row is None:
            return
        about = replace(session, client_key=self._session(row).client_key)
        await self._connection.run(
            _REPLACE,
            session.id,
            owner,
            self._about(row[1], about),
            session.active_ms,
            session.closed_ms,
            session.deleted_ms,
            session.revision,
        )

    async def entomb(self, ref: SessionRef, now: int) -> Tomb | None:
        row = await self._connection.one(_ENTOMB, ref.id, ref.owner, now)
        if row is None:
            return None
        await self._connection.run(_REMOVE, row[0])
        return _tomb(row)

    async def empty(self, tomb: Tomb) -> None:
        steps = [(sql, (tomb.no,)) for sql in (*_CHILDREN, _EMPTIED)]
        await self._connection.many(steps)

    async def tomb(self, ref: SessionRef) -> Tomb | None:
        row = await self._connection.one(_TOMB_OF, ref.id, ref.owner)
        return None if row is None else _tomb(row)

    async def unfinished(self, limit: int) -> list[Tomb]:
        return [_tomb(row) for row in await self._connection.all(_UNFINISHED, limit)]

    def _about(self, key_no: int, session: Session) -> bytes:
        about = (session.title, session.tags, session.topics, session.metadata, session.client_key)
        return self._seals.seal(key_no, _place(key_no, session.id), _encode(about))

    def _session(self, row: Row) -> Session:
        _, key_no, id, about, created, active, closed, deleted, revision, seq, files, size, previous = row
        opened = self._seals.open(key_no, _place(key_no, id), about)
        title, tags, topics, metadata, client_key = _decode(opened)
        return Session(
            id, title, created, active, revision, seq, files, size,
            tags, topics, metadata, client_key, previous, closed, deleted,
        )  # fmt: skip


def _place(key_no: int, id: str) -> bytes:
    return place("sessions", key_no, "about", id.encode())


def _tomb(row: Row) -> Tomb:
    return Tomb(row[0], row[1], Receipt(*row[2:]))
