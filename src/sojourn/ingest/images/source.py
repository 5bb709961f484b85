"""The bytes of a picture, and what it may ask for."""

from typing import BinaryIO, Literal

from msgspec import Struct

from sojourn.config import GIB, MIB
from sojourn.errors import Invalid, Overfull


class Limits(Struct, frozen=True, kw_only=True):
    """What one picture may ask for."""

    bytes: int = 256 * MIB
    """The file; it is sent to the decoding process whole."""
    pixels: int = 100_000_000
    """One frame; decoded, a pixel is four bytes."""
    total_pixels: int = 1_000_000_000
    """All frames or pages together."""
    frames: int = 10_000
    parts: int = 1_000_000
    """Chunks, segments, blocks and fields that are walked to find this out: a second's work."""
    seconds: float = 20.0
    """How long decoding may take."""
    memory_bytes: int = 2 * GIB
    """What the decoding process may have, where the system can tell."""


DEFAULT = Limits()

Order = Literal["little", "big"]

_WINDOW = 1 << 16


def truncated() -> Invalid:
    return Invalid("This picture is cut off.", reason="image.truncated")


def damaged(detail: str) -> Invalid:
    return Invalid(f"This picture is damaged: {detail}.", reason="image.damaged")


class Source:
    """Bytes by their place. Who asks for more than there are is told that the picture is cut off."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self.size = file.seek(0, 2)
        if self.size > limits.bytes:
            message = f"This picture has {self.size} bytes; {limits.bytes} are allowed."
            raise Overfull(message, reason="image.bytes", limit=limits.bytes)
        self._file = file
        self._limits = limits
        self._parts = 0
        self._window = b""
        self._begins = 0

    def at(self, offset: int, count: int) -> bytes:
        """Exactly so many bytes. Raises `Invalid` (`image.truncated`)."""
        if offset + count > self.size:
            raise truncated()
        start = offset - self._begins
        if start < 0 or start + count > len(self._window):
            self._file.seek(offset)
            self._window = self._file.read(max(count, _WINDOW))
            self._begins, start = offset, 0
            if len(self._window) < count:
                raise truncated()
        return self._window[start : start + count]

    def number(self, offset: int, count: int, order: Order = "big") -> int:
        """An unsigned number of so many bytes."""
        return int.from_bytes(self.at(offset, count), order)

    def part(self, count: int = 1) -> None:
        """So many more steps. Raises `Overfull` (`image.parts`)."""
        self._parts += count
        if self._parts > self._limits.parts:
            most = self._limits.parts
            message = f"This picture is made of more than {most} parts."
            raise Overfull(message, reason="image.parts", limit=most)

    def check(self, width: int, height: int, frames: int = 1, total: int | None = None) -> None:
        """Whether a picture may be so large; `total` counts frames of different sizes.

        Raises `Overfull` (`image.pixels`), and `Invalid` (`image.damaged`) when it has no pixels.
        """
        if width < 1 or height < 1:
            raise damaged("it has no pixels")
        limits = self._limits
        facts = {"reason": "image.pixels", "width": width, "height": height, "frames": frames}
        if width * height > limits.pixels:
            message = f"This picture has {width} × {height} pixels; {limits.pixels} are allowed."
            raise Overfull(message, limit=limits.pixels, **facts)
        if frames > limits.frames:
            message = f"This picture has {frames} frames or more; {limits.frames} are allowed."
            raise Overfull(message, limit=limits.frames, **facts)
        if (width * height * frames if total is None else total) > limits.total_pixels:
            message = f"This picture has more than {limits.total_pixels} pixels in all its frames."
            raise Overfull(message, limit=limits.total_pixels, **facts)
