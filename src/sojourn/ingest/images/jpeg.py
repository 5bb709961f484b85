"""JPEG: the frame header, EXIF, and the markers as far as the end."""

import re

from sojourn.ingest.images.shape import Shape
from sojourn.ingest.images.source import Source, damaged, truncated
from sojourn.ingest.images.tiff import orientation

_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
"""Neither a stuffed byte nor a restart mark: those belong to the pixels."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, 0xD8})
_END, _APP1 = 0xD9, 0xE1
_NEAR, _FAR = 1 << 8, 1 << 18
"""Among segments the next marker is near, behind the pixels it is far."""


def read(source: Source) -> Shape:
    found: Shape | None = None
    turned = 0
    offset = 2
    while True:
        source.part()
        offset, kind = _next(source, offset)
        if kind == _END:
            break
        if kind in _ALONE:
            continue
        size = source.number(offset, 2)
        if size < 2:
            raise damaged("one of its segments has no length")
        segment = source.at(offset, size)
        if kind in _FRAMES and found is None:
            if size < 8:
                raise damaged("its frame header is too short")
            height, width = int.from_bytes(segment[3:5], "big"), int.from_bytes(segment[5:7], "big")
            source.check(width, height)
            found = Shape(width, height)
        elif kind == _APP1 and not turned and segment.startswith(b"Exif\0\0", 2):
            turned = orientation(segment[8:])
        offset += size
    if found is None:
        raise damaged("it has no frame")
    return Shape(found.width, found.height, 1, turned or 1)


def _next(source: Source, offset: int) -> tuple[int, int]:
    """The next marker at or after this place: where its segment begins, and its kind."""
    count = _NEAR
    while offset < source.size:
        window = source.at(offset, min(count, source.size - offset))
        match = _MARKER.search(window)
        if match is not None:
            return offset + match.end(), window[match.end() - 1]
        # A mark may lie across two windows.
        offset += max(len(window) - 1, 1)
        count = min(count * 4, _FAR)
    raise truncated()
