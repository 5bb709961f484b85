# Generated from src/sojourn/aio/files.py by tools/generate_sync.py. Change that file, then run it.
"""The files of one session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import BinaryIO

from sojourn import ingest
from sojourn.core import checks, cursors, files
from sojourn.core.held import opened
from sojourn.drive import Data
from sojourn.models import Chunk, Document, File, Page, Progress, TextStatus, Unpacked, Upload
from sojourn.ports import Intent, SessionRef
from sojourn.sync.engine import Engine
from sojourn.sync.incoming import Incoming
from sojourn.sync.leaving import take_away
from sojourn.sync.sweep import tidy
from sojourn.sync.unpacking import Unpacking
from sojourn.sync.uploads import Checksum, Uploads

Passages = tuple[Document, list[Chunk]]
"""A document, and some of its chunks in order."""


class Files:
    """Streamed in and out, typed by content, within the quota of the session and of its owner.

    Every file counts with its size, one in the trash too. The same bytes twice in a session are two
    files and one blob, which goes with the last of them; nobody else's bytes are ever looked at.
    """

    def __init__(self, engine: Engine, ref: SessionRef) -> None:
        self._engine = engine
        self._ref = ref

    def add(self, name: str | None, data: Data, *, size: int | None = None) -> File:
        """Keeps the bytes as a file; when it returns they are durable, or nothing of them is left.

        `name` is only shown, never a path. `size`, when it is known, reserves the quota at once and
        must be right. Memory stays flat whatever the size: up to `small_bytes` lie in the records, more
        of them in a blob. Raises `LimitExceeded` when it is too much, `Invalid` when there are no bytes or
        not as many as said, `SessionGone` at the next piece when the session was erased meanwhile.
        Cancelled, it leaves nothing, or the whole file if the last step was taken.
        """
        tidy(self._engine)
        incoming = Incoming(self._engine, self._ref)
        return self._engine.drive.whole(incoming.add, name, data, size)

    def start(self, name: str | None, *, size: int) -> Upload:
        """Begins a file of exactly `size` bytes that comes piece by piece; reserves its quota.

        It is given up when no byte came for `upload_seconds`. Raises what `add` raises.
        """
        tidy(self._engine)
        return Uploads(self._engine, self._ref).start(name, size)

    def proceed(self, upload_id: str, data: Data, *, offset: int, checksum: Checksum | None = None) -> Upload:
        """Takes the next piece, which begins at `offset`; when it returns, `received` bytes are durable.

        With the last byte the upload becomes a file in the same call: `file` of what it answers. A piece
        that breaks off keeps what came of it; `upload` says how much. One with a `checksum`, as
        `("sha256", digest)`, is taken whole or not at all. An upload goes on in any process and after a
        restart.

        Raises `Conflict` when it does not begin where the bytes end (`offset` of its facts says where), or
        when somebody else is sending just now; `Invalid` when more comes than was announced, or it is not
        what its checksum says (`reason` is `upload.checksum`); `NotFound` when it was given up or
        cancelled; `SessionGone` when the session was erased. To a finished upload nothing can be added.
        """
        uploads = Uploads(self._engine, self._ref)
        return self._engine.drive.whole(uploads.proceed, upload_id, data, offset, checksum)

    def upload(self, upload_id: str) -> Upload:
        """How far an upload is, or that it became a file. Raises `NotFound`.

        One whose last byte came when the process was stopped becomes a file now.
        """
        return Uploads(self._engine, self._ref).upload(upload_id)

    def uploads(self) -> Sequence[Upload]:
        """All that are not finished, oldest first."""
        return Uploads(self._engine, self._ref).uploads()

    def cancel(self, upload_id: str) -> None:
        """Gives an upload up: its bytes go, its quota is free. Raises `NotFound`."""
        uploads = Uploads(self._engine, self._ref)
        self._engine.drive.whole(uploads.cancel, upload_id)

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
        """What is known of one file, also of one in the trash. Raises `NotFound`."""
        return self._engine.drive.read(files.get, self._ref, file_id)

    def open(self, file_id: str) -> BinaryIO:
        """Its bytes, as a binary file the caller closes; one in the trash too. Raises `NotFound`.

        They are held against their size and digest: who reads them in order to the end gets the last
        bytes only if the whole is what was kept, else `Corrupt`. Who seeks and reads a stretch has the
        size checked and, of small files, the digest.
        """
        held = self._engine.drive.read(files.held, self._ref, file_id)
        return self._engine.drive.open(opened, self._engine.blobs, self._ref.id, held)

    def list(self, *, limit: int = 100, cursor: str | None = None, deleted: bool = False) -> Page[File]:
        """A page of the session's files, in the order they came; with `deleted`, of those in its trash."""
        engine = self._engine
        checks.whole(limit, "limit", 1, engine.settings.page_items)
        purpose = f"{'deleted files' if deleted else 'files'} {self._ref.id}"
        after = 0 if cursor is None else cursors.unseal(engine.records.sign, purpose, cursor)[0]
        found, position = engine.drive.read(files.page, self._ref, after, limit, deleted)
        following = None if position is None else cursors.seal(engine.records.sign, purpose, (position, 0))
        return Page(items=found, next=following)

    def delete(self, file_id: str) -> File:
        """Puts the file into the trash: out of lists and searches, whole, until `restore` or `erase`.

        It still counts, and a sweep erases it after `trash_seconds`. Twice is not an error. Raises
        `NotFound`.
        """
        engine = self._engine
        now = engine.clock.now()
        file, went = engine.drive.write(files.delete, self._ref, file_id, now, engine.settings)
        if went:
            take_away(engine, self._ref, [Intent(self._ref.id, file.id, "words")])
        return file

    def restore(self, file_id: str) -> File:
        """Takes the file out of the trash; its words are to be read again. Twice is not an error.

        Raises `NotFound`.
        """
        engine = self._engine
        file = self.get(file_id)
        text: TextStatus = "pending" if ingest.readable(file.media_type) else "none"
        now = engine.clock.now()
        return engine.drive.write(files.restore, self._ref, file_id, text, now, engine.settings)

    def erase(self, file_id: str) -> None:
        """Removes the file, its words and, when no other file of the session has the same, its bytes: for
        good. Raises `NotFound`.

        Whoever reads it just now reads to the end. Cut off by a crash it is finished by the next sweep.
        """
        engine = self._engine
        now = engine.clock.now()
        gone = engine.drive.write(files.erase, self._ref, file_id, now, engine.settings)
        take_away(engine, self._ref, files.left(self._ref, gone))

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
