"""What an auditor asks: every file, whoever's it is, and every counter. It reads much, and writes nothing
but counters.
"""

from typing import Protocol

from sojourn.ports.rows import Intent, Known, Miscount, Placed, SessionRef


class AuditRows(Protocol):
    async def sessions(self, after: int, limit: int) -> list[tuple[int, SessionRef]]:
        """All that stand, each with its position, in the order they were made."""
        ...

    async def placed(self, ref: SessionRef, after: int, limit: int) -> list[Placed]:
        """Files of the session, those in the trash too, in the order they came."""
        ...

    async def intents(self, ref: SessionRef) -> list[Intent]:
        """All of them, without their names; an erased session's too."""
        ...

    async def known(self, session_id: str) -> Known | None:
        """Whose it is, or was."""
        ...

    async def miscounts(self, limit: int) -> list[Miscount]:
        """Counters that are not what a recount finds."""
        ...

    async def recount(self) -> None:
        """Writes what a recount finds."""
        ...
