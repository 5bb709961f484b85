"""Kind, size, frames and orientation from the bytes, whatever a name or a decoder would say."""

import io
import random
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features
from tests.unit.pictures import (
    ORIENTATION,
    animated,
    bmp,
    chunk,
    frames,
    gif,
    overlapping_tiff,
    png,
    riff,
    saved,
    scene,
    tiff,
    turned,
    webp_animation,
)

from sojourn.errors import Invalid, LimitExceeded, SojournError
from sojourn.ingest.images import Header, Limits, read_header
from sojourn.ingest.images.header import readable


def header(data: bytes, name: str = "", **limits: int) -> Header:
    return read_header(io.BytesIO(data), name, Limits(**limits))


def reason(data: bytes, kind: type[SojournError], name: str = "", **limits: int) -> str:
    with pytest.raises(kind) as caught:
        header(data, name, **limits)
    return str(caught.value.facts["reason"])


NOISE = Image.frombytes("RGB", (150, 110), random.Random(7).randbytes(150 * 110 * 3))

STILLS: dict[str, bytes] = {
    "png": saved(NOISE, "PNG"),
    "png grey": saved(scene(mode="L"), "PNG"),
    "png palette": saved(scene(mode="P"), "PNG"),
    "png 16 bits": saved(Image.new("I;16", (61, 43)), "PNG"),
    "jpeg": saved(NOISE, "JPEG"),
    "jpeg progressive": saved(NOISE, "JPEG", progressive=True),
    "jpeg grey": saved(scene(mode="L"), "JPEG"),
    "jpeg cmyk": saved(scene(mode="CMYK"), "JPEG"),
    "jpeg restarts": saved(NOISE, "JPEG", restart_marker_blocks=1),
    "jpeg and a long comment": saved(NOISE, "JPEG", comment=b"\xff\xd9" * 20_000),
    "gif": saved(scene(mode="P"), "GIF"),
    "webp": saved(NOISE, "WEBP"),
    "webp lossless": saved(NOISE, "WEBP", lossless=True),
    "webp alpha": saved(scene(mode="RGBA"), "WEBP", exif=turned(1)),
    "bmp": saved(NOISE, "BMP"),
    "bmp 1 bit": saved(scene(mode="1"), "BMP"),
    "tiff": saved(NOISE, "TIFF"),
    "tiff packed": saved(NOISE, "TIFF", compression="tiff_lzw"),
    "tiff 16 bits": saved(Image.new("I;16", (61, 43)), "TIFF"),
}


@pytest.mark.parametrize("case", STILLS)
def test_the_header_says_what_a_decoder_would(case: str) -> None:
    data = STILLS[case]
    with Image.open(io.BytesIO(data)) as image:
        expected = Header(f"image/{(image.format or '').lower()}", *image.size)
    assert header(data) == expected


CUT = ("image.truncated", "image.type")
IN_THE_END = {"gif": 2, "tiff packed": 7}
"""A mark that is often left out; a field that says nothing about the size."""


@pytest.mark.parametrize("case", STILLS)
def test_what_is_cut_off_is_told(case: str) -> None:
    data = STILLS[case]
    last = len(data) - IN_THE_END.get(case, 1)
    for length in {*range(16, last, len(data) // 40 + 1), last}:
        with pytest.raises(Invalid) as caught:
            header(data[:length])
        # Of the first few bytes nobody knows yet what they are.
        assert caught.value.facts["reason"] in CUT[: 2 if length < 40 else 1]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientation_is_found_where_each_kind_keeps_it(kind: str, orientation: int) -> None:
    if kind == "TIFF":
        data = saved(scene(), kind, tiffinfo={ORIENTATION: orientation})
    else:
        data = saved(scene(), kind, exif=turned(orientation))
    found = header(data)
    assert (found.width, found.height, found.orientation) == (60, 40, orientation)
    assert found.upright == ((60, 40) if orientation < 5 else (40, 60))


@pytest.mark.parametrize(
    "exif", [b"", b"II*\0", b"XX*\0\x08\0\0\0", b"II*\0\xff\xff\xff\xff", turned(1)[6:-60], b"\xff" * 100]
)
def test_damaged_exif_harms_no_picture(exif: bytes) -> None:
    data = saved(scene(), "JPEG")
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 8) + b"Exif\0\0" + exif
    assert header(data[:2] + segment + data[2:]).orientation == 1


@pytest.mark.parametrize("count", [2, 3, 40])
@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_frames_and_pages_are_counted(kind: str, count: int) -> None:
    data = animated(kind, frames(count), **({"lossless": True} if kind == "WEBP" else {}))
    with Image.open(io.BytesIO(data)) as image:
        assert image.n_frames == count  # type: ignore[attr-defined]
    found = header(data)
    assert (found.width, found.height, found.frames) == (8, 6, count)


def raw_apng(said: int, controls: int) -> bytes:
    control = chunk(b"fcTL", bytes(26))
    return png(4, 4, chunk(b"acTL", struct.pack(">2L", said, 0)), control * controls, pixels=bytes(52))


def raw_vp8x(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return riff((b"VP8X", bytes(4) + size), (b"VP8L", b"\x2f" + bytes(8)))


def raw_jpeg(width: int, height: int) -> bytes:
    frame = struct.pack(">HB2HB", 11, 8, height, width, 1) + b"\1\x11\0"
    return b"\xff\xd8\xff\xc0" + frame + b"\xff\xda\0\x08\1\1\0\0\x3f\0" + b"\xff\xd9"


LARGE = {"width": 12_000, "height": 12_000}
TOO_MANY_PIXELS: dict[str, Callable[[], bytes]] = {
    "png of 50 000 squared": lambda: png(50_000, 50_000),
    "png of 12 000 squared": lambda: png(12_000, 12_000, pixels=bytes(1000)),
    "png, the header only": lambda: png(50_000, 50_000)[:33],
    "jpeg": lambda: raw_jpeg(65_535, 65_535),
    "gif": lambda: gif(1, width=65_535, height=65_535),
    "gif with a frame beyond its screen": lambda: gif(1).replace(
        b"\x2c" + struct.pack("<4H", 0, 0, 1, 1), b"\x2c" + struct.pack("<4H", 65_535, 65_535, 1, 1)
    ),
    "webp": lambda: raw_vp8x(1 << 14, 1 << 14),
    "webp within a small one": lambda: riff(
        (b"VP8X", bytes(10)), (b"VP8L", b"\x2f" + ((1 << 28) - 1).to_bytes(4, "little") + bytes(4))
    ),
    "bmp": lambda: bmp(1 << 16, -(1 << 16), packing=1),
    "tiff": lambda: tiff({256: 1 << 20, 257: 1 << 20}),
    "gif of 100 000 frames": lambda: gif(100_000),
    "gif of 1 000 large frames": lambda: gif(1_000, width=2_000, height=2_000),
    "apng of 100 000 frames": lambda: raw_apng(100_000, 1),
    "apng with more frames than it says": lambda: raw_apng(1, 10_001),
    "webp of 100 000 frames": lambda: webp_animation(100_000, 1, 1),
    "webp of 1 000 large frames": lambda: webp_animation(1_000, 2_000, 2_000),
    "tiff of 10 001 pages": lambda: tiff(*[{256: 1, 257: 1}] * 10_001),
    "tiff of 20 large pages": lambda: tiff({256: 1, 257: 1}, *[{256: 9_000, 257: 9_000}] * 20),
}


@pytest.mark.parametrize("case", TOO_MANY_PIXELS)
def test_more_pixels_than_allowed_are_told_from_the_header(case: str) -> None:
    data = TOO_MANY_PIXELS[case]()
    assert len(data) < 8 << 20
    assert reason(data, LimitExceeded) == "image.pixels"


def test_the_budget_says_what_it_is_and_what_was_found() -> None:
    with pytest.raises(LimitExceeded, match="12000 × 12000 pixels; 100000000 are allowed") as caught:
        header(png(12_000, 12_000))
    facts = caught.value.facts
    assert (facts["width"], facts["height"], facts["limit"]) == (12_000, 12_000, 100_000_000)
    assert header(raw_jpeg(12_000, 12_000), pixels=12_000**2).width == 12_000


@pytest.mark.parametrize("size", range(240, 270))
def test_the_end_is_found_however_far_it_is(size: int) -> None:
    whole = raw_jpeg(4, 4)
    assert header(whole[:-2] + bytes(size) + whole[-2:]).width == 4


NO_PICTURES = {
    "photo.png": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf", "image/png"),
    "photo.jpg": (b"MZ\x90\0\3\0\0\0\4", "application/vnd.microsoft.portable-executable", "image/jpeg"),
    "photo.gif": (b"PK\3\4" + bytes(40), "application/zip", "image/gif"),
    "photo.webp": (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav", "image/webp"),
    "drawing.svg": (
        b"<svg onload='alert(1)'><image href='file:///x'/></svg>",
        "image/svg+xml",
        "image/svg+xml",
    ),
    "drawing.png": (b"<?xml version='1.0'?><svg/>", "image/svg+xml", "image/png"),
    "page.jpeg": (b"<!doctype html><img src=x>", "text/html", "image/jpeg"),
    "words": (b"Twice a day the water rises.", "text/plain", None),
    "new.avif": (b"\0\0\0\x1cftypavif\0\0\0\0", "image/avif", "image/avif"),
}


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_is_no_picture_is_told_with_both_types(name: str) -> None:
    data, found, claimed = NO_PICTURES[name]
    with pytest.raises(Invalid) as caught:
        header(data, name)
    facts = caught.value.facts
    assert (facts["reason"], facts["found"], facts["claimed"]) == ("image.type", found, claimed)
    assert found in str(caught.value)
    assert not readable(found)


def test_a_picture_with_another_pictures_name_is_what_its_bytes_are() -> None:
    assert header(STILLS["jpeg"], "photo.png").media_type == "image/jpeg"


def test_what_follows_a_picture_is_not_looked_at() -> None:
    behind = b"<script>alert(1)</script>PK\3\4" + bytes(1000)
    for case in ("jpeg", "png", "gif", "webp"):
        assert header(STILLS[case] + behind) == header(STILLS[case])


def test_nothing_is_no_picture() -> None:
    assert reason(b"", Invalid, "photo.png") == "file.empty"


DAMAGED: dict[str, bytes] = {
    "png without a header": b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", bytes(40)),
    "png without pixels": png(0, 10),
    "jpeg without a frame": b"\xff\xd8\xff\xd9" + bytes(20),
    "jpeg without a height": raw_jpeg(10, 0),
    "jpeg with a short frame": b"\xff\xd8\xff\xc0\0\x04\0\0\xff\xd9",
    "jpeg with a segment of no length": b"\xff\xd8\xff\xe0\0\0\xff\xd9" + bytes(20),
    "gif with an unknown block": gif(1)[:-1] + b"\x99",
    "webp without a key frame": riff((b"VP8 ", bytes(20))),
    "webp that is not lossless": riff((b"VP8L", bytes(20))),
    "bmp of an unknown kind": bmp(1, 1, bytes(4)).replace(b"\x28\0\0\0", b"\x29\0\0\0", 1),
    "tiff that goes in a circle": tiff({256: 1, 257: 1}, {256: 1, 257: 1}, around=True),
    "tiff without a size": tiff({256: 1}),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_header_is_told(case: str) -> None:
    assert reason(DAMAGED[case], Invalid) == "image.damaged"


ENDLESS: dict[str, bytes] = {
    "png of empty chunks": png(4, 4, chunk(b"tEXt") * 3000, pixels=bytes(52)),
    "gif of blocks of one byte": gif(1, blocks=b"\1\0" * 3000 + b"\0"),
    "gif of empty extensions": gif(1)[:-1] + b"\x21\xfe\0" * 3000 + b"\x3b",
    "jpeg of empty segments": b"\xff\xd8" + b"\xff\xe0\0\2" * 3000 + raw_jpeg(4, 4)[2:],
    "jpeg of marks alone": b"\xff\xd8\xff" + b"\xff\1" * 3000 + raw_jpeg(4, 4)[2:],
    "webp of empty chunks": riff((b"VP8L", b"\x2f" + bytes(8)), *[(b"JUNK", b"")] * 3000),
    "tiff of many fields": tiff({256: 1, 257: 1} | {1000 + tag: 0 for tag in range(3000)}),
}


@pytest.mark.parametrize("case", ENDLESS)
def test_the_work_of_looking_is_bounded(case: str) -> None:
    assert reason(ENDLESS[case], LimitExceeded, parts=2000) == "image.parts"
    assert header(ENDLESS[case], parts=8000).frames == 1


def test_pages_that_lie_in_each_other_are_not_read_for_ever() -> None:
    few = overlapping_tiff(pages=3, fields=100)
    assert header(few, parts=600).frames == 4
    assert reason(overlapping_tiff(pages=100, fields=100), LimitExceeded, parts=600) == "image.parts"


SEEDS = [
    *STILLS.values(),
    saved(scene(), "JPEG", exif=turned(6)),
    saved(scene(), "PNG", exif=turned(6)),
    *(animated(kind, frames(3)) for kind in ("GIF", "PNG", "WEBP", "TIFF")),
]


@given(st.data())
def test_changed_bytes_end_in_an_answer(data: st.DataObject) -> None:
    seed = bytearray(data.draw(st.sampled_from(SEEDS)))
    near = st.integers(0, min(len(seed), 200) - 1)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.one_of(near, st.integers(0, len(seed) - 1)))
        cut = data.draw(st.integers(0, 8))
        seed[at : at + cut] = data.draw(st.binary(max_size=8))
        if len(seed) < 300:
            break
    try:
        found = header(bytes(seed))
    except (Invalid, LimitExceeded):
        return
    assert 0 < found.width * found.height <= Limits().pixels
    assert 1 <= found.frames <= Limits().frames and 1 <= found.orientation <= 8


@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"II*\0", b"MM\0*"]),
    st.binary(max_size=400),
)
def test_any_bytes_behind_a_signature_end_in_an_answer(signature: bytes, rest: bytes) -> None:
    try:
        found = header(signature + rest)
    except (Invalid, LimitExceeded):
        return
    assert found.width > 0 and found.height > 0


def test_these_tests_have_the_kinds_that_they_need() -> None:
    assert features.check("webp") and features.check("jpg") and features.check("libtiff")
