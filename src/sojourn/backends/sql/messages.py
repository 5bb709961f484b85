"""Messages, clustered by session, branch and seq: a window of one branch is one range of one tree."""

from collections.abc import Sequence
from typing import Any, get_args

from msgspec.structs import replace

from sojourn.backends.sql import lines
from sojourn.backends.sql.bodies import beginning, body_place, decode, sealed
from sojourn.backends.sql.connection import Connection, Row
from sojourn.backends.sql.lines import NEWEST
from sojourn.backends.sql.seals import Seals
from sojourn.models import PREVIEW_LOOKS, Message, Role, Text
from sojourn.ports import SessionRef

ROLES: tuple[Role, ...] = get_args(Role)
_NUMBER = {role: number for number, role in enumerate(ROLES)}
_FIRST = 1

_WHOLE = "m.seq, m.id, m.role, m.created_ms, m.body, m.parent"
BEGINNING = "m.id, m.role, CASE WHEN m.head IS NULL THEN m.body END, m.head"
"""What a preview is made of."""


def _window(columns: str, bound: str) -> str:
    """Rows of one branch; of one without any, a row that tells which it was."""
    return f"""
        SELECT s.key_no, coalesce(?3, s.branch), {columns} FROM sessions s
        LEFT JOIN messages m ON m.session_no = s.session_no AND m.branch = coalesce(?3, s.branch) AND {bound}
        WHERE s.id = ?1 AND s.user_no = ?2
    """


def _stretch(columns: str) -> str:
    return f"""
        SELECT s.key_no, m.branch, {columns} FROM sessions s JOIN messages m ON m.session_no = s.session_no
        WHERE s.id = ?1 AND s.user_no = ?2 AND m.branch = ?3 AND m.seq > ?4 AND m.seq <= ?5
    """


_BACK = tuple(
    (
        f"{_window(columns, 'm.seq < ?4')} ORDER BY m.seq DESC LIMIT ?5",
        f"{_stretch(columns)} ORDER BY m.seq DESC LIMIT ?6",
    )
    for columns in (_WHOLE, f"m.seq, {BEGINNING}")
)
_WORDS, _BEGINNINGS = _BACK
_AFTER = f"{_window(_WHOLE, 'm.seq > ?4')} ORDER BY m.seq LIMIT ?5"
_STRETCH_ON = f"{_stretch(_WHOLE)} ORDER BY m.seq LIMIT ?6"
_FIND = f"""
    SELECT s.key_no, m.branch, {_WHOLE} FROM sessions s JOIN messages m ON m.session_no = s.session_no
    WHERE s.id = ?1 AND s.user_no = ?2 AND m.id = ?3
"""
_STEP = """
    UPDATE sessions SET last_seq = last_seq + ?3, active_ms = max(active_ms, ?4)
    WHERE id = ?1 AND user_no = ?2 AND closed_ms IS NULL AND deleted_ms IS NULL
    RETURNING session_no, key_no, last_seq, branch, aside
"""
_STEP_ON = """
    UPDATE sessions SET last_seq = last_seq + ?3, active_ms = max(active_ms, ?4), aside = 1
    WHERE id = ?1 AND user_no = ?2 AND closed_ms IS NULL AND deleted_ms IS NULL
      AND (?5 = 1 OR EXISTS (
          SELECT 1 FROM branches b WHERE b.session_no = sessions.session_no AND b.branch = ?5))
    RETURNING session_no, key_no, last_seq, branch, aside
"""
_LEVEL = "UPDATE sessions SET aside = 0 WHERE session_no = ?1"
_INSERT = """
    INSERT INTO messages (session_no, branch, seq, id, role, created_ms, body, parent, head)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
"""


class Messages:
    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._connection = connection
        self._seals = seals

    async def append(
        self, ref: SessionRef, messages: Sequence[Message], now: int, branch: int | None = None
    ) -> list[Message] | None:
        given = (ref.id, ref.owner, len(messages), now)
        if branch is None:
            row = await self._connection.one(_STEP, *given)
        else:
            row = await self._connection.one(_STEP_ON, *given, branch)
        if row is None:
            return None
        session_no, key_no, last_seq, current, aside = row
        if not messages:
            return []
        on = current if branch is None else branch
        first = last_seq - len(messages) + 1
        parent = await self._parent(ref, on, first) if aside else None
        kept = [
            replace(message, seq=first + n, branch=on, parent=None if n else parent)
            for n, message in enumerate(messages)
        ]
        steps: list[tuple[str, tuple[Any, ...]]] = [
            (_INSERT, self._row(session_no, key_no, message)) for message in kept
        ]
        if aside and on == current:
            steps.append((_LEVEL, (session_no,)))
        await self._connection.many(steps)
        return kept

    async def _parent(self, ref: SessionRef, branch: int, seq: int) -> str | None:
        """The id of the message that one with this seq will follow there, unless it is the one before."""
        tip = await self.last(ref, 1, branch)
        return tip[0].id if tip and tip[0].seq != seq - 1 else None

    async def find(self, ref: SessionRef, ids: Sequence[str]) -> list[Message]:
        found: list[Message] = []
        for id in dict.fromkeys(ids):
            try:
                raw = raw_id(id)
            except ValueError:
                continue  # no id was ever written like this
            found += self._messages(await self._connection.all(_FIND, ref.id, ref.owner, raw))
        return found

    async def last(self, ref: SessionRef, limit: int, branch: int | None = None) -> list[Message]:
        return await self.before(ref, NEWEST, limit, branch)

    async def before(self, ref: SessionRef, seq: int, limit: int, branch: int | None = None) -> list[Message]:
        rows = await self._back(ref, seq, limit, branch, _WORDS)
        rows.reverse()
        return self._messages(rows)

    async def after(self, ref: SessionRef, seq: int, limit: int, branch: int | None = None) -> list[Message]:
        rows = await self._connection.all(_AFTER, ref.id, ref.owner, branch, seq, limit)
        if not rows or rows[0][1] == _FIRST:
            return self._messages(_there(rows))
        found: list[Row] = []
        for no, floor, upto in reversed(await lines.on(self._connection, ref, rows[0][1], seq)):
            if upto > seq and len(found) < limit:
                low = max(floor, seq)
                found += await self._connection.all(
                    _STRETCH_ON, ref.id, ref.owner, no, low, upto, limit - len(found)
                )
        return self._messages(found)

    async def beginning(self, ref: SessionRef) -> str:
        """The preview of the session's current branch."""
        rows = await self._back(ref, NEWEST, PREVIEW_LOOKS, None, _BEGINNINGS)
        for key_no, _, _, id, role, body, head in rows:
            if words := beginning(self._seals.opener(key_no), key_no, id, ROLES[role], body, head):
                return words
        return ""

    async def _back(
        self, ref: SessionRef, seq: int, limit: int, branch: int | None, statements: tuple[str, str]
    ) -> list[Row]:
        """Rows of a line before this seq, newest first."""
        window, stretch = statements
        rows = await self._connection.all(window, ref.id, ref.owner, branch, seq, limit)
        if not rows or rows[0][1] == _FIRST:
            return _there(rows)
        found = _there(rows)
        if len(found) < limit:
            way = await lines.back(self._connection, ref, rows[0][1], seq, limit)
            for no, floor, upto in way[1:]:
                if floor < seq - 1 and len(found) < limit:
                    high = min(upto, seq - 1)
                    found += await self._connection.all(
                        stretch, ref.id, ref.owner, no, floor, high, limit - len(found)
                    )
        return found

    def _row(self, session_no: int, key_no: int, message: Message) -> tuple[Any, ...]:
        id = raw_id(message.id)
        body, head = sealed(self._seals, key_no, id, message)
        parent = None if message.parent is None else raw_id(message.parent)
        number = _NUMBER[message.role]  # type: ignore[index]
        return session_no, message.branch, message.seq, id, number, message.created_ms, body, parent, head

    def _messages(self, rows: list[Row]) -> list[Message]:
        if not rows:
            return []
        key_no = rows[0][0]
        opened = self._seals.opener(key_no)
        place = body_place(key_no)
        found: list[Message] = []
        for _, branch, seq, id, role, created_ms, kept, parent in rows:
            body = decode(opened(place + id, kept))
            before = None if parent is None else uuid(parent)
            if isinstance(body, str):
                found.append(
                    Message(uuid(id), seq, ROLES[role], (Text(body),), created_ms, before, None, branch)
                )
            else:
                found.append(
                    Message(uuid(id), seq, ROLES[role], body.parts, created_ms, before, body.metadata, branch)
                )
        return found


def _there(rows: list[Row]) -> list[Row]:
    """Without the row that stands for none."""
    return rows if rows and rows[0][2] is not None else []


def uuid(raw: bytes) -> str:
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def raw_id(uuid: str) -> bytes:
    return bytes.fromhex(uuid.replace("-", ""))
