"""TIFF: pages, and the orientation that EXIF keeps in the same form."""

import io
import struct
from collections.abc import Mapping

from sojourn.errors import SojournError
from sojourn.ingest.images.shape import Shape
from sojourn.ingest.images.source import DEFAULT, Order, Source, damaged, truncated

EXIF_MOST = 1 << 16

_WIDTH, _HEIGHT, _ORIENTATION = 256, 257, 274
_PLACES = ((273, 279), (324, 325))
"""Where strips or tiles lie, and how long they are."""
_SIZES = {1: 1, 3: 2, 4: 4}
"""Bytes of a number, by the field's type."""
_STRIPS = 100_000

Page = Mapping[int, tuple[int, int, int]]
"""Type, count and place of the values, by the tag."""


def read(source: Source) -> Shape:
    order = _order(source)
    pages: list[tuple[int, int]] = []
    seen: set[int] = set()
    turned = 1
    total = 0
    offset = source.number(4, 4, order)
    while offset:
        source.part()
        if offset in seen:
            raise damaged("its pages go round in a circle")
        seen.add(offset)
        page, offset = _page(source, offset, order)
        width, height = _value(source, page, _WIDTH, order), _value(source, page, _HEIGHT, order)
        if not pages:
            turned = _value(source, page, _ORIENTATION, order)
            _check_places(source, page, order)
        pages.append((width, height))
        total += width * height
        source.check(width, height, len(pages), total)
    if not pages:
        raise truncated()
    width, height = pages[0]
    return Shape(width, height, len(pages), turned if 1 <= turned <= 8 else 1)


def orientation(exif: bytes) -> int:
    """What EXIF says, 1 to 8; 1 when it says nothing, or nothing that can be understood."""
    source = Source(io.BytesIO(exif), DEFAULT)
    try:
        order = _order(source)
        page, _ = _page(source, source.number(4, 4, order), order)
        turned = _value(source, page, _ORIENTATION, order)
    except SojournError:
        return 1
    return turned if 1 <= turned <= 8 else 1


def _order(source: Source) -> Order:
    marks: dict[bytes, Order] = {b"II*\0": "little", b"MM\0*": "big"}
    order = marks.get(source.at(0, 4))
    if order is None:
        raise damaged("it begins with something else")
    return order


def _page(source: Source, offset: int, order: Order) -> tuple[Page, int]:
    """One directory, and where the next one is."""
    count = source.number(offset, 2, order)
    source.part(count)
    data = source.at(offset + 2, count * 12 + 4)
    entry = struct.Struct("<HHL4x" if order == "little" else ">HHL4x")
    page: dict[int, tuple[int, int, int]] = {}
    for number, (tag, kind, values) in enumerate(entry.iter_unpack(data[:-4])):
        page.setdefault(tag, (kind, values, offset + 2 + number * 12 + 8))
    return page, int.from_bytes(data[-4:], order)


def _value(source: Source, page: Page, tag: int, order: Order) -> int:
    """The first value of a tag; 0 when there is none."""
    values = _values(source, page, tag, order, 1)
    return values[0] if values else 0


def _values(source: Source, page: Page, tag: int, order: Order, most: int) -> tuple[int, ...]:
    kind, count, offset = page.get(tag, (0, 0, 0))
    size = _SIZES.get(kind)
    if size is None:
        return ()
    if count * size > 4:
        offset = source.number(offset, 4, order)
    count = min(count, most)
    data = source.at(offset, count * size)
    letter = {1: "B", 2: "H", 4: "L"}[size]
    return struct.unpack(f"{'<' if order == 'little' else '>'}{count}{letter}", data)


def _check_places(source: Source, page: Page, order: Order) -> None:
    """Raises `Invalid` (`image.truncated`) when pixels lie beyond the end."""
    for places, lengths in _PLACES:
        starts = _values(source, page, places, order, _STRIPS)
        sizes = _values(source, page, lengths, order, _STRIPS)
        if any(start + size > source.size for start, size in zip(starts, sizes, strict=False)):
            raise truncated()
