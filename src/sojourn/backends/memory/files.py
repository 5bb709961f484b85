"""Files, and the intents they come from."""

from msgspec.structs import replace

from sojourn.backends.memory.rows import FileRow, Rows
from sojourn.errors import Conflict
from sojourn.models import File
from sojourn.ports import SessionRef, Upload


class MemoryFiles:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def reserve(self, ref: SessionRef, upload: Upload) -> bool:
        row = self._rows.open(ref)
        if row is None:
            return False
        if upload.file_id in row.children.uploads or upload.file_id in row.children.files:
            raise Conflict("There is a file with this id.", field="file_id")
        row.children.uploads.put(upload.file_id, upload)
        self._rows.deadlines.add((upload.deadline_ms, ref.id, upload.file_id))
        return True

    async def reserved(self, ref: SessionRef, now: int) -> tuple[int, int]:
        row = self._rows.find(ref)
        held = () if row is None else row.children.uploads
        sizes = [upload.reserved for upload in held if upload.deadline_ms >= now]
        return len(sizes), sum(sizes)

    async def release(self, ref: SessionRef, file_id: str) -> None:
        row = self._rows.find(ref)
        upload = None if row is None else row.children.uploads.remove(file_id)
        if upload is not None:
            self._rows.deadlines.remove((upload.deadline_ms, ref.id, file_id))

    async def keep(self, ref: SessionRef, file: File, now: int) -> bool:
        row = self._rows.open(ref)
        if row is None or file.id not in row.children.uploads:
            return False
        await self.release(ref, file.id)
        kept = FileRow(self._rows.file_places.next(), file)
        row.children.files.put(file.id, kept)
        row.children.places.add((kept.place, file.id))
        if file.text == "pending":
            self._rows.unread.add((file.created_ms, kept.place, ref.id, file.id))
        self._rows.touch(row, now, files=1, size=file.size)
        return True

    async def get(self, ref: SessionRef, file_id: str) -> File | None:
        kept = self._find(ref, file_id)
        return None if kept is None else kept.file

    async def page(self, ref: SessionRef, after: int, limit: int) -> tuple[list[File], int | None]:
        row = self._rows.find(ref)
        if row is None or limit < 1:
            return [], None
        keys = row.children.places.rising((after + 1,), limit + 1)
        found = [await self.get(ref, file_id) for _, file_id in keys[:limit]]
        return [file for file in found if file], keys[limit - 1][0] if len(keys) > limit else None

    async def remove(self, ref: SessionRef, file_id: str, now: int) -> File | None:
        row = self._rows.open(ref)
        kept = None if row is None else row.children.files.remove(file_id)
        if row is None or kept is None:
            return None
        row.children.places.remove((kept.place, file_id))
        row.children.thumbnails.remove(file_id)
        if kept.file.text == "pending":
            self._rows.unread.remove((kept.file.created_ms, kept.place, ref.id, file_id))
        self._rows.touch(row, now, files=-1, size=-kept.file.size)
        return kept.file

    async def read_as(self, ref: SessionRef, file: File) -> bool:
        row, kept = self._rows.find(ref), self._find(ref, file.id)
        if row is None or kept is None:
            return False
        key = (kept.file.created_ms, kept.place, ref.id, file.id)
        if kept.file.text == "pending":
            self._rows.unread.remove(key)
        if file.text == "pending":
            self._rows.unread.add(key)
        read = replace(kept.file, text=file.text, chunks=file.chunks, problem=file.problem)
        row.children.files.put(file.id, replace(kept, file=read))
        return True

    async def unread(self, limit: int) -> list[tuple[SessionRef, File]]:
        found: list[tuple[SessionRef, File]] = []
        for _, _, session_id, file_id in self._rows.unread.rising((), limit):
            ref = self._ref(session_id)
            kept = self._find(ref, file_id)
            if kept is not None:
                found.append((ref, kept.file))
        return found

    async def overdue(self, now: int, limit: int) -> list[tuple[SessionRef, Upload]]:
        found: list[tuple[SessionRef, Upload]] = []
        for deadline_ms, session_id, file_id in self._rows.deadlines.rising((), limit):
            row = self._rows.sessions.get(session_id)
            upload = None if row is None else row.children.uploads.get(file_id)
            if upload is not None and deadline_ms < now:
                found.append((self._ref(session_id), upload))
        return found

    def _find(self, ref: SessionRef, file_id: str) -> FileRow | None:
        row = self._rows.find(ref)
        return None if row is None else row.children.files.get(file_id)

    def _ref(self, session_id: str) -> SessionRef:
        row = self._rows.sessions.get(session_id)
        return SessionRef(0 if row is None else row.owner, session_id)
