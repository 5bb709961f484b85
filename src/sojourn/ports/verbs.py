"""What a transaction can do, by noun. Absent is None or False, never an error."""

from collections.abc import Sequence
from typing import Protocol

from sojourn.models import (
    Device,
    File,
    Message,
    Session,
    User,
)
from sojourn.ports.rows import Entry, KnownDevice, Owner, Position, Scope, SessionRef, Tomb, Upload


class UserRows(Protocol):
    async def named(self, name: str) -> Owner | None: ...
    async def numbered(self, no: int) -> Owner | None: ...
    async def add(self, user: User) -> Owner: ...


class DeviceRows(Protocol):
    async def find(self, token_hash: bytes) -> KnownDevice | None: ...
    async def add(self, owner: int, device: Device, token_hash: bytes) -> None: ...
    async def list(self, owner: int, now: int) -> list[Device]:
        """Those that are neither ended nor expired, last seen first."""
        ...

    async def end(self, owner: int, device_id: str, now: int) -> bool:
        """Revokes; True also when it was ended before, False when it is not the owner's."""
        ...

    async def touch(self, owner: int, device_id: str, now: int) -> None: ...
    async def point(self, owner: int, device_id: str, session_id: str) -> None:
        """Makes this the device's current session."""
        ...

    async def point_first(self, owner: int, device_id: str, session_id: str) -> None:
        """The same, unless the device has a current session that still stands."""
        ...


class SessionRows(Protocol):
    async def add(self, owner: int, session: Session) -> None: ...
    async def get(self, ref: SessionRef) -> Session | None: ...
    async def with_client_key(self, owner: int, client_key: str) -> Session | None:
        """The one open session with this key: not closed, not deleted."""
        ...

    async def page(
        self, owner: int, after: Position | None, limit: int, *, deleted: bool
    ) -> tuple[list[Session], Position | None]:
        """Last active first; the position is None when nothing follows."""
        ...

    async def replace(self, owner: int, session: Session) -> None:
        """Writes title, tags, topics, metadata, times, revision. Counts are not its business."""
        ...

    async def entomb(self, ref: SessionRef, now: int) -> Tomb | None:
        """Puts a tombstone in the session's place; from here no verb reaches its children."""
        ...

    async def empty(self, tomb: Tomb) -> None:
        """Removes the children, and marks the tombstone as done."""
        ...

    async def tomb(self, ref: SessionRef) -> Tomb | None: ...
    async def unfinished(self, limit: int) -> list[Tomb]:
        """Tombstones whose erase was cut off."""
        ...


class StateRows(Protocol):
    """Writes answer the new version, or None when there is no such open session."""

    async def get(self, scope: Scope, key: str) -> Entry | None: ...
    async def all(self, scope: Scope) -> list[Entry]:
        """By key."""
        ...

    async def count(self, scope: Scope) -> int: ...
    async def put(self, scope: Scope, key: str, body: bytes, now: int) -> int | None: ...
    async def remove(self, scope: Scope, key: str, now: int) -> int | None: ...


class MessageRows(Protocol):
    async def append(self, ref: SessionRef, messages: Sequence[Message], now: int) -> list[Message] | None:
        """Gives each its `seq`, in order, and keeps them; None when there is no such open session."""
        ...

    async def find(self, ref: SessionRef, ids: Sequence[str]) -> list[Message]: ...
    async def last(self, ref: SessionRef, limit: int) -> list[Message]:
        """The newest `limit`, oldest of them first."""
        ...

    async def before(self, ref: SessionRef, seq: int, limit: int) -> list[Message]:
        """The `limit` right before `seq`, oldest first."""
        ...

    async def after(self, ref: SessionRef, seq: int, limit: int) -> list[Message]: ...


class FileRows(Protocol):
    async def reserve(self, ref: SessionRef, upload: Upload) -> bool:
        """Writes the intent; False when there is no such open session."""
        ...

    async def reserved(self, ref: SessionRef, now: int) -> tuple[int, int]:
        """How many uploads of the session are under way, and the bytes they hold reserved."""
        ...

    async def release(self, ref: SessionRef, file_id: str) -> None: ...
    async def keep(self, ref: SessionRef, file: File, now: int) -> bool:
        """Turns the intent into a file; False when the session or the intent is gone."""
        ...

    async def get(self, ref: SessionRef, file_id: str) -> File | None: ...
    async def page(self, ref: SessionRef, after: int, limit: int) -> tuple[list[File], int | None]:
        """In the order they came; the position is None when nothing follows."""
        ...

    async def remove(self, ref: SessionRef, file_id: str, now: int) -> File | None: ...
    async def read_as(self, ref: SessionRef, file: File) -> bool:
        """Writes how far the file's words are (`text`, `chunks`, `problem`)."""
        ...

    async def unread(self, limit: int) -> list[tuple[SessionRef, File]]:
        """Files of all sessions whose text is pending, oldest first."""
        ...

    async def overdue(self, now: int, limit: int) -> list[tuple[SessionRef, Upload]]:
        """Uploads past their deadline."""
        ...


class OnceRows(Protocol):
    """Idempotency keys: what a key already did. Only digests are kept."""

    async def seen(self, owner: int, operation: str, key: str, since: int) -> tuple[bytes, str] | None:
        """The request digest and the object id of the first use at or after `since`."""
        ...

    async def remember(
        self, owner: int, operation: str, key: str, digest: bytes, object_id: str, now: int
    ) -> None: ...


class StoreRows(Protocol):
    """The store as a whole, for whoever runs it."""

    async def counts(self) -> dict[str, int]:
        """`users sessions messages files bytes tombstones`, in this order; what was erased is not in them."""
        ...
