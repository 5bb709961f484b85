"""Pictures for tests: as Pillow makes them, and made by hand so that they say what is not so."""

import io
import struct
import zlib
from collections.abc import Sequence

from PIL import Image

ORIENTATION = 274


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def scene(width: int = 60, height: int = 40, mode: str = "RGB") -> Image.Image:
    """No two corners alike: red, green, blue and white."""
    image = Image.new("RGB", (width, height), "grey")
    corners = ((0, 0, "red"), (1, 0, "green"), (0, 1, "blue"), (1, 1, "white"))
    for right, down, colour in corners:
        image.paste(colour, (right * width // 2, down * height // 2, width // 4 + right * width // 2, height))
    return image.convert(mode)


def turned(orientation: int) -> bytes:
    """EXIF that says so, and where the picture was taken."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010E] = "canary in a description"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (52.0, 22.0, 12.0)
    place[29] = "canary in a place"
    return exif.tobytes()


def frames(count: int, width: int = 8, height: int = 6) -> list[Image.Image]:
    """No two alike, or else an encoder makes one of them."""
    return [
        Image.new("RGB", (width, height), (n * 67 % 256, n * 149 % 256, n * 31 % 256)) for n in range(count)
    ]


def animated(kind: str, images: Sequence[Image.Image], **options: object) -> bytes:
    return saved(images[0], kind, save_all=True, append_images=list(images[1:]), **options)


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def png(width: int, height: int, *more: bytes, pixels: bytes = b"") -> bytes:
    """RGB of 8 bits; `more` are chunks between the header and the pixels."""
    header = chunk(b"IHDR", struct.pack(">2L5B", width, height, 8, 2, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(pixels))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + data + chunk(b"IEND")


def gif(count: int, blocks: bytes = b"\x02\x4c\x01\0", width: int = 1, height: int = 1) -> bytes:
    """So many frames, each of them the same."""
    frame = b"\x2c" + struct.pack("<4HB", 0, 0, width, height, 0) + b"\x02" + blocks
    return b"GIF89a" + struct.pack("<2H3B", width, height, 0x80, 0, 0) + bytes(6) + frame * count + b"\x3b"


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    parts = [kind + struct.pack("<L", len(data)) + data + bytes(len(data) & 1) for kind, data in chunks]
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<L", len(body)) + body


def webp_animation(count: int, width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    frame = bytes(6) + size + bytes(4) + b"VP8L\0\0\0\0"
    return riff((b"VP8X", b"\x02\0\0\0" + size), (b"ANIM", bytes(6)), *[(b"ANMF", frame)] * count)


def tiff(*pages: dict[int, int], around: bool = False) -> bytes:
    """Pages of single numbers; with `around` the last one leads to the first."""
    data = struct.pack("<2sHL", b"II", 42, 8)
    for number, page in enumerate(pages):
        last = number == len(pages) - 1
        after = len(data) + 2 + 12 * len(page) + 4
        data += struct.pack("<H", len(page))
        for tag, value in sorted(page.items()):
            data += struct.pack("<2H2L", tag, 4, 1, value)
        data += struct.pack("<L", (8 if around else 0) if last else after)
    return data


def overlapping_tiff(pages: int, fields: int) -> bytes:
    """Directories that lie in each other: every one is read in full, and leads one field on."""
    slots = [struct.pack("<2HL2H", 256 + number % 2, 3, 1, 1, fields) for number in range(fields)]
    links = [struct.pack("<L8x", 8 + 12 * (number + 1)) for number in range(pages)]
    return struct.pack("<2sHLH", b"II", 42, 8, fields) + b"".join([*slots, *links, bytes(4)])


def bmp(width: int, height: int, pixels: bytes = b"", packing: int = 0) -> bytes:
    header = struct.pack("<L2l2H6L", 40, width, height, 1, 24, packing, 0, 0, 0, 0, 0)
    return struct.pack("<2sL4xL", b"BM", 54 + len(pixels), 54) + header + pixels
