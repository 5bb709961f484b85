"""The keys of one request, and the one transaction that saves them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct

from sojourn import codec
from sojourn.config import Settings
from sojourn.core import state
from sojourn.core.changes import Change, Remove, Set
from sojourn.errors import StateConflict
from sojourn.integrations.threshold import Entered
from sojourn.ports import Entry, Tx

Encode = Callable[[str, Any], bytes]
"""The bytes of a key's value. Raises `Invalid` or `LimitExceeded`, naming the key."""

_FIXED = frozenset((str, int, float, bool, bytes, type(None), Decimal, UUID, date, datetime, time, timedelta))
"""What cannot be changed in place."""

_SEALED: Any = object()
"""A value that nobody has asked for yet."""


class Write(Struct, frozen=True):
    """One key to be saved: its body, None to unset it, and the version it rests on, None for any."""

    key: str
    body: bytes | None
    version: int | None


class Batch(Struct, frozen=True, kw_only=True):
    """What one commit saves."""

    writes: list[Write]
    wiped: bool
    """Every key that is not among them goes."""
    now: int
    settings: Settings
    keeps_winner: bool
    """A key that another has changed stays as that one left it, and the others are saved."""


class Saved(Struct, frozen=True):
    """What came of it: the keys' versions, and those that lost to another's change."""

    versions: dict[str, int]
    lost: list[str]


class Held:
    """One key, as far as a request knows it."""

    __slots__ = ("_kept", "_rests", "_set", "_value", "_version", "body", "key")

    def __init__(self, key: str, entry: Entry | None = None, *, known: bool = False) -> None:
        self.key = key
        self.body = entry.body if entry else None
        """What is kept, or is to be; None when it is not set."""
        self._kept = self.body
        self._version: int | None = (entry.version if entry else 0) if known else None
        self._rests = False
        self._value: Any = _SEALED
        self._set = False

    def read(self) -> bytes | None:
        """The body. From here on, a change of the key rests on the version that was read."""
        self._rests = self._rests or self._version is not None
        return self.body

    def open(self) -> Any:
        """The value: the same object each time, so that it can be changed in place."""
        if self._value is _SEALED:
            assert self.body is not None, "a value is opened when the key is set"
            self._value = codec.decode(self.body)
        return self._value

    def put(self, body: bytes, value: Any) -> None:
        self.body, self._value, self._set = body, value, True

    def remove(self) -> None:
        self.body, self._value, self._set = None, _SEALED, True

    def is_of(self, entry: Entry | None) -> bool:
        """Whether it is known as it is kept."""
        return self._version == (entry.version if entry else 0)

    def differs(self, encode: Encode) -> bool:
        """Whether there is something to save."""
        return self._now(encode) != self._kept or (self._set and self._version is None)

    def write(self, encode: Encode) -> Write | None:
        """What there is to save; None when it is as it was."""
        if not self.differs(encode):
            return None
        self.body = self._now(encode)
        return Write(self.key, self.body, self._version if self._rests else None)

    def saved(self, write: Write, version: int) -> None:
        """The write stands. What was changed while it was made is still to be saved."""
        self._kept, self._version = write.body, version
        self._set = self._set and self.body is not write.body

    def _now(self, encode: Encode) -> bytes | None:
        if self._value is _SEALED or type(self._value) in _FIXED:
            return self.body
        return encode(self.key, self._value)


async def save(tx: Tx, entered: Entered, batch: Batch) -> Saved:
    """Saves a batch in the visitor's session.

    Raises `StateConflict` for the first key that was read and changed by another since, even to the
    same value, as two that count do; unless the winner is to be kept.
    """
    ref = entered.ref
    assert ref is not None, "a write starts the session"
    named = {write.key for write in batch.writes}
    steps: list[Change] = []
    if batch.wiped:
        steps += [Remove(entry.key) for entry in await state.entries(tx, ref) if entry.key not in named]
    versions: dict[str, int] = {}
    lost: list[str] = []
    for write in batch.writes:
        if write.version is not None:
            found = await state.entry(tx, ref, write.key)
            if (found.version if found else 0) != write.version:
                if not batch.keeps_winner:
                    raise StateConflict(_cure(write.key), field=write.key)
                lost.append(write.key)
                continue
        versions[write.key] = 0
        steps.append(Remove(write.key) if write.body is None else Set(write.key, write.body))
    if steps:
        written = await state.change(tx, ref, batch.now, batch.settings, steps, {})
        versions |= {key: entry.version for key, entry in written.items()}
    return Saved(versions, lost)


def _cure(key: str) -> str:
    return (
        f"The session's key {key!r} was changed by another request after this one had read it. "
        f"To count, use session.incr({key!r}); to change it by what it is, use current.state.update."
    )
