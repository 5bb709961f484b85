"""The records sojourn hands out: frozen, plain, without behaviour.

Times are whole milliseconds since 1970 UTC (`…_ms`) and have a twin that
answers an aware `datetime`. Ids are names, never credentials.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from msgspec import Struct

from sojourn.models.audit import Audit, Fault, Finding
from sojourn.models.files import Entry, File, Picture, Progress, TextStatus, Thumbnail, Unpacked, Upload
from sojourn.models.moments import moment

__all__ = [
    "EPHEMERAL",
    "Audit",
    "Branch",
    "Chunk",
    "Citation",
    "Corpus",
    "Device",
    "Document",
    "Entry",
    "Event",
    "EventKind",
    "EventPage",
    "Fault",
    "File",
    "FileRef",
    "Finding",
    "Hit",
    "Message",
    "Page",
    "Part",
    "Picture",
    "Place",
    "Progress",
    "Raw",
    "Receipt",
    "Role",
    "Session",
    "Text",
    "TextStatus",
    "Thumbnail",
    "ToolCall",
    "ToolResult",
    "Unpacked",
    "Upload",
    "User",
    "moment",
]

T = TypeVar("T")

Role = Literal["user", "assistant", "system", "tool"]
EventKind = Literal[
    "session.created",
    "session.changed",
    "session.closed",
    "session.deleted",
    "session.restored",
    "session.erased",
    "message.appended",
    "state.changed",
    "file.kept",
    "file.removed",
    "file.read",
    "device.added",
    "device.ended",
    "reset",
    "file.deleted",
    "file.restored",
    "device.rotated",
]
"""Kept by their place in this list: a new one goes to its end."""


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


EPHEMERAL = "ses_e"  # how the id of an ephemeral session begins, and no other's


class Session(Struct, frozen=True):
    """What one visit owns. `revision` counts changes of what people give it: names, tags, pin, archive, end.

    `last_seq` counts the messages of all branches. `branch` is the current one, and `preview` begins
    its newest message with words of a person or of an answer; empty while there is none.
    """

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
    pinned: bool = False
    archived: bool = False
    branch: int = 1
    preview: str = ""

    @property
    def created_at(self) -> datetime:
        return moment(self.created_ms)

    @property
    def active_at(self) -> datetime:
        return moment(self.active_ms)

    @property
    def closed(self) -> bool:
        return self.closed_ms is not None

    @property
    def ephemeral(self) -> bool:
        """It is never kept: gone when it is closed, and with the last process that serves its store."""
        return self.id.startswith(EPHEMERAL)


class Place(Struct, frozen=True, omit_defaults=True):
    """Where in its file a chunk stands; what does not apply is None. All count from 1."""

    page: int | None = None
    heading: str | None = None
    row: int | None = None
    last_row: int | None = None
    line: int | None = None


class Text(Struct, frozen=True, tag="text", gc=False):
    """Words."""

    text: str


class FileRef(Struct, frozen=True, tag="file", gc=False):
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
    """One entry of a conversation. `seq` counts from 1 without a gap, over all branches.

    It was said in `branch`. `parent` is the id of the message it follows; None: the `seq` before, or none.
    """

    id: str
    seq: int
    role: str
    parts: tuple[Part, ...]
    created_ms: int
    parent: str | None = None
    metadata: dict[str, Any] | None = None
    branch: int = 1

    @property
    def text(self) -> str:
        """All its words, as one string."""
        return "".join(part.text for part in self.parts if type(part) is Text)

    @property
    def created_at(self) -> datetime:
        return moment(self.created_ms)


class Branch(Struct, frozen=True):
    """One way a conversation went on. It left `parent` after the message with the seq `fork_seq`.

    Number 1 is where a conversation begins; it has no parent. `fork_seq` is 0 for a branch that
    begins the conversation anew. `first` is the id of the first message to be read on it after the
    place that was asked about, else of the first that was said in it; None while there is none.
    """

    number: int
    parent: int | None
    fork_seq: int
    first: str | None


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


class Event(Struct, frozen=True, gc=False):
    """One entry of a user's change log: what changed, never what it says. `n` counts from 1 without a gap,
    and in great steps, beyond 64 bits, once there are ephemeral sessions.

    `session_id` is None for what is no session's, and once nothing is known of the session any more.
    `object_id` names the message, file or device; None for the session itself and for state.
    `reset` is never kept: it stands for entries that are gone, and says to read everything anew.
    """

    n: int
    kind: EventKind
    session_id: str | None
    object_id: str | None
    at_ms: int

    @property
    def at(self) -> datetime:
        return moment(self.at_ms)


class EventPage(Struct, frozen=True):
    """What came after an entry of the change log, in order.

    `newest` is the log's last `n`. `reset` is True when the entry asked from is no longer kept, or
    never was: then there are no items, and whoever asked reads everything anew and goes on from `newest`.
    """

    items: list[Event]
    newest: int
    reset: bool = False

    @property
    def cursor(self) -> int:
        """Where the next page begins."""
        return self.items[-1].n if self.items else self.newest

    def __iter__(self) -> Iterator[Event]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


class Page(Struct, Generic[T], frozen=True):
    """One page of a list; `next` is the cursor of the page after it, None on the last."""

    items: list[T]
    next: str | None = None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)
