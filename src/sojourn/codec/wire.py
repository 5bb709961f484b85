"""What the bytes are: MessagePack, and a closed list of extension codes for what it lacks.

A scalar is one extension value. A box is an array whose first item is an extension
value that says what it is, its mark: `[mark, item, …]`. No value of a caller can look
like either, as extension values are refused from callers. The timestamp of MessagePack
itself (code -1) is a datetime in UTC. A code never changes its meaning.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from msgspec.msgpack import Encoder, Ext

INT: Final = 1
DECIMAL: Final = 2
UUID: Final = 3
DATE: Final = 4
TIME: Final = 5
DATETIME: Final = 6
TIMEDELTA: Final = 7

TUPLE: Final = 16
SET: Final = 17
FROZENSET: Final = 18
DICT: Final = 19
"""Keys and values by turns; a dict whose keys are all str is a plain map instead."""
OBJECT: Final = 20
"""The mark's payload is the tag; the one item after it is the state."""

BOXES: Final = frozenset((TUPLE, SET, FROZENSET, DICT, OBJECT))

DEEPEST: Final = 128
"""The most levels of nesting that are ever written or read."""

MOST_EQUAL_HASHES: Final = 512
"""The most keys of one hash in a set or dict: past it, their number squared is time that somebody takes."""

ENCODER: Final = Encoder()


def mark(code: int) -> Ext:
    """What a box of this code begins with."""
    return Ext(code, b"")


def crowded(keys: Iterable[Any]) -> bool:
    """Whether more than `MOST_EQUAL_HASHES` of the keys have one hash, as only chosen keys do."""
    return max(Counter(map(hash, keys)).values(), default=0) > MOST_EQUAL_HASHES
