"""What can be searched."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sojourn.models import (
    Chunk,
    Corpus,
    Document,
    Hit,
)


class Reader(Protocol):
    """Bytes of one kind → chunks with their place. Runs in a process of its own: input is hostile."""

    media_types: tuple[str, ...]

    def read(self, path: Path, media_type: str) -> Iterator[Chunk]: ...


class Index(Protocol):
    """One searchable body: a session's chunks, or a corpus's. Blocking."""

    def put(self, document_id: str, name: str, chunks: Sequence[Chunk]) -> None:
        """Replaces the document's chunks in one transaction."""
        ...

    def remove(self, document_id: str) -> None: ...
    def documents(self) -> list[Document]: ...
    def document(self, document_id: str) -> Document | None: ...
    def chunks(self, document_id: str, first: int, limit: int) -> list[Chunk]: ...
    def count(self, terms: Sequence[str]) -> tuple[int, float, dict[str, int]]:
        """Chunks held, their mean length in words, and in how many chunks each term stands."""
        ...

    def candidates(self, terms: Sequence[str], limit: int) -> list[Hit]:
        """The best chunks with any of the terms, by this index's own ranking."""
        ...


class Indexes(Protocol):
    """Where indexes live."""

    def session(self, session_id: str) -> Index | None:
        """None when nothing was ever indexed there."""
        ...

    def session_for_writing(self, session_id: str) -> Index: ...
    def corpus(self, name: str) -> Index | None: ...
    def corpora(self) -> list[Corpus]: ...
    def build(self, name: str) -> AbstractContextManager[Index]:
        """A new version of a corpus; it takes the old one's place when the context ends well."""
        ...


class Embedder(Protocol):
    """Texts → vectors of one length. `model` names it: vectors of two models are never compared."""

    model: str
    dimensions: int

    def embed(self, texts: Sequence[str]) -> list[list[float]]: ...
