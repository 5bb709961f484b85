"""Files that are not what they should be, by the number of their row, and the answer each must get.

A row stands for one input. `how` says by which door it comes: `unpack` puts it in as a file and has it
taken apart, `image` brings it as a picture, `file` as a file, `bytes` as one that comes at once and
piece by piece, by a form or without. `reason` and `status` are what is
answered; None and 201 when it is taken, and then `then` looks at what became of it.
"""

import io
import stat
import zlib
from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct
from PIL import Image
from tests.unit.archives import Part, built, built64, quoted_overlap, zipped
from tests.unit.pictures import animated, frames, gif, png, saved, scene, tiff, turned, webp_animation

How = Literal["unpack", "image", "file", "bytes"]


class Row(Struct, frozen=True):
    number: int
    what: str
    how: How
    name: str
    data: Callable[[], bytes]
    status: int
    reason: str | None = None
    asked: dict[str, Any] = {}
    """What `unpack` is asked for."""
    entry: str | None = None
    """The entry that the problem names."""
    small: tuple[int, int] | None = None
    """The thumbnail of what was taken."""
    media_type: str | None = None
    shown: str | None = None
    """The name of what was taken."""
    announced: int | None = None
    """How many bytes are said to come."""


def zeros() -> bytes:
    """200 MB of zeros in 200 KB, without holding them."""
    packer, packed, checksum = zlib.compressobj(9, zlib.DEFLATED, -15), [], 0
    for _ in range(200):
        packed.append(packer.compress(bytes(1_000_000)))
        checksum = zlib.crc32(bytes(1_000_000), checksum)
    packed.append(packer.flush())
    return built([Part(name="zeros", size=200_000_000, checksum=checksum, packed=b"".join(packed))])


def pictures_and_words() -> bytes:
    picture = saved(Image.new("RGB", (2, 2), "red"), "PNG")
    return zipped({f"{number:03}.png": picture for number in range(999)} | {"notes.txt": b"words"})


def polyglot() -> bytes:
    """A JPEG, a page that a browser would run, and a ZIP."""
    return saved(scene(), "JPEG") + b"<script>alert(1)</script>" + zipped({"a.txt": b"words"})


def entry(name: str | bytes, **more: Any) -> Callable[[], bytes]:
    return lambda: built([Part(name="fine.txt"), Part(name=name, **more)])


def unpack(number: int, what: str, data: Callable[[], bytes], reason: str, **more: Any) -> Row:
    return Row(number, what, "unpack", "bad.zip", data, 422, reason, **more)


def image(number: int, what: str, name: str, data: Callable[[], bytes], reason: str, **more: Any) -> Row:
    return Row(number, what, "image", name, data, 415 if reason == "image.type" else 422, reason, **more)


def taken(number: int, what: str, name: str, data: Callable[[], bytes], **more: Any) -> Row:
    return Row(number, what, "image", name, data, 201, **more)


def named(number: int, what: str, name: str, shown: str) -> Row:
    return Row(number, what, "bytes", name, lambda: b"plain words", 201, shown=shown)


SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script><image href='file:///etc/passwd'/></svg>"

ROWS = [
    unpack(1, "an archive in an archive", lambda: zipped({"in.zip": zipped({"a": b"b"})}), "archive.nested"),
    unpack(2, "200 MB of zeros", zeros, "archive.ratio"),
    unpack(3, "entries on one body", lambda: quoted_overlap(50, bytes(1000)), "archive.overlap"),
    unpack(4, "more than it declares", entry("long", data=b"x" * 100_000, size=10), "archive.size"),
    unpack(5, "out of its folder", entry("../../x"), "archive.name", entry="../../x"),
    unpack(5, "absolute", entry("/abs"), "archive.name", entry="/abs"),
    unpack(5, "a drive", entry("C:\\x"), "archive.name", entry="C:\\\\x"),
    unpack(5, "a backslash", entry("a\\b"), "archive.name", entry="a\\\\b"),
    unpack(6, "a link", entry("link", mode=stat.S_IFLNK | 0o777), "archive.special", entry="link"),
    unpack(6, "a device", entry("null", mode=stat.S_IFCHR | 0o666), "archive.special", entry="null"),
    unpack(6, "a pipe", entry("pipe", mode=stat.S_IFIFO | 0o666), "archive.special", entry="pipe"),
    unpack(7, "a name twice", entry("fine.txt"), "archive.duplicate", entry="fine.txt"),
    unpack(7, "a name in other letters", entry("FINE.txt"), "archive.duplicate", entry="FINE.txt"),
    unpack(8, "a million entries", lambda: built64([Part()], count=1_000_000), "archive.entries"),
    unpack(9, "encrypted", entry("secret", flags=1), "archive.encrypted", entry="secret"),
    unpack(10, "empty", lambda: zipped({}), "archive.empty"),
    unpack(10, "folders alone", lambda: zipped({"a/": b"", "b/": b""}), "archive.empty"),
    unpack(
        11,
        "999 pictures and words",
        pictures_and_words,
        "archive.kind",
        asked={"only": "image/*"},
        entry="notes.txt",
    ),
    image(12, "2.5 billion pixels", "large.png", lambda: png(50_000, 50_000), "image.pixels"),
    image(12, "144 million pixels", "large.png", lambda: png(12_000, 12_000), "image.pixels"),
    image(13, "cut in half", "cut.jpg", lambda: saved(scene(), "JPEG")[:500], "image.truncated"),
    image(13, "cut before its end", "cut.png", lambda: saved(scene(), "PNG")[:-20], "image.truncated"),
    taken(14, "also a page and an archive", "both.jpg", polyglot, small=(60, 40), media_type="image/jpeg"),
    image(15, "a drawing with a script", "drawing.svg", lambda: SVG, "image.type"),
    Row(15, "a drawing with a script", "file", "drawing.svg", lambda: SVG, 201, media_type="image/svg+xml"),
    image(16, "a PDF called PNG", "paper.png", lambda: b"%PDF-1.7\n%\xe2\xe3\n1 0 obj", "image.type"),
    image(16, "a program called PNG", "setup.png", lambda: b"MZ\x90\0" + bytes(200), "image.type"),
    image(16, "a JPEG called PNG", "tide.png", lambda: saved(scene(), "JPEG"), "image.type"),
    taken(17, "on its side", "lying.jpg", lambda: saved(scene(), "JPEG", exif=turned(6)), small=(40, 60)),
    image(18, "10⁵ frames of a GIF", "moving.gif", lambda: gif(100_000), "image.pixels"),
    image(18, "frames of a WebP", "moving.webp", lambda: webp_animation(200, 4000, 4000), "image.pixels"),
    image(
        18,
        "pages of a TIFF",
        "pages.tif",
        lambda: tiff(*[{256: 9000, 257: 9000}] * 20),
        "image.pixels",
    ),
    taken(18, "a few frames", "moving.gif", lambda: animated("GIF", frames(9, 80, 60)), small=(80, 60)),
    taken(19, "CMYK", "ink.jpg", lambda: saved(scene(mode="CMYK"), "JPEG"), small=(60, 40)),
    taken(19, "16 bits", "deep.png", lambda: saved(Image.new("I;16", (60, 40), 9000), "PNG"), small=(60, 40)),
    taken(
        19,
        "a palette with a clear colour",
        "palette.png",
        lambda: saved(scene(mode="P"), "PNG", transparency=3),
        small=(60, 40),
    ),
    Row(20, "no bytes", "bytes", "empty.txt", lambda: b"", 422, "file.empty"),
    Row(20, "a form with no bytes", "file", "empty.txt", lambda: b"", 422, "file.empty"),
    Row(20, "a picture of no bytes", "image", "empty.png", lambda: b"", 422, "file.empty"),
    named(21, "out of its folder", "../../etc/passwd", "passwd"),
    named(21, "a drive", "C:\\x\\y.png", "y.png"),
    named(21, "another machine", "\\\\host\\x", "x"),
    named(22, "NUL", "a\0b.txt", "ab.txt"),
    named(22, "a line's end", "a\r\nX-Evil: 1.txt", "aX-Evil: 1.txt"),
    named(22, "turned round", "\u202egnp.exe", "gnp.exe"),
    named(22, "without width", "in\u200bvoice.pdf", "invoice.pdf"),
    named(23, "a device of Windows", "CON", "CON"),
    named(23, "another", "nul.txt", "nul.txt"),
    named(23, "a dot and a blank at the end", "notes.txt. ", "notes.txt"),
    named(24, "300 bytes", "x" * 300 + ".txt", "x" * 251 + ".txt"),
    named(24, "300 letters with accents", "e\u0301" * 300 + ".csv", "\u00e9" * 125 + ".csv"),
    named(24, "200 signs of three bytes", "日" * 200 + ".txt", "日" * 83 + ".txt"),
    named(25, "NFC", "\u00e9.txt", "\u00e9.txt"),
    named(25, "NFD", "e\u0301.txt", "\u00e9.txt"),
    named(26, "Cyrillic", "отчёт.csv", "отчёт.csv"),
    named(26, "Chinese", "数据.csv", "数据.csv"),
    named(27, "no name", "", "unnamed"),
    named(27, "dots alone", "...", "unnamed"),
    Row(28, "fewer than announced", "bytes", "a", lambda: b"x" * 99, 422, "file.length", announced=100),
    Row(28, "more than announced", "bytes", "a", lambda: b"x" * 101, 422, "file.length", announced=100),
    taken(19, "grey and alpha", "grey.png", lambda: saved(scene(mode="LA"), "PNG"), small=(60, 40)),
]


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))
