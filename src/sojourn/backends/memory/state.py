"""State of sessions and of users, by key."""

from sojourn.backends.memory.rows import Rows, StateSpace
from sojourn.ports import Entry, Put, Scope


class MemoryState:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def get(self, scope: Scope, key: str) -> Entry | None:
        space = self._readable(scope)
        return None if space is None else space.entries.get(key)

    async def all(self, scope: Scope) -> list[Entry]:
        space = self._readable(scope)
        return [] if space is None else sorted(space.entries, key=lambda entry: entry.key)

    async def count(self, scope: Scope) -> int:
        space = self._readable(scope)
        return 0 if space is None else len(space.entries)

    async def put(self, scope: Scope, key: str, body: bytes, now: int) -> Put | None:
        space = self._writable(scope, now)
        if space is None:
            return None
        new = key not in space.entries
        version = space.versions.next()
        space.entries.put(key, Entry(key, bytes(body), version))
        return Put(version, new)

    async def remove(self, scope: Scope, key: str, now: int) -> int | None:
        space = self._writable(scope, now)
        if space is None:
            return None
        space.entries.remove(key)
        return space.versions.next()

    def _readable(self, scope: Scope) -> StateSpace | None:
        if isinstance(scope, int):
            owner = self._rows.owners.get(scope)
            return None if owner is None else owner.state
        row = self._rows.find(scope)
        return None if row is None else row.children.state

    def _writable(self, scope: Scope, now: int) -> StateSpace | None:
        if isinstance(scope, int):
            return self._readable(scope)
        row = self._rows.open(scope)
        if row is None:
            return None
        self._rows.touch(row, now)
        return row.children.state
