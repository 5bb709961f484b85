"""What a parser finds out about a picture."""

from msgspec import Struct


class Shape(Struct, frozen=True):
    width: int
    height: int
    frames: int = 1
    orientation: int = 1
    """As EXIF counts: 1 is upright, 5 to 8 lie on their side."""
