"""Files that are pictures, and the thumbnails made of them."""

from typing import Protocol

import msgspec

from sojourn.backends.sql.connection import Connection
from sojourn.backends.sql.seals import Seals, place
from sojourn.models import File, Thumbnail
from sojourn.ports import SessionRef

_PICTURES = """
    SELECT f.id, f.file_no FROM sessions s JOIN files f ON f.session_no = s.session_no
    WHERE s.id = ?1 AND s.user_no = ?2 AND f.pictured = 1 AND f.deleted_ms IS NULL
        AND f.file_no > ?3 ORDER BY f.file_no LIMIT ?4
"""
_ALL = 2**62
_THUMBNAIL = """
    SELECT s.key_no, t.body FROM sessions s
    JOIN files f ON f.session_no = s.session_no
    JOIN thumbnails t ON t.session_no = f.session_no AND t.file_no = f.file_no
    WHERE s.id = ?1 AND s.user_no = ?2 AND f.id = ?3 AND t.px = ?4
"""
_DRAWN_FROM = """
    SELECT s.key_no, s.session_no, f.file_no FROM sessions s JOIN files f ON f.session_no = s.session_no
    WHERE s.id = ?1 AND s.user_no = ?2 AND f.id = ?3
"""
_KEEP = """
    INSERT INTO thumbnails (session_no, file_no, px, body) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (session_no, file_no, px) DO UPDATE SET body = excluded.body
"""
UNDRAWN = """
    DELETE FROM thumbnails WHERE session_no = ?1
        AND file_no = (SELECT file_no FROM files WHERE session_no = ?1 AND id = ?2)
"""
"""What goes before a file does."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, int, int, bytes]).decode


class _Files(Protocol):
    async def get(self, ref: SessionRef, file_id: str) -> File | None: ...


class Pictures:
    def __init__(self, connection: Connection, seals: Seals, files: _Files) -> None:
        self._connection = connection
        self._seals = seals
        self._files = files

    async def ids(self, ref: SessionRef) -> list[str]:
        return [row[0] for row in await self._connection.all(_PICTURES, ref.id, ref.owner, 0, _ALL)]

    async def page(self, ref: SessionRef, after: int, limit: int) -> tuple[list[File], int | None]:
        rows = await self._connection.all(_PICTURES, ref.id, ref.owner, after, limit + 1)
        position = rows[limit - 1][1] if len(rows) > limit else None
        found = [await self._files.get(ref, row[0]) for row in rows[:limit]]
        return [file for file in found if file is not None], position

    async def thumbnail(self, ref: SessionRef, file_id: str, px: int) -> Thumbnail | None:
        row = await self._connection.one(_THUMBNAIL, ref.id, ref.owner, file_id, px)
        if row is None:
            return None
        key_no, body = row
        return Thumbnail(*_decode(self._seals.open(key_no, _place(key_no, file_id, px), body)))

    async def keep(self, ref: SessionRef, file_id: str, px: int, made: Thumbnail) -> bool:
        row = await self._connection.one(_DRAWN_FROM, ref.id, ref.owner, file_id)
        if row is None:
            return False
        key_no, session_no, file_no = row
        body = _encode((made.media_type, made.width, made.height, made.data))
        kept = self._seals.seal(key_no, _place(key_no, file_id, px), body)
        await self._connection.run(_KEEP, session_no, file_no, px, kept)
        return True


def _place(key_no: int, file_id: str, px: int) -> bytes:
    return place("thumbnails", key_no, "body", b"%s|%d" % (file_id.encode(), px))
