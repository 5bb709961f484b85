"""Sessions, and the tombs of erased ones."""

from msgspec.structs import replace

from sojourn.backends.memory import apart
from sojourn.backends.memory.rows import Children, Rows, SessionRow, TombRow
from sojourn.errors import Conflict
from sojourn.models import Receipt, Session
from sojourn.ports import Position, SessionRef, Tomb


class MemorySessions:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, owner: int, session: Session) -> None:
        rows = self._rows
        if session.id in rows.sessions or session.id in rows.tombs:
            raise Conflict("There is a session with this id.", field="id")
        empty = replace(apart.session(session), last_seq=0, file_count=0, file_bytes=0)
        rows.enter(SessionRow(rows.session_numbers.next(), owner, empty, Children(rows.journal)))

    async def get(self, ref: SessionRef) -> Session | None:
        row = self._rows.find(ref)
        return None if row is None else apart.session(row.session)

    async def with_client_key(self, owner: int, client_key: str) -> Session | None:
        row = self._rows.owners.get(owner)
        found = None if row is None else row.client_keys.get(client_key)
        return None if found is None else await self.get(SessionRef(owner, found))

    async def page(
        self, owner: int, after: Position | None, limit: int, *, deleted: bool
    ) -> tuple[list[Session], Position | None]:
        row = self._rows.owners.get(owner)
        if row is None or limit < 1:
            return [], None
        keys = (row.trash if deleted else row.standing).falling(after, limit + 1)
        found = [await self.get(SessionRef(owner, id)) for _, _, id in keys[:limit]]
        active_ms, no, _ = keys[limit - 1] if len(keys) > limit else (0, 0, "")
        return [session for session in found if session is not None], (active_ms, no) if no else None

    async def replace(self, owner: int, session: Session) -> None:
        row = self._rows.find(SessionRef(owner, session.id))
        if row is None:
            return
        given, kept = apart.session(session), row.session
        changed = replace(
            kept,
            title=given.title,
            tags=given.tags,
            topics=given.topics,
            metadata=given.metadata,
            active_ms=given.active_ms,
            closed_ms=given.closed_ms,
            deleted_ms=given.deleted_ms,
            revision=given.revision,
        )
        self._rows.change(row, changed)

    async def entomb(self, ref: SessionRef, now: int) -> Tomb | None:
        rows = self._rows
        row = rows.find(ref)
        if row is None:
            return None
        children = row.children
        for upload in children.uploads:
            rows.deadlines.remove((upload.deadline_ms, ref.id, upload.file_id))
        for kept in children.files:
            if kept.file.text == "pending":
                rows.unread.remove((kept.file.created_ms, kept.place, ref.id, kept.file.id))
        receipt = Receipt(
            session_id=ref.id,
            erased_ms=now,
            messages=len(children.messages),
            files=row.session.file_count,
            bytes=row.session.file_bytes,
            state_keys=len(children.state.entries),
        )
        tomb = Tomb(row.no, row.no, receipt)
        rows.leave(row)
        rows.tombs.put(ref.id, TombRow(ref.owner, tomb, children))
        rows.unfinished.add((now, row.no, ref.id))
        return tomb

    async def empty(self, tomb: Tomb) -> None:
        receipt = tomb.receipt
        row = self._rows.tombs.get(receipt.session_id)
        if row is not None and row.children is not None:
            self._rows.tombs.put(receipt.session_id, replace(row, children=None))
            self._rows.unfinished.remove((receipt.erased_ms, tomb.no, receipt.session_id))

    async def tomb(self, ref: SessionRef) -> Tomb | None:
        row = self._rows.tombs.get(ref.id)
        return row.tomb if row is not None and row.owner == ref.owner else None

    async def unfinished(self, limit: int) -> list[Tomb]:
        rows = (self._rows.tombs.get(id) for _, _, id in self._rows.unfinished.rising((), limit))
        return [row.tomb for row in rows if row is not None]
