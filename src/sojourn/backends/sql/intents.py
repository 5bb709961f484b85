"""Intents: what is about to change outside the records."""

from typing import get_args

import msgspec

from sojourn.backends.sql.connection import Connection, Row
from sojourn.backends.sql.seals import Seals, place
from sojourn.backends.sql.taken import give_back, take
from sojourn.ports import Intent, IntentKind, SessionRef, Taken

KINDS: tuple[IntentKind, ...] = get_args(IntentKind)
"""Kept by their place in this list; the first two bring bytes in, which statements ask by `kind < 2`."""
NUMBERS = {kind: number for number, kind in enumerate(KINDS)}

_OPEN = "id = ?1 AND user_no = ?2 AND closed_ms IS NULL AND deleted_ms IS NULL"
_SESSION = f"SELECT session_no, key_no FROM sessions WHERE {_OPEN}"
_RESERVE = """
    INSERT INTO intents (session_no, id, kind, reserved, deadline_ms, about) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
"""
_RESERVED = """
    SELECT count(*), coalesce(sum(i.reserved), 0)
    FROM sessions s JOIN intents i ON i.session_no = s.session_no
    WHERE s.id = ?1 AND s.user_no = ?2 AND i.kind < 2 AND i.deadline_ms >= ?3
"""
_ROWS = """
    SELECT s.key_no, s.id, i.id, i.kind, i.reserved, i.deadline_ms, i.about
    FROM sessions s JOIN intents i ON i.session_no = s.session_no WHERE s.id = ?1 AND s.user_no = ?2
"""
_COMING = f"{_ROWS} AND i.id = ?3 AND i.kind < 2"
_UPLOADS = f"{_ROWS} AND i.kind = 1 AND i.deadline_ms >= ?3 ORDER BY i.id LIMIT ?4"
_RENEW = f"""
    UPDATE intents SET deadline_ms = ?4
    WHERE session_no = (SELECT session_no FROM sessions WHERE {_OPEN}) AND id = ?3 AND kind < 2
"""
_STANDING = "SELECT session_no FROM sessions WHERE id = ?1 AND user_no = ?2"
_TOMBED = "SELECT session_no FROM tombstones WHERE id = ?1 AND user_no = ?2"
_TAKE = """
    DELETE FROM intents WHERE session_no = ?1 AND id = ?2 AND kind < 2 AND deadline_ms < ?3
    RETURNING reserved
"""
_MARK = """
    INSERT INTO intents (session_no, id, kind, reserved, deadline_ms) VALUES (?1, ?2, ?3, 0, 0)
    ON CONFLICT (session_no, id, kind) DO NOTHING
"""
_RELEASE = "DELETE FROM intents WHERE session_no = ?1 AND id = ?2 AND kind = ?3"
_REREAD = """
    UPDATE files SET text = 'pending', chunks = 0
    WHERE session_no = ?1 AND id = ?2 AND text = 'ready' AND deleted_ms IS NULL
"""
_OVERDUE = """
    SELECT coalesce(s.user_no, t.user_no), coalesce(s.id, t.id), i.id, i.kind, i.reserved, i.deadline_ms
    FROM intents i LEFT JOIN sessions s ON s.session_no = i.session_no
    LEFT JOIN tombstones t ON t.session_no = i.session_no
    WHERE i.deadline_ms < ?1 ORDER BY i.deadline_ms LIMIT ?2
"""
_EVER = 2**62

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, int]).decode


class Intents:
    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._connection = connection
        self._seals = seals

    async def reserve(self, ref: SessionRef, intent: Intent, now: int) -> Taken | None:
        row = await self._connection.one(_SESSION, ref.id, ref.owner)
        if row is None:
            return None
        session_no, key_no = row
        about = None
        if intent.kind == "upload":
            told = _encode((intent.name, intent.created_ms))
            about = self._seals.seal(key_no, _place(key_no, intent.id), told)
        args = (intent.id, NUMBERS[intent.kind], intent.reserved, intent.deadline_ms, about)
        await self._connection.run(_RESERVE, session_no, *args)
        return await take(self._connection, ref.owner, session_no, 1, intent.reserved, now)

    async def reserved(self, ref: SessionRef, now: int) -> tuple[int, int]:
        row = await self._connection.one(_RESERVED, ref.id, ref.owner, now)
        return (row[0], row[1]) if row else (0, 0)

    async def coming(self, ref: SessionRef, id: str) -> Intent | None:
        row = await self._connection.one(_COMING, ref.id, ref.owner, id)
        return None if row is None else self._intent(row)

    async def uploads(self, ref: SessionRef, now: int, limit: int) -> list[Intent]:
        rows = await self._connection.all(_UPLOADS, ref.id, ref.owner, now, limit)
        return [self._intent(row) for row in rows]

    async def renew(self, ref: SessionRef, id: str, deadline_ms: int) -> bool:
        return await self._connection.run(_RENEW, ref.id, ref.owner, id, deadline_ms) == 1

    async def give_up(self, ref: SessionRef, id: str, due_ms: int | None = None) -> bool:
        session_no, standing = await self._find(ref)
        due = _EVER if due_ms is None else due_ms
        row = await self._connection.one(_TAKE, session_no, id, due)
        if row is None:
            return False
        await self._connection.run(_MARK, session_no, id, NUMBERS["blob"])
        if standing:
            await give_back(self._connection, ref.owner, 1, row[0])
        return True

    async def release(self, ref: SessionRef, intent: Intent) -> None:
        session_no, _ = await self._find(ref)
        await self._connection.run(_RELEASE, session_no, intent.id, NUMBERS[intent.kind])
        if intent.kind == "words":
            await self._connection.run(_REREAD, session_no, intent.id)

    async def overdue(self, now: int, limit: int) -> list[tuple[SessionRef, Intent]]:
        rows = await self._connection.all(_OVERDUE, now, limit)
        return [
            (SessionRef(owner, session), Intent(session, id, KINDS[kind], reserved, deadline_ms))
            for owner, session, id, kind, reserved, deadline_ms in rows
        ]

    async def _find(self, ref: SessionRef) -> tuple[int | None, bool]:
        """The session's number, and whether it stands; an erased one's too."""
        row = await self._connection.one(_STANDING, ref.id, ref.owner)
        if row is not None:
            return row[0], True
        row = await self._connection.one(_TOMBED, ref.id, ref.owner)
        return (None if row is None else row[0]), False

    def _intent(self, row: Row) -> Intent:
        key_no, session, id, kind, reserved, deadline_ms, about = row
        name, created_ms = "", 0
        if about is not None:
            name, created_ms = _decode(self._seals.open(key_no, _place(key_no, id), about))
        return Intent(session, id, KINDS[kind], reserved, deadline_ms, name, created_ms)


async def mark(connection: Connection, session_no: int, id: str, kind: IntentKind) -> None:
    """Writes what is to be taken away."""
    await connection.run(_MARK, session_no, id, NUMBERS[kind])


def _place(key_no: int, id: str) -> bytes:
    return place("intents", key_no, "about", id.encode())
