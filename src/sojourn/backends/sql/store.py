"""The store's own row: its name, and the keys it has given out. And the store as a whole, counted."""

from sojourn.backends.sql.connection import Connection
from sojourn.backends.sql.seals import Keys

_BLOCK = 256

_NEXT = "UPDATE store SET last_key = last_key + 1 RETURNING last_key, key_ceiling"
_RAISE = "UPDATE store SET key_ceiling = ?1"

_COUNTS = """
    SELECT (SELECT count(*) FROM users), count(*), coalesce(sum(last_seq), 0), coalesce(sum(file_count), 0),
           coalesce(sum(file_bytes), 0), (SELECT count(*) FROM tombstones)
    FROM sessions
"""


class Store:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def counts(self) -> dict[str, int]:
        row = await self._connection.one(_COUNTS)
        assert row is not None, "an aggregate always answers"
        names = ("users", "sessions", "messages", "files", "bytes", "tombstones")
        return dict(zip(names, map(int, row), strict=True))


async def next_key(connection: Connection, keys: Keys) -> int:
    """A key number that was never used. Keys are made ahead, in blocks, before the row that counts them."""
    row = await connection.one(_NEXT)
    assert row is not None, "the store row is made with the schema"
    key_no, ceiling = row
    if key_no > ceiling:
        keys.fill(key_no, key_no + _BLOCK - 1)
        await connection.run(_RAISE, key_no + _BLOCK - 1)
    assert isinstance(key_no, int)
    return key_no
