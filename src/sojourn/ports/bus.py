"""Who is told when a change log grows."""

from collections.abc import Callable
from typing import Protocol


class Bus(Protocol):
    """Tells what any process writes. A hint to look, never a count: one call may stand for many changes,
    and one may come for nothing.
    """

    def listen(self, owner: int | None, tell: Callable[[], object]) -> Callable[[], None]:
        """From here on `tell` is called when the owner's change log grew, or anyone's for None.

        At any time, by any thread: it must be quick and must not call back. What this process wrote
        is told at once, what another wrote by the next `poll` that is due. Answers what ends it;
        ending twice is not an error.
        """
        ...

    def poll(self) -> float | None:
        """Looks whether another process wrote, if that is due; answers the seconds until it is again.

        None when no other process can write. Whoever listens calls it for as long.
        """
        ...
