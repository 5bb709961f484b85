"""Files, and where their bytes are."""

import msgspec
from msgspec.structs import replace

from sojourn.backends.sql.connection import Connection, Row
from sojourn.backends.sql.intents import mark
from sojourn.backends.sql.pictures import UNDRAWN
from sojourn.backends.sql.seals import Seals, place
from sojourn.backends.sql.taken import give_back, take
from sojourn.models import File, Picture, TextStatus
from sojourn.ports import Gone, Held, Kept, SessionRef

_STANDS = "id = ?1 AND user_no = ?2"
_OPEN = f"{_STANDS} AND closed_ms IS NULL AND deleted_ms IS NULL"
_COLUMNS = "s.key_no, f.file_no, f.id, f.size, f.created_ms, f.text, f.chunks, f.about, f.deleted_ms"
_FROM = "FROM sessions s JOIN files f ON f.session_no = s.session_no"
_MINE = "WHERE s.id = ?1 AND s.user_no = ?2"
_GET = f"SELECT {_COLUMNS}, f.blob {_FROM} {_MINE} AND f.id = ?3"
_HELD = f"""
    SELECT {_COLUMNS}, f.blob, b.body {_FROM}
    LEFT JOIN bodies b ON b.session_no = f.session_no AND b.blob = f.blob {_MINE} AND f.id = ?3
"""
_PAGE = f"""
    SELECT {_COLUMNS} {_FROM} {_MINE} AND f.deleted_ms IS NULL AND f.file_no > ?3 ORDER BY f.file_no LIMIT ?4
"""
_TRASH = f"""
    SELECT {_COLUMNS} {_FROM} {_MINE} AND f.deleted_ms IS NOT NULL AND f.file_no > ?3
    ORDER BY f.file_no LIMIT ?4
"""
_UNREAD = f"""
    SELECT {_COLUMNS}, s.user_no, s.id {_FROM}
    WHERE f.text = 'pending' AND f.deleted_ms IS NULL ORDER BY f.created_ms LIMIT ?1
"""
_EXPIRED = f"""
    SELECT s.user_no, s.id, f.id {_FROM}
    WHERE f.deleted_ms IS NOT NULL AND f.deleted_ms < ?1
    ORDER BY f.deleted_ms, f.session_no, f.file_no LIMIT ?2
"""
_TAKEN = "SELECT file_count, file_bytes FROM users WHERE user_no = ?1"
_STEP = f"""
    UPDATE sessions SET last_file = last_file + 1, file_count = file_count + 1,
        file_bytes = file_bytes + ?3, active_ms = max(active_ms, ?4)
    WHERE {_OPEN} RETURNING session_no, key_no, last_file
"""
_TAKE = """
    DELETE FROM intents WHERE session_no = (SELECT session_no FROM sessions WHERE id = ?1 AND user_no = ?2)
        AND id = ?3 AND kind < 2
        AND EXISTS (SELECT 1 FROM sessions WHERE id = ?1 AND user_no = ?2
                    AND closed_ms IS NULL AND deleted_ms IS NULL)
    RETURNING reserved
"""
_TWIN = "SELECT blob FROM files WHERE session_no = ?1 AND digest_mac = ?2 LIMIT 1"
_INSERT = """
    INSERT INTO files (session_no, file_no, id, size, created_ms, text, chunks, about, pictured, blob,
                       digest_mac)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
"""
_EMBODY = "INSERT INTO bodies (session_no, blob, body) VALUES (?1, ?2, ?3)"
_TOUCH = f"UPDATE sessions SET active_ms = max(active_ms, ?3) WHERE {_OPEN} RETURNING session_no"
_HOLD = f"UPDATE sessions SET active_ms = active_ms WHERE {_STANDS} RETURNING session_no"
_BIN = "UPDATE files SET deleted_ms = ?3 WHERE session_no = ?1 AND id = ?2 AND deleted_ms IS NULL"
_RESTORE = """
    UPDATE files SET deleted_ms = NULL, text = ?3, chunks = 0
    WHERE session_no = ?1 AND id = ?2 AND deleted_ms IS NOT NULL
"""
_LESS = """
    UPDATE sessions SET file_count = file_count - 1, file_bytes = file_bytes - ?2 WHERE session_no = ?1
"""
_NUMBER = f"SELECT session_no FROM sessions WHERE {_STANDS}"
_DELETE = "DELETE FROM files WHERE session_no = ?1 AND id = ?2 RETURNING digest_mac"
_SHARED = "SELECT 1 FROM files WHERE session_no = ?1 AND digest_mac = ?2 AND blob = ?3 LIMIT 1"
_DISEMBODY = "DELETE FROM bodies WHERE session_no = ?1 AND blob = ?2"
_READ_AS = f"""
    UPDATE files SET text = ?4, chunks = ?5, about = ?6
    WHERE session_no = ({_NUMBER}) AND id = ?3 AND deleted_ms IS NULL
"""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, str, str, str | None, Picture | None]).decode


class Files:
    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._connection = connection
        self._seals = seals

    async def add(self, ref: SessionRef, file: File, body: bytes, now: int) -> Kept | None:
        row = await self._step(ref, file, now)
        if row is None:
            return None
        spare = await self._insert(ref, row, file, body)
        return Kept(await take(self._connection, ref.owner, row[0], 1, file.size, now), spare)

    async def keep(self, ref: SessionRef, file: File, now: int, body: bytes | None = None) -> Kept | None:
        taken = await self._connection.one(_TAKE, ref.id, ref.owner, file.id)
        row = None if taken is None else await self._step(ref, file, now)
        if taken is None or row is None:
            return None
        spare = await self._insert(ref, row, file, body) or body is not None
        if spare:
            await mark(self._connection, row[0], file.id, "blob")
        return Kept(await take(self._connection, ref.owner, row[0], 0, file.size - taken[0], now), spare)

    async def get(self, ref: SessionRef, file_id: str) -> File | None:
        row = await self._connection.one(_GET, ref.id, ref.owner, file_id)
        return None if row is None else self._file(row)

    async def held(self, ref: SessionRef, file_id: str) -> Held | None:
        row = await self._connection.one(_HELD, ref.id, ref.owner, file_id)
        if row is None:
            return None
        key_no, blob, body = row[0], row[9], row[10]
        if body is not None:
            body = self._seals.open(key_no, _body_place(key_no, blob), body)
        return Held(self._file(row), blob, body)

    async def page(
        self, ref: SessionRef, after: int, limit: int, *, deleted: bool = False
    ) -> tuple[list[File], int | None]:
        statement = _TRASH if deleted else _PAGE
        rows = await self._connection.all(statement, ref.id, ref.owner, after, limit + 1)
        position = rows[limit - 1][1] if len(rows) > limit else None
        return [self._file(row) for row in rows[:limit]], position

    async def delete(self, ref: SessionRef, file_id: str, now: int) -> File | None:
        file = await self.get(ref, file_id)
        if file is None or file.deleted_ms is not None:
            return None
        row = await self._connection.one(_TOUCH, ref.id, ref.owner, now)
        if row is None or await self._connection.run(_BIN, row[0], file_id, now) == 0:
            return None
        if _has_words(file):
            await mark(self._connection, row[0], file_id, "words")
        return replace(file, deleted_ms=now)

    async def restore(self, ref: SessionRef, file_id: str, text: TextStatus, now: int) -> File | None:
        file = await self.get(ref, file_id)
        if file is None or file.deleted_ms is None:
            return None
        row = await self._connection.one(_TOUCH, ref.id, ref.owner, now)
        if row is None or await self._connection.run(_RESTORE, row[0], file_id, text) == 0:
            return None
        return replace(file, deleted_ms=None, text=text, chunks=0)

    async def remove(self, ref: SessionRef, file_id: str, now: int) -> Gone | None:
        found = await self._connection.one(_GET, ref.id, ref.owner, file_id)
        row = None if found is None else await self._connection.one(_TOUCH, ref.id, ref.owner, now)
        return None if found is None or row is None else await self._remove(ref, row[0], found)

    async def expire(self, ref: SessionRef, file_id: str, before_ms: int) -> Gone | None:
        found = await self._connection.one(_GET, ref.id, ref.owner, file_id)
        if found is None or found[8] is None or found[8] >= before_ms:
            return None
        row = await self._connection.one(_HOLD, ref.id, ref.owner)
        return None if row is None else await self._remove(ref, row[0], found)

    async def taken(self, owner: int) -> tuple[int, int]:
        row = await self._connection.one(_TAKEN, owner)
        return (0, 0) if row is None else (row[0], row[1])

    async def expired(self, before_ms: int, limit: int) -> list[tuple[SessionRef, str]]:
        rows = await self._connection.all(_EXPIRED, before_ms, limit)
        return [(SessionRef(owner, session), id) for owner, session, id in rows]

    async def read_as(self, ref: SessionRef, file: File) -> bool:
        row = await self._connection.one(_GET, ref.id, ref.owner, file.id)
        if row is None:
            return False
        about = self._about(row[0], replace(self._file(row), problem=file.problem))
        args = (ref.id, ref.owner, file.id, file.text, file.chunks, about)
        return await self._connection.run(_READ_AS, *args) == 1

    async def unread(self, limit: int) -> list[tuple[SessionRef, File]]:
        rows = await self._connection.all(_UNREAD, limit)
        return [(SessionRef(row[9], row[10]), self._file(row)) for row in rows]

    async def _step(self, ref: SessionRef, file: File, now: int) -> Row | None:
        """The session's number, its key's, and the file's; from here on the session's row is held."""
        return await self._connection.one(_STEP, ref.id, ref.owner, file.size, now)

    async def _insert(self, ref: SessionRef, row: Row, file: File, body: bytes | None) -> bool:
        """Writes the file, and its body; True when another file of the session has these bytes already."""
        session_no, key_no, file_no = row
        mac = self._seals.mac("file digest", f"{ref.id} {file.digest}")
        twin = await self._connection.one(_TWIN, session_no, mac)
        blob = file.id if twin is None else twin[0]
        about = self._about(key_no, file)
        args = (file.id, file.size, file.created_ms, file.text, file.chunks, about)
        await self._connection.run(_INSERT, session_no, file_no, *args, file.picture is not None, blob, mac)
        if twin is None and body is not None:
            sealed = self._seals.seal(key_no, _body_place(key_no, blob), body)
            await self._connection.run(_EMBODY, session_no, blob, sealed)
        return twin is not None

    async def _remove(self, ref: SessionRef, session_no: int, found: Row) -> Gone | None:
        """To be called while the session's row is held."""
        file, blob = self._file(found), found[9]
        await self._connection.run(UNDRAWN, session_no, file.id)
        row = await self._connection.one(_DELETE, session_no, file.id)
        if row is None:
            return None
        await self._connection.run(_LESS, session_no, file.size)
        shared = await self._connection.one(_SHARED, session_no, row[0], blob) is not None
        outside = not shared and await self._connection.run(_DISEMBODY, session_no, blob) == 0
        if outside:
            await mark(self._connection, session_no, blob, "blob")
        words = _has_words(file)
        if words:
            await mark(self._connection, session_no, file.id, "words")
        await give_back(self._connection, ref.owner, 1, file.size)
        return Gone(file, blob if outside else None, words)

    def _about(self, key_no: int, file: File) -> bytes:
        about = _encode((file.name, file.media_type, file.digest, file.problem, file.picture))
        return self._seals.seal(key_no, _place(key_no, file.id), about)

    def _file(self, row: Row) -> File:
        key_no, _, id, size, created_ms, text, chunks, about, deleted_ms = row[:9]
        opened = self._seals.open(key_no, _place(key_no, id), about)
        name, media_type, digest, problem, picture = _decode(opened)
        return File(
            id, name, media_type, size, digest, created_ms, text, chunks, problem, picture, deleted_ms
        )


def _has_words(file: File) -> bool:
    """Whether the index may hold words of it: a Reader may be at it just now."""
    return file.text in ("ready", "pending")


def _place(key_no: int, id: str) -> bytes:
    return place("files", key_no, "about", id.encode())


def _body_place(key_no: int, blob: str) -> bytes:
    return place("bodies", key_no, "body", blob.encode())
