"""The change log of each user."""

from collections.abc import Sequence

from sojourn.backends.memory.rows import Rows
from sojourn.config import EVENT_SLICE, EVENT_STEP, Settings
from sojourn.models import Event, EventKind
from sojourn.ports import SessionRef


class MemoryEvents:
    def __init__(self, rows: Rows, settings: Settings) -> None:
        self._rows = rows
        self._most = settings.event_count
        self._age = settings.event_seconds * 1000

    async def note(
        self,
        owner: int,
        kind: EventKind,
        session_id: str | None,
        now: int,
        object_ids: Sequence[str | None] = (None,),
    ) -> int:
        row = self._rows.owner(owner)
        if session_id is not None and not self._owned(SessionRef(owner, session_id)):
            raise LookupError(f"The user {owner} has no session {session_id}.")
        before = row.event_numbers.last
        for object_id in object_ids:
            n = row.event_numbers.next()
            row.events.put(n, Event(n, kind, session_id, object_id, now))
            row.event_order.add((n,))
        last = row.event_numbers.last
        self._rows.noted.add(owner)
        if last // EVENT_STEP > before // EVENT_STEP:
            most = max(EVENT_SLICE, 2 * len(object_ids))
            await self.trim(owner, last - self._most, now - self._age, most)
        return last

    async def after(self, owner: int, n: int, limit: int) -> list[Event]:
        row = self._rows.owners.get(owner)
        keys = () if row is None else row.event_order.rising((n + 1,), limit)
        found = [row.events.get(key) for (key,) in keys] if row is not None else []
        return [event for event in found if event is not None]

    async def oldest(self, owner: int) -> int:
        row = self._rows.owners.get(owner)
        if row is None:
            return 1
        keys = row.event_order.rising((), 1)
        return keys[0][0] if keys else row.event_numbers.last + 1

    async def newest(self, owner: int) -> int:
        row = self._rows.owners.get(owner)
        return 0 if row is None else row.event_numbers.last

    async def trim(self, owner: int, upto: int, before_ms: int, limit: int) -> int:
        row = self._rows.owners.get(owner)
        if row is None:
            return 0
        looked = await self.after(owner, 0, limit)
        due = [event.n for event in looked if event.n <= upto or event.at_ms < before_ms]
        gone = [event.n for event in looked if due and event.n <= due[-1]]
        for n in gone:
            row.events.remove(n)
            row.event_order.remove((n,))
        return len(gone)

    def _owned(self, ref: SessionRef) -> bool:
        tomb = self._rows.tombs.get(ref.id)
        return self._rows.find(ref) is not None or (tomb is not None and tomb.owner == ref.owner)
