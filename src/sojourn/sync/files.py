# Generated from src/sojourn/aio/files.py by tools/generate_sync.py. Change that file, then run it.
"""The files of one session."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from sojourn import ingest
from sojourn.core import batches, checks, cursors, files, ids
from sojourn.drive import Data, pieces
from sojourn.errors import BackendError, Invalid, LimitExceeded
from sojourn.ingest import images
from sojourn.models import Chunk, Document, File, Page, Picture, Progress, Unpacked
from sojourn.ports import BlobWriter, SessionRef, Upload
from sojourn.sync.engine import Engine
from sojourn.sync.unpacking import Unpacking

Passages = tuple[Document, list[Chunk]]
"""A document, and some of its chunks in order."""


class Files:
    """Streamed in and out, typed by content, within the session's quota."""

    def __init__(self, engine: Engine, ref: SessionRef) -> None:
        self._engine = engine
        self._ref = ref

    def add(self, name: str | None, data: Data, *, size: int | None = None) -> File:
        """Keeps the bytes as a file; when it returns they are durable, or nothing of them is left.

        `name` is only shown, never a path. `size`, when it is known, reserves the quota at once and
        must be right. Memory stays flat whatever the size. Raises `LimitExceeded` when it is too
        much, `Invalid` when there are no bytes or not as many as said.
        """
        engine = self._engine
        now = engine.clock.now()
        file_id = ids.new_id(ids.FILE, now)
        if size is not None:
            checks.whole(size, "size", 0, 2**62)
        deadline = now + engine.settings.upload_seconds * 1000
        upload = Upload(self._ref.id, file_id, size or 0, deadline)
        room = engine.drive.write(files.begin, self._ref, upload, now, engine.settings)
        writer: BlobWriter | None = None
        try:
            writer = engine.drive.through(engine.blobs.writer, self._ref.id, file_id)
            for piece in pieces(data):
                engine.drive.through(writer.write, piece)
                if writer.size > room:
                    raise LimitExceeded(f"There is room for {room} bytes; the file has more.", limit=room)
            if writer.size == 0:
                raise Invalid("The file is empty.", field="file")
            if size is not None and writer.size != size:
                raise Invalid(f"{size} bytes were announced, {writer.size} came.", field="size")
            blob = engine.drive.through(writer.finish)
            shown = checks.file_name(name)
            media_type = ingest.media_type(blob.head, shown)
            file = File(
                id=file_id,
                name=shown,
                media_type=media_type,
                size=blob.size,
                digest=blob.digest,
                created_ms=now,
                text="pending" if ingest.readable(media_type) else "none",
                picture=self._picture(file_id, media_type),
            )
            return engine.drive.write(files.keep, self._ref, file, engine.clock.now(), engine.settings)
        except BaseException:
            self._give_up(file_id, writer)
            raise

    def _picture(self, file_id: str, media_type: str) -> Picture | None:
        """What its header says, when it is a picture."""
        if not images.readable(media_type):
            return None
        engine = self._engine
        with engine.drive.open(engine.blobs.open, self._ref.id, file_id) as opened:
            return engine.drive.hop(images.measured, opened, engine.darkrooms.limits)

    def _give_up(self, file_id: str, writer: BlobWriter | None) -> None:
        """Leaves nothing of an upload, and gives its quota back. Where the storage fails, the sweep does."""
        try:
            if writer is not None:
                writer.abort()
            self._engine.blobs.remove(self._ref.id, file_id)
            now = self._engine.clock.now()
            self._engine.drive.write(batches.release, self._ref, [file_id], now)
        except BackendError:
            return  # what went wrong first is what is told

    def unpack(
        self,
        file_id: str,
        *,
        only: str | None = None,
        partial: bool = False,
        progress: Callable[[Progress], object] | None = None,
    ) -> Unpacked:
        """Takes the files out of a ZIP archive of the session: all of them, or none.

        The archive is judged first, before a byte is written, and stays as it is. `only` is a media type,
        or a kind of them as in `image/*`: an entry of another one is refused (`archive.kind`). With
        `partial` what is refused is left out, and the report says why. `progress` is called now and
        then; what it answers is awaited if it can be.

        Raises `Invalid`, `Overfull` or `LimitExceeded` with the `reason` (`archive.ratio`, `archive.name`
        and so on) among its facts, and the report of the `entries` when single ones are at fault. Then,
        and when it is cancelled, none of the files is left. Files are seen as they come.
        """
        return Unpacking(self._engine, self._ref, self, only, partial, progress).run(file_id)

    def get(self, file_id: str) -> File:
        """What is known of one file. Raises `NotFound`."""
        return self._engine.drive.read(files.get, self._ref, file_id)

    def open(self, file_id: str) -> BinaryIO:
        """Its bytes, as a binary file the caller closes. Raises `NotFound`."""
        file = self.get(file_id)
        return self._engine.drive.open(self._engine.blobs.open, self._ref.id, file.id)

    def list(self, *, limit: int = 100, cursor: str | None = None) -> Page[File]:
        """A page of the session's files, in the order they came."""
        engine = self._engine
        checks.whole(limit, "limit", 1, engine.settings.page_items)
        purpose = f"files {self._ref.id}"
        after = 0 if cursor is None else cursors.unseal(engine.records.sign, purpose, cursor)[0]
        found, position = engine.drive.read(files.page, self._ref, after, limit)
        following = None if position is None else cursors.seal(engine.records.sign, purpose, (position, 0))
        return Page(items=found, next=following)

    def delete(self, file_id: str) -> None:
        """Removes the file, its bytes and its words, for good. Raises `NotFound`."""
        engine = self._engine
        file = engine.drive.write(files.remove, self._ref, file_id, engine.clock.now(), engine.settings)
        engine.drive.hop(self._remove, file.id)

    def _remove(self, file_id: str) -> None:
        index = self._engine.indexes.session(self._ref.id)
        if index is not None:
            index.remove(file_id)
        self._engine.blobs.remove(self._ref.id, file_id)

    def chunks(self, file_id: str, *, first: int = 0, limit: int = 5) -> Passages:
        """Passages of the file, from number `first` on, with their place. Empty while it is not read."""
        checks.whole(first, "first", 0, 2**31)
        checks.whole(limit, "limit", 1, self._engine.settings.page_items)
        file = self.get(file_id)
        document = Document(id=file.id, name=file.name, chunks=file.chunks)
        index = self._engine.indexes.session(self._ref.id)
        if index is None:
            return document, []
        return document, self._engine.drive.hop(index.chunks, file.id, first, limit)
