"""Files, and where their bytes are."""

from msgspec.structs import replace

from sojourn.backends.memory.intents import mark, strike, taken
from sojourn.backends.memory.rows import FileRow, Rows, SessionRow
from sojourn.errors import Conflict
from sojourn.models import File, TextStatus
from sojourn.ports import COMING, Gone, Held, Kept, SessionRef


class MemoryFiles:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, ref: SessionRef, file: File, body: bytes, now: int) -> Kept | None:
        row = self._rows.open(ref)
        if row is None:
            return None
        spare = self._insert(row, file, body)
        self._rows.owner(ref.owner).taken.count(1, file.size)
        self._rows.touch(row, now, files=1, size=file.size)
        return Kept(taken(self._rows, row, now), spare)

    async def keep(self, ref: SessionRef, file: File, now: int, body: bytes | None = None) -> Kept | None:
        row = self._rows.open(ref)
        coming = (None if row is None else row.children.intents.get((file.id, kind)) for kind in COMING)
        intent = next(filter(None, coming), None)
        if row is None or intent is None:
            return None
        strike(self._rows, row.children, intent)
        spare = self._insert(row, file, body) or body is not None
        if spare:
            mark(self._rows, row.children, ref.id, file.id, "blob")
        self._rows.owner(ref.owner).taken.count(0, file.size - intent.reserved)
        self._rows.touch(row, now, files=1, size=file.size)
        return Kept(taken(self._rows, row, now), spare)

    async def get(self, ref: SessionRef, file_id: str) -> File | None:
        kept = self._find(ref, file_id)
        return None if kept is None else kept.file

    async def held(self, ref: SessionRef, file_id: str) -> Held | None:
        row, kept = self._rows.find(ref), self._find(ref, file_id)
        if row is None or kept is None:
            return None
        return Held(kept.file, kept.blob, row.children.bodies.get(kept.blob))

    async def page(
        self, ref: SessionRef, after: int, limit: int, *, deleted: bool = False
    ) -> tuple[list[File], int | None]:
        row = self._rows.find(ref)
        if row is None or limit < 1:
            return [], None
        order = row.children.trash if deleted else row.children.places
        keys = order.rising((after + 1,), limit + 1)
        found = [await self.get(ref, file_id) for _, file_id in keys[:limit]]
        return [file for file in found if file], keys[limit - 1][0] if len(keys) > limit else None

    async def delete(self, ref: SessionRef, file_id: str, now: int) -> File | None:
        row = self._rows.open(ref)
        kept = None if row is None else row.children.files.get(file_id)
        if row is None or kept is None or kept.file.deleted_ms is not None:
            return None
        deleted = replace(kept.file, deleted_ms=now)
        self._leave(row, kept)
        self._enter(row, replace(kept, file=deleted))
        if _has_words(kept.file):
            mark(self._rows, row.children, ref.id, file_id, "words")
        self._rows.touch(row, now)
        return deleted

    async def restore(self, ref: SessionRef, file_id: str, text: TextStatus, now: int) -> File | None:
        row = self._rows.open(ref)
        kept = None if row is None else row.children.files.get(file_id)
        if row is None or kept is None or kept.file.deleted_ms is None:
            return None
        restored = replace(kept.file, deleted_ms=None, text=text, chunks=0)
        self._leave(row, kept)
        self._enter(row, replace(kept, file=restored))
        self._rows.touch(row, now)
        return restored

    async def remove(self, ref: SessionRef, file_id: str, now: int) -> Gone | None:
        row = self._rows.open(ref)
        kept = None if row is None else row.children.files.get(file_id)
        return None if row is None or kept is None else self._remove(row, kept, now)

    async def expire(self, ref: SessionRef, file_id: str, before_ms: int) -> Gone | None:
        row, kept = self._rows.find(ref), self._find(ref, file_id)
        if row is None or kept is None or kept.file.deleted_ms is None or kept.file.deleted_ms >= before_ms:
            return None
        return self._remove(row, kept, 0)

    async def taken(self, owner: int) -> tuple[int, int]:
        row = self._rows.owners.get(owner)
        return (0, 0) if row is None else (row.taken.files, row.taken.bytes)

    async def expired(self, before_ms: int, limit: int) -> list[tuple[SessionRef, str]]:
        keys = self._rows.discarded.rising((), max(limit, 0))
        due = [(session, file) for deleted_ms, _, session, file in keys if deleted_ms < before_ms]
        rows = ((self._rows.sessions.get(session), file) for session, file in due)
        return [(SessionRef(row.owner, row.session.id), file) for row, file in rows if row is not None]

    async def read_as(self, ref: SessionRef, file: File) -> bool:
        row, kept = self._rows.find(ref), self._find(ref, file.id)
        if row is None or kept is None or kept.file.deleted_ms is not None:
            return False
        read = replace(kept.file, text=file.text, chunks=file.chunks, problem=file.problem)
        self._leave(row, kept)
        self._enter(row, replace(kept, file=read))
        return True

    async def unread(self, limit: int) -> list[tuple[SessionRef, File]]:
        found: list[tuple[SessionRef, File]] = []
        for _, _, session_id, file_id in self._rows.unread.rising((), limit):
            row = self._rows.sessions.get(session_id)
            kept = None if row is None else row.children.files.get(file_id)
            if row is not None and kept is not None:
                found.append((SessionRef(row.owner, session_id), kept.file))
        return found

    def _insert(self, row: SessionRow, file: File, body: bytes | None) -> bool:
        """True when another file of the session has these bytes already."""
        if file.id in row.children.files:
            raise Conflict("There is a file with this id.", field="id")
        same = (held.blob for held in row.children.files if held.file.digest == file.digest)
        twin = next(same, None)
        self._enter(row, FileRow(self._rows.file_places.next(), file, twin or file.id))
        if twin is None and body is not None:
            row.children.bodies.put(file.id, body)
        return twin is not None

    def _remove(self, row: SessionRow, kept: FileRow, now: int) -> Gone:
        children, file = row.children, kept.file
        self._leave(row, kept)
        children.thumbnails.remove(file.id)
        shared = any(held.blob == kept.blob for held in children.files)
        outside = not shared and children.bodies.remove(kept.blob) is None
        if outside:
            mark(self._rows, children, row.session.id, kept.blob, "blob")
        words = _has_words(file)
        if words:
            mark(self._rows, children, row.session.id, file.id, "words")
        self._rows.owner(row.owner).taken.count(-1, -file.size)
        self._rows.touch(row, now, files=-1, size=-file.size)
        return Gone(file, kept.blob if outside else None, words)

    def _enter(self, row: SessionRow, kept: FileRow) -> None:
        children, file = row.children, kept.file
        children.files.put(file.id, kept)
        if file.deleted_ms is not None:
            children.trash.add((kept.place, file.id))
            self._rows.discarded.add((file.deleted_ms, kept.place, row.session.id, file.id))
            return
        children.places.add((kept.place, file.id))
        if file.text == "pending":
            self._rows.unread.add((file.created_ms, kept.place, row.session.id, file.id))

    def _leave(self, row: SessionRow, kept: FileRow) -> None:
        children, file = row.children, kept.file
        children.files.remove(file.id)
        if file.deleted_ms is not None:
            children.trash.remove((kept.place, file.id))
            self._rows.discarded.remove((file.deleted_ms, kept.place, row.session.id, file.id))
            return
        children.places.remove((kept.place, file.id))
        if file.text == "pending":
            self._rows.unread.remove((file.created_ms, kept.place, row.session.id, file.id))

    def _find(self, ref: SessionRef, file_id: str) -> FileRow | None:
        row = self._rows.find(ref)
        return None if row is None else row.children.files.get(file_id)


def _has_words(file: File) -> bool:
    """Whether the index may hold words of it: a Reader may be at it just now."""
    return file.text in ("ready", "pending")
