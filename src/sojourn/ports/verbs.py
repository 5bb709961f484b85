"""What a transaction can do, by noun. Absent is None or False, never an error."""

from collections.abc import Sequence
from typing import Protocol

from sojourn.models import (
    Branch,
    Device,
    Event,
    EventKind,
    Message,
    Session,
    User,
)
from sojourn.ports.rows import (
    DeviceGlance,
    Entry,
    KnownDevice,
    Listing,
    Owner,
    Position,
    Put,
    Scope,
    SessionGlance,
    SessionRef,
    Spot,
    Summary,
    Titled,
    Tomb,
)


class UserRows(Protocol):
    async def named(self, name: str) -> Owner | None: ...
    async def numbered(self, no: int) -> Owner | None: ...
    async def add(self, user: User) -> Owner: ...
    async def admit(self, owner: Owner, last_event: int) -> None:
        """A user of another store, under the number they have there and without their name.

        Their change log here begins after `last_event`. One who was admitted before is left as they are.
        """
        ...


class DeviceRows(Protocol):
    async def find(self, token_hash: bytes) -> KnownDevice | None: ...
    async def glance(self, token_hash: bytes) -> DeviceGlance | None:
        """The same, and the current session, as far as nothing must be unsealed: the cheapest look."""
        ...

    async def add(self, owner: int, device: Device, token_hash: bytes) -> None: ...
    async def list(self, owner: int, now: int) -> list[Device]:
        """Those that are neither ended nor expired, last seen first."""
        ...

    async def end(self, owner: int, device_id: str, now: int) -> bool:
        """Revokes; True also when it was ended before, False when it is not the owner's."""
        ...

    async def rotate(self, token_hash: bytes, fresh: bytes, now: int) -> bool:
        """Gives the device of a token another one; the old one is known as ended from here.

        False when the token is no standing device's. Of a device's old tokens the last 16 are known.
        """
        ...

    async def touch(self, owner: int, device_id: str, now: int) -> None: ...
    async def point(self, owner: int, device_id: str, session_id: str) -> None:
        """Makes this the device's current session."""
        ...

    async def point_first(self, owner: int, device_id: str, session_id: str) -> None:
        """The same, unless the device has a current session that still stands, or an ephemeral one:
        whether that stands is the caller's to know.
        """
        ...

    async def aim(self, owner: int, device_id: str, session_id: str) -> None:
        """Makes this the current session, whichever store it is in; that it is the owner's was looked at."""
        ...

    async def current(self, owner: int, device_id: str) -> str | None:
        """The id of the device's current session, whether or not that stands."""
        ...


class SessionRows(Protocol):
    async def add(self, owner: int, session: Session) -> None:
        """Raises `LimitExceeded` once `MOST_SESSIONS` were added."""
        ...

    async def get(self, ref: SessionRef) -> Session | None: ...
    async def glance(self, ref: SessionRef) -> SessionGlance | None:
        """The same, as far as nothing must be unsealed: the cheapest look."""
        ...

    async def with_client_key(self, owner: int, client_key: str) -> Session | None:
        """The one open session with this key: not closed, not deleted."""
        ...

    async def page(
        self, owner: int, after: Position | None, limit: int, listing: Listing
    ) -> tuple[list[Session], Position | None]:
        """Last active first; the position is None when nothing follows.

        Where a listing leaves out very many in a row, a page may be short, and a position follow it.
        """
        ...

    async def titles(self, owner: int, after: Position | None, limit: int, *, archived: bool) -> list[Titled]:
        """Those outside the trash in the order of the list, each with its position."""
        ...

    async def replace(self, owner: int, session: Session) -> None:
        """Writes title, tags, topics, metadata, pin, archive, times, revision.

        Counts, the current branch and the preview are not its business.
        """
        ...

    async def entomb(self, ref: SessionRef, now: int) -> Tomb | None:
        """Puts a tombstone in the session's place; from here no verb reaches its children."""
        ...

    async def empty(self, tomb: Tomb) -> bool:
        """Removes children, at most as many as one transaction should hold. Once none is left it marks
        the tombstone as done, and answers True.
        """
        ...

    async def tomb(self, ref: SessionRef) -> Tomb | None: ...
    async def unfinished(self, limit: int) -> list[Tomb]:
        """Tombstones whose erase was cut off."""
        ...

    async def left(self, before_ms: int, limit: int) -> list[SessionRef]:
        """Ephemeral sessions of all owners that were last active before this time, oldest made first."""
        ...


class StateRows(Protocol):
    """Writes answer the new version, or None when there is no such open session, or no such user."""

    async def get(self, scope: Scope, key: str) -> Entry | None: ...
    async def all(self, scope: Scope) -> list[Entry]:
        """By key."""
        ...

    async def count(self, scope: Scope) -> int: ...
    async def put(self, scope: Scope, key: str, body: bytes, now: int) -> Put | None: ...
    async def remove(self, scope: Scope, key: str, now: int) -> int | None: ...


class MessageRows(Protocol):
    """A branch is read with all it came from. None names the session's current one."""

    async def append(
        self, ref: SessionRef, messages: Sequence[Message], now: int, branch: int | None = None
    ) -> list[Message] | None:
        """Keeps them at the branch's end, in order, and gives each its `seq`, `branch` and `parent`.

        None when there is no such open session. The branch must be one that stands. Raises
        `LimitExceeded` when there would be more than `MOST_MESSAGES`.
        """
        ...

    async def find(self, ref: SessionRef, ids: Sequence[str]) -> list[Message]:
        """Of all branches."""
        ...

    async def last(self, ref: SessionRef, limit: int, branch: int | None = None) -> list[Message]:
        """The newest `limit`, oldest of them first."""
        ...

    async def before(self, ref: SessionRef, seq: int, limit: int, branch: int | None = None) -> list[Message]:
        """The `limit` right before `seq`, oldest first."""
        ...

    async def after(
        self, ref: SessionRef, seq: int, limit: int, branch: int | None = None
    ) -> list[Message]: ...


class BranchRows(Protocol):
    async def fork(self, ref: SessionRef, at: Spot, now: int) -> int | None:
        """Opens a branch that goes on from a place that stands, and makes it current; answers its number.

        None when there is no such open session. Raises `LimitExceeded` when it has `MOST_BRANCHES`.
        """
        ...

    async def switch(self, ref: SessionRef, branch: int, now: int) -> bool:
        """Makes the branch current; False when there is no such branch or open session."""
        ...

    async def page(self, ref: SessionRef, after: int, limit: int) -> list[Branch]:
        """All with a number above `after`, lowest first."""
        ...

    async def beside(self, ref: SessionRef, at: Spot, after: int, limit: int) -> list[Branch]:
        """The ways on from one place: its own branch, if that goes on, and those that leave it there."""
        ...


class SummaryRows(Protocol):
    async def put(self, ref: SessionRef, summary: Summary) -> bool:
        """Keeps it in the place of one that reaches as far; False when there is no such open session."""
        ...

    async def newest(self, ref: SessionRef, branch: int | None = None) -> Summary | None:
        """The one that reaches furthest of those on the branch and on what it came from."""
        ...

    async def remove(self, ref: SessionRef, spot: Spot) -> bool:
        """False when there is none, or no such open session."""
        ...


class OnceRows(Protocol):
    """Idempotency keys: what a key already did. Only digests are kept."""

    async def seen(self, owner: int, operation: str, key: str, since: int) -> tuple[bytes, str] | None:
        """The request digest and the object id of the first use at or after `since`."""
        ...

    async def remember(
        self, owner: int, operation: str, key: str, digest: bytes, object_id: str, now: int
    ) -> None: ...


class EventRows(Protocol):
    """The change log of each user. A transaction that is undone leaves none: `n` has no gap, and rises
    in the order in which entries become visible.
    """

    async def note(
        self,
        owner: int,
        kind: EventKind,
        session_id: str | None,
        now: int,
        object_ids: Sequence[str | None] = (None,),
    ) -> int:
        """One entry for each object; answers the last `n`. Every `EVENT_STEP` entries it trims a slice.

        The session is the owner's, a tomb too. Anything else is a bug of the caller: `LookupError`.
        """
        ...

    async def after(self, owner: int, n: int, limit: int) -> list[Event]:
        """The first `limit` that are kept after `n`."""
        ...

    async def oldest(self, owner: int) -> int:
        """The first `n` that is kept; the one to come when none is."""
        ...

    async def newest(self, owner: int) -> int:
        """The last `n` that was given; 0 when none was."""
        ...

    async def trim(self, owner: int, upto: int, before_ms: int, limit: int) -> int:
        """Looks at the `limit` oldest, and removes them up to the last that is at most `upto` or was
        noted before that time; answers how many went.
        """
        ...


class LeaseRows(Protocol):
    """Who may do a thing alone, for a time. A fence names one holding; whatever its name, a later one's
    is higher.
    """

    async def acquire(self, name: str, holder: str, now: int, until_ms: int) -> int | None:
        """The fence; None while another holds it. Whoever holds it already keeps the fence, for longer."""
        ...

    async def renew(self, name: str, fence: int, now: int, until_ms: int) -> bool:
        """Holds it for longer; False when it ran out, or another has it."""
        ...

    async def release(self, name: str, fence: int) -> None:
        """Not held any more is not an error."""
        ...

    async def holds(self, name: str, fence: int, now: int) -> bool: ...


class StoreRows(Protocol):
    """The store as a whole, for whoever runs it."""

    async def counts(self) -> dict[str, int]:
        """`users sessions messages files bytes tombstones`, in this order; what was erased is not in them."""
        ...
