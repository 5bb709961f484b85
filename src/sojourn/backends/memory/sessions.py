"""Sessions, and the tombs of erased ones."""

from msgspec.structs import replace

from sojourn.backends.memory import apart
from sojourn.backends.memory.intents import put, strike
from sojourn.backends.memory.rows import Children, Rows, SessionRow, TombRow
from sojourn.backends.memory.tables import Key
from sojourn.errors import Conflict, LimitExceeded
from sojourn.models import Receipt, Session
from sojourn.ports import COMING, MOST_SESSIONS, Listing, Position, SessionGlance, SessionRef, Titled, Tomb
from sojourn.ports.previews import PREVIEW_LOOKS, SPOKEN, preview

_ALL = 2**62


class MemorySessions:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, owner: int, session: Session) -> None:
        rows = self._rows
        if session.id in rows.sessions or session.id in rows.tombs:
            raise Conflict("There is a session with this id.", field="id")
        empty = replace(apart.session(session), last_seq=0, file_count=0, file_bytes=0, branch=1, preview="")
        number = rows.session_numbers.next()
        if number > MOST_SESSIONS:
            raise LimitExceeded(
                f"A store can number {MOST_SESSIONS} sessions, and this one has.", limit=MOST_SESSIONS
            )
        rows.enter(SessionRow(number, owner, empty, Children(rows.journal)))

    async def get(self, ref: SessionRef) -> Session | None:
        row = self._rows.find(ref)
        if row is None:
            return None
        newest = row.children.back(row.session.branch, 2**62, PREVIEW_LOOKS)
        words = (preview(message.text) for message in newest if message.role in SPOKEN)
        return replace(apart.session(row.session), preview=next(filter(None, words), ""))

    async def glance(self, ref: SessionRef) -> SessionGlance | None:
        row = self._rows.find(ref)
        return None if row is None else row.glance

    async def with_client_key(self, owner: int, client_key: str) -> Session | None:
        row = self._rows.owners.get(owner)
        found = None if row is None else row.client_keys.get(client_key)
        return None if found is None else await self.get(SessionRef(owner, found))

    async def page(
        self, owner: int, after: Position | None, limit: int, listing: Listing
    ) -> tuple[list[Session], Position | None]:
        if limit < 1:
            return [], None
        found: list[Session] = []
        keys: list[Position] = []
        narrow = listing.tag is not None or listing.pinned is not None
        most = _ALL if narrow else limit + 1
        for active_ms, no, id in self._keys(owner, after, listing, most):
            session = await self.get(SessionRef(owner, id))
            if session is not None and _belongs(session, listing):
                found.append(session)
                keys.append((active_ms, no))
            if len(found) > limit:
                return found[:limit], keys[limit - 1]
        return found, None

    async def titles(self, owner: int, after: Position | None, limit: int, *, archived: bool) -> list[Titled]:
        keys = self._keys(owner, after, Listing(archived=archived), max(limit, 0))
        rows = [(self._rows.sessions.get(id), (active_ms, no)) for active_ms, no, id in keys]
        return [Titled(row.session.id, row.session.title, at) for row, at in rows if row is not None]

    def _keys(self, owner: int, after: Position | None, listing: Listing, most: int) -> list[Key]:
        row = self._rows.owners.get(owner)
        if row is None:
            return []
        order = row.trash if listing.deleted else row.archived if listing.archived else row.standing
        return order.falling(after, most)

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
            pinned=given.pinned,
            archived=given.archived,
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
        for kept in children.files:
            file = kept.file
            if file.deleted_ms is not None:
                rows.discarded.remove((file.deleted_ms, kept.place, ref.id, file.id))
            elif file.text == "pending":
                rows.unread.remove((file.created_ms, kept.place, ref.id, file.id))
        coming = [intent.reserved for intent in children.intents if intent.kind in COMING]
        rows.owner(ref.owner).taken.count(
            -row.session.file_count - len(coming), -row.session.file_bytes - sum(coming)
        )
        receipt = Receipt(
            session_id=ref.id,
            erased_ms=now,
            messages=row.session.last_seq,
            files=row.session.file_count,
            bytes=row.session.file_bytes,
            state_keys=len(children.state.entries),
        )
        tomb = Tomb(row.no, row.no, receipt)
        rows.leave(row)
        rows.tombs.put(ref.id, TombRow(ref.owner, tomb, children))
        rows.unfinished.add((now, row.no, ref.id))
        return tomb

    async def empty(self, tomb: Tomb) -> bool:
        receipt = tomb.receipt
        row = self._rows.tombs.get(receipt.session_id)
        if row is not None and not row.emptied:
            left = self._left(row.children)
            self._rows.tombs.put(receipt.session_id, replace(row, children=left, emptied=True))
            self._rows.unfinished.remove((receipt.erased_ms, tomb.no, receipt.session_id))
        return True

    def _left(self, gone: Children) -> Children:
        """What was on its way may still come: it is found until its deadline."""
        left = Children(self._rows.journal)
        for intent in list(gone.intents):
            strike(self._rows, gone, intent)
            if intent.kind in COMING:
                put(self._rows, left, replace(intent, name="", created_ms=0))
        return left

    async def tomb(self, ref: SessionRef) -> Tomb | None:
        row = self._rows.tombs.get(ref.id)
        return row.tomb if row is not None and row.owner == ref.owner else None

    async def unfinished(self, limit: int) -> list[Tomb]:
        rows = (self._rows.tombs.get(id) for _, _, id in self._rows.unfinished.rising((), limit))
        return [row.tomb for row in rows if row is not None]

    async def left(self, before_ms: int, limit: int) -> list[SessionRef]:
        rows = (row for row in self._rows.sessions if row.session.ephemeral)
        found = sorted((row.session.id, row.owner) for row in rows if row.session.active_ms < before_ms)
        return [SessionRef(owner, id) for id, owner in found[: max(limit, 0)]]


def _belongs(session: Session, listing: Listing) -> bool:
    return (listing.pinned is None or session.pinned == listing.pinned) and (
        listing.tag is None or listing.tag in session.tags
    )
