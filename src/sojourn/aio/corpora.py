"""Corpora: shared bodies of documents that every session may be searched together with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from sojourn import ingest
from sojourn.aio.engine import AsyncEngine
from sojourn.core import checks
from sojourn.errors import Invalid, NotFound, ReaderFailed
from sojourn.models import Chunk, Corpus, Document

Passages = tuple[Document, list[Chunk]]
"""A document, and some of its chunks in order."""

Outcomes = Callable[[Path, str], None]
"""Told each file and what became of it."""


class AsyncCorpora:
    """Builds, lists and reads corpora. Nothing here belongs to a user."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def list(self) -> Sequence[Corpus]:
        """Those that stand, by name."""
        return await self._engine.drive.hop(self._engine.indexes.corpora)

    async def chunks(self, name: str, document_id: str, *, first: int = 0, limit: int = 5) -> Passages:
        """Passages of a document, from number `first` on. Raises `NotFound`."""
        checks.whole(first, "first", 0, 2**31)
        checks.whole(limit, "limit", 1, self._engine.settings.page_items)
        return await self._engine.drive.hop(self._chunks, name, document_id, first, limit)

    def _chunks(self, name: str, document_id: str, first: int, limit: int) -> Passages:
        index = self._engine.indexes.corpus(name)
        document = index.document(document_id) if index is not None else None
        if index is None or document is None:
            raise NotFound("There is no such document.")
        return document, index.chunks(document_id, first, limit)

    async def build(
        self,
        name: str,
        paths: Iterable[Path],
        *,
        progress: Outcomes | None = None,
    ) -> Corpus:
        """Reads files and folders into a new version of the corpus, which then takes the old one's place.

        `progress` is told each file and what became of it: `read`, `skipped`, or why it failed.
        A file that cannot be read does not stop the others. Raises `Invalid` when nothing could be.
        """
        return await self._engine.drive.hop(self._build, name, tuple(paths), progress)

    def _build(self, name: str, paths: Sequence[Path], progress: Outcomes | None) -> Corpus:
        tell = progress or (lambda path, outcome: None)
        documents = 0
        with self._engine.indexes.build(name) as index:
            for root in paths:
                if not root.exists():
                    raise Invalid(f"There is no file or folder {root}.", field="paths")
                for path in sorted(p for p in root.rglob("*") if p.is_file()) if root.is_dir() else [root]:
                    shown = path.relative_to(root).as_posix() if root.is_dir() else path.name
                    outcome = self._add(index.put, shown, path, documents)
                    documents += outcome == "read"
                    tell(path, outcome)
            if not documents:
                raise Invalid("None of these files has words that can be read.", field="paths")
        return next(corpus for corpus in self._engine.indexes.corpora() if corpus.name == name)

    def _add(
        self, put: Callable[[str, str, Sequence[Chunk]], None], shown: str, path: Path, number: int
    ) -> str:
        with path.open("rb") as file:
            media_type = ingest.media_type(file.read(8192), path.name)
        if not ingest.readable(media_type):
            return "skipped"
        try:
            chunks = ingest.read(path, media_type, settings=self._engine.settings)
        except ReaderFailed as failure:
            return str(failure)
        if not chunks:
            return "skipped"
        put(f"doc_{number + 1:06d}", checks.file_name(shown), chunks)
        return "read"
