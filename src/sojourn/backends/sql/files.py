"""Files, and the intents of uploads on their way."""

import msgspec
from msgspec.structs import replace

from sojourn.backends.sql.connection import Connection, Row
from sojourn.backends.sql.pictures import UNDRAWN
from sojourn.backends.sql.seals import Seals, place
from sojourn.models import File, Picture
from sojourn.ports import SessionRef, Upload

_OPEN = "id = ?1 AND user_no = ?2 AND closed_ms IS NULL AND deleted_ms IS NULL"
_ROWS = """
    SELECT s.key_no, f.file_no, f.id, f.size, f.created_ms, f.text, f.chunks, f.about
    FROM sessions s JOIN files f ON f.session_no = s.session_no
"""
_MINE = f"{_ROWS} WHERE s.id = ?1 AND s.user_no = ?2"
_GET = f"{_MINE} AND f.id = ?3"
_PAGE = f"{_MINE} AND f.file_no > ?3 ORDER BY f.file_no LIMIT ?4"
_UNREAD = """
    SELECT s.key_no, f.file_no, f.id, f.size, f.created_ms, f.text, f.chunks, f.about, s.user_no, s.id
    FROM files f JOIN sessions s ON s.session_no = f.session_no
    WHERE f.text = 'pending' ORDER BY f.created_ms LIMIT ?1
"""
_RESERVE = f"""
    INSERT INTO uploads (session_no, file_id, reserved, deadline_ms)
    SELECT session_no, ?3, ?4, ?5 FROM sessions WHERE {_OPEN}
"""
_RESERVED = """
    SELECT count(*), coalesce(sum(u.reserved), 0)
    FROM sessions s JOIN uploads u ON u.session_no = s.session_no
    WHERE s.id = ?1 AND s.user_no = ?2 AND u.deadline_ms >= ?3
"""
_RELEASE = """
    DELETE FROM uploads
    WHERE session_no = (SELECT session_no FROM sessions WHERE id = ?1 AND user_no = ?2) AND file_id = ?3
"""
_STEP = f"""
    UPDATE sessions SET last_file = last_file + 1, file_count = file_count + 1,
        file_bytes = file_bytes + ?4, active_ms = max(active_ms, ?5)
    WHERE {_OPEN} AND EXISTS (
        SELECT 1 FROM uploads u WHERE u.session_no = sessions.session_no AND u.file_id = ?3)
    RETURNING session_no, key_no, last_file
"""
_INSERT = """
    INSERT INTO files (session_no, file_no, id, size, created_ms, text, chunks, about, pictured)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
"""
_BACK = f"""
    UPDATE sessions SET file_count = file_count - 1, file_bytes = file_bytes - ?4,
        active_ms = max(active_ms, ?5)
    WHERE {_OPEN} AND EXISTS (
        SELECT 1 FROM files f WHERE f.session_no = sessions.session_no AND f.id = ?3)
    RETURNING session_no
"""
_DELETE = "DELETE FROM files WHERE session_no = ?1 AND id = ?2"
_READ_AS = """
    UPDATE files SET text = ?4, chunks = ?5, about = ?6
    WHERE session_no = (SELECT session_no FROM sessions WHERE id = ?1 AND user_no = ?2) AND id = ?3
"""
_OVERDUE = """
    SELECT s.user_no, s.id, u.file_id, u.reserved, u.deadline_ms
    FROM uploads u JOIN sessions s ON s.session_no = u.session_no
    WHERE u.deadline_ms < ?1 ORDER BY u.deadline_ms LIMIT ?2
"""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, str, str, str | None, Picture | None]).decode


class Files:
    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._connection = connection
        self._seals = seals

    async def reserve(self, ref: SessionRef, upload: Upload) -> bool:
        args = (upload.file_id, upload.reserved, upload.deadline_ms)
        return await self._connection.run(_RESERVE, ref.id, ref.owner, *args) == 1

    async def reserved(self, ref: SessionRef, now: int) -> tuple[int, int]:
        row = await self._connection.one(_RESERVED, ref.id, ref.owner, now)
        return (row[0], row[1]) if row else (0, 0)

    async def release(self, ref: SessionRef, file_id: str) -> None:
        await self._connection.run(_RELEASE, ref.id, ref.owner, file_id)

    async def keep(self, ref: SessionRef, file: File, now: int) -> bool:
        row = await self._connection.one(_STEP, ref.id, ref.owner, file.id, file.size, now)
        if row is None:
            return False
        session_no, key_no, file_no = row
        about = self._about(key_no, file)
        args = (file.id, file.size, file.created_ms, file.text, file.chunks, about, file.picture is not None)
        await self._connection.run(_INSERT, session_no, file_no, *args)
        await self._connection.run(_RELEASE, ref.id, ref.owner, file.id)
        return True

    async def get(self, ref: SessionRef, file_id: str) -> File | None:
        row = await self._connection.one(_GET, ref.id, ref.owner, file_id)
        return None if row is None else self._file(row)

    async def page(self, ref: SessionRef, after: int, limit: int) -> tuple[list[File], int | None]:
        rows = await self._connection.all(_PAGE, ref.id, ref.owner, after, limit + 1)
        position = rows[limit - 1][1] if len(rows) > limit else None
        return [self._file(row) for row in rows[:limit]], position

    async def remove(self, ref: SessionRef, file_id: str, now: int) -> File | None:
        file = await self.get(ref, file_id)
        if file is None:
            return None
        row = await self._connection.one(_BACK, ref.id, ref.owner, file_id, file.size, now)
        if row is None:
            return None
        await self._connection.many([(UNDRAWN, (row[0], file_id)), (_DELETE, (row[0], file_id))])
        return file

    async def read_as(self, ref: SessionRef, file: File) -> bool:
        row = await self._connection.one(_GET, ref.id, ref.owner, file.id)
        if row is None:
            return False
        about = self._about(row[0], replace(self._file(row), problem=file.problem))
        args = (ref.id, ref.owner, file.id, file.text, file.chunks, about)
        return await self._connection.run(_READ_AS, *args) == 1

    async def unread(self, limit: int) -> list[tuple[SessionRef, File]]:
        rows = await self._connection.all(_UNREAD, limit)
        return [(SessionRef(row[8], row[9]), self._file(row)) for row in rows]

    async def overdue(self, now: int, limit: int) -> list[tuple[SessionRef, Upload]]:
        rows = await self._connection.all(_OVERDUE, now, limit)
        return [(SessionRef(row[0], row[1]), Upload(row[1], row[2], row[3], row[4])) for row in rows]

    def _about(self, key_no: int, file: File) -> bytes:
        about = _encode((file.name, file.media_type, file.digest, file.problem, file.picture))
        return self._seals.seal(key_no, _place(key_no, file.id), about)

    def _file(self, row: Row) -> File:
        key_no, _, id, size, created_ms, text, chunks, about = row[:8]
        opened = self._seals.open(key_no, _place(key_no, id), about)
        name, media_type, digest, problem, picture = _decode(opened)
        return File(id, name, media_type, size, digest, created_ms, text, chunks, problem, picture)


def _place(key_no: int, id: str) -> bytes:
    return place("files", key_no, "about", id.encode())
