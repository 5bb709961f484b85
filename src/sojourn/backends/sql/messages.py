"""Messages, clustered by session and seq: a window is one range of one tree."""

from collections.abc import Sequence
from typing import Any, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from sojourn.backends.sql.connection import Connection, Row
from sojourn.backends.sql.seals import Seals
from sojourn.models import Message, Part, Role, Text
from sojourn.ports import SessionRef

_ROLES = get_args(Role)
_NUMBER = {role: number for number, role in enumerate(_ROLES)}

_ROWS = """
    SELECT s.key_no, m.id, m.seq, m.role, m.created_ms, m.body, m.parent
    FROM sessions s JOIN messages m ON m.session_no = s.session_no WHERE s.id = ?1 AND s.user_no = ?2
"""
_LAST = f"{_ROWS} ORDER BY m.seq DESC LIMIT ?3"
_BEFORE = f"{_ROWS} AND m.seq < ?3 ORDER BY m.seq DESC LIMIT ?4"
_AFTER = f"{_ROWS} AND m.seq > ?3 ORDER BY m.seq LIMIT ?4"
_FIND = f"{_ROWS} AND m.id = ?3"
_STEP = """
    UPDATE sessions SET last_seq = last_seq + ?3, active_ms = max(active_ms, ?4)
    WHERE id = ?1 AND user_no = ?2 AND closed_ms IS NULL AND deleted_ms IS NULL
    RETURNING session_no, key_no, last_seq
"""
_INSERT = """
    INSERT INTO messages (session_no, seq, id, role, created_ms, body, parent)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
"""


class _Body(Struct, frozen=True, array_like=True):
    """What is kept of a message that is more than one text."""

    parts: tuple[Part, ...]
    metadata: dict[str, Any] | None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(str | _Body).decode


class Messages:
    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._connection = connection
        self._seals = seals

    async def append(self, ref: SessionRef, messages: Sequence[Message], now: int) -> list[Message] | None:
        row = await self._connection.one(_STEP, ref.id, ref.owner, len(messages), now)
        if row is None:
            return None
        session_no, key_no, last_seq = row
        first = last_seq - len(messages) + 1
        kept = [replace(message, seq=first + n) for n, message in enumerate(messages)]
        await self._connection.many([(_INSERT, self._row(session_no, key_no, m)) for m in kept])
        return kept

    async def find(self, ref: SessionRef, ids: Sequence[str]) -> list[Message]:
        found: list[Message] = []
        for id in dict.fromkeys(ids):
            try:
                raw = _raw(id)
            except ValueError:
                continue  # no id was ever written like this
            found += self._messages(await self._connection.all(_FIND, ref.id, ref.owner, raw))
        return found

    async def last(self, ref: SessionRef, limit: int) -> list[Message]:
        rows = await self._connection.all(_LAST, ref.id, ref.owner, limit)
        rows.reverse()
        return self._messages(rows)

    async def before(self, ref: SessionRef, seq: int, limit: int) -> list[Message]:
        rows = await self._connection.all(_BEFORE, ref.id, ref.owner, seq, limit)
        rows.reverse()
        return self._messages(rows)

    async def after(self, ref: SessionRef, seq: int, limit: int) -> list[Message]:
        return self._messages(await self._connection.all(_AFTER, ref.id, ref.owner, seq, limit))

    def _row(self, session_no: int, key_no: int, message: Message) -> tuple[Any, ...]:
        id = _raw(message.id)
        parts = message.parts
        if len(parts) == 1 and type(parts[0]) is Text and message.metadata is None:
            body = _encode(parts[0].text)
        else:
            body = _encode(_Body(parts, message.metadata))
        return (
            session_no,
            message.seq,
            id,
            _NUMBER[message.role],
            message.created_ms,
            self._seals.seal(key_no, _place(key_no) + id, body),
            None if message.parent is None else _raw(message.parent),
        )

    def _messages(self, rows: list[Row]) -> list[Message]:
        if not rows:
            return []
        key_no = rows[0][0]
        opened = self._seals.opener(key_no)
        place = _place(key_no)
        found: list[Message] = []
        for _, id, seq, role, created_ms, sealed, parent in rows:
            body = _decode(opened(place + id, sealed))
            before = None if parent is None else _uuid(parent)
            if isinstance(body, str):
                found.append(Message(_uuid(id), seq, _ROLES[role], (Text(body),), created_ms, before))
            else:
                found.append(
                    Message(_uuid(id), seq, _ROLES[role], body.parts, created_ms, before, body.metadata)
                )
        return found


def _place(key_no: int) -> bytes:
    return b"messages|%d|body|" % key_no


def _uuid(raw: bytes) -> str:
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _raw(uuid: str) -> bytes:
    return bytes.fromhex(uuid.replace("-", ""))
