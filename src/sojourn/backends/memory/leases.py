"""Leases, by the name of what is held."""

from msgspec.structs import replace

from sojourn.backends.memory.rows import LeaseRow, Rows

_SLICE = 10


class MemoryLeases:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def acquire(self, name: str, holder: str, now: int, until_ms: int) -> int | None:
        held = self._rows.leases.get(name)
        if held is not None and held.until_ms > now:
            if held.holder != holder:
                return None
            await self.renew(name, held.fence, now, until_ms)
            return held.fence
        self._expire(now)
        fence = self._rows.fences.next()
        self._rows.leases.put(name, LeaseRow(name, holder, fence, until_ms))
        return fence

    async def renew(self, name: str, fence: int, now: int, until_ms: int) -> bool:
        held = self._rows.leases.get(name)
        if held is None or held.fence != fence or held.until_ms <= now:
            return False
        self._rows.leases.put(name, replace(held, until_ms=max(held.until_ms, until_ms)))
        return True

    async def release(self, name: str, fence: int) -> None:
        held = self._rows.leases.get(name)
        if held is not None and held.fence == fence:
            self._rows.leases.remove(name)

    async def holds(self, name: str, fence: int, now: int) -> bool:
        held = self._rows.leases.get(name)
        return held is not None and held.fence == fence and held.until_ms > now

    def _expire(self, now: int) -> None:
        """The same few rows go as from a table that would grow otherwise."""
        due = sorted((held for held in self._rows.leases if held.until_ms <= now), key=_end)
        for held in due[:_SLICE]:
            self._rows.leases.remove(held.name)


def _end(held: LeaseRow) -> int:
    return held.until_ms
