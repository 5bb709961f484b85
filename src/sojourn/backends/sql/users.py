"""Users."""

from sojourn.backends.sql.connection import Connection, Row
from sojourn.backends.sql.seals import Seals, place
from sojourn.backends.sql.store import next_key
from sojourn.models import User
from sojourn.ports import Owner

_COLUMNS = "SELECT user_no, id, key_no, name, created_ms FROM users"
_NAMED = f"{_COLUMNS} WHERE name_mac = ?1"
_NUMBERED = f"{_COLUMNS} WHERE user_no = ?1"
_ADD = """
    INSERT INTO users (id, key_no, name_mac, name, created_ms) VALUES (?1, ?2, ?3, ?4, ?5)
    RETURNING user_no
"""
_ADMIT = """
    INSERT INTO users (user_no, id, key_no, created_ms, last_event) VALUES (?1, ?2, ?3, ?4, ?5)
"""
_ADMITTED = "SELECT 1 FROM users WHERE user_no = ?1"


class Users:
    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._connection = connection
        self._seals = seals

    async def named(self, name: str) -> Owner | None:
        row = await self._connection.one(_NAMED, self._seals.mac("user name", name))
        return None if row is None else self._owner(row)

    async def numbered(self, no: int) -> Owner | None:
        row = await self._connection.one(_NUMBERED, no)
        return None if row is None else self._owner(row)

    async def add(self, user: User) -> Owner:
        key_no = await next_key(self._connection, self._seals.keys)
        mac = name = None
        if user.name is not None:
            mac = self._seals.mac("user name", user.name)
            name = self._seals.seal(key_no, _place(key_no, user.id), user.name.encode())
        row = await self._connection.one(_ADD, user.id, key_no, mac, name, user.created_ms)
        assert row is not None
        return Owner(row[0], user)

    async def admit(self, owner: Owner, last_event: int) -> None:
        if await self._connection.one(_ADMITTED, owner.no) is None:
            key_no = await next_key(self._connection, self._seals.keys)
            user = owner.user
            await self._connection.run(_ADMIT, owner.no, user.id, key_no, user.created_ms, last_event)

    def _owner(self, row: Row) -> Owner:
        no, id, key_no, sealed, created_ms = row
        name = None if sealed is None else self._seals.open(key_no, _place(key_no, id), sealed).decode()
        return Owner(no, User(id, name, created_ms))


def _place(key_no: int, id: str) -> bytes:
    return place("users", key_no, "name", id.encode())
