"""The quick look that lets most values go to MessagePack as they are."""

from math import isfinite
from typing import Any, Final

QUICK_SIZE: Final = 1 << 22
"""Past this many items and characters the thorough way decides; it meets a cycle at once."""

_FLOATS: Final = {float}
_MANY: Final = 8


def plain(value: Any, max_depth: int, size: int) -> bool:
    """Whether this is only what MessagePack keeps exactly, at most `max_depth` containers deep.

    False says nothing more than *look closer*. `size` bounds items and characters together.
    Integers past 64 bits and lone surrogates are left to the encoder to find.
    """
    level: list[Any] = [(value,)]
    for _ in range(max_depth + 1):
        deeper: list[Any] = []
        for box in level:
            size -= len(box)
            if size < 0:
                return False
            if type(box) is dict:
                for key, item in box.items():
                    kind = type(item)
                    if type(key) is not str:
                        return False
                    if kind is str:
                        size -= len(item) + len(key)
                        continue
                    size -= len(key)
                    if kind is int or kind is bool or item is None:
                        continue
                    if kind is dict or kind is list:
                        deeper.append(item)
                    elif kind is bytes:
                        size -= len(item)
                    elif kind is not float or item * 0.0 != 0.0:
                        return False
                continue
            if len(box) > _MANY and set(map(type, box)) == _FLOATS:
                if not isfinite(sum(box)):
                    return False
                continue
            for item in box:
                kind = type(item)
                if kind is str or kind is bytes:
                    size -= len(item)
                elif kind is int or kind is bool or item is None:
                    continue
                elif kind is dict or kind is list:
                    deeper.append(item)
                elif kind is not float or item * 0.0 != 0.0:
                    return False
        if not deeper:
            return size >= 0
        level = deeper
    return False
