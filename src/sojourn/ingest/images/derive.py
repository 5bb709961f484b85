"""Pictures made from pictures: thumbnails and arrays, by a process that may be killed."""

import importlib.util
import io
import os
import threading
from pathlib import Path
from typing import Literal, Self

from msgspec import Struct

from sojourn.errors import Invalid, LimitExceeded, MissingExtra, SojournError
from sojourn.ingest.images.header import read_header
from sojourn.ingest.images.orders import Answer, Kind, Order
from sojourn.ingest.images.source import DEFAULT, Limits
from sojourn.ingest.images.worker import Died, Late, Worker

_LARGEST = 4096
"""Pixels of the longest side of a thumbnail."""
_ROOM = 1 << 16


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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def thumbnail(self, path: Path, px: int, kind: Literal["webp", "jpeg"] = "webp") -> bytes:
        """The picture upright, no side longer than `px`, and never enlarged; of several frames the first.

        It is in sRGB and carries no EXIF, place, profile or comment. WebP keeps what is transparent,
        JPEG puts white behind it. Raises what `read_header` raises, and: `Invalid` (`image.damaged`,
        `image.truncated`); `LimitExceeded` (`image.seconds`, `image.memory`); `MissingExtra`;
        `ReaderFailed` when no process can be started; `FileNotFoundError`.
        """
        if not 1 <= px <= _LARGEST:
            raise Invalid(f"A thumbnail has 1 to {_LARGEST} pixels a side.", field="px")
        _, data = self._develop(path, px, kind, px * px * 4 + _ROOM)
        # What comes out of the decoder is judged like anything else from outside.
        made = read_header(io.BytesIO(data), limits=self._limits)
        if made.media_type != f"image/{kind}" or max(made.width, made.height) > px:
            raise _damaged()
        return data

    def pixels(self, path: Path, px: int | None = None) -> Pixels:
        """The picture upright as an array; with `px`, scaled down so that no side is longer.

        What is transparent has white behind it. Raises what `thumbnail` raises.
        """
        if px is not None and px < 1:
            raise Invalid("A picture has at least one pixel a side.", field="px")
        answer, data = self._develop(path, px, "rgb", self._limits.pixels * 3)
        if answer.width * answer.height * 3 != len(data):
            raise _damaged()
        return Pixels(data, (answer.height, answer.width, 3))

    def close(self) -> None:
        """Ends the process. A picture that comes later starts another."""
        with self._lock:
            self._drop()

    def _develop(self, path: Path, px: int | None, kind: Kind, most: int) -> tuple[Answer, bytes]:
        limits = self._limits
        with path.open("rb") as file:
            header = read_header(file, limits=limits)
        order = Order(
            str(path.absolute()),
            header.media_type,
            header.orientation,
            limits.pixels,
            kind,
            px,
            limits.seconds,
        )
        self._after_fork()
        with self._lock:
            answer, data = self._ask(order, most)
            if answer.reason == "image.memory":
                self._drop()
        if answer.reason is not None:
            raise _told(answer.reason, limits)
        return answer, data

    def _ask(self, order: Order, most: int) -> tuple[Answer, bytes]:
        """A process that was used before may have died since: then another one is asked, once."""
        again = self._worker is not None
        try:
            return self._ready().ask(order, most)
        except Late:
            self._drop()
            return Answer(reason="image.seconds"), b""
        except Died:
            self._drop()
            return self._ask(order, most) if again else (Answer(reason="image.damaged"), b"")
        except BaseException:
            # Interrupted: what it would still answer belongs to nobody.
            self._drop()
            raise

    def _ready(self) -> Worker:
        if self._worker is None:
            if importlib.util.find_spec("PIL") is None:
                raise MissingExtra("Pictures need Pillow: install sojourn[images].", library="pillow")
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


def _damaged() -> Invalid:
    return Invalid("This picture is damaged: it cannot be decoded.", reason="image.damaged")


def _told(reason: str, limits: Limits) -> SojournError:
    match reason:
        case "image.truncated":
            return Invalid("This picture is cut off.", reason=reason)
        case "image.seconds":
            message = f"Decoding this picture takes longer than {limits.seconds:g} seconds."
            return LimitExceeded(message, reason=reason, limit=limits.seconds)
        case "image.memory":
            return LimitExceeded("Decoding this picture takes too much memory.", reason=reason)
        case "image.pixels":
            return LimitExceeded("This picture has more pixels than it says.", reason=reason)
        case _:
            return _damaged()
