"""The records sojourn hands out: frozen, plain, without behaviour.

Times are whole milliseconds since 1970 UTC (`…_ms`) and have a twin that
answers an aware `datetime`. Ids are names, never credentials.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Generic, Literal, TypeVar

from msgspec import Struct

T = TypeVar("T")

Role = Literal["user", "assistant", "system", "tool"]
TextStatus = Literal["pending", "ready", "none", "failed"]


def moment(ms: int) -> datetime:
    """The aware UTC datetime of whole milliseconds since 1970."""
    return datetime.fromtimestamp(ms / 1000, UTC)


class User(Struct, frozen=True):
    """The owner of sessions; anonymous while `name` is None."""

    id: str
    name: str | None
    created_ms: int

    @property
    def created_at(self) -> datetime:
        return moment(self.created_ms)


class Device(Struct, frozen=True):
    """One browser or client of a user: one secret token, listed and revocable."""

    id: str
    label: str
    created_ms: int
    seen_ms: int
    expires_ms: int
    session_id: str | None = None

    @property
    def seen_at(self) -> datetime:
        return moment(self.seen_ms)


class Session(Struct, frozen=True):
    """What one visit owns. `revision` counts changes of the fields here except counts and times."""

    id: str
    title: str
    created_ms: int
    active_ms: int
    revision: int
    last_seq: int
    file_count: int
    file_bytes: int
    tags: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    metadata: dict[str, Any] = {}
    client_key: str | None = None
    previous: str | None = None
    closed_ms: int | None = None
    deleted_ms: int | None = None

    @property
    def created_at(self) -> datetime:
        return moment(self.created_ms)

    @property
    def active_at(self) -> datetime:
        return moment(self.active_ms)

    @property
    def closed(self) -> bool:
        return self.closed_ms is not None


class Place(Struct, frozen=True, omit_defaults=True):
    """Where in its file a chunk stands; what does not apply is None. All count from 1."""

    page: int | None = None
    heading: str | None = None
    row: int | None = None
    last_row: int | None = None
    line: int | None = None


class Text(Struct, frozen=True, tag="text"):
    """Words."""

    text: str


class FileRef(Struct, frozen=True, tag="file"):
    """A file of the same session that the message carries."""

    file_id: str


class Citation(Struct, frozen=True, tag="citation", omit_defaults=True):
    """The passage an answer rests on: `chunk` of a file of the session, or of a corpus document."""

    number: int
    document_id: str
    document_name: str
    chunk: int
    quote: str
    place: Place
    corpus: str | None = None


class ToolCall(Struct, frozen=True, tag="tool_call"):
    """The model asks for a tool."""

    call_id: str
    name: str
    arguments: dict[str, Any]


class ToolResult(Struct, frozen=True, tag="tool_result"):
    """What the tool answered."""

    call_id: str
    content: Any


class Raw(Struct, frozen=True, tag="raw"):
    """A provider's own item, kept as it came."""

    provider: str
    item: Any


Part = Text | FileRef | Citation | ToolCall | ToolResult | Raw


class Message(Struct, frozen=True, gc=False):
    """One entry of a conversation. `seq` counts from 1 without a gap.

    `parent` is the id of the message it follows, None when that is the one before it.
    """

    id: str
    seq: int
    role: str
    parts: tuple[Part, ...]
    created_ms: int
    parent: str | None = None
    metadata: dict[str, Any] | None = None

    @property
    def text(self) -> str:
        """All its words, as one string."""
        return "".join(part.text for part in self.parts if type(part) is Text)

    @property
    def created_at(self) -> datetime:
        return moment(self.created_ms)


class File(Struct, frozen=True):
    """What a person sees of uploaded bytes.

    `digest` is their SHA-256 in hex, `media_type` is judged by content.
    `text` says how far its words are: `pending`, `ready` (searchable, `chunks` of them),
    `none` (no words to be had), `failed` (`problem` says why; the bytes are whole).
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

    @property
    def created_at(self) -> datetime:
        return moment(self.created_ms)


class Chunk(Struct, frozen=True):
    """A passage of a document. `number` counts from 0 within it."""

    number: int
    text: str
    place: Place


class Hit(Struct, frozen=True):
    """A chunk that answers a search. `corpus` is None when it is the session's own."""

    document_id: str
    document_name: str
    chunk: int
    text: str
    place: Place
    score: float
    corpus: str | None = None

    @property
    def origin(self) -> str:
        return "session" if self.corpus is None else f"corpus:{self.corpus}"


class Corpus(Struct, frozen=True):
    """A shared, read-only body of documents."""

    name: str
    version: str
    documents: int
    chunks: int


class Document(Struct, frozen=True):
    """One document of a corpus."""

    id: str
    name: str
    chunks: int


class Receipt(Struct, frozen=True):
    """What an erase removed, counted; it names nothing and holds no content."""

    session_id: str
    erased_ms: int
    messages: int
    files: int
    bytes: int
    state_keys: int


class Page(Struct, Generic[T], frozen=True):
    """One page of a list; `next` is the cursor of the page after it, None on the last."""

    items: list[T]
    next: str | None = None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)
