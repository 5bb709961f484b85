"""Users and their numbers."""

from msgspec.structs import replace

from sojourn.backends.memory.rows import OwnerRow, Rows
from sojourn.errors import Conflict
from sojourn.models import User
from sojourn.ports import Owner


class MemoryUsers:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def named(self, name: str) -> Owner | None:
        no = self._rows.names.get(name)
        return None if no is None else await self.numbered(no)

    async def numbered(self, no: int) -> Owner | None:
        row = self._rows.owners.get(no)
        return None if row is None else Owner(row.no, row.user)

    async def add(self, user: User) -> Owner:
        rows = self._rows
        if user.name is not None and user.name in rows.names:
            raise Conflict("There is a user with this name.", field="name")
        no = rows.user_numbers.next()
        rows.owners.put(no, OwnerRow(rows.journal, no, user))
        if user.name is not None:
            rows.names.put(user.name, no)
        return Owner(no, user)

    async def admit(self, owner: Owner, last_event: int) -> None:
        rows = self._rows
        if owner.no not in rows.owners:
            row = OwnerRow(rows.journal, owner.no, replace(owner.user, name=None))
            row.event_numbers.start(last_event)
            rows.owners.put(owner.no, row)
            rows.user_numbers.start(owner.no)
