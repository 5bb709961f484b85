"""Files, on their way in, kept, and what is made of them."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from sojourn.models.moments import moment

TextStatus = Literal["pending", "ready", "none", "failed"]


class Picture(Struct, frozen=True):
    """What a picture's header says: width and height as a person sees it, upright, and how many frames."""

    width: int
    height: int
    frames: int = 1


class File(Struct, frozen=True):
    """What a person sees of uploaded bytes.

    `digest` is their SHA-256 in hex, `media_type` is judged by content.
    `text` says how far its words are: `pending`, `ready` (searchable, `chunks` of them),
    `none` (no words to be had), `failed` (`problem` says why; the bytes are whole).
    `picture` is None for what is no picture that can be read, and for one whose header is damaged.
    `deleted_ms` says since when it is in the trash.
    """

    id: str
    name: str
    media_type: str
    size: int
    digest: str
    created_ms: int
    text: TextStatus = "pending"
    chunks: int = 0
    problem: str | None = None
    picture: Picture | None = None
    deleted_ms: int | None = None

    @property
    def created_at(self) -> datetime:
        return moment(self.created_ms)


class Upload(Struct, frozen=True):
    """A file that comes piece by piece. Its `id` is that of the file to be.

    `received` bytes of `size` are durable: the next piece begins there. It is given up at `deadline_ms`,
    which moves on with every piece. `file` is what it became, None until the last byte is in.
    """

    id: str
    name: str
    size: int
    received: int
    created_ms: int
    deadline_ms: int
    file: File | None = None

    @property
    def deadline(self) -> datetime:
        return moment(self.deadline_ms)


class Thumbnail(Struct, frozen=True):
    """A small picture made of a larger one: upright, in sRGB, and without a word about where it is from."""

    media_type: str
    width: int
    height: int
    data: bytes


class Entry(Struct, frozen=True):
    """What became of one entry of an archive: the `file`, or why it was refused, as a code and a sentence.
    With neither it was passed over: a folder, a file without bytes, what a system left there.
    """

    name: str
    size: int
    file: File | None = None
    problem: str | None = None
    detail: str | None = None


class Unpacked(Struct, frozen=True):
    """An archive that was taken apart: all its entries in their order. It stays as it was."""

    archive: File
    entries: tuple[Entry, ...]

    @property
    def files(self) -> list[File]:
        return [entry.file for entry in self.entries if entry.file is not None]


class Progress(Struct, frozen=True):
    """How far an archive is taken apart: entries of how many, and their bytes so far."""

    entries: int
    total: int
    bytes: int
