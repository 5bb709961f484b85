"""GIF: its frames are counted block by block; nobody wrote the number down."""

from sojourn.ingest.images.shape import Shape
from sojourn.ingest.images.source import Source, damaged, truncated

_EXTENSION, _FRAME, _END = 0x21, 0x2C, 0x3B


def read(source: Source) -> Shape:
    screen = source.at(6, 5)
    width, height = int.from_bytes(screen[:2], "little"), int.from_bytes(screen[2:4], "little")
    frames = 0
    offset = 13 + _table(screen[4])
    while offset < source.size:
        source.part()
        kind = source.number(offset, 1)
        if kind == _END:
            break
        if kind == _EXTENSION:
            offset = _blocks(source, offset + 2)
        elif kind == _FRAME:
            frame = source.at(offset + 1, 9)
            x, y, wide, high = (int.from_bytes(frame[at : at + 2], "little") for at in (0, 2, 4, 6))
            # A frame that reaches beyond the screen makes decoders enlarge it.
            width, height = max(width, x + wide), max(height, y + high)
            frames += 1
            source.check(width, height, frames)
            offset = _blocks(source, offset + 11 + _table(frame[8]))
        elif kind == 0:
            offset += 1  # filling, which some programs leave between blocks
        else:
            raise damaged("it has a block of an unknown kind")
    if not frames:
        raise truncated()
    return Shape(width, height, frames)


def _table(flags: int) -> int:
    """The size of a table of colours."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _blocks(source: Source, offset: int) -> int:
    """Where a row of blocks ends."""
    while True:
        source.part()
        size = source.number(offset, 1)
        offset += size + 1
        if size == 0:
            return offset
