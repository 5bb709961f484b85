"""Messages, in the order of session, branch and seq: a window of one branch is one range of one tree."""

from collections.abc import Sequence
from typing import Any, get_args

from msgspec.structs import replace

from sojourn.backends.sql import lines
from sojourn.backends.sql.bodies import beginning, body_place, decode, sealed
from sojourn.backends.sql.connection import Connection, Row
from sojourn.backends.sql.lines import NEWEST
from sojourn.backends.sql.seals import Seals
from sojourn.backends.sql.uuids import raw_id, uuid, uuids
from sojourn.backends.sql.windows import Window, windows
from sojourn.errors import LimitExceeded
from sojourn.models import Message, Part, Role, Text
from sojourn.ports import MOST_BRANCHES, MOST_MESSAGES, SessionRef
from sojourn.ports.previews import PREVIEW_LOOKS

ROLES: tuple[Role, ...] = get_args(Role)
_NUMBER = {role: number for number, role in enumerate(ROLES)}
_FIRST = 1

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


class Messages:
    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._connection = connection
        self._seals = seals
        self._windows = windows(connection.places)
        columns, values = connection.places.key
        self._insert = f"""
            INSERT INTO messages ({columns}, id, role, created_ms, body, parent, head)
            VALUES ({values}, ?4, ?5, ?6, ?7, ?8, ?9)
        """

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
        if last_seq > MOST_MESSAGES:
            raise LimitExceeded(
                f"A session can hold {MOST_MESSAGES} messages; these would be more.", limit=MOST_MESSAGES
            )
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
            (self._insert, self._row(session_no, key_no, message)) for message in kept
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
            found += self._messages(await self._connection.all(self._windows.find, ref.id, ref.owner, raw))
        return found

    async def last(self, ref: SessionRef, limit: int, branch: int | None = None) -> list[Message]:
        return await self.before(ref, NEWEST, limit, branch)

    async def before(self, ref: SessionRef, seq: int, limit: int, branch: int | None = None) -> list[Message]:
        rows = await self._back(ref, seq, limit, branch, self._windows.words)
        rows.reverse()
        return self._messages(rows)

    async def after(self, ref: SessionRef, seq: int, limit: int, branch: int | None = None) -> list[Message]:
        if not _possible(branch):
            return []
        rows = await self._connection.all(self._windows.after, ref.id, ref.owner, branch, seq, limit)
        if not rows or rows[0][1] == _FIRST:
            return self._messages(_there(rows))
        found: list[Row] = []
        for no, floor, upto in reversed(await lines.on(self._connection, ref, rows[0][1], seq)):
            if upto > seq and len(found) < limit:
                low = max(floor, seq)
                found += await self._connection.all(
                    self._windows.stretch_on, ref.id, ref.owner, no, low, upto, limit - len(found)
                )
        return self._messages(found)

    async def beginning(self, ref: SessionRef) -> str:
        """The preview of the session's current branch."""
        rows = await self._back(ref, NEWEST, PREVIEW_LOOKS, None, self._windows.beginnings)
        for key_no, _, _, id, role, body, head in rows:
            if words := beginning(self._seals.opener(key_no), key_no, id, ROLES[role], body, head):
                return words
        return ""

    async def _back(
        self, ref: SessionRef, seq: int, limit: int, branch: int | None, window: Window
    ) -> list[Row]:
        """Rows of a line before this seq, newest first."""
        if not _possible(branch):
            return []
        rows = await self._connection.all(window.branch, ref.id, ref.owner, branch, seq - 1, limit)
        if not rows or rows[0][1] == _FIRST:
            return _there(rows)
        found = _there(rows)
        if len(found) < limit:
            way = await lines.back(self._connection, ref, rows[0][1], seq, limit)
            for no, floor, upto in way[1:]:
                if floor < seq - 1 and len(found) < limit:
                    high = min(upto, seq - 1)
                    found += await self._connection.all(
                        window.stretch, ref.id, ref.owner, no, floor, high, limit - len(found)
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
        ids = [row[3] for row in rows]
        bodies = self._seals.open_all(key_no, body_place(key_no), ids, [row[6] for row in rows])
        found: list[Message] = []
        for (_, branch, seq, _, role, created_ms, _, parent), id, body in zip(
            rows, uuids(ids), map(decode, bodies), strict=True
        ):
            before = None if parent is None else uuid(parent)
            if type(body) is str:
                parts: tuple[Part, ...] = (Text(body),)
                found.append(Message(id, seq, ROLES[role], parts, created_ms, before, None, branch))
            else:
                found.append(
                    Message(id, seq, ROLES[role], body.parts, created_ms, before, body.metadata, branch)
                )
        return found


def _there(rows: list[Row]) -> list[Row]:
    """Without the row that stands for none."""
    return rows if rows and rows[0][2] is not None else []


def _possible(branch: int | None) -> bool:
    """Whether a branch may have this number."""
    return branch is None or 0 < branch <= MOST_BRANCHES
