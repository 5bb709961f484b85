"""What kind of picture these bytes are and how large, without a decoder."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import BinaryIO

from msgspec import Struct

from sojourn.errors import Invalid, LimitExceeded, UnsupportedType
from sojourn.ingest.images import bmp, gif, jpeg, png, tiff, webp
from sojourn.ingest.images.shape import Shape
from sojourn.ingest.images.source import DEFAULT, Limits, Source
from sojourn.ingest.media import media_type
from sojourn.models import Picture

_KINDS: Mapping[str, Callable[[Source], Shape]] = MappingProxyType(
    {
        "image/png": png.read,
        "image/jpeg": jpeg.read,
        "image/gif": gif.read,
        "image/webp": webp.read,
        "image/bmp": bmp.read,
        "image/tiff": tiff.read,
    }
)
_BY_NAME = {
    "png": "image/png",
    "apng": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "svg": "image/svg+xml",
    "avif": "image/avif",
    "heic": "image/heic",
    "pdf": "application/pdf",
    "zip": "application/zip",
    "html": "text/html",
    "txt": "text/plain",
    "exe": "application/vnd.microsoft.portable-executable",
}
_HEAD = 1 << 13
_LYING = 5


class Header(Struct, frozen=True):
    """What a picture says of itself. Frames are the frames of an animation, or the pages of a TIFF."""

    media_type: str
    width: int
    height: int
    frames: int = 1
    orientation: int = 1
    """As EXIF counts: 1 is upright, 5 to 8 lie on their side."""

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height as a person sees it."""
        if self.orientation < _LYING:
            return self.width, self.height
        return self.height, self.width


def readable(media_type: str) -> bool:
    """Whether this is a kind of picture that can be read. SVG is a program, not a picture."""
    return media_type in _KINDS


def read_header(file: BinaryIO, name: str = "", limits: Limits = DEFAULT) -> Header:
    """The header, from bytes that go as far as the end of a picture; what follows is not looked at.

    Content decides the kind. Raises `UnsupportedType` (`image.type`) when this is no such picture:
    `found` is what it is, `claimed` what `name` says. Raises `Invalid` (`file.empty`,
    `image.truncated`, `image.damaged`) and `Overfull`: `image.bytes`; `image.pixels`, in one frame or
    all of them, or too many frames; `image.parts`.
    """
    file.seek(0)
    head = file.read(_HEAD)
    if not head:
        raise Invalid("The file is empty.", reason="file.empty")
    found = media_type(head, name)
    read = _KINDS.get(found)
    if read is None:
        raise _other_type("This is not a picture that can be read here", found, _claimed(name))
    shape = read(Source(file, limits))
    return Header(found, shape.width, shape.height, shape.frames, shape.orientation)


def measured(file: BinaryIO, limits: Limits = DEFAULT) -> Picture | None:
    """The size of a picture as a person sees it; None for what is none, or is damaged, or asks too much."""
    try:
        header = read_header(file, limits=limits)
    except (Invalid, LimitExceeded):
        return None
    return Picture(*header.upright, header.frames)


def check_name(header: Header, name: str) -> None:
    """Raises `UnsupportedType` (`image.type`) when the name says another kind than the content."""
    claimed = _claimed(name)
    if claimed not in {None, header.media_type}:
        raise _other_type("This picture is not what it is called", header.media_type, claimed)


def _claimed(name: str) -> str | None:
    return _BY_NAME.get(name.rpartition(".")[2].lower()) if "." in name else None


def _other_type(what: str, found: str, claimed: str | None) -> UnsupportedType:
    called = f", though its name says {claimed}" if claimed and claimed != found else ""
    return UnsupportedType(
        f"{what}: it is {found}{called}.", reason="image.type", found=found, claimed=claimed
    )
