"""Idempotency keys, as HMACs. A few old ones go with each new."""

from sojourn.backends.sql.connection import Connection
from sojourn.backends.sql.seals import Seals
from sojourn.config import IDEMPOTENCY_MS

_SEEN = "SELECT digest, object_id FROM once WHERE user_no = ?1 AND key_mac = ?2 AND created_ms >= ?3"
_REMEMBER = """
    INSERT INTO once (user_no, key_mac, digest, object_id, created_ms) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (user_no, key_mac) DO UPDATE
    SET digest = excluded.digest, object_id = excluded.object_id, created_ms = excluded.created_ms
"""
_EXPIRE = """
    DELETE FROM once WHERE (user_no, key_mac) IN (
        SELECT user_no, key_mac FROM once WHERE created_ms < ?1 ORDER BY created_ms LIMIT 10)
"""


class Once:
    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._connection = connection
        self._seals = seals

    async def seen(self, owner: int, operation: str, key: str, since: int) -> tuple[bytes, str] | None:
        row = await self._connection.one(_SEEN, owner, self._mac(operation, key), since)
        return None if row is None else (row[0], row[1])

    async def remember(
        self, owner: int, operation: str, key: str, digest: bytes, object_id: str, now: int
    ) -> None:
        mac = self._mac(operation, key)
        await self._connection.many(
            [(_REMEMBER, (owner, mac, digest, object_id, now)), (_EXPIRE, (now - IDEMPOTENCY_MS,))]
        )

    def _mac(self, operation: str, key: str) -> bytes:
        return self._seals.mac("once", f"{operation}\0{key}")
