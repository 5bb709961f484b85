"""PNG and APNG: IHDR, acTL, eXIf, and the chunks as far as IEND."""

from sojourn.ingest.images.shape import Shape
from sojourn.ingest.images.source import Source, damaged
from sojourn.ingest.images.tiff import EXIF_MOST, orientation


def read(source: Source) -> Shape:
    if source.at(8, 8) != b"\0\0\0\rIHDR":
        raise damaged("its first chunk is not IHDR")
    width, height = source.number(16, 4), source.number(20, 4)
    source.check(width, height)
    said = controls = 0
    turned = 0
    offset = 33
    while True:
        source.part()
        head = source.at(offset, 8)
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind == b"acTL" and not said:
            said = max(source.number(offset + 8, 4), 1)
            source.check(width, height, said)
        elif kind == b"fcTL" and said:
            controls += 1
            source.check(width, height, controls)
        elif kind == b"eXIf" and not turned:
            turned = orientation(source.at(offset + 8, min(size, EXIF_MOST)))
        source.at(offset + 8 + size, 4)  # its checksum
        if kind == b"IEND":
            return Shape(width, height, max(said, controls, 1), turned or 1)
        offset += size + 12
