"""Idempotency keys: per owner and operation, the last use of each."""

from sojourn.backends.memory.rows import Rows


class MemoryOnce:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def seen(self, owner: int, operation: str, key: str, since: int) -> tuple[bytes, str] | None:
        row = self._rows.owners.get(owner)
        use = None if row is None else row.once.get((operation, key))
        return None if use is None or use[0] < since else (use[1], use[2])

    async def remember(
        self, owner: int, operation: str, key: str, digest: bytes, object_id: str, now: int
    ) -> None:
        self._rows.owner(owner).once.put((operation, key), (now, digest, object_id))
