"""Messages: a line per session; the place in it is `seq`."""

from collections.abc import Sequence

from msgspec.structs import replace

from sojourn.backends.memory import apart
from sojourn.backends.memory.rows import Rows
from sojourn.errors import Conflict
from sojourn.models import Message
from sojourn.ports import SessionRef


class MemoryMessages:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def append(self, ref: SessionRef, messages: Sequence[Message], now: int) -> list[Message] | None:
        row = self._rows.open(ref)
        if row is None:
            return None
        line, seqs = row.children.messages, row.children.seqs
        kept = [replace(message, seq=len(line) + n) for n, message in enumerate(messages, 1)]
        for message in kept:
            if message.id in seqs:
                raise Conflict("There is a message with this id.", id=message.id)
            seqs.put(message.id, message.seq)
        line.extend(apart.message(message) for message in kept)
        self._rows.touch(row, now, messages=len(kept))
        return kept

    async def find(self, ref: SessionRef, ids: Sequence[str]) -> list[Message]:
        row = self._rows.find(ref)
        if row is None:
            return []
        seqs = [row.children.seqs.get(id) for id in dict.fromkeys(ids)]
        return [message for seq in seqs if seq for message in self._between(ref, seq, seq + 1)]

    async def last(self, ref: SessionRef, limit: int) -> list[Message]:
        row = self._rows.find(ref)
        end = 1 if row is None else len(row.children.messages) + 1
        return self._between(ref, end - limit, end)

    async def before(self, ref: SessionRef, seq: int, limit: int) -> list[Message]:
        row = self._rows.find(ref)
        end = 1 if row is None else min(seq, len(row.children.messages) + 1)
        return self._between(ref, end - limit, end)

    async def after(self, ref: SessionRef, seq: int, limit: int) -> list[Message]:
        start = max(seq, 0) + 1
        return self._between(ref, start, start + limit)

    def _between(self, ref: SessionRef, first: int, end: int) -> list[Message]:
        """The messages whose `seq` is from `first` up to before `end`."""
        row = self._rows.find(ref)
        if row is None:
            return []
        return [apart.message(message) for message in row.children.messages.between(first - 1, end - 1)]
