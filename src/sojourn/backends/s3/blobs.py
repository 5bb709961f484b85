"""Blobs as objects: `sessions/<ab>/<session id>/files/<blob id>`, where ab ends the session's id.

A blob of more than 8 MiB, or one that came by and by, lies in pieces in `<blob id>.pieces/`. There is nothing
a list does not show: a multipart upload that nobody finishes would stay where no erase finds it.
"""

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, cast

from sojourn.backends.localwriter import Hashes
from sojourn.backends.s3 import pieces
from sojourn.backends.s3.bucket import Bucket, Lying
from sojourn.backends.s3.finished import S3Finished
from sojourn.backends.s3.reader import S3Reader
from sojourn.backends.s3.room import FOLDER, Room
from sojourn.backends.s3.writer import PIECE, S3Writer
from sojourn.errors import NotFound
from sojourn.ports import BlobWriter, Found

_BUFFER = 1 << 16
_COPIED = 1 << 20


class S3Blobs:
    def __init__(self, bucket: Bucket, *, piece: int = PIECE) -> None:
        self._bucket = bucket
        self._piece = piece
        self._hashes = Hashes()

    def writer(self, session_id: str, blob: str) -> BlobWriter:
        """What was removed before `finish` is noticed only when a part of it lay there already."""
        return S3Writer(self._room(session_id, blob), self._hashes, piece=self._piece)

    def resume(self, session_id: str, blob: str) -> BlobWriter:
        """A writer that was killed has its turn for another minute."""
        room = self._room(session_id, blob)
        finished = self._reader(room)
        if finished is not None:
            return S3Finished(finished)
        turn = room.take_turn(room.look())
        standing = room.look()
        room.discard(standing.spare)
        return S3Writer(room, self._hashes, piece=self._piece, kept=standing.pieces, turn=turn)

    def received(self, session_id: str, blob: str) -> int:
        room = self._room(session_id, blob)
        standing = room.look()
        if standing.pieces or standing.turn.number:
            return pieces.size_of(standing.pieces)
        return self._bucket.size(room.whole) or 0

    def open(self, session_id: str, blob: str) -> BinaryIO:
        reader = self._reader(self._room(session_id, blob))
        if reader is None:
            raise NotFound("The bytes of this file are gone.")
        return cast(BinaryIO, io.BufferedReader(reader, _BUFFER))

    def size(self, session_id: str, blob: str) -> int | None:
        return self._room(session_id, blob).size()

    @contextmanager
    def local(self, session_id: str, blob: str) -> Iterator[Path]:
        """A copy for so long."""
        with self.open(session_id, blob) as opened, _copy() as (file, path):
            while data := opened.read(_COPIED):
                file.write(data)
            file.flush()
            yield path

    @contextmanager
    def lend(self, session_id: str, data: bytes) -> Iterator[Path]:
        with _copy() as (file, path):
            file.write(data)
            file.flush()
            yield path

    def remove(self, session_id: str, blob: str) -> None:
        room = self._room(session_id, blob)
        self._hashes.forget(room.path)
        room.clear()

    def drop(self, session_id: str) -> None:
        self._bucket.clear(self._folder(session_id))

    def walk(self) -> Iterator[Found]:
        top = self._bucket.where.name("sessions")
        for place, lying in groupby(self._bucket.below(top), lambda one: _place(one.name)):
            yield self._found(place, list(lying))

    def discard(self, found: Found) -> None:
        place = self._bucket.where.name(*found.place.split("/"))
        if place.endswith(FOLDER):
            self._bucket.clear(place)
        else:
            self._bucket.delete([place])

    def link(self, session_id: str, blob: str, *, seconds: float) -> str | None:
        """Of a blob that is one object."""
        room = self._room(session_id, blob)
        return None if self._bucket.size(room.whole) is None else self._bucket.link(room.whole, seconds)

    def _reader(self, room: Room) -> S3Reader | None:
        begun = self._bucket.begin(room.whole)
        if begun is not None:
            return S3Reader(self._bucket, [(room.whole, begun[0])], begun[1])
        kept = room.kept()
        return None if kept is None else S3Reader(self._bucket, room.objects(kept))

    def _found(self, place: str, lying: list[Lying]) -> Found:
        root = self._bucket.where.name("")
        place = place.removeprefix(root)
        parts = place.split("/")
        if len(parts) != 5 or parts[3] != "files":
            session_id = parts[2] if len(parts) > 3 else ""
            return Found(session_id, "other", parts[-1], sum(one.size for one in lying), place)
        if parts[4].endswith(FOLDER):
            standing = pieces.standing(lying)
            return Found(
                parts[2],
                "blob" if standing.ended else "part",
                parts[4].removesuffix(FOLDER),
                pieces.size_of(standing.pieces),
                place,
            )
        return Found(parts[2], "blob", parts[4], lying[0].size, place)

    def _room(self, session_id: str, blob: str) -> Room:
        return Room(self._bucket, f"{self._folder(session_id)}/files/{blob}")

    def _folder(self, session_id: str) -> str:
        return self._bucket.where.name("sessions", session_id[-2:], session_id)


def _place(name: str) -> str:
    """Where a blob lies whose object or piece that is."""
    folder, separator, _ = name.partition(FOLDER + "/")
    return folder + FOLDER if separator else name


@contextmanager
def _copy() -> Iterator[tuple[BinaryIO, Path]]:
    """A file without a name, which goes with this process; where there are none, one in a folder for such."""
    if Path("/proc/self/fd").is_dir():
        with tempfile.TemporaryFile() as file:
            yield file, Path(f"/proc/{os.getpid()}/fd/{file.fileno()}")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bytes"
        with path.open("wb") as file:
            yield file, path
