"""What the verbs need of a database: four words, and how it keys its messages.

SQL is written with `?1`, `?2`, …; a dialect that counts otherwise rewrites it once.
A broken unique rule raises `Conflict`; every other failure of the driver a `BackendError`.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from sojourn.backends.sql.places import Places

Row = tuple[Any, ...]
Step = tuple[str, tuple[Any, ...]]


class Connection(Protocol):
    """A connection inside a transaction. The blocking form never suspends."""

    @property
    def places(self) -> Places:
        """How its messages are keyed."""
        ...

    async def one(self, sql: str, *args: Any) -> Row | None:
        """The first row, None when there is none."""
        ...

    async def all(self, sql: str, *args: Any) -> list[Row]:
        """Every row."""
        ...

    async def run(self, sql: str, *args: Any) -> int:
        """Runs it; answers how many rows it changed."""
        ...

    async def many(self, steps: Sequence[Step]) -> None:
        """Runs statements that need no answer in between; on a network they cost one trip."""
        ...
