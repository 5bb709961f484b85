"""Pictures made from pictures: thumbnails and arrays, by a process that may be killed."""

import importlib.util
import io
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, Literal, Self

from msgspec import Struct

from sojourn.errors import Invalid, MissingExtra, Overfull, SojournError
from sojourn.ingest.images.header import Header, check_name, read_header
from sojourn.ingest.images.orders import Answer, Kind, Order
from sojourn.ingest.images.source import DEFAULT, Limits
from sojourn.ingest.images.worker import Died, Late, Worker

_LARGEST = 4096
"""Pixels of the longest side of a thumbnail."""
_ROOM = 1 << 16
_PIECE = 1 << 20

Picture = Path | BinaryIO
"""A path, or a binary file that is read from its beginning."""


class Pixels(Struct, frozen=True):
    """A picture as an array: rows of pixels of three bytes, red, green and blue, in sRGB."""

    data: bytes
    shape: tuple[int, int, int]
    """Height, width, 3."""


class Darkroom:
    """Decodes pictures, one at a time, in a process of its own.

    The process is started by the first picture, and used again. It is killed when a picture takes
    too long, and the next picture gets a new one. It ends with this process. After a fork each side
    has its own. Threads may share a darkroom; they wait for each other.
    """

    def __init__(self, limits: Limits = DEFAULT) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._worker: Worker | None = None

    def check(self, picture: Picture, name: str = "") -> Header:
        """Decodes the whole picture, of several frames the first, and makes nothing of it.

        Raises what `thumbnail` raises, and `UnsupportedType` (`image.type`) also for a picture of
        another kind than `name` says.
        """
        header, _, _ = self._develop(picture, None, "nothing", 0, name)
        return header

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def thumbnail(self, picture: Picture, px: int, kind: Literal["webp", "jpeg"] = "webp") -> bytes:
        """The picture upright, no side longer than `px`, and never enlarged; of several frames the first.

        It is in sRGB and carries no EXIF, place, profile or comment. WebP keeps what is transparent,
        JPEG puts white behind it. Raises what `read_header` raises, and: `Invalid` (`image.damaged`,
        `image.truncated`); `Overfull` (`image.time`, `image.memory`); `MissingExtra`;
        `ReaderFailed` when no process can be started; `FileNotFoundError`.
        """
        if not 1 <= px <= _LARGEST:
            raise Invalid(f"A thumbnail has 1 to {_LARGEST} pixels a side.", field="px")
        _, _, data = self._develop(picture, px, kind, px * px * 4 + _ROOM)
        # What comes out of the decoder is judged like anything else from outside.
        made = read_header(io.BytesIO(data), limits=self._limits)
        if made.media_type != f"image/{kind}" or max(made.width, made.height) > px:
            raise _damaged()
        return data

    def pixels(self, picture: Picture, px: int | None = None) -> Pixels:
        """The picture upright as an array; with `px`, scaled down so that no side is longer.

        What is transparent has white behind it. Raises what `thumbnail` raises.
        """
        if px is not None and px < 1:
            raise Invalid("A picture has at least one pixel a side.", field="px")
        _, answer, data = self._develop(picture, px, "rgb", self._limits.pixels * 3)
        if answer.width * answer.height * 3 != len(data):
            raise _damaged()
        return Pixels(data, (answer.height, answer.width, 3))

    def close(self) -> None:
        """Ends the process. A picture that comes later starts another."""
        with self._lock:
            self._drop()

    def _develop(
        self, picture: Picture, px: int | None, kind: Kind, most: int, name: str | None = None
    ) -> tuple[Header, Answer, bytes]:
        limits = self._limits
        opened: AbstractContextManager[BinaryIO] = (
            picture.open("rb") if isinstance(picture, Path) else nullcontext(picture)
        )
        with opened as file:
            header = read_header(file, name or "", limits)
            if name is not None:
                check_name(header, name)
            order = Order(
                file.seek(0, 2),
                header.media_type,
                header.orientation,
                limits.pixels,
                kind,
                px,
                limits.seconds,
            )
            self._after_fork()
            with self._lock:
                answer, data = self._ask(order, file, most)
                if answer.reason == "image.memory":
                    self._drop()
        if answer.reason is not None:
            raise _told(answer.reason, limits)
        return header, answer, data

    def _ask(self, order: Order, file: BinaryIO, most: int) -> tuple[Answer, bytes]:
        """A process that was used before may have died since: then another one is asked, once."""
        again = self._worker is not None
        try:
            return self._ready().ask(order, _pieces(file), most)
        except Late:
            self._drop()
            return Answer(reason="image.time"), b""
        except Died:
            self._drop()
            return self._ask(order, file, most) if again else (Answer(reason="image.damaged"), b"")
        except BaseException:
            # Interrupted: what it would still answer belongs to nobody.
            self._drop()
            raise

    def _ready(self) -> Worker:
        if self._worker is None:
            require("PIL", "Pillow")
            self._worker = Worker(self._limits.memory_bytes)
        return self._worker

    def _drop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()

    def _after_fork(self) -> None:
        if self._owner != os.getpid():
            self._owner = os.getpid()
            self._lock = threading.Lock()
            worker, self._worker = self._worker, None
            if worker is not None:
                worker.forget()


def require(module: str, library: str) -> None:
    """Raises `MissingExtra`, with the line that helps, when a library for pictures is not installed."""
    if importlib.util.find_spec(module) is None:
        message = f"Pictures need {library}: pip install 'sojourn[images]'"
        raise MissingExtra(message, library=library)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece


def _damaged() -> Invalid:
    return Invalid("This picture is damaged: it cannot be decoded.", reason="image.damaged")


def _told(reason: str, limits: Limits) -> SojournError:
    match reason:
        case "image.truncated":
            return Invalid("This picture is cut off.", reason=reason)
        case "image.time":
            message = f"Decoding this picture takes longer than {limits.seconds:g} seconds."
            return Overfull(message, reason=reason, limit=limits.seconds)
        case "image.memory":
            return Overfull("Decoding this picture takes too much memory.", reason=reason)
        case "image.pixels":
            return Overfull("This picture has more pixels than it says.", reason=reason)
        case _:
            return _damaged()
