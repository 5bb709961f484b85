# Generated from src/sojourn/aio/reading.py by tools/generate_sync.py. Change that file, then run it.
"""Turning new files into words."""

from __future__ import annotations

from msgspec.structs import replace

from sojourn import ingest
from sojourn.core import files, lifecycle
from sojourn.core.held import local
from sojourn.errors import Corrupt, MissingExtra, NotFound, ReaderFailed, SessionGone
from sojourn.models import Chunk, File
from sojourn.ports import Held, SessionRef
from sojourn.sync.engine import Engine


class Reading:
    """Reads files whose text is pending into their session's index.

    A host that calls `step` by itself (a server's background task) says so with `host`; then
    `search` no longer waits for files to be read. Cut off at any point, it starts that file again.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def host(self, here: bool = True) -> None:
        """Says that the host calls `step` while it runs."""
        self._engine.read_by_host = here

    def step(self, *, limit: int = 1) -> int:
        """Reads up to `limit` files of any session, oldest first; answers how many there were."""
        unread = self._engine.drive.read(files.unread, limit)
        for ref, file in unread:
            self._read(ref, file)
        beside = self._engine.beside()
        if beside is None or len(unread) >= limit:
            return len(unread)
        return len(unread) + Reading(beside).step(limit=limit - len(unread))

    def settle(self, ref: SessionRef) -> None:
        """Reads all pending files of one session."""
        after: int | None = 0
        while after is not None:
            found, after = self._engine.drive.read(files.page, ref, after, 200, deleted=False)
            for file in found:
                if file.text == "pending":
                    self._read(ref, file)

    def _read(self, ref: SessionRef, file: File) -> None:
        """Reads one file and notes how it went; a file that cannot be read is not an error here."""
        try:
            held = self._engine.drive.read(files.held, ref, file.id)
            chunks = self._engine.drive.hop(self._chunks, ref, held)
        except (ReaderFailed, MissingExtra, Corrupt) as failure:
            self._fail(ref, file, str(failure))
            return
        except (
            FileNotFoundError,
            NotFound,
            SessionGone,
        ):  # it went while it was read, or is lost
            self._fail(ref, file, "The bytes of this file are gone.")
            return
        if chunks:
            index = self._engine.indexes.session_for_writing(ref.id)
            self._engine.drive.hop(index.put, file.id, file.name, chunks)
        done = replace(file, text="ready" if chunks else "none", chunks=len(chunks), problem=None)
        if not self._engine.drive.write(files.note, ref, done, self._engine.clock.now()):
            self._undo(ref, file)

    def _undo(self, ref: SessionRef, file: File) -> None:
        """The file, or its whole session, went while it was read: its words go too."""
        engine = self._engine
        engine.drive.hop(self._unlearn, ref, file)
        try:
            engine.drive.read(lifecycle.get, ref, engine.clock.now(), engine.settings)
        except (NotFound, SessionGone):
            engine.drive.hop(engine.blobs.drop, ref.id)

    def _fail(self, ref: SessionRef, file: File, problem: str) -> None:
        failed = replace(file, text="failed", chunks=0, problem=problem)
        self._engine.drive.write(files.note, ref, failed, self._engine.clock.now())

    def _chunks(self, ref: SessionRef, held: Held) -> list[Chunk]:
        with local(self._engine.blobs, ref.id, held) as path:
            return ingest.read(path, held.file.media_type, settings=self._engine.settings)

    def _unlearn(self, ref: SessionRef, file: File) -> None:
        index = self._engine.indexes.session(ref.id)
        if index is not None:
            index.remove(file.id)
