"""What goes over the wire: the shapes of the OpenAPI document.

Requests are checked against these, unknown fields included; answers are rendered from the
records (`render`), and the tests hold them against the shapes here.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType

Role = Literal["user", "assistant", "system", "tool"]
Uuid = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""ISO 8601 in UTC, with milliseconds."""


def _without_defaults(schema: dict[str, Any]) -> None:
    """What is left out has no value: a default is only how its absence looks in here."""
    for field in schema.get("properties", {}).values():
        field.pop("default", None)


class Sent(BaseModel):
    """A request's body, or a part of one. `given` tells what was sent; null is no way to leave out."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_without_defaults)

    def given(self, *names: str) -> dict[str, Any]:
        """Those of the fields that were sent."""
        return {name: getattr(self, name) for name in names if name in self.model_fields_set}


def _true(value: bool) -> bool:
    if not value:
        raise PydanticCustomError("only", "Input should be true")
    return value


def _false(value: bool) -> bool:
    if value:
        raise PydanticCustomError("only", "Input should be false")
    return value


# A Literal would take 1 for true.
True_ = Annotated[bool, AfterValidator(_true), Field(json_schema_extra={"const": True})]
False_ = Annotated[bool, AfterValidator(_false), Field(json_schema_extra={"const": False})]


class Answer(BaseModel):
    """An answer's body."""

    model_config = ConfigDict(extra="forbid")


# -- parts, sent and answered -------------------------------------------------------------------


class Place(Sent):
    page: int = 0
    heading: str = ""
    row: int = 0
    last_row: int = 0
    line: int = 0


class Text(Sent):
    type: Literal["text"]
    text: str


class FileRef(Sent):
    type: Literal["file"]
    file_id: str


class Citation(Sent):
    type: Literal["citation"]
    number: int
    document_id: str
    document_name: str
    chunk: int
    quote: str
    place: Place
    corpus: str = ""


class ToolCall(Sent):
    type: Literal["tool_call"]
    call_id: str
    name: str
    arguments: dict[str, Any]


class ToolResult(Sent):
    type: Literal["tool_result"]
    call_id: str
    content: Any


class Raw(Sent):
    type: Literal["raw"]
    provider: str
    item: Any


Part = TypeAliasType(
    "Part",
    Annotated[Text | FileRef | Citation | ToolCall | ToolResult | Raw, Field(discriminator="type")],
)


# -- requests -----------------------------------------------------------------------------------


class SessionCreate(Sent):
    title: str = ""
    tags: list[str] = []
    topics: list[str] = []
    metadata: dict[str, Any] = {}
    client_key: str = ""
    ephemeral: bool = False


class SessionPatch(Sent):
    title: str = ""
    tags: list[str] = []
    topics: list[str] = []
    metadata: dict[str, Any] = {}
    pinned: bool = False
    archived: bool = False
    closed: True_ = True
    deleted: False_ = False


class MessageCreate(Sent):
    id: Uuid = ""
    role: Role = "user"
    text: str = ""
    parts: list[Part] = []
    metadata: dict[str, Any] = {}


class MessagePut(Sent):
    id: Uuid
    role: Role
    text: str = ""
    parts: list[Part] = []
    metadata: dict[str, Any] = {}


class SessionUpdate(Sent):
    messages: list[MessagePut] = []
    title: str = ""
    tags: list[str] = []
    topics: list[str] = []
    metadata: dict[str, Any] = {}
    if_seq: int = 0


class RunCreate(Sent):
    pass


class Unpack(Sent):
    only: str = ""
    partial: bool = False


class StatePatch(Sent):
    set: dict[str, Any] = {}
    remove: list[str] = []
    increment: dict[str, int | float] = {}
    if_versions: dict[str, int] = {}


class FilePatch(Sent):
    deleted: False_ = False


class SessionSwitch(Sent):
    session_id: str


# -- answers ------------------------------------------------------------------------------------


class Problem(Answer):
    type: str
    title: str
    status: int
    code: str
    detail: str
    field: str = ""
    reason: str = ""
    entries: list["Refused"] = []


class Refused(Answer):
    name: str
    size: int
    problem: str
    detail: str


class Session(Answer):
    id: str
    title: str
    created_at: Time
    active_at: Time
    closed_at: Time | None
    deleted_at: Time | None
    revision: int
    last_seq: int
    file_count: int
    file_bytes: int
    tags: list[str]
    topics: list[str]
    metadata: dict[str, Any]
    client_key: str | None
    previous: str | None
    pinned: bool
    archived: bool
    ephemeral: bool
    preview: str


class SessionPage(Answer):
    items: list[Session]
    next: str | None


class Message(Answer):
    id: Uuid
    seq: int
    role: Role
    parts: list[Part]
    text: str
    created_at: Time
    parent: str | None
    metadata: dict[str, Any] | None


class MessagePage(Answer):
    items: list[Message]
    next_before: int | None


class State(Answer):
    values: dict[str, Any]
    versions: dict[str, int]


class Picture(Answer):
    width: int
    height: int
    frames: int


class File(Answer):
    id: str
    name: str
    media_type: str
    size: int
    digest: str
    created_at: Time
    text: Literal["pending", "ready", "none", "failed"]
    chunks: int
    problem: str | None
    picture: Picture | None
    deleted_at: Time | None


class Entry(Answer):
    name: str
    size: int
    file: File | None
    problem: str | None
    detail: str | None


class Unpacked(Answer):
    archive: File
    entries: list[Entry]


class FilePage(Answer):
    items: list[File]
    next: str | None


class FilesAdded(Answer):
    items: list[File]


class Upload(Answer):
    id: str
    name: str
    size: int
    received: int
    created_at: Time
    expires_at: Time


class Uploads(Answer):
    items: list[Upload]


class Document(Answer):
    id: str
    name: str
    chunks: int


class Chunk(Answer):
    number: int
    text: str
    place: Place


class ChunkWindow(Answer):
    document: Document
    items: list[Chunk]


class Hit(Answer):
    document_id: str
    document_name: str
    chunk: int
    text: str
    place: Place
    score: float
    corpus: str | None


class Hits(Answer):
    items: list[Hit]


class Corpus(Answer):
    name: str
    version: str
    documents: int
    chunks: int


class Corpora(Answer):
    items: list[Corpus]


class User(Answer):
    id: str
    name: str | None
    anonymous: bool


class Device(Answer):
    id: str
    label: str
    created_at: Time
    seen_at: Time
    expires_at: Time
    current: bool


class Devices(Answer):
    items: list[Device]


class Responder(Answer):
    title: str


class Limits(Answer):
    file_bytes: int
    session_bytes: int
    session_files: int
    user_bytes: int
    user_files: int
    message_bytes: int


class Me(Answer):
    user: User | None
    device: Device | None
    session_id: str | None
    responder: Responder
    limits: Limits


class Receipt(Answer):
    session_id: str
    erased_at: Time
    messages: int
    files: int
    bytes: int
    state_keys: int
