"""Messages: a line of their own for each branch, in the order of `seq`."""

from collections.abc import Sequence

from msgspec.structs import replace

from sojourn.backends.memory import apart
from sojourn.backends.memory.rows import Children, Rows
from sojourn.errors import Conflict, LimitExceeded
from sojourn.models import Message
from sojourn.ports import MOST_MESSAGES, SessionRef

_NEWEST = 2**62


class MemoryMessages:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def append(
        self, ref: SessionRef, messages: Sequence[Message], now: int, branch: int | None = None
    ) -> list[Message] | None:
        row = self._rows.open(ref)
        if row is None:
            return None
        number = row.session.branch if branch is None else branch
        on = row.children.branches.get(number)
        if on is None:
            return None
        if row.session.last_seq + len(messages) > MOST_MESSAGES:
            raise LimitExceeded(
                f"A session can hold {MOST_MESSAGES} messages; these would be more.", limit=MOST_MESSAGES
            )
        tip = row.children.back(number, _NEWEST, 1)
        kept: list[Message] = []
        for seq, message in enumerate(messages, row.session.last_seq + 1):
            parent = tip[0].id if tip and not kept and tip[0].seq != seq - 1 else None
            kept.append(replace(message, seq=seq, branch=number, parent=parent))
        for place, message in enumerate(kept, len(on.messages)):
            if message.id in row.children.spots:
                raise Conflict("There is a message with this id.", id=message.id)
            row.children.spots.put(message.id, (number, place))
        on.messages.extend(apart.message(message) for message in kept)
        self._rows.touch(row, now, messages=len(kept))
        return kept

    async def find(self, ref: SessionRef, ids: Sequence[str]) -> list[Message]:
        children = self._children(ref)
        found: list[Message] = []
        for id in dict.fromkeys(ids):
            spot = None if children is None else children.spots.get(id)
            on = None if children is None or spot is None else children.branches.get(spot[0])
            if spot and on:
                found += on.messages.between(spot[1], spot[1] + 1)
        return [apart.message(message) for message in found]

    async def last(self, ref: SessionRef, limit: int, branch: int | None = None) -> list[Message]:
        return await self.before(ref, _NEWEST, limit, branch)

    async def before(self, ref: SessionRef, seq: int, limit: int, branch: int | None = None) -> list[Message]:
        row = self._rows.find(ref)
        if row is None:
            return []
        found = row.children.back(row.session.branch if branch is None else branch, seq, limit)
        return [apart.message(message) for message in reversed(found)]

    async def after(self, ref: SessionRef, seq: int, limit: int, branch: int | None = None) -> list[Message]:
        row = self._rows.find(ref)
        if row is None:
            return []
        found: list[Message] = []
        for messages, upto in reversed(row.children.line(row.session.branch if branch is None else branch)):
            start, end = messages.place(seq + 1), messages.place(upto + 1)
            found += messages.between(start, min(end, start + limit - len(found)))
        return [apart.message(message) for message in found]

    def _children(self, ref: SessionRef) -> Children | None:
        row = self._rows.find(ref)
        return None if row is None else row.children
