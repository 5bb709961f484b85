"""Intents: what is about to change outside the records."""

from msgspec.structs import replace

from sojourn.backends.memory.rows import Children, Rows, SessionRow
from sojourn.errors import Conflict
from sojourn.ports import COMING, Intent, IntentKind, SessionRef, Taken


class MemoryIntents:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def reserve(self, ref: SessionRef, intent: Intent, now: int) -> Taken | None:
        row = self._rows.open(ref)
        if row is None:
            return None
        if _coming(row.children, intent.id) is not None or intent.id in row.children.files:
            raise Conflict("There is a file with this id.", field="id")
        self._rows.owner(ref.owner).taken.count(1, intent.reserved)
        put(self._rows, row.children, intent)
        return taken(self._rows, row, now)

    async def reserved(self, ref: SessionRef, now: int) -> tuple[int, int]:
        row = self._rows.find(ref)
        return (0, 0) if row is None else reserved(row.children, now)

    async def coming(self, ref: SessionRef, id: str) -> Intent | None:
        row = self._rows.find(ref)
        return None if row is None else _coming(row.children, id)

    async def uploads(self, ref: SessionRef, now: int, limit: int) -> list[Intent]:
        row = self._rows.find(ref)
        found = () if row is None else row.children.intents
        living = [held for held in found if held.kind == "upload" and held.deadline_ms >= now]
        return sorted(living, key=lambda held: held.id)[:limit]

    async def renew(self, ref: SessionRef, id: str, deadline_ms: int) -> bool:
        row = self._rows.open(ref)
        intent = None if row is None else _coming(row.children, id)
        if row is None or intent is None:
            return False
        strike(self._rows, row.children, intent)
        put(self._rows, row.children, replace(intent, deadline_ms=deadline_ms))
        return True

    async def give_up(self, ref: SessionRef, id: str, due_ms: int | None = None) -> bool:
        row = self._rows.find(ref)
        children = self._children(ref)
        intent = None if children is None else _coming(children, id)
        if children is None or intent is None or (due_ms is not None and intent.deadline_ms >= due_ms):
            return False
        strike(self._rows, children, intent)
        mark(self._rows, children, ref.id, id, "blob")
        if row is not None:
            self._rows.owner(ref.owner).taken.count(-1, -intent.reserved)
        return True

    async def release(self, ref: SessionRef, intent: Intent) -> None:
        children = self._children(ref)
        held = None if children is None else children.intents.get((intent.id, intent.kind))
        if children is None:
            return
        if held is not None:
            strike(self._rows, children, held)
        kept = children.files.get(intent.id) if intent.kind == "words" else None
        if kept is not None and kept.file.deleted_ms is None and kept.file.text == "ready":
            self._rows.unread.add((kept.file.created_ms, kept.place, ref.id, intent.id))
            read = replace(kept.file, text="pending", chunks=0)
            children.files.put(intent.id, replace(kept, file=read))

    async def overdue(self, now: int, limit: int) -> list[tuple[SessionRef, Intent]]:
        found: list[tuple[SessionRef, Intent]] = []
        for deadline_ms, session_id, id, kind in self._rows.deadlines.rising((), limit):
            owner, children = self._place(session_id)
            intent = None if children is None else children.intents.get((id, kind))
            if intent is not None and deadline_ms < now:
                found.append((SessionRef(owner, session_id), replace(intent, name="", created_ms=0)))
        return found

    def _children(self, ref: SessionRef) -> Children | None:
        """The session's, an erased one's too."""
        owner, children = self._place(ref.id)
        return children if owner == ref.owner else None

    def _place(self, session_id: str) -> tuple[int, Children | None]:
        row = self._rows.sessions.get(session_id)
        if row is not None:
            return row.owner, row.children
        tomb = self._rows.tombs.get(session_id)
        return (0, None) if tomb is None else (tomb.owner, tomb.children)


def _coming(children: Children, id: str) -> Intent | None:
    found = (children.intents.get((id, kind)) for kind in COMING)
    return next(filter(None, found), None)


def reserved(children: Children, now: int) -> tuple[int, int]:
    sizes = [held.reserved for held in children.intents if held.kind in COMING and held.deadline_ms >= now]
    return len(sizes), sum(sizes)


def taken(rows: Rows, row: SessionRow, now: int) -> Taken:
    """What the session and its owner hold."""
    coming, size = reserved(row.children, now)
    tally = rows.owner(row.owner).taken
    session = rows.sessions.get(row.session.id) or row
    return Taken(
        session.session.file_count + coming, session.session.file_bytes + size, tally.files, tally.bytes
    )


def put(rows: Rows, children: Children, intent: Intent) -> None:
    children.intents.put((intent.id, intent.kind), intent)
    rows.deadlines.add((intent.deadline_ms, intent.session_id, intent.id, intent.kind))


def mark(rows: Rows, children: Children, session_id: str, id: str, kind: IntentKind) -> None:
    """Writes what is to be taken away."""
    if (id, kind) not in children.intents:
        put(rows, children, Intent(session_id, id, kind))


def strike(rows: Rows, children: Children, intent: Intent) -> None:
    children.intents.remove((intent.id, intent.kind))
    rows.deadlines.remove((intent.deadline_ms, intent.session_id, intent.id, intent.kind))
