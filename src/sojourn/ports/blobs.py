"""Bytes."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

from msgspec import Struct


class Blob(Struct, frozen=True):
    """Bytes that are kept: how many, their SHA-256 in hex, and the first of them (≤ 8 KiB)."""

    size: int
    digest: str
    head: bytes


class Found(Struct, frozen=True):
    """Something that lies where blobs do: a blob, one on its way, an index, or what nobody knows.

    `id` is the blob's. `place` says where, for a person to read.
    """

    session_id: str
    kind: Literal["blob", "part", "index", "other"]
    id: str
    size: int
    place: str


class BlobWriter(Protocol):
    """Bytes coming in; nothing is visible before `finish` returns, and then it is durable.

    Not to be used by two at once. Whoever began one ends it, by `pause`, `finish` or `abort`.
    """

    @property
    def size(self) -> int:
        """Bytes so far, those of writers before it included."""
        ...

    def write(self, data: bytes) -> None: ...
    def cut(self, size: int) -> None:
        """Throws away what this writer wrote after so many bytes."""
        ...

    def pause(self) -> None:
        """Makes durable what was written, and lets go. `Blobs.resume` goes on, in any process.

        Once it was let go it does nothing. Raises `NotFound` when the bytes were removed meanwhile.
        """
        ...

    def catch_up(self) -> bool:
        """Reads again a piece of what others wrote, for the digest; False when nothing is left of it.

        To be called until then before `finish`, which may take long otherwise.
        """
        ...

    def finish(self) -> Blob:
        """Raises `NotFound` when the bytes were removed meanwhile."""
        ...

    def abort(self) -> None:
        """Leaves nothing of what is not finished. After `finish`, `pause` or `abort` it does nothing."""
        ...


class Blobs(Protocol):
    """Bytes by session and blob id. Ids are sojourn's own; a user's string never comes here.

    A name is written once: no two blobs ever have the same. An object store keeps the parts of a
    multipart upload until `finish`, finds them again by the name alone, and holds what is too short for a
    part in an object beside it, so that `pause` can promise what it does.
    """

    def writer(self, session_id: str, blob: str) -> BlobWriter:
        """A new one."""
        ...

    def resume(self, session_id: str, blob: str) -> BlobWriter:
        """Goes on where a writer was paused or killed, from the beginning when there was none.

        Raises `Conflict` while somebody else is writing it.
        """
        ...

    def received(self, session_id: str, blob: str) -> int:
        """How many bytes `resume` would find."""
        ...

    def open(self, session_id: str, blob: str) -> BinaryIO:
        """Raises `NotFound`."""
        ...

    def size(self, session_id: str, blob: str) -> int | None:
        """None when there is no such blob, or it is not finished."""
        ...

    def local(self, session_id: str, blob: str) -> AbstractContextManager[Path]:
        """A path that a Reader may open while the context lasts."""
        ...

    def lend(self, session_id: str, data: bytes) -> AbstractContextManager[Path]:
        """The same for bytes that are no blob. What a crash leaves of them, an erase takes with it."""
        ...

    def remove(self, session_id: str, blob: str) -> None:
        """Finished or not. Absent is not an error."""
        ...

    def drop(self, session_id: str) -> None:
        """Everything of this session, its index included. Absent is not an error."""
        ...

    def walk(self) -> Iterator[Found]:
        """Everything that lies where blobs do, session by session, indexes included."""
        ...

    def discard(self, found: Found) -> None:
        """Removes what `walk` found. Absent is not an error."""
        ...


class Links(Protocol):
    """What some places of bytes can besides: let somebody read a blob from there, for a while."""

    def link(self, session_id: str, blob: str, *, seconds: float) -> str | None:
        """An address that is a secret: whoever has it may read until the time is over or the blob is gone.

        None when there is no such blob, or it is not one object. It tells no name, and shows no page.
        """
        ...
