"""What an archive may ask for, and what is said about each of its entries."""

from typing import Literal

from msgspec import Struct

from sojourn.config import GIB, MIB


class Limits(Struct, frozen=True, kw_only=True):
    """Sizes are bytes and are those that the archive declares; more is never taken out."""

    entries: int = 10_000
    """How many there may be, folders among them."""
    total_bytes: int = 8 * GIB
    """All entries together."""
    entry_bytes: int = 2 * GIB
    """One entry."""
    ratio: int = 200
    """How many times its packed size an entry, or all of them together, may grow."""
    ratio_floor: int = 10 * MIB
    """What stays below this may grow as it likes."""
    directory_bytes: int = 16 * MIB
    """The directory is held in memory."""
    name_chars: int = 1000
    nested: bool = False
    """Whether archives may lie inside. They are files like others then, and stay closed."""


DEFAULT = Limits()

Outcome = Literal["file", "folder", "empty", "system", "refused"]


class Entry(Struct, frozen=True):
    """One entry as it was judged.

    `file` is what can be opened. `folder`, `empty` (a file without bytes) and `system` (what macOS
    and Windows leave in archives) are passed over. `refused` has a `reason`, which is stable, and a
    `problem`, a sentence.
    """

    number: int
    """Its place in the directory, from 0."""
    name: str
    """Slashes between its parts, NFC; escaped when it is refused. Never a path: it is for showing."""
    size: int
    """Bytes, as declared."""
    outcome: Outcome
    reason: str | None = None
    problem: str | None = None
