# Generated from src/sojourn/aio/images.py by tools/generate_sync.py. Change that file, then run it.
"""The pictures of one session: files that were judged, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, TypeVar, cast

from sojourn.config import MIB
from sojourn.core import checks, cursors, pictures, room
from sojourn.drive import Data, pieces
from sojourn.errors import BackendError, Invalid, LimitExceeded, SojournError
from sojourn.ingest import images
from sojourn.models import File, Page, Thumbnail
from sojourn.ports import SessionRef
from sojourn.sync.engine import Engine
from sojourn.sync.files import Files

if TYPE_CHECKING:
    from numpy import uint8
    from numpy.typing import NDArray
    from PIL.Image import Image

T = TypeVar("T")

_HELD = 1 * MIB
"""Larger pictures lie in a nameless file while they are judged."""


class Images:
    """Pictures in and out: judged before they are seen, decoded in a process that may be killed.

    They are files like others: `files` has them too. What decodes needs `pip install 'sojourn[images]'`,
    or raises `MissingExtra`; `ids` and `list` work without.
    """

    def __init__(self, engine: Engine, ref: SessionRef) -> None:
        self._engine = engine
        self._ref = ref
        self._files = Files(engine, ref)

    def add(self, name: str | None, data: Data, *, size: int | None = None) -> File:
        """Keeps a picture as a file; the bytes stay as they are, with whatever they say about themselves.

        It is decoded as a whole before it is seen. Raises what `files.add` raises, and, with the
        `reason` among the facts: `UnsupportedType` (`image.type`) for what is no picture that can be
        read, or another kind than its name says; `Invalid` (`image.truncated`, `image.damaged`);
        `Overfull` (`image.pixels`, in all frames together too, `image.bytes`, `image.parts`,
        `image.time`, `image.memory`). Then nothing is left.
        """
        engine = self._engine
        images.require("PIL", "Pillow")
        space = engine.drive.read(room.room, self._ref, engine.clock.now(), engine.settings)
        space.check(1, size or 0)
        most = min(space.bytes, engine.settings.file_bytes)
        with SpooledTemporaryFile(max_size=_HELD) as opened:
            spool = cast(BinaryIO, opened)
            held = 0
            for piece in pieces(data):
                held += len(piece)
                if held > most:
                    raise LimitExceeded(f"There is room for {most} bytes; the picture has more.", limit=most)
                engine.drive.hop(spool.write, piece)
            if not held:
                raise Invalid("The file is empty.", field="file", reason="file.empty")
            self._apart(lambda darkroom: darkroom.check(spool, name or ""))
            engine.drive.hop(spool.seek, 0)
            return self._files.add(name, spool, size=held if size is None else size)

    def ids(self) -> list[str]:
        """The ids of all pictures of the session, in the order they came: also of those `files` took."""
        return self._engine.drive.read(pictures.ids, self._ref)

    def list(self, *, limit: int = 100, cursor: str | None = None) -> Page[File]:
        """A page of the session's pictures, in the order they came."""
        engine = self._engine
        checks.whole(limit, "limit", 1, engine.settings.page_items)
        purpose = f"images {self._ref.id}"
        after = 0 if cursor is None else cursors.unseal(engine.records.sign, purpose, cursor)[0]
        found, position = engine.drive.read(pictures.page, self._ref, after, limit)
        following = None if position is None else cursors.seal(engine.records.sign, purpose, (position, 0))
        return Page(items=found, next=following)

    def open(self, file_id: str) -> Image:
        """The picture for Pillow: decoded, upright, RGB in sRGB; of several frames the first.

        What is transparent has white behind it. Raises `NotFound`, and what `add` raises of a picture
        that came in by `files.add`.
        """
        images.require("PIL", "Pillow")
        found = self._pixels(file_id)
        return self._engine.drive.hop(_image, found)

    def array(self, file_id: str) -> NDArray[uint8]:
        """The same for numpy: (height, width, 3), uint8. It is read-only: copy it to change it."""
        images.require("numpy", "numpy")
        return _array(self._pixels(file_id))

    def thumbnail(self, file_id: str, px: int = 256) -> Thumbnail:
        """The picture in small: WebP, upright, without EXIF, place or profile; of several frames the first.

        Made when it is first asked for, then kept sealed beside the records until its file is erased.
        `px`, 16 to 1024, is rounded up to 64, 128, 256, 512 or 1024: no side is longer, and none is
        enlarged. Thumbnails are derived: they count in no quota and in no receipt. Raises what `open`
        raises.
        """
        engine = self._engine
        size = pictures.step(px)
        while True:
            kept = engine.drive.read(pictures.thumbnail, self._ref, file_id, size)
            if kept is not None:
                return kept
            self._files.get(file_id)
            key = (self._ref.id, file_id, size)
            flight, first = engine.flights.board(key)
            if first:
                return self._land(key, file_id, size)
            landed = engine.drive.wait(flight)
            if isinstance(landed, SojournError):
                raise landed
            if landed is not None:
                return landed

    def _land(self, key: tuple[str, str, int], file_id: str, size: int) -> Thumbnail:
        """Makes a thumbnail; whoever waits for it gets it, or the same error."""
        landed: Thumbnail | SojournError | None = None
        try:
            landed = self._make(file_id, size)
            return landed
        except SojournError as problem:
            landed = problem
            raise
        finally:
            self._engine.flights.land(key, landed)

    def _make(self, file_id: str, size: int) -> Thumbnail:
        with self._files.open(file_id) as opened:
            data = self._apart(lambda darkroom: darkroom.thumbnail(opened, size))
        header = images.read_header(BytesIO(data))
        made = Thumbnail(header.media_type, header.width, header.height, data)
        with suppress(BackendError):  # a full disk keeps nobody from seeing it
            self._engine.drive.write(pictures.keep, self._ref, file_id, size, made)
        return made

    def _pixels(self, file_id: str) -> images.Pixels:
        with self._files.open(file_id) as opened:
            return self._apart(lambda darkroom: darkroom.pixels(opened))

    def _apart(self, work: Callable[[images.Darkroom], T]) -> T:
        """Has it done with a darkroom, when one is free."""
        engine = self._engine
        ticket = engine.darkrooms.ask()
        try:
            return engine.drive.hop(work, engine.drive.wait(ticket))
        finally:
            engine.darkrooms.end(ticket)


def _image(pixels: images.Pixels) -> Image:
    from PIL import Image

    height, width, _ = pixels.shape
    return Image.frombytes("RGB", (width, height), pixels.data)


def _array(pixels: images.Pixels) -> NDArray[uint8]:
    from numpy import frombuffer, uint8

    return frombuffer(pixels.data, uint8).reshape(pixels.shape)
