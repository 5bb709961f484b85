"""Thumbnails and arrays: upright, in true colours, and without a word about where they come from."""

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps, PngImagePlugin
from tests.unit.pictures import (
    ORIENTATION,
    animated,
    bmp,
    frames,
    png,
    saved,
    scene,
    tiff,
    turned,
)

from sojourn.errors import Invalid, LimitExceeded, SojournError
from sojourn.ingest.images import Darkroom, Header, Limits, Pixels, read_header


@pytest.fixture(scope="module")
def darkroom() -> Iterator[Darkroom]:
    with Darkroom() as opened:
        yield opened


def kept(folder: Path, data: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(data)
    return path


def seen(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def as_image(pixels: Pixels) -> Image.Image:
    height, width, depth = pixels.shape
    assert depth == 3
    return Image.frombytes("RGB", (width, height), pixels.data)


def near(found: object, wanted: tuple[int, ...], most: int = 12) -> bool:
    assert isinstance(found, tuple)
    return len(found) == len(wanted) and all(abs(a - b) <= most for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize("kind", ["webp", "jpeg"])
@pytest.mark.parametrize(
    ("size", "px", "expected"),
    [
        ((60, 40), 30, (30, 20)),
        ((60, 40), 60, (60, 40)),
        ((60, 40), 256, (60, 40)),
        ((40, 60), 30, (20, 30)),
        ((900, 1), 30, (30, 1)),
        ((60, 40), 1, (1, 1)),
    ],
)
def test_a_thumbnail_fits_and_is_never_enlarged(
    darkroom: Darkroom, tmp_path: Path, kind: str, size: tuple[int, int], px: int, expected: tuple[int, int]
) -> None:
    path = kept(tmp_path, saved(scene(*size), "PNG"))
    made = darkroom.thumbnail(path, px, "webp" if kind == "webp" else "jpeg")
    assert read_header(io.BytesIO(made)) == Header(f"image/{kind}", *expected)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_what_lies_on_its_side_is_put_upright(
    darkroom: Darkroom, tmp_path: Path, kind: str, orientation: int
) -> None:
    if kind == "TIFF":
        data = saved(scene(), kind, tiffinfo={ORIENTATION: orientation})
    else:
        options = {"lossless": True} if kind == "WEBP" else {}
        data = saved(scene(), kind, exif=turned(orientation), **options)
    path = kept(tmp_path, data)
    expected = ImageOps.exif_transpose(seen(data)).convert("RGB")
    pixels = darkroom.pixels(path)
    assert pixels.shape == (expected.height, expected.width, 3)
    assert pixels.data == expected.tobytes()
    if orientation == 6:
        # What was left and down is now left and up: blue.
        assert near(as_image(pixels).getpixel((8, 8)), (0, 0, 255), 40)
        assert seen(darkroom.thumbnail(path, 30)).size == (20, 30)
    assert path.read_bytes() == data


CANARY = b"canary"


def with_canaries(kind: str) -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options: dict[str, object] = {"exif": turned(1), "icc_profile": profile + b"canary in a profile"}
    if kind == "PNG":
        words = PngImagePlugin.PngInfo()
        words.add_text("Comment", "canary in a text")
        words.add_itxt("XML:com.adobe.xmp", "<x>canary in xmp</x>")
        options["pnginfo"] = words
    else:
        options["xmp"] = b"<x>canary in xmp</x>"
        options["comment"] = b"canary in a comment"
    return saved(scene(), kind, **options)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("made_as", ["webp", "jpeg"])
def test_nothing_that_was_said_about_a_picture_is_in_its_thumbnail(
    darkroom: Darkroom, tmp_path: Path, kind: str, made_as: str
) -> None:
    data = with_canaries(kind)
    assert data.count(CANARY) >= 2
    made = darkroom.thumbnail(kept(tmp_path, data), 50, "webp" if made_as == "webp" else "jpeg")
    assert CANARY not in made and b"Exif" not in made and b"sRGB" not in made
    image = seen(made)
    assert not dict(image.getexif())
    assert not {"exif", "icc_profile", "xmp", "comment"} & set(image.info)


def swapping_profile() -> bytes:
    """A profile by which red is blue."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = data.replace(b"rXYZ", b"tmp_").replace(b"bXYZ", b"rXYZ").replace(b"tmp_", b"bXYZ")
    return data.replace(b"sRGB", b"xRGB").replace("sRGB".encode("utf-16-be"), "xRGB".encode("utf-16-be"))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_are_those_of_the_profile(darkroom: Darkroom, tmp_path: Path, mode: str) -> None:
    data = saved(Image.new(mode, (20, 20), "red"), "PNG", icc_profile=swapping_profile())
    assert near(as_image(darkroom.pixels(kept(tmp_path, data))).getpixel((9, 9)), (0, 0, 255))


def test_a_profile_that_is_no_use_harms_no_picture(darkroom: Darkroom, tmp_path: Path) -> None:
    for profile in (
        b"nonsense",
        swapping_profile()[:200],
        ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),
    ):
        data = saved(Image.new("RGB", (20, 20), "red"), "PNG", icc_profile=profile)
        assert near(as_image(darkroom.pixels(kept(tmp_path, data))).getpixel((9, 9)), (255, 0, 0))


def half(mode: str, kind: str, **options: object) -> bytes:
    return saved(Image.new("RGB", (24, 24), (200, 100, 50)).convert(mode), kind, **options)


def deep(value: int, mode: str = "I;16") -> Image.Image:
    image = Image.new(mode, (24, 24), value)
    image.putpixel((0, 0), 0)
    image.putpixel((1, 0), 65535)
    return image


def palette_with_alpha() -> bytes:
    image = Image.new("P", (24, 24), 1)
    image.putpalette([0, 0, 0, 200, 100, 50])
    return saved(image, "PNG", transparency=bytes([0, 255]))


def rgb_png_of_16_bits() -> bytes:
    row = b"\0" + struct.pack(">3H", 200 * 257, 100 * 257, 50 * 257) * 24
    whole = png(24, 24, pixels=row * 24)
    fixed = bytearray(whole)
    fixed[24] = 16
    fixed[29:33] = struct.pack(">L", zlib.crc32(fixed[12:29]))
    return bytes(fixed)


MODES: dict[str, tuple[bytes, tuple[int, int, int]]] = {
    "cmyk jpeg": (half("CMYK", "JPEG", quality=95), (200, 100, 50)),
    "cmyk tiff": (half("CMYK", "TIFF"), (200, 100, 50)),
    "grey jpeg": (half("L", "JPEG", quality=95), (124, 124, 124)),
    "ycbcr tiff": (half("YCbCr", "TIFF", compression="tiff_jpeg", quality=95), (200, 100, 50)),
    "grey and alpha": (half("LA", "PNG"), (124, 124, 124)),
    "1 bit": (saved(Image.new("1", (24, 24), 1), "PNG"), (255, 255, 255)),
    "palette": (half("P", "GIF"), (204, 102, 51)),
    "palette and alpha": (palette_with_alpha(), (200, 100, 50)),
    "rgb with a transparent colour": (half("RGB", "PNG", transparency=(1, 2, 3)), (200, 100, 50)),
    "16 bits grey": (saved(deep(0x8000), "PNG"), (128, 128, 128)),
    "16 bits grey tiff": (saved(deep(0x8000), "TIFF"), (128, 128, 128)),
    "16 bits rgb": (rgb_png_of_16_bits(), (200, 100, 50)),
    "32 bits tiff": (saved(deep(0x8000, "I"), "TIFF"), (128, 128, 128)),
    "floats tiff": (saved(deep(0x8000, "F"), "TIFF"), (128, 128, 128)),
    "bmp": (half("RGB", "BMP"), (200, 100, 50)),
    "webp lossless": (half("RGBA", "WEBP", lossless=True), (200, 100, 50)),
}


@pytest.mark.parametrize("case", MODES)
def test_every_kind_of_pixel_comes_out_as_it_looks(darkroom: Darkroom, tmp_path: Path, case: str) -> None:
    data, colour = MODES[case]
    path = kept(tmp_path, data)
    assert near(as_image(darkroom.pixels(path)).getpixel((12, 12)), colour)
    assert near(as_image(darkroom.pixels(path, 12)).getpixel((6, 6)), colour, 24)
    for kind in ("webp", "jpeg"):
        made = seen(darkroom.thumbnail(path, 12, "webp" if kind == "webp" else "jpeg")).convert("RGB")
        assert made.size == (12, 12) and near(made.getpixel((6, 6)), colour, 24)


def test_what_is_transparent_stays_so_or_lies_on_white(darkroom: Darkroom, tmp_path: Path) -> None:
    path = kept(tmp_path, saved(Image.new("RGBA", (24, 24), (255, 0, 0, 0)), "PNG"))
    kept_alpha = seen(darkroom.thumbnail(path, 12))
    assert kept_alpha.mode == "RGBA" and kept_alpha.getextrema()[3] == (0, 0)
    assert near(seen(darkroom.thumbnail(path, 12, "jpeg")).getpixel((6, 6)), (255, 255, 255))
    assert set(darkroom.pixels(path).data) == {255}


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_several_frames_the_first_is_shown(darkroom: Darkroom, tmp_path: Path, kind: str) -> None:
    images = [Image.new("RGB", (20, 20), "lime"), *frames(3, 20, 20)]
    path = kept(tmp_path, animated(kind, images, **({"lossless": True} if kind == "WEBP" else {})))
    assert near(as_image(darkroom.pixels(path)).getpixel((9, 9)), (0, 255, 0))
    assert getattr(seen(darkroom.thumbnail(path, 10)), "n_frames", 1) == 1


def test_bytes_for_a_browser_to_run_do_not_pass_the_decoder(darkroom: Darkroom, tmp_path: Path) -> None:
    data = saved(scene(), "JPEG", comment=b"<script>alert(1)</script>") + b"<html>" + b"PK\3\4" + bytes(99)
    made = darkroom.thumbnail(kept(tmp_path, data), 50)
    assert b"script" not in made and b"<html" not in made and b"PK\3\4" not in made


BROKEN: dict[str, tuple[bytes, type[SojournError], str]] = {
    "pixels that are no pixels": (png(24, 24, pixels=b"\xff" * 20), Invalid, "image.truncated"),
    "pixels that are not packed": (png(24, 24).replace(b"IDATx", b"IDATy"), Invalid, "image.damaged"),
    "too many pixels": (png(50_000, 50_000), LimitExceeded, "image.pixels"),
    "a tiff of nothing": (tiff({256: 5, 257: 5}), Invalid, "image.damaged"),
    "a bmp of an unknown depth": (
        bmp(2, 2, bytes(99)).replace(b"\x18\0", b"\x07\0"),
        Invalid,
        "image.damaged",
    ),
    "no picture": (b"%PDF-1.7\n", Invalid, "image.type"),
    "nothing": (b"", Invalid, "file.empty"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_be_decoded_is_told_and_the_next_one_can(
    darkroom: Darkroom, tmp_path: Path, case: str
) -> None:
    data, kind, reason = BROKEN[case]
    path = kept(tmp_path, data)
    for attempt in (lambda: darkroom.thumbnail(path, 50), lambda: darkroom.pixels(path)):
        with pytest.raises(kind) as caught:
            attempt()
        assert caught.value.facts["reason"] == reason
    assert darkroom.pixels(kept(tmp_path, png(1, 1, pixels=b"\0abc"))).data == b"abc"


@pytest.mark.parametrize("px", [0, -1, 4097])
def test_a_thumbnail_of_no_size_is_refused(darkroom: Darkroom, tmp_path: Path, px: int) -> None:
    with pytest.raises(Invalid) as caught:
        darkroom.thumbnail(kept(tmp_path, png(1, 1, pixels=b"\0abc")), px)
    assert caught.value.facts["field"] == "px"


def test_a_file_that_is_gone_is_not_found(darkroom: Darkroom, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        darkroom.thumbnail(tmp_path / "gone", 50)


SEEDS = [
    saved(scene(), "JPEG", exif=turned(6)),
    saved(scene(), "JPEG", progressive=True),
    saved(scene(mode="P"), "GIF"),
    saved(scene(mode="RGBA"), "PNG", icc_profile=swapping_profile()),
    saved(scene(), "WEBP"),
    saved(scene(), "TIFF", compression="tiff_lzw"),
    saved(scene(), "BMP"),
]


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_changed_bytes_end_in_an_answer(darkroom: Darkroom, tmp_path: Path, data: st.DataObject) -> None:
    seed = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 4))):
        seed[data.draw(st.integers(0, len(seed) - 1))] = data.draw(st.integers(0, 255))
    path = kept(tmp_path, bytes(seed))
    try:
        made = darkroom.pixels(path, 100)
    except (Invalid, LimitExceeded):
        return
    height, width, _ = made.shape
    assert max(height, width) <= 100 and height * width * 3 == len(made.data)
    assert height * width <= Limits().pixels
