"""A picture decoded by Pillow, upright, in sRGB, and bare of all that was said about it.

Runs in the decoding process only: nothing else imports Pillow.
"""

import io
import warnings
from typing import TYPE_CHECKING

from sojourn.ingest.images.orders import Answer, Order

if TYPE_CHECKING:
    from PIL import Image

_PLUGINS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
}
_ORIENTATION = 274
_SRGB = (b"sRGB", "sRGB".encode("utf-16-be"))
_DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What a picture that is not as it should be may raise inside the library."""


TOO_MUCH = (Answer(reason="image.memory"), b"")


def develop(order: Order, picture: bytes) -> tuple[Answer, bytes]:
    """The bytes that were ordered of a picture, or why there are none."""
    import struct
    import zlib

    from PIL import Image

    Image.MAX_IMAGE_PIXELS = order.pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if order.kind == "nothing":
                return _decoded(order, picture), b""
            return _encoded(_picture(order, picture), order)
    except MemoryError:
        return TOO_MUCH
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Answer(reason="image.pixels"), b""
    except (struct.error, zlib.error, *_DAMAGE) as problem:
        return Answer(reason=_reason(problem)), b""


def _reason(problem: Exception) -> str:
    words = str(problem).lower()
    if "memory" in words:
        return "image.memory"
    if isinstance(problem, EOFError) or "truncated" in words:
        return "image.truncated"
    return "image.damaged"


def _decoded(order: Order, picture: bytes) -> Answer:
    from PIL import Image

    with Image.open(io.BytesIO(picture), formats=(_PLUGINS[order.media_type],)) as opened:
        opened.load()
        return Answer(0, opened.width, opened.height)


def _picture(order: Order, picture: bytes) -> "Image.Image":
    """RGB or RGBA, 8 bits, upright, as small as ordered, and nothing else."""
    from PIL import Image

    with Image.open(io.BytesIO(picture), formats=(_PLUGINS[order.media_type],)) as opened:
        image: Image.Image = opened
        turned = order.orientation
        if order.media_type != "image/jpeg":
            # A JPEG is left closed: it decodes to an eighth of its size when that is enough.
            image.load()
        elif order.px is not None:
            opened.draft(None, (order.px, order.px))
        if order.media_type == "image/tiff":
            # Some versions of Pillow turn it themselves, and then say so.
            turned = image.getexif().get(_ORIENTATION, 1)
        image = _plain(image)
        if order.px is not None:
            image.thumbnail((order.px, order.px))
        image = _in_srgb(image)
        way = _ways().get(turned)
        if way is not None:
            image = image.transpose(way)
        bare = Image.new(image.mode, image.size)
        bare.paste(image)
        return bare


def _ways() -> "dict[int, Image.Transpose]":
    from PIL.Image import Transpose

    return {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }


def _plain(image: "Image.Image") -> "Image.Image":
    """A mode whose pixels may be mixed: neither a palette nor more than 8 bits."""
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode in {"I", "F"}:
        # How deep it is nobody says: from its darkest to its brightest.
        low, high = image.convert("F").getextrema()
        assert isinstance(low, float) and isinstance(high, float)
        scale = 255 / (high - low) if high > low else 0.0
        return image.convert("F").point(lambda value: value * scale - low * scale).convert("L")
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    if image.mode in {"1", "P"}:
        return image.convert("RGB")
    return image


def _in_srgb(image: "Image.Image") -> "Image.Image":
    """RGB or RGBA as a screen shows it. A profile that is no use is left aside."""
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and not any(name in profile for name in _SRGB):
        image = _through(image, profile)
    if image.mode in {"RGB", "RGBA"}:
        return image
    return image.convert("RGB")


def _through(image: "Image.Image", profile: bytes) -> "Image.Image":
    from PIL import ImageCms

    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha else image
    try:
        turned = ImageCms.profileToProfile(
            colours, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, *_DAMAGE):
        return image
    if turned is None:
        return image
    if alpha is not None:
        turned.putalpha(alpha)
    return turned


def _encoded(image: "Image.Image", order: Order) -> tuple[Answer, bytes]:
    from PIL import Image

    if image.mode == "RGBA" and order.kind != "webp":
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    if order.kind == "rgb":
        data = image.tobytes()
    else:
        out = io.BytesIO()
        if order.kind == "webp":
            image.save(out, "WEBP", quality=80)
        else:
            image.save(out, "JPEG", quality=85)
        data = out.getvalue()
    return Answer(len(data), image.width, image.height), data
