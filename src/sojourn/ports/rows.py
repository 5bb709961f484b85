"""What the verbs take and answer, beside the models."""

from msgspec import Struct

from sojourn.models import (
    Device,
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


class Upload(Struct, frozen=True):
    """Bytes on their way in: the intent row that finds them again after a crash."""

    session_id: str
    file_id: str
    reserved: int
    deadline_ms: int
