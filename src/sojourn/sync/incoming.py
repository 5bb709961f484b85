# Generated from src/sojourn/aio/incoming.py by tools/generate_sync.py. Change that file, then run it.
"""Bytes on their way into a session."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, suppress
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO

from sojourn import ingest
from sojourn.core import audit, checks, coming, files, ids
from sojourn.drive import Data, pieces
from sojourn.errors import Invalid, LimitExceeded, NotFound, SojournError
from sojourn.ingest import images
from sojourn.models import File, Picture
from sojourn.ports import Blob, BlobWriter, Intent, SessionRef
from sojourn.sync.engine import Engine
from sojourn.sync.leaving import take_away

_HEAD = 8192


class Incoming:
    """Keeps bytes as files. What is run here undoes itself when it fails or is cancelled, and must be let
    to its end: see `whole` of the drive.
    """

    def __init__(self, engine: Engine, ref: SessionRef) -> None:
        self._engine = engine
        self._ref = ref

    def add(self, name: str | None, data: Data, size: int | None) -> File:
        """Few bytes go into the records at once; with more, or more announced, an intent is written first."""
        settings = self._engine.settings
        now = self._engine.clock.now()
        file_id = ids.new_id(ids.FILE, now)
        if size is not None:
            checks.whole(size, "size", 0, 2**62)
            files.allowed(size, settings)
        with closing(pieces(data)) as source:
            first = b""
            if size is None or size <= settings.small_bytes:
                first = _beginning(source, settings.small_bytes)
                if len(first) <= settings.small_bytes:
                    _check(len(first), size)
                    file = self.file(file_id, name, blob_of(first), now, first)
                    files.allowed(file.size, settings)
                    return self._engine.drive.write(
                        files.add, self._ref, file, first, self._engine.clock.now(), settings
                    )
            intent = Intent(
                self._ref.id, file_id, "add", size or 0, coming.deadline(now, settings), created_ms=now
            )
            room = self._engine.drive.write(coming.begin, self._ref, intent, now, settings)
            return self._add(intent, name, first, source, room, size)

    def _add(
        self,
        intent: Intent,
        name: str | None,
        first: bytes,
        source: Generator[bytes],
        room: int,
        size: int | None,
    ) -> File:
        drive, blobs = self._engine.drive, self._engine.blobs
        writer: BlobWriter | None = None
        try:
            writer = drive.through(blobs.writer, self._ref.id, intent.id)
            if first:
                self._write(writer, first, room)
            intent = self.still(intent)
            for piece in source:
                self._write(writer, piece, room)
                intent = self.still(intent)
            _check(writer.size, size)
            blob = drive.through(writer.finish)
            return self.keep(self.file(intent.id, name, blob, intent.created_ms), None)
        except BaseException as problem:
            self._give_up(intent.id, writer)
            if isinstance(problem, NotFound):  # the bytes went: with the session, it may be
                raise drive.read(files.given_up, self._ref) from problem
            raise

    def _write(self, writer: BlobWriter, piece: bytes, room: int) -> None:
        if writer.size + len(piece) > room:
            raise LimitExceeded(f"There is room for {room} bytes; the file has more.", limit=room)
        self._engine.drive.through(writer.write, piece)

    def still(self, intent: Intent) -> Intent:
        """The intent, if it still stands; bytes that came just now move its deadline.

        Raises `SessionGone` and the like.
        """
        engine = self._engine
        standing = engine.drive.read(coming.standing, self._ref, intent.id)
        now = engine.clock.now()
        if coming.due(standing, now, engine.settings):
            engine.drive.write(coming.renew, self._ref, intent.id, now, engine.settings)
            standing = engine.drive.read(coming.standing, self._ref, intent.id)
        return standing

    def keep(self, file: File, body: bytes | None) -> File:
        """Turns what came into a file. Bytes that are not needed after all go again."""
        engine = self._engine
        kept = engine.drive.write(files.keep, self._ref, file, body, engine.clock.now(), engine.settings)
        if kept.spare:
            with suppress(SojournError):  # then whoever looks next takes it away: the records know of it
                take_away(engine, self._ref, [Intent(self._ref.id, file.id, "blob")])
        return file

    def _give_up(self, id: str, writer: BlobWriter | None) -> None:
        """Leaves nothing of what came, unless it was kept at the last moment."""
        with suppress(SojournError):  # then it is overdue some day
            if writer is not None:
                self._engine.drive.through(writer.abort)
            if not self.give_up(id) and not self._engine.drive.read(audit.stands, self._ref, id):
                # It was given up before the bytes lay where they are looked for.
                self._engine.drive.through(self._engine.blobs.remove, self._ref.id, id)

    def give_up(self, id: str) -> bool:
        """Nothing waits for these bytes any more, and none is left; False when nothing did."""
        if not self._engine.drive.write(coming.give_up, self._ref, id):
            return False
        take_away(self._engine, self._ref, [Intent(self._ref.id, id, "blob")])
        return True

    def file(self, id: str, name: str | None, blob: Blob, now: int, data: bytes | None = None) -> File:
        """The file that these bytes are; its type is judged by them. They are in `data`, or in the blob."""
        picture = None
        if images.readable(ingest.media_type(blob.head, checks.file_name(name))):
            with self._engine.drive.open(self._open, id, data) as opened:
                limits = self._engine.darkrooms.limits
                picture = self._engine.drive.hop(images.measured, opened, limits)
        return described(id, name, blob, now, picture)

    def _open(self, id: str, data: bytes | None) -> BinaryIO:
        return self._engine.blobs.open(self._ref.id, id) if data is None else BytesIO(data)


def described(id: str, name: str | None, blob: Blob, now: int, picture: Picture | None) -> File:
    """What is known of bytes that were kept just now."""
    shown = checks.file_name(name)
    media_type = ingest.media_type(blob.head, shown)
    return File(
        id=id,
        name=shown,
        media_type=media_type,
        size=blob.size,
        digest=blob.digest,
        created_ms=now,
        text="pending" if ingest.readable(media_type) else "none",
        picture=picture,
    )


def _beginning(source: Generator[bytes], most: int) -> bytes:
    """All there is, or the first of it, then more than `most` bytes."""
    gathered: list[bytes] = []
    size = 0
    for piece in source:
        gathered.append(piece)
        size += len(piece)
        if size > most:
            break
    return b"".join(gathered)


def _check(found: int, size: int | None) -> None:
    if found == 0:
        raise Invalid("The file is empty.", field="file", reason="file.empty")
    if size is not None and found != size:
        raise Invalid(f"{size} bytes were announced, {found} came.", field="size", reason="file.length")


def blob_of(data: bytes) -> Blob:
    return Blob(len(data), sha256(data).hexdigest(), data[:_HEAD])
