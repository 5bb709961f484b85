"""Files that are pictures, and the thumbnails made of them."""

from sojourn.backends.memory.rows import FileRow, Rows
from sojourn.models import File, Thumbnail
from sojourn.ports import FileRows, SessionRef


class MemoryPictures:
    def __init__(self, rows: Rows, files: FileRows) -> None:
        self._rows = rows
        self._files = files

    async def ids(self, ref: SessionRef) -> list[str]:
        return [kept.file.id for kept in self._pictures(ref, 0)]

    async def page(self, ref: SessionRef, after: int, limit: int) -> tuple[list[File], int | None]:
        rows = self._pictures(ref, after)
        position = rows[limit - 1].place if len(rows) > limit else None
        found = [await self._files.get(ref, kept.file.id) for kept in rows[:limit]]
        return [file for file in found if file is not None], position

    async def thumbnail(self, ref: SessionRef, file_id: str, px: int) -> Thumbnail | None:
        row = self._rows.find(ref)
        made = None if row is None else row.children.thumbnails.get(file_id)
        return None if made is None else made.get(px)

    async def keep(self, ref: SessionRef, file_id: str, px: int, made: Thumbnail) -> bool:
        row = self._rows.find(ref)
        if row is None or file_id not in row.children.files:
            return False
        others = row.children.thumbnails.get(file_id) or {}
        row.children.thumbnails.put(file_id, others | {px: made})
        return True

    def _pictures(self, ref: SessionRef, after: int) -> list[FileRow]:
        """Those that came after a place, in their order."""
        row = self._rows.find(ref)
        if row is None:
            return []
        keys = row.children.places.rising((after + 1,), 2**62)
        rows = [row.children.files.get(file_id) for _, file_id in keys]
        return [kept for kept in rows if kept is not None and kept.file.picture is not None]
