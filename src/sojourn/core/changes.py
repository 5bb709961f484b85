"""What can be done to one state key: each says what the key holds afterwards.

They run inside the transaction, on what is kept at that moment, so none of them can lose a race.
"""

from typing import Any

from msgspec import Struct

from sojourn import codec
from sojourn.config import Settings
from sojourn.core import checks
from sojourn.errors import Invalid
from sojourn.ports import Entry


def encoded(settings: Settings, value: object) -> bytes:
    """The encoded value. Raises `Invalid` naming the place within it, or `LimitExceeded`."""
    return codec.encode(value, max_bytes=settings.state_value_bytes, max_depth=settings.message_depth)


class Set(Struct, frozen=True):
    """The key holds this value."""

    key: str
    body: bytes

    def on(self, found: Entry | None, settings: Settings) -> bytes | None:
        return self.body


class Remove(Struct, frozen=True):
    """The key is not set."""

    key: str

    def on(self, found: Entry | None, settings: Settings) -> bytes | None:
        return None


class Increment(Struct, frozen=True):
    """The key holds a number, and now this much more; not set counts as 0."""

    key: str
    by: int | float

    def on(self, found: Entry | None, settings: Settings) -> bytes | None:
        value = _held(found, 0)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _unfit(self.key, value, "counted up")
        return encoded(settings, value + self.by)


class Append(Struct, frozen=True):
    """The key holds a list, and now this item too; not set counts as an empty one."""

    key: str
    body: bytes

    def on(self, found: Entry | None, settings: Settings) -> bytes | None:
        value = _held(found, [])
        if type(value) is not list:
            raise _unfit(self.key, value, "appended to")
        return encoded(settings, [*value, codec.decode(self.body)])


class Merge(Struct, frozen=True):
    """The key holds a dict, and now these entries too; not set counts as an empty one."""

    key: str
    body: bytes

    def on(self, found: Entry | None, settings: Settings) -> bytes | None:
        value = _held(found, {})
        if type(value) is not dict:
            raise _unfit(self.key, value, "merged into")
        return encoded(settings, value | codec.decode(self.body))


Change = Set | Remove | Increment | Append | Merge


def key(settings: Settings, name: object) -> str:
    """A state key: text, not empty."""
    return checks.text(name, "key", settings.state_key_chars, least=1)


def _held(found: Entry | None, otherwise: object) -> Any:
    return otherwise if found is None else codec.decode(found.body)


def _unfit(key: str, value: object, what: str) -> Invalid:
    return Invalid(f"The key {key!r} holds {type(value).__name__}, which cannot be {what}.", field=key)
