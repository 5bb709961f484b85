"""Sessions and their tombstones."""

from typing import Any

import msgspec
from msgspec import Struct

from sojourn.backends.sql import lists
from sojourn.backends.sql.bodies import beginning
from sojourn.backends.sql.connection import Connection, Row, Step
from sojourn.backends.sql.messages import ROLES, Messages
from sojourn.backends.sql.places import Places
from sojourn.backends.sql.seals import Seals
from sojourn.backends.sql.store import next_key
from sojourn.backends.sql.taken import give_back
from sojourn.errors import Conflict, LimitExceeded
from sojourn.models import EPHEMERAL, Receipt, Session
from sojourn.ports import MOST_SESSIONS, Listing, Position, SessionGlance, SessionRef, Titled, Tomb

_GET = "WHERE s.id = ?1 AND s.user_no = ?2"
_GLANCE = """
    SELECT id, active_ms, closed_ms, deleted_ms, state_version FROM sessions WHERE id = ?1 AND user_no = ?2
"""
_WITH_CLIENT_KEY = """
    WHERE s.user_no = ?1 AND s.client_key_mac = ?2 AND s.closed_ms IS NULL AND s.deleted_ms IS NULL
"""
_ADD = """
    INSERT INTO sessions (id, user_no, key_no, created_ms, active_ms, closed_ms, deleted_ms, revision,
                          previous, client_key_mac, about, pinned, archived)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13
    WHERE NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.id = ?1)
    RETURNING session_no
"""
_KEPT = "SELECT session_no, key_no, about FROM sessions WHERE id = ?1 AND user_no = ?2"
_REPLACE = """
    UPDATE sessions SET about = ?3, active_ms = ?4, closed_ms = ?5, deleted_ms = ?6, revision = ?7,
                        pinned = ?8, archived = ?9
    WHERE id = ?1 AND user_no = ?2
"""
_UNTAG = "DELETE FROM session_tags WHERE session_no = ?1"
_TAG = "INSERT INTO session_tags (session_no, tag_mac) VALUES (?1, ?2)"
_ENTOMB = """
    INSERT INTO tombstones (session_no, id, user_no, key_no, erased_ms, messages, files, bytes, state_keys)
    SELECT session_no, id, user_no, key_no, ?3, last_seq, file_count, file_bytes,
           (SELECT count(*) FROM session_state t WHERE t.session_no = s.session_no)
    FROM sessions s WHERE id = ?1 AND user_no = ?2
    RETURNING session_no, key_no, id, erased_ms, messages, files, bytes, state_keys
"""
_REMOVE = "DELETE FROM sessions WHERE session_no = ?1"
_COMING = "SELECT count(*), coalesce(sum(reserved), 0) FROM intents WHERE session_no = ?1 AND kind < 2"
_TOMB = "SELECT session_no, key_no, id, erased_ms, messages, files, bytes, state_keys FROM tombstones"
_TOMB_OF = f"{_TOMB} WHERE id = ?1 AND user_no = ?2"
_UNFINISHED = f"{_TOMB} WHERE emptied = 0 ORDER BY session_no LIMIT ?1"
_LEFT = f"""
    SELECT user_no, id FROM sessions WHERE id >= '{EPHEMERAL}' AND id < '{EPHEMERAL}~' AND active_ms < ?1
    ORDER BY id LIMIT ?2
"""
_EMPTIED = "UPDATE tombstones SET emptied = 1 WHERE session_no = ?1"
_PORTION = 500
_PORTION_BYTES = 1 << 20
"""What one transaction of an erase removes at most: rows, and of each table bytes; one row at least."""
_SOME = """
    DELETE FROM {table} WHERE {mine} AND ({keys}) IN (
        SELECT {keys} FROM (
            SELECT {keys}, sum(size) OVER (ORDER BY {keys} ROWS UNBOUNDED PRECEDING) - size AS above
            FROM (SELECT {keys}, {size} AS size FROM {table} WHERE {mine} ORDER BY {keys} LIMIT ?2) w) x
        WHERE above < ?3)
"""
_ANY = "SELECT 1 FROM {table} WHERE {mine} LIMIT 1"
_TABLES = (
    ("summaries", "branch, seq", "length(body)"),
    ("session_state", "key_mac", "length(body)"),
    ("branches", "branch", "0"),
    ("session_tags", "tag_mac", "0"),
    ("thumbnails", "file_no, px", "length(body)"),
    ("files", "file_no", "0"),
    ("bodies", "blob", "length(body)"),
)
# What was on its way may still come: it is found until its deadline, but nothing is known of it any more.
_NAMELESS = "UPDATE intents SET about = NULL WHERE session_no = ?1"


def _children(places: Places) -> tuple[tuple[str, str], ...]:
    """For each table of children: what removes a portion, and what tells whether any is left."""
    key, _ = places.key
    kinds = [("messages AS m", places.within("?1"), key, "length(body)")]
    kinds += [(table, "session_no = ?1", keys, size) for table, keys, size in _TABLES]
    kinds += [("intents", "session_no = ?1 AND kind >= 2", "id, kind", "0")]
    return tuple(
        (_SOME.format(table=table, mine=mine, keys=keys, size=size), _ANY.format(table=table, mine=mine))
        for table, mine, keys, size in kinds
    )


_NEWEST = (2**62, 2**62)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(
    tuple[str, tuple[str, ...], tuple[str, ...], dict[str, Any], str | None]
).decode


class _About(Struct, array_like=True):
    """As much of it as a search needs; the rest is passed over."""

    title: str


_title = msgspec.msgpack.Decoder(_About).decode


class Sessions:
    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._connection = connection
        self._seals = seals
        self._messages = Messages(connection, seals)
        self._places = connection.places
        record = lists.record(connection.places)
        self._get, self._with_client_key = f"{record} {_GET}", f"{record} {_WITH_CLIENT_KEY}"
        self._children = _children(connection.places)

    async def add(self, owner: int, session: Session) -> None:
        key_no = await next_key(self._connection, self._seals.keys)
        row = await self._connection.one(
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
            self._about(key_no, session, session.client_key),
            session.pinned,
            session.archived,
        )
        if row is None:
            raise Conflict("A session with this id was erased.", field="id")
        if row[0] > MOST_SESSIONS:
            raise LimitExceeded(
                f"A store can number {MOST_SESSIONS} sessions, and this one has.", limit=MOST_SESSIONS
            )
        if session.tags:
            await self._connection.many(self._tags(row[0], session))

    async def get(self, ref: SessionRef) -> Session | None:
        row = await self._connection.one(self._get, ref.id, ref.owner)
        return None if row is None else await self._session(ref.owner, row)

    async def glance(self, ref: SessionRef) -> SessionGlance | None:
        row = await self._connection.one(_GLANCE, ref.id, ref.owner)
        return None if row is None else SessionGlance(*row)

    async def with_client_key(self, owner: int, client_key: str) -> Session | None:
        mac = self._seals.mac("client key", client_key)
        row = await self._connection.one(self._with_client_key, owner, mac)
        return None if row is None else await self._session(owner, row)

    async def page(
        self, owner: int, after: Position | None, limit: int, listing: Listing
    ) -> tuple[list[Session], Position | None]:
        start = after or _NEWEST
        tag = () if listing.tag is None else (self._seals.mac("tag", listing.tag),)
        rows = await self._connection.all(lists.page(listing, self._places), owner, *start, limit + 1, *tag)
        position: Position | None = None
        if len(rows) > limit:
            position = (rows[limit - 1][5], rows[limit - 1][0])
        elif lists.leaves_out(listing):
            end = lists.end(listing.deleted, listing.archived, listing.pinned)
            last = await self._connection.all(end, owner, *start)
            position = (last[0][0], last[0][1]) if len(last) > 1 else None
        return [await self._session(owner, row) for row in rows[:limit]], position

    async def titles(self, owner: int, after: Position | None, limit: int, *, archived: bool) -> list[Titled]:
        rows = await self._connection.all(lists.titles(archived), owner, *(after or _NEWEST), limit)
        return [
            Titled(id, _title(self._seals.open(key_no, _place(key_no, id), about)).title, (active_ms, no))
            for no, key_no, id, about, active_ms in rows
        ]

    async def replace(self, owner: int, session: Session) -> None:
        row = await self._connection.one(_KEPT, session.id, owner)
        if row is None:
            return
        no, key_no, about = row
        _, tags, _, _, client_key = _decode(self._seals.open(key_no, _place(key_no, session.id), about))
        await self._connection.run(
            _REPLACE,
            session.id,
            owner,
            self._about(key_no, session, client_key),
            session.active_ms,
            session.closed_ms,
            session.deleted_ms,
            session.revision,
            session.pinned,
            session.archived,
        )
        if tags != session.tags:
            await self._connection.many([(_UNTAG, (no,)), *self._tags(no, session)])

    async def entomb(self, ref: SessionRef, now: int) -> Tomb | None:
        row = await self._connection.one(_ENTOMB, ref.id, ref.owner, now)
        if row is None:
            return None
        await self._connection.run(_REMOVE, row[0])
        coming = await self._connection.one(_COMING, row[0])
        assert coming is not None, "an aggregate always answers"
        await give_back(self._connection, ref.owner, row[5] + coming[0], row[6] + coming[1])
        return _tomb(row)

    async def empty(self, tomb: Tomb) -> bool:
        rows = _PORTION
        for some, any_left in self._children:
            rows -= await self._connection.run(some, tomb.no, rows, _PORTION_BYTES)
            if await self._connection.one(any_left, tomb.no) is not None:
                return False
        await self._connection.many([(_NAMELESS, (tomb.no,)), (_EMPTIED, (tomb.no,))])
        return True

    async def tomb(self, ref: SessionRef) -> Tomb | None:
        row = await self._connection.one(_TOMB_OF, ref.id, ref.owner)
        return None if row is None else _tomb(row)

    async def unfinished(self, limit: int) -> list[Tomb]:
        return [_tomb(row) for row in await self._connection.all(_UNFINISHED, limit)]

    async def left(self, before_ms: int, limit: int) -> list[SessionRef]:
        return [SessionRef(*row) for row in await self._connection.all(_LEFT, before_ms, limit)]

    def _about(self, key_no: int, session: Session, client_key: str | None) -> bytes:
        about = (session.title, session.tags, session.topics, session.metadata, client_key)
        return self._seals.seal(key_no, _place(key_no, session.id), _encode(about))

    def _tags(self, session_no: int, session: Session) -> list[Step]:
        macs = (self._seals.mac("tag", tag) for tag in dict.fromkeys(session.tags))
        return [(_TAG, (session_no, mac)) for mac in macs]

    async def _session(self, owner: int, row: Row) -> Session:
        (
            _, key_no, id, about, created, active, closed, deleted, revision, seq, files, size, previous,
            pinned, archived, branch, message_id, role, body, head,
        ) = row  # fmt: skip
        opened = self._seals.opener(key_no)
        title, tags, topics, metadata, client_key = _decode(opened(_place(key_no, id), about))
        words = ""
        if message_id is not None:
            words = beginning(opened, key_no, message_id, ROLES[role], body, head)
        if not words and seq:
            words = await self._messages.beginning(SessionRef(owner, id))
        return Session(
            id, title, created, active, revision, seq, files, size, tags, topics, metadata, client_key,
            previous, closed, deleted, bool(pinned), bool(archived), branch, words,
        )  # fmt: skip


def _place(key_no: int, id: str) -> bytes:
    return b"sessions|%d|about|%s" % (key_no, id.encode())


def _tomb(row: Row) -> Tomb:
    return Tomb(row[0], row[1], Receipt(*row[2:]))
