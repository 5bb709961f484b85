"""The data-only codec: values ↔ bytes, by a closed list of kinds. Nothing stored is code.

Kept as they are: None, bool, int of any size, finite float, str, bytes, list,
dict, tuple, set, frozenset, Decimal, UUID, date, time, datetime and timedelta
(naive, at a fixed offset or in a `ZoneInfo`), and the instances of classes
registered by tag: Enum, dataclass, pydantic model, msgspec Struct. What comes
back equals what went in and has the same type; anything else is refused.
"""

from sojourn.codec.bounds import json_bounds
from sojourn.codec.lifting import decode
from sojourn.codec.lowering import encode
from sojourn.codec.registry import Registry

__all__ = ["Registry", "decode", "encode", "json_bounds"]
