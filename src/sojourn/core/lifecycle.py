"""From the first write of a session to the last byte of it."""

import unicodedata
from typing import Any

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from sojourn.config import Settings
from sojourn.core import checks, events
from sojourn.core.ids import is_ephemeral
from sojourn.core.once import Use, once
from sojourn.errors import (
    NotFound,
    PreconditionFailed,
    SessionClosed,
    SessionDeleted,
    SessionGone,
    SojournError,
)
from sojourn.models import Session
from sojourn.ports import Listing, Owner, Position, SessionRef, Tomb, Tx

_TITLES = 200
_SEARCHED = 1000
"""The most titles one search looks at."""


def draft(
    settings: Settings,
    id: str,
    now: int,
    *,
    title: str = "",
    tags: Any = (),
    topics: Any = (),
    metadata: dict[str, Any] | None = None,
    client_key: str | None = None,
) -> Session:
    """A session that is not kept yet. Raises `Invalid` or `LimitExceeded` naming the field."""
    if client_key is not None:
        checks.text(client_key, "client_key", settings.client_key_chars, least=1)
    return Session(
        id=id,
        title=checks.text(title, "title", settings.title_chars),
        created_ms=now,
        active_ms=now,
        revision=1,
        last_seq=0,
        file_count=0,
        file_bytes=0,
        tags=checks.words(tags, "tags", most=settings.tags, chars=settings.tag_chars),
        topics=checks.words(topics, "topics", most=settings.tags, chars=settings.tag_chars),
        metadata=checks.mapping(metadata or {}, "metadata", settings.metadata_bytes),
        client_key=client_key,
    )


def idle(session: Session, now: int, limit: int | None) -> bool:
    """Whether the session has been left alone for longer than `limit` seconds."""
    return session.closed_ms is None and limit is not None and now - session.active_ms > limit * 1000


def as_of(session: Session, now: int, settings: Settings) -> Session:
    """The session as it is now: past its idle limit it is closed, whether or not that was written."""
    if idle(session, now, settings.idle_seconds):
        return replace(session, closed_ms=session.active_ms + (settings.idle_seconds or 0) * 1000)
    return session


async def refusal(tx: Tx, ref: SessionRef) -> SojournError:
    """Why a write found no open session: closed, deleted, erased, or never this owner's."""
    session = await tx.sessions.get(ref)
    if session is None:
        return SessionGone() if await tx.sessions.tomb(ref) else NotFound("There is no such session.")
    return SessionDeleted() if session.deleted_ms is not None else SessionClosed()


async def get(tx: Tx, ref: SessionRef, now: int, settings: Settings) -> Session:
    """The session, closed or deleted ones too. Raises `NotFound`, or `SessionGone` for one's own erased."""
    session = await tx.sessions.get(ref)
    if session is None:
        raise await refusal(tx, ref)
    return as_of(session, now, settings)


async def is_open(tx: Tx, ref: SessionRef) -> bool:
    """Whether it may be written to, as far as its row says."""
    session = await tx.sessions.get(ref)
    return session is not None and not session.closed and session.deleted_ms is None


async def writable(tx: Tx, ref: SessionRef, now: int, settings: Settings) -> None:
    """Closes the session when it is past its idle limit. Costs nothing while there is none."""
    if settings.idle_seconds is None:
        return
    session = await tx.sessions.get(ref)
    if session is not None and idle(session, now, settings.idle_seconds):
        raise SessionClosed


async def create(tx: Tx, owner: int, session: Session, device_id: str | None) -> Session:
    """Keeps a draft; it becomes the device's current session when the device has none."""
    await tx.sessions.add(owner, session)
    await tx.events.note(owner, "session.created", session.id, session.created_ms)
    if device_id is not None:
        await tx.devices.point_first(owner, device_id, session.id)
    return session


async def create_apart(tx: Tx, owner: Owner, session: Session) -> Session:
    """Keeps the draft of an ephemeral session in the store of those, which has no devices."""
    await tx.users.admit(owner, events.beginning())
    return await create(tx, owner.no, session, None)


async def create_once(
    tx: Tx, owner: int, session: Session, device_id: str | None, use: Use, now: int, settings: Settings
) -> Session:
    """The same under an Idempotency-Key: a second use answers the session of the first."""
    return await once(
        tx,
        owner,
        use,
        now,
        do=lambda: create(tx, owner, session, device_id),
        again=lambda id: get(tx, SessionRef(owner, id), now, settings),
        name=lambda made: made.id,
    )


async def create_apart_once(
    tx: Tx, owner: Owner, session: Session, use: Use, now: int, settings: Settings
) -> Session:
    """The same under an Idempotency-Key."""
    return await once(
        tx,
        owner.no,
        use,
        now,
        do=lambda: create_apart(tx, owner, session),
        again=lambda id: get(tx, SessionRef(owner.no, id), now, settings),
        name=lambda made: made.id,
    )


async def with_client_key(tx: Tx, owner: int, client_key: str) -> Session | None:
    """The one open session with this key."""
    return await tx.sessions.with_client_key(owner, client_key)


async def get_or_create(
    tx: Tx, owner: int, fresh: Session, now: int, idle_seconds: int, device_id: str | None
) -> Session:
    """The one open session with the draft's client_key; one past its idle limit is closed, and followed."""
    assert fresh.client_key is not None
    session = await tx.sessions.with_client_key(owner, fresh.client_key)
    if session is not None:
        if not idle(session, now, idle_seconds):
            return session
        await tx.sessions.replace(owner, replace(session, closed_ms=now, revision=session.revision + 1))
        await tx.events.note(owner, "session.closed", session.id, now)
        fresh = replace(fresh, previous=session.id)
    return await create(tx, owner, fresh, device_id)


async def keyed(tx: Tx, owner: int, client_key: str, now: int, idle_seconds: int | None) -> Session | None:
    """The owner's open session with this key; None when there is none, or it was left alone for too long."""
    session = await tx.sessions.with_client_key(owner, client_key)
    return None if session is None or idle(session, now, idle_seconds) else session


async def get_or_create_apart(tx: Tx, owner: Owner, fresh: Session, now: int, idle_seconds: int) -> Session:
    """The same in the store of ephemeral sessions."""
    await tx.users.admit(owner, events.beginning())
    return await get_or_create(tx, owner.no, fresh, now, idle_seconds, None)


async def page(
    tx: Tx, owner: int, after: Position | None, limit: int, listing: Listing, now: int, settings: Settings
) -> tuple[list[Session], Position | None]:
    """A page of the owner's sessions, last active first."""
    sessions, position = await tx.sessions.page(owner, after, limit, listing)
    return [as_of(session, now, settings) for session in sessions], position


async def titled(
    tx: Tx,
    owner: int,
    after: Position | None,
    limit: int,
    words: str,
    archived: bool,
    now: int,
    settings: Settings,
) -> tuple[list[Session], Position | None]:
    """Those of the owner's sessions that have these words in their title, last active first.

    Looks at `_SEARCHED` at most; the position says where to go on, found many or none.
    """
    wanted = folded(words)
    found: list[Session] = []
    for _ in range(_SEARCHED // _TITLES):
        titles = await tx.sessions.titles(owner, after, _TITLES, archived=archived)
        for title in titles:
            after = title.position
            if not is_ephemeral(title.id) and wanted in folded(title.title):
                session = await tx.sessions.get(SessionRef(owner, title.id))
                found += [] if session is None else [as_of(session, now, settings)]
            if len(found) == limit:
                return found, after
        if len(titles) < _TITLES:
            return found, None
    return found, after


def folded(text: str) -> str:
    """A title as it is compared: without case, width or other differences of form."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


async def change(
    tx: Tx,
    ref: SessionRef,
    now: int,
    settings: Settings,
    *,
    title: str | UnsetType = UNSET,
    tags: Any = UNSET,
    topics: Any = UNSET,
    metadata: dict[str, Any] | UnsetType = UNSET,
    pinned: bool | UnsetType = UNSET,
    archived: bool | UnsetType = UNSET,
    closed_ms: int | None | UnsetType = UNSET,
    deleted_ms: int | None | UnsetType = UNSET,
    if_revision: int | None = None,
) -> Session:
    """Changes what is given, in one transaction; a closed session can still be renamed.

    Closing twice or deleting twice is not an error. Raises `PreconditionFailed` when
    `if_revision` is not the session's.
    """
    session = await get(tx, ref, now, settings)
    if if_revision is not None and if_revision != session.revision:
        raise PreconditionFailed("The session was changed since you read it.", revision=session.revision)
    fields: dict[str, Any] = {}
    if title is not UNSET:
        fields["title"] = checks.text(title, "title", settings.title_chars)
    for name, values in (("tags", tags), ("topics", topics)):
        if values is not UNSET:
            fields[name] = checks.words(values, name, most=settings.tags, chars=settings.tag_chars)
    if metadata is not UNSET:
        fields["metadata"] = checks.mapping(metadata, "metadata", settings.metadata_bytes)
    for name, value in (("pinned", pinned), ("archived", archived)):
        if value is not UNSET:
            fields[name] = checks.yes_or_no(value, name)
    if closed_ms is not UNSET and session.closed_ms is None:
        fields["closed_ms"] = closed_ms
    if deleted_ms is not UNSET and (session.deleted_ms is None) != (deleted_ms is None):
        fields["deleted_ms"] = deleted_ms
    changed = replace(session, **fields)
    if changed == session:
        return session
    if changed.deleted_ms is None and session.deleted_ms is not None and changed.client_key is not None:
        changed = await _make_room(tx, ref, changed, now)
    changed = replace(changed, revision=session.revision + 1)
    await tx.sessions.replace(ref.owner, changed)
    await tx.events.note(ref.owner, events.change(session, changed), ref.id, now)
    return changed


async def _make_room(tx: Tx, ref: SessionRef, session: Session, now: int) -> Session:
    """A session comes back from the trash closed when its client_key has a newer open one."""
    assert session.client_key is not None
    if session.closed_ms is None and await tx.sessions.with_client_key(ref.owner, session.client_key):
        return replace(session, closed_ms=now)
    return session


async def end(
    tx: Tx, ref: SessionRef, now: int, settings: Settings, *, if_revision: int | None = None
) -> tuple[Session, Tomb]:
    """Closes an ephemeral session, which is its end: the first step of its erase."""
    session = await get(tx, ref, now, settings)
    if if_revision is not None and if_revision != session.revision:
        raise PreconditionFailed("The session was changed since you read it.", revision=session.revision)
    return replace(session, closed_ms=now, revision=session.revision + 1), await entomb(tx, ref, now)


async def left(tx: Tx, before_ms: int, limit: int) -> list[SessionRef]:
    """Ephemeral sessions that nobody wrote to since."""
    return await tx.sessions.left(before_ms, limit)


async def entomb(tx: Tx, ref: SessionRef, now: int) -> Tomb:
    """The first step of an erase; from here on nothing of the session can be read or written."""
    tomb = await tx.sessions.entomb(ref, now)
    if tomb is None:
        raise await refusal(tx, ref)
    await tx.events.note(ref.owner, "session.erased", ref.id, now)
    return tomb


async def empty(tx: Tx, tomb: Tomb) -> bool:
    """The last step of an erase in the records, to be taken until it answers True."""
    return await tx.sessions.empty(tomb)


async def unfinished(tx: Tx, limit: int) -> list[Tomb]:
    """Erases that were cut off."""
    return await tx.sessions.unfinished(limit)
