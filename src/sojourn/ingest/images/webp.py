"""WebP: VP8, VP8L, or VP8X with its frames and its EXIF."""

from sojourn.ingest.images.shape import Shape
from sojourn.ingest.images.source import Source, damaged, truncated
from sojourn.ingest.images.tiff import EXIF_MOST, orientation


def read(source: Source) -> Shape:
    end = 8 + source.number(4, 4, "little")
    if end > source.size:
        raise truncated()
    width = height = frames = stills = 0
    turned = 0
    offset = 12
    while offset + 8 <= end:
        source.part()
        head = source.at(offset, 8)
        size = int.from_bytes(head[4:], "little")
        body = offset + 8
        if body + size > end:
            raise truncated()
        match head[:4]:
            case b"VP8X" if size >= 10:
                wide, high = (
                    source.number(body + 4, 3, "little") + 1,
                    source.number(body + 7, 3, "little") + 1,
                )
            case b"VP8 ":
                wide, high = _lossy(source, body)
                stills += 1
            case b"VP8L":
                wide, high = _lossless(source, body)
                stills += 1
            case b"ANMF" if size >= 16:
                wide = source.number(body + 6, 3, "little") + 1
                high = source.number(body + 9, 3, "little") + 1
                frames += 1
            case b"EXIF" if not turned:
                turned = orientation(source.at(body, min(size, EXIF_MOST)).removeprefix(b"Exif\0\0"))
                wide = high = 0
            case _:
                wide = high = 0
        if wide:
            width, height = max(width, wide), max(height, high)
            source.check(width, height, max(frames, 1))
        offset = body + size + (size & 1)
    if not frames and not stills:
        raise truncated()
    return Shape(width, height, max(frames, 1), turned or 1)


def _lossy(source: Source, body: int) -> tuple[int, int]:
    if source.at(body + 3, 3) != b"\x9d\x01\x2a":
        raise damaged("it does not begin with a whole frame")
    return source.number(body + 6, 2, "little") & 0x3FFF, source.number(body + 8, 2, "little") & 0x3FFF


def _lossless(source: Source, body: int) -> tuple[int, int]:
    bits = source.number(body, 5, "little")
    if bits & 0xFF != 0x2F:
        raise damaged("it does not begin with a whole frame")
    return (bits >> 8 & 0x3FFF) + 1, (bits >> 22 & 0x3FFF) + 1
