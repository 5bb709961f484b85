"""Leases: one row while a thing is held. Fences come from one counter, so that rows may go."""

from sojourn.backends.sql.connection import Connection
from sojourn.backends.sql.seals import Seals

_FREE = "SELECT fence, holder = ?2 FROM leases WHERE name_mac = ?1 AND until_ms > ?3"
_STEP = "UPDATE store SET last_fence = last_fence + 1 RETURNING last_fence"
_TAKE = """
    INSERT INTO leases (name_mac, holder, fence, until_ms) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (name_mac) DO UPDATE
    SET holder = excluded.holder, fence = excluded.fence, until_ms = excluded.until_ms
"""
_EXPIRE = """
    DELETE FROM leases WHERE name_mac IN (
        SELECT name_mac FROM leases WHERE until_ms <= ?1 ORDER BY until_ms LIMIT 10)
"""
_RENEW = """
    UPDATE leases SET until_ms = max(until_ms, ?4) WHERE name_mac = ?1 AND fence = ?2 AND until_ms > ?3
"""
_RELEASE = "DELETE FROM leases WHERE name_mac = ?1 AND fence = ?2"
_HOLDS = "SELECT 1 FROM leases WHERE name_mac = ?1 AND fence = ?2 AND until_ms > ?3"


class Leases:
    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._connection = connection
        self._seals = seals

    async def acquire(self, name: str, holder: str, now: int, until_ms: int) -> int | None:
        mac = self._mac(name)
        held = await self._connection.one(_FREE, mac, holder, now)
        if held is not None:
            fence, mine = held
            if not mine:
                return None
            await self._connection.run(_RENEW, mac, fence, now, until_ms)
            assert isinstance(fence, int)
            return fence
        row = await self._connection.one(_STEP)
        assert row is not None, "the store row is made with the schema"
        given: int = row[0]
        await self._connection.many([(_EXPIRE, (now,)), (_TAKE, (mac, holder, given, until_ms))])
        return given

    async def renew(self, name: str, fence: int, now: int, until_ms: int) -> bool:
        return await self._connection.run(_RENEW, self._mac(name), fence, now, until_ms) == 1

    async def release(self, name: str, fence: int) -> None:
        await self._connection.run(_RELEASE, self._mac(name), fence)

    async def holds(self, name: str, fence: int, now: int) -> bool:
        return await self._connection.one(_HOLDS, self._mac(name), fence, now) is not None

    def _mac(self, name: str) -> bytes:
        return self._seals.mac("lease", name)
