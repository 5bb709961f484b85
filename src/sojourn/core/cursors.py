"""Cursors: where a page of a list ended, opaque and signed, so that none can be made up or lent."""

import base64
import hmac
import struct
from collections.abc import Callable

from sojourn.errors import Invalid

_SHAPE = struct.Struct("<qq")
_MARK = 12

Sign = Callable[[str, bytes], bytes]
"""Answers the store's HMAC of a purpose and some bytes."""


def seal(sign: Sign, purpose: str, position: tuple[int, int]) -> str:
    """The cursor of a position in the list that `purpose` names, its owner included."""
    packed = _SHAPE.pack(*position)
    return base64.urlsafe_b64encode(packed + sign(f"cursor {purpose}", packed)[:_MARK]).decode().rstrip("=")


def unseal(sign: Sign, purpose: str, cursor: str) -> tuple[int, int]:
    """The position of a cursor. Raises `Invalid` for any that this list of this owner did not give."""
    if not isinstance(cursor, str):
        raise Invalid("The cursor is not one of this list.", field="cursor")
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        packed, mark = raw[: _SHAPE.size], raw[_SHAPE.size :]
        if len(mark) == _MARK and hmac.compare_digest(mark, sign(f"cursor {purpose}", packed)[:_MARK]):
            first, second = _SHAPE.unpack(packed)
            return first, second
    except ValueError:
        raise Invalid("The cursor is not one of this list.", field="cursor") from None
    raise Invalid("The cursor is not one of this list.", field="cursor")
