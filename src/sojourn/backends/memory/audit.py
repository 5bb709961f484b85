"""What an auditor asks of all sessions. Counters here cannot be wrong: whatever changes them is undone with
the rest.
"""

from msgspec.structs import replace

from sojourn.backends.memory.rows import Children, Rows
from sojourn.ports import COMING, Intent, Known, Miscount, Placed, SessionRef


class MemoryAudit:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def sessions(self, after: int, limit: int) -> list[tuple[int, SessionRef]]:
        rows = sorted((row.no, SessionRef(row.owner, row.session.id)) for row in self._rows.sessions)
        return [found for found in rows if found[0] > after][:limit]

    async def placed(self, ref: SessionRef, after: int, limit: int) -> list[Placed]:
        row = self._rows.find(ref)
        if row is None:
            return []
        bodies = row.children.bodies
        rows = sorted(row.children.files, key=lambda kept: kept.place)
        found = [
            Placed(kept.place, kept.file.id, kept.blob, kept.file.size, kept.blob in bodies)
            for kept in rows
            if kept.place > after
        ]
        return found[:limit]

    async def intents(self, ref: SessionRef) -> list[Intent]:
        row, tomb = self._rows.find(ref), self._rows.tombs.get(ref.id)
        children: Children | None = None if row is None else row.children
        if children is None and tomb is not None and tomb.owner == ref.owner:
            children = tomb.children
        held = () if children is None else children.intents
        bare = [replace(intent, name="", created_ms=0) for intent in held]
        return sorted(bare, key=lambda intent: (intent.id, intent.kind))

    async def known(self, session_id: str) -> Known | None:
        row = self._rows.sessions.get(session_id)
        if row is not None:
            return Known(SessionRef(row.owner, session_id), stands=True, unfinished=False)
        tomb = self._rows.tombs.get(session_id)
        if tomb is None:
            return None
        return Known(SessionRef(tomb.owner, session_id), stands=False, unfinished=not tomb.emptied)

    async def miscounts(self, limit: int) -> list[Miscount]:
        found: list[Miscount] = []
        theirs: dict[int, tuple[int, int]] = {}
        for row in self._rows.sessions:
            sizes = [kept.file.size for kept in row.children.files]
            coming = [held.reserved for held in row.children.intents if held.kind in COMING]
            files, size = theirs.get(row.owner, (0, 0))
            theirs[row.owner] = (files + len(sizes) + len(coming), size + sum(sizes) + sum(coming))
            counted = (row.session.file_count, row.session.file_bytes)
            if counted != (len(sizes), sum(sizes)):
                found.append(Miscount("session", row.session.id, counted, (len(sizes), sum(sizes))))
        for owner in self._rows.owners:
            counted = (owner.taken.files, owner.taken.bytes)
            if counted != theirs.get(owner.no, (0, 0)):
                found.append(Miscount("user", owner.user.id, counted, theirs.get(owner.no, (0, 0))))
        return found[:limit]

    async def recount(self) -> None:
        """There is nothing to be counted anew."""
