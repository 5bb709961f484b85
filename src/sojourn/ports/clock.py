"""The time."""

from typing import Protocol


class Clock(Protocol):
    def now(self) -> int:
        """Whole milliseconds since 1970 UTC."""
        ...
