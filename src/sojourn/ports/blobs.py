"""Bytes."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

from msgspec import Struct


class Blob(Struct, frozen=True):
    """Bytes that are kept: how many, their SHA-256 in hex, and the first of them (≤ 8 KiB)."""

    size: int
    digest: str
    head: bytes


class BlobWriter(Protocol):
    """Bytes coming in; nothing is visible before `finish` returns, and then it is durable."""

    size: int

    def write(self, data: bytes) -> None: ...
    def finish(self) -> Blob: ...
    def abort(self) -> None:
        """Leaves nothing; may be called twice, and after `finish` does nothing."""
        ...


class Blobs(Protocol):
    """Bytes by session and file id. Ids are sojourn's own; a user's string never comes here."""

    def writer(self, session_id: str, file_id: str) -> BlobWriter: ...
    def open(self, session_id: str, file_id: str) -> BinaryIO: ...
    def local(self, session_id: str, file_id: str) -> AbstractContextManager[Path]:
        """A path that a Reader may open while the context lasts."""
        ...

    def remove(self, session_id: str, file_id: str) -> None:
        """Absent is not an error."""
        ...

    def drop(self, session_id: str) -> None:
        """Everything of this session, its index included. Absent is not an error."""
        ...
