"""What an auditor asks of all sessions."""

from functools import partial
from typing import Literal

from sojourn.backends.sql.connection import Connection, Row
from sojourn.backends.sql.intents import KINDS
from sojourn.ports import Intent, Known, Miscount, Placed, SessionRef

_SESSIONS = """
    SELECT session_no, user_no, id FROM sessions WHERE session_no > ?1 ORDER BY session_no LIMIT ?2
"""
_PLACED = """
    SELECT f.file_no, f.id, f.blob, f.size, b.blob IS NOT NULL
    FROM sessions s JOIN files f ON f.session_no = s.session_no
    LEFT JOIN bodies b ON b.session_no = f.session_no AND b.blob = f.blob
    WHERE s.id = ?1 AND s.user_no = ?2 AND f.file_no > ?3 ORDER BY f.file_no LIMIT ?4
"""
_INTENTS = """
    SELECT id, kind, reserved, deadline_ms FROM intents WHERE session_no = coalesce(
        (SELECT session_no FROM sessions WHERE id = ?1 AND user_no = ?2),
        (SELECT session_no FROM tombstones WHERE id = ?1 AND user_no = ?2)) ORDER BY id, kind
"""
_STANDS = "SELECT user_no FROM sessions WHERE id = ?1"
_TOMB = "SELECT user_no, emptied FROM tombstones WHERE id = ?1"
_OF_SESSIONS = """
    SELECT s.id, s.file_count, s.file_bytes, count(f.id) AS files, coalesce(sum(f.size), 0) AS bytes
    FROM sessions s LEFT JOIN files f ON f.session_no = s.session_no
    GROUP BY s.session_no, s.id, s.file_count, s.file_bytes
"""
_WRONG = "SELECT * FROM ({}) x WHERE file_count <> files OR file_bytes <> bytes LIMIT ?1"
_MISCOUNTED_SESSIONS = _WRONG.format(_OF_SESSIONS)
_FILES = "FROM sessions s JOIN files f ON f.session_no = s.session_no WHERE s.user_no = u.user_no"
_COMING = """
    FROM sessions s JOIN intents i ON i.session_no = s.session_no WHERE s.user_no = u.user_no AND i.kind < 2
"""
_OF_USERS = f"""
    SELECT u.id, u.file_count, u.file_bytes,
           (SELECT count(*) {_FILES}) + (SELECT count(*) {_COMING}) AS files,
           (SELECT coalesce(sum(f.size), 0) {_FILES})
           + (SELECT coalesce(sum(i.reserved), 0) {_COMING}) AS bytes
    FROM users u
"""
_MISCOUNTED_USERS = _WRONG.format(_OF_USERS)
_RECOUNT = """
    UPDATE {0} SET
        file_count = (SELECT x.files FROM ({1}) x WHERE x.id = {0}.id),
        file_bytes = (SELECT x.bytes FROM ({1}) x WHERE x.id = {0}.id)
    WHERE id IN (SELECT x.id FROM ({1}) x WHERE x.file_count <> x.files OR x.file_bytes <> x.bytes)
"""


class Audit:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def sessions(self, after: int, limit: int) -> list[tuple[int, SessionRef]]:
        rows = await self._connection.all(_SESSIONS, after, limit)
        return [(no, SessionRef(owner, id)) for no, owner, id in rows]

    async def placed(self, ref: SessionRef, after: int, limit: int) -> list[Placed]:
        rows = await self._connection.all(_PLACED, ref.id, ref.owner, after, limit)
        return [Placed(no, id, blob, size, bool(inside)) for no, id, blob, size, inside in rows]

    async def intents(self, ref: SessionRef) -> list[Intent]:
        rows = await self._connection.all(_INTENTS, ref.id, ref.owner)
        return [
            Intent(ref.id, id, KINDS[kind], reserved, deadline_ms) for id, kind, reserved, deadline_ms in rows
        ]

    async def known(self, session_id: str) -> Known | None:
        row = await self._connection.one(_STANDS, session_id)
        if row is not None:
            return Known(SessionRef(row[0], session_id), stands=True, unfinished=False)
        row = await self._connection.one(_TOMB, session_id)
        if row is None:
            return None
        return Known(SessionRef(row[0], session_id), stands=False, unfinished=not row[1])

    async def miscounts(self, limit: int) -> list[Miscount]:
        sessions = await self._connection.all(_MISCOUNTED_SESSIONS, limit)
        users = await self._connection.all(_MISCOUNTED_USERS, limit - len(sessions))
        return [*map(partial(_miscount, "session"), sessions), *map(partial(_miscount, "user"), users)]

    async def recount(self) -> None:
        await self._connection.run(_RECOUNT.format("sessions", _OF_SESSIONS))
        await self._connection.run(_RECOUNT.format("users", _OF_USERS))


def _miscount(of: Literal["session", "user"], row: Row) -> Miscount:
    id, files, size, found_files, found_size = row
    return Miscount(of, id, (files, size), (int(found_files), int(found_size)))
