"""The change log: a row of some 35 bytes for each change, numbered by a counter of its user."""

from collections.abc import Sequence
from re import compile as pattern
from typing import Any, get_args

from sojourn.backends.sql.connection import Connection
from sojourn.backends.sql.uuids import raw_id, uuid
from sojourn.config import EVENT_SLICE, EVENT_STEP, Settings
from sojourn.models import Event, EventKind

_KINDS: tuple[EventKind, ...] = get_args(EventKind)
_NUMBER = {kind: number for number, kind in enumerate(_KINDS)}
_UUID = pattern("[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")

_STEP = "UPDATE users SET last_event = last_event + ?2 WHERE user_no = ?1 RETURNING last_event"
_STEP_IN = """
    UPDATE users SET last_event = last_event + ?2 WHERE user_no = ?1 RETURNING last_event, coalesce(
        (SELECT session_no FROM sessions WHERE id = ?3 AND user_no = ?1),
        (SELECT session_no FROM tombstones WHERE id = ?3 AND user_no = ?1))
"""
_INSERT = "INSERT INTO events (user_no, n, kind, session_no, object, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
_AFTER = """
    SELECT e.n, e.kind, coalesce(s.id, t.id), e.object, e.at_ms FROM events e
    LEFT JOIN sessions s ON s.session_no = e.session_no
    LEFT JOIN tombstones t ON t.session_no = e.session_no
    WHERE e.user_no = ?1 AND e.n > ?2 ORDER BY e.n LIMIT ?3
"""
_OLDEST = """
    SELECT coalesce((SELECT min(n) FROM events WHERE user_no = ?1), last_event + 1)
    FROM users WHERE user_no = ?1
"""
_NEWEST = "SELECT last_event FROM users WHERE user_no = ?1"
_TRIM = """
    DELETE FROM events WHERE user_no = ?1 AND n <= (
        SELECT max(n) FROM (SELECT n, at_ms FROM events WHERE user_no = ?1 ORDER BY n LIMIT ?4)
        WHERE n <= ?2 OR at_ms < ?3)
"""


class Events:
    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._connection = connection
        self._most = settings.event_count
        self._age = settings.event_seconds * 1000
        self.noted: set[int] = set()
        """Owners who were noted for; whoever commits empties it."""

    async def note(
        self,
        owner: int,
        kind: EventKind,
        session_id: str | None,
        now: int,
        object_ids: Sequence[str | None] = (None,),
    ) -> int:
        count = len(object_ids)
        if session_id is None:
            row = await self._connection.one(_STEP, owner, count)
            session_no = None
        else:
            row = await self._connection.one(_STEP_IN, owner, count, session_id)
            session_no = row and row[1]
        if row is None or (session_id is not None and session_no is None):
            raise LookupError("An entry is noted for a user that stands, and a session of theirs.")
        last: int = row[0]
        number, first = _NUMBER[kind], last - count + 1
        if count == 1:
            await self._connection.one(_INSERT, owner, last, number, session_no, _packed(object_ids[0]), now)
        else:
            await self._connection.many(
                [
                    (_INSERT, (owner, first + at, number, session_no, _packed(id), now))
                    for at, id in enumerate(object_ids)
                ]
            )
        self.noted.add(owner)
        if last // EVENT_STEP > (first - 1) // EVENT_STEP:
            await self.trim(owner, last - self._most, now - self._age, max(EVENT_SLICE, 2 * count))
        return last

    async def after(self, owner: int, n: int, limit: int) -> list[Event]:
        rows = await self._connection.all(_AFTER, owner, n, limit)
        return [
            Event(n, _KINDS[kind], session_id, _unpacked(object), at_ms)
            for n, kind, session_id, object, at_ms in rows
        ]

    async def oldest(self, owner: int) -> int:
        row = await self._connection.one(_OLDEST, owner)
        return row[0] if row else 1

    async def newest(self, owner: int) -> int:
        row = await self._connection.one(_NEWEST, owner)
        return row[0] if row else 0

    async def trim(self, owner: int, upto: int, before_ms: int, limit: int) -> int:
        return await self._connection.run(_TRIM, owner, upto, before_ms, limit)


def _packed(id: str | None) -> bytes | str | None:
    return raw_id(id) if id is not None and _UUID.fullmatch(id) else id


def _unpacked(kept: Any) -> str | None:
    if not isinstance(kept, bytes):
        found: str | None = kept
        return found
    return uuid(kept)
