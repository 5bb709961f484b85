"""BMP: the file header and the one behind it."""

from sojourn.ingest.images.shape import Shape
from sojourn.ingest.images.source import Source, damaged, truncated

_OLD = 12
_KNOWN = frozenset({40, 52, 56, 64, 108, 124})
_PLAIN = frozenset({0, 3, 6})
"""Not packed: what it takes can be told."""


def read(source: Source) -> Shape:
    pixels, header = source.number(10, 4, "little"), source.number(14, 4, "little")
    if header == _OLD:
        width, height = source.number(18, 2, "little"), source.number(20, 2, "little")
        depth, packing = source.number(24, 2, "little"), 0
    elif header in _KNOWN:
        width, height = _signed(source, 18), abs(_signed(source, 22))
        depth, packing = source.number(28, 2, "little"), source.number(30, 4, "little")
    else:
        raise damaged("its header is of an unknown kind")
    source.check(width, height)
    line = (width * depth + 31) // 32 * 4
    if pixels + (line * height if packing in _PLAIN else 1) > source.size:
        raise truncated()
    return Shape(width, height)


def _signed(source: Source, offset: int) -> int:
    return int.from_bytes(source.at(offset, 4), "little", signed=True)
