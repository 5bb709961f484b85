"""Cursors: where a page of a list ended, opaque and signed, so that none can be made up or lent."""

import base64
import hmac
import struct
from collections.abc import Callable

from sojourn.errors import Invalid

_SHAPE = struct.Struct("<qq")
_MARK = 12

Places = tuple[tuple[int, int] | None, ...]
"""Where pages of several lists ended; None for one that has nothing more."""

_OVER = (-1, -1)

Sign = Callable[[str, bytes], bytes]
"""Answers the store's HMAC of a purpose and some bytes."""


def seal(sign: Sign, purpose: str, position: tuple[int, int]) -> str:
    """The cursor of a position in the list that `purpose` names, its owner included."""
    return seal_all(sign, purpose, (position,))


def unseal(sign: Sign, purpose: str, cursor: str) -> tuple[int, int]:
    """The position of a cursor. Raises `Invalid` for any that this list of this owner did not give."""
    position = unseal_all(sign, purpose, cursor, 1)[0]
    assert position is not None, "a list that is over has no cursor"
    return position


def seal_all(sign: Sign, purpose: str, places: Places) -> str:
    """The cursor of a list that is put together from several."""
    packed = b"".join(_SHAPE.pack(*(_OVER if place is None else place)) for place in places)
    return base64.urlsafe_b64encode(packed + sign(f"cursor {purpose}", packed)[:_MARK]).decode().rstrip("=")


def unseal_all(sign: Sign, purpose: str, cursor: str, count: int) -> Places:
    """The positions of a cursor. Raises `Invalid` for any that this list of this owner did not give."""
    if not isinstance(cursor, str):
        raise Invalid("The cursor is not one of this list.", field="cursor")
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        size = count * _SHAPE.size
        packed, mark = raw[:size], raw[size:]
        if len(mark) == _MARK and hmac.compare_digest(mark, sign(f"cursor {purpose}", packed)[:_MARK]):
            return tuple(None if place == _OVER else place for place in _SHAPE.iter_unpack(packed))
    except ValueError:
        raise Invalid("The cursor is not one of this list.", field="cursor") from None
    raise Invalid("The cursor is not one of this list.", field="cursor")
