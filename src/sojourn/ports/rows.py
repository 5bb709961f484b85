"""What the verbs take and answer, beside the models."""

from typing import Literal

from msgspec import Struct

from sojourn.models import (
    Device,
    File,
    Receipt,
    User,
)

MOST_SESSIONS = 2**33 - 1
"""What a store can number, erased ones included. These bounds are alike for every backend, so that
whatever one keeps another can take over."""
MOST_BRANCHES = 2**10 - 1
"""Of one session."""
MOST_MESSAGES = 2**20 - 1
"""Of one session, in all its branches."""


class SessionRef(Struct, frozen=True):
    """A session as its owner names it: every verb checks both in the statement that does the work."""

    owner: int
    id: str


Scope = SessionRef | int
"""Whose state: a session's, or a user's (their number)."""

Position = tuple[int, int]
"""Where a page of sessions ended: its `active_ms`, and a number that only its backend knows."""


class Owner(Struct, frozen=True):
    """A user and the number all their rows are keyed by."""

    no: int
    user: User


class Listing(Struct, frozen=True):
    """Which of an owner's sessions: those of the trash, else the archived or the others.

    `pinned` and `tag` narrow it further; None is any.
    """

    deleted: bool = False
    archived: bool = False
    pinned: bool | None = None
    tag: str | None = None


class Titled(Struct, frozen=True):
    """A session's title, and where it stands in its list."""

    id: str
    title: str
    position: Position


Spot = tuple[int, int]
"""Where a message stands: its branch and its seq. (1, 0) is before the first."""


class Summary(Struct, frozen=True):
    """What stands for a conversation up to and including one message: its id, and where it stands."""

    id: str
    upto: str
    spot: Spot
    text: str
    created_ms: int


class Entry(Struct, frozen=True):
    """One state key: its encoded value and its version. Versions of a scope never repeat."""

    key: str
    body: bytes
    version: int


class Put(Struct, frozen=True):
    """What became of a state key that was put: its version, and whether it was not set before."""

    version: int
    new: bool


class SessionGlance(Struct, frozen=True):
    """What a session's row says without anything being unsealed."""

    id: str
    active_ms: int
    closed_ms: int | None
    deleted_ms: int | None
    state_version: int
    """It rises with every change of the session's state, and never comes again."""


class DeviceGlance(Struct, frozen=True):
    """What a device's row says without anything being unsealed.

    `session` is its current one, None when it has none, or that was erased.
    """

    owner: int
    id: str
    seen_ms: int
    expires_ms: int
    ended: bool
    session: SessionGlance | None


class KnownDevice(Struct, frozen=True):
    """What a token leads to. `ended` is True when it was revoked, signed out or replaced."""

    owner: Owner
    device: Device
    ended: bool
    rotated_ms: int | None = None
    """When another token took the place of this one."""


class Tomb(Struct, frozen=True):
    """An erased session: `no` keys whatever children are left, `key_no` its data key."""

    no: int
    key_no: int
    receipt: Receipt


IntentKind = Literal["add", "upload", "blob", "words"]
"""`add` and `upload` bring bytes in, the second piece by piece; `blob` and `words` are to be taken away."""

COMING: tuple[IntentKind, ...] = ("add", "upload")
"""The kinds that hold quota reserved, and have a deadline."""


class Intent(Struct, frozen=True):
    """Something about to change outside the records, written down first: a crash leaves nothing unknown.

    `id` is the file's, which its blob is named by; of a `blob` it is the blob's. `reserved` are the
    bytes that may come, all of them for an `upload`, which alone has a `name`.
    """

    session_id: str
    id: str
    kind: IntentKind
    reserved: int = 0
    deadline_ms: int = 0
    name: str = ""
    created_ms: int = 0


class Taken(Struct, frozen=True):
    """What a session and its owner hold, what is reserved for bytes on their way included."""

    files: int
    bytes: int
    user_files: int
    user_bytes: int


class Kept(Struct, frozen=True):
    """A file that was kept. `spare` is True when the bytes that came are not needed: they are to go."""

    taken: Taken
    spare: bool = False


class Held(Struct, frozen=True):
    """A file and where its bytes lie: in `body`, or else in the blob of this name."""

    file: File
    blob: str
    body: bytes | None = None


class Placed(Struct, frozen=True):
    """Where a file of the session keeps its bytes: `inside` the records, or in the blob of this name."""

    position: int
    file_id: str
    blob: str
    size: int
    inside: bool


class Known(Struct, frozen=True):
    """A session by its id alone. Of an erased one there is something left to do while it is `unfinished`."""

    ref: SessionRef
    stands: bool
    unfinished: bool


class Miscount(Struct, frozen=True):
    """A counter that is not what a recount finds: files and bytes, of a session or of all of a user's."""

    of: Literal["session", "user"]
    id: str
    counted: tuple[int, int]
    found: tuple[int, int]


class Gone(Struct, frozen=True):
    """A file that left the records. `blob` names what is to be removed, None while others need it.

    `words` is True when the index may hold words of it.
    """

    file: File
    blob: str | None
    words: bool
