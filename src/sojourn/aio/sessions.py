"""The sessions of a user."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

from sojourn import models
from sojourn.aio.engine import AsyncEngine
from sojourn.aio.session import AsyncSession, AsyncTypedSession
from sojourn.core import checks, cursors, ids, lifecycle, once, shapes
from sojourn.errors import NotFound
from sojourn.models import Page
from sojourn.ports import Listing, SessionRef

if TYPE_CHECKING:
    from sojourn.aio.user import AsyncPrincipal

T = TypeVar("T")


class AsyncSessions:
    """Creates, finds and lists the sessions of one user."""

    def __init__(self, engine: AsyncEngine, principal: AsyncPrincipal) -> None:
        self._engine = engine
        self._principal = principal

    def _handle(
        self, owner: int, record: models.Session, shape: shapes.Shape[Any] | None = None
    ) -> AsyncSession:
        ref = SessionRef(owner, record.id)
        if shape is None:
            return AsyncSession(self._engine, ref, record)
        return AsyncTypedSession(self._engine, ref, record, shape)

    @overload
    async def create(
        self,
        *,
        title: str = "",
        tags: Sequence[str] = (),
        topics: Sequence[str] = (),
        metadata: dict[str, Any] | None = None,
        client_key: str | None = None,
        state: type[T],
        idempotency_key: str | None = None,
        digest: bytes = b"",
    ) -> AsyncTypedSession[T]: ...
    @overload
    async def create(
        self,
        *,
        title: str = "",
        tags: Sequence[str] = (),
        topics: Sequence[str] = (),
        metadata: dict[str, Any] | None = None,
        client_key: str | None = None,
        state: None = None,
        idempotency_key: str | None = None,
        digest: bytes = b"",
    ) -> AsyncSession: ...
    async def create(
        self,
        *,
        title: str = "",
        tags: Sequence[str] = (),
        topics: Sequence[str] = (),
        metadata: dict[str, Any] | None = None,
        client_key: str | None = None,
        state: type[Any] | None = None,
        idempotency_key: str | None = None,
        digest: bytes = b"",
    ) -> AsyncSession:
        """A new session. Raises `Invalid` or `LimitExceeded` naming the field.

        With a class as `state` the handle's state is seen as instances of it, see `AsyncState.typed`.
        With an `idempotency_key` a second call answers the session of the first, while the request's
        `digest` is the same. With a `client_key` that has an open session already: `Conflict`.
        """
        engine = self._engine
        shape = None if state is None else shapes.shape(state, 1, None)
        now = engine.clock.now()
        fresh = lifecycle.draft(
            engine.settings,
            ids.new_id(ids.SESSION, now),
            now,
            title=title,
            tags=tags,
            topics=topics,
            metadata=metadata,
            client_key=client_key,
        )
        owner = (await self._principal.make(engine)).no
        device_id = self._principal.device_id
        if idempotency_key is None:
            made = await engine.drive.write(lifecycle.create, owner, fresh, device_id)
            return self._handle(owner, made, shape)

        use = once.Use("create session", once.key(idempotency_key), engine.records.sign("request", digest))
        made = await engine.drive.write(
            lifecycle.create_once, owner, fresh, device_id, use, now, engine.settings
        )
        return self._handle(owner, made, shape)

    @overload
    async def get(self, session_id: str, *, state: type[T]) -> AsyncTypedSession[T]: ...
    @overload
    async def get(self, session_id: str, *, state: None = None) -> AsyncSession: ...
    async def get(self, session_id: str, *, state: type[Any] | None = None) -> AsyncSession:
        """The user's session of this id, closed and deleted ones too; `state` as in `create`.

        Raises `NotFound` alike for another's and for none; `SessionGone` for one the user erased.
        """
        engine = self._engine
        shape = None if state is None else shapes.shape(state, 1, None)
        owner = await self._principal.find(engine)
        if owner is None:
            raise NotFound("There is no such session.")
        ref = SessionRef(owner.no, checks.name(session_id, "session"))
        record = await engine.drive.read(lifecycle.get, ref, engine.clock.now(), engine.settings)
        return self._handle(owner.no, record, shape)

    async def get_or_create(self, *, client_key: str, idle_seconds: int | None = None) -> AsyncSession:
        """The one open session of this client's own key (a bot's chat id, a browser's local id).

        One left alone for longer than `idle_seconds` (30 minutes unless set) is closed, and a new one
        opened whose `previous` names it, in one transaction.
        """
        engine = self._engine
        now = engine.clock.now()
        fresh = lifecycle.draft(engine.settings, ids.new_id(ids.SESSION, now), now, client_key=client_key)
        limit = engine.settings.client_key_idle_seconds if idle_seconds is None else idle_seconds
        checks.whole(limit, "idle_seconds", 0, 10**9)
        owner = (await self._principal.make(engine)).no
        record = await engine.drive.write(
            lifecycle.get_or_create, owner, fresh, now, limit, self._principal.device_id
        )
        return self._handle(owner, record)

    async def find(self, *, client_key: str, idle_seconds: int | None = None) -> AsyncSession | None:
        """The open session that `get_or_create` would answer; None where it would make one."""
        engine = self._engine
        checks.text(client_key, "client_key", engine.settings.client_key_chars, least=1)
        limit = engine.settings.client_key_idle_seconds if idle_seconds is None else idle_seconds
        checks.whole(limit, "idle_seconds", 0, 10**9)
        owner = await self._principal.find(engine)
        if owner is None:
            return None
        record = await engine.drive.read(lifecycle.keyed, owner.no, client_key, engine.clock.now(), limit)
        return None if record is None else self._handle(owner.no, record)

    async def list(
        self,
        *,
        limit: int = 50,
        cursor: str | None = None,
        deleted: bool = False,
        archived: bool = False,
        pinned: bool | None = None,
        tag: str | None = None,
    ) -> Page[models.Session]:
        """A page of records, last active first: all but the archived ones and the trash.

        `archived=True` pages through those instead, `deleted=True` through the trash. `pinned` and
        `tag` leave out all others; where that is very many in a row, a page is short and its cursor
        goes on. Raises `Invalid` for a cursor that this list did not give.
        """
        engine = self._engine
        checks.whole(limit, "limit", 1, engine.settings.page_items)
        if pinned is not None:
            checks.yes_or_no(pinned, "pinned")
        if tag is not None:
            checks.text(tag, "tag", engine.settings.tag_chars, least=1)
        owner = await self._principal.find(engine)
        if owner is None:
            return Page(items=[])
        listing = Listing(bool(deleted), bool(archived), pinned, tag)
        purpose = f"sessions {owner.no} {listing.deleted} {listing.archived} {pinned} {tag}"
        after = None if cursor is None else cursors.unseal(engine.records.sign, purpose, cursor)
        records, position = await engine.drive.read(
            lifecycle.page, owner.no, after, limit, listing, engine.clock.now(), engine.settings
        )
        following = None if position is None else cursors.seal(engine.records.sign, purpose, position)
        return Page(items=records, next=following)

    async def search(
        self, title: str, *, limit: int = 50, cursor: str | None = None, archived: bool = False
    ) -> Page[models.Session]:
        """The user's sessions with these words in their title, in the order of `list`, whatever the case.

        Titles are sealed, so each is opened and compared: a thousand of them for a page, which may
        be short, or empty, while its cursor goes on.
        """
        engine = self._engine
        checks.whole(limit, "limit", 1, engine.settings.page_items)
        checks.text(title, "title", engine.settings.title_chars, least=1)
        owner = await self._principal.find(engine)
        if owner is None:
            return Page(items=[])
        purpose = f"titles {owner.no} {bool(archived)} {title}"
        after = None if cursor is None else cursors.unseal(engine.records.sign, purpose, cursor)
        now = engine.clock.now()
        records, position = await engine.drive.hop(
            engine.records.read,
            lambda tx: lifecycle.titled(
                tx, owner.no, after, limit, title, bool(archived), now, engine.settings
            ),
        )
        following = None if position is None else cursors.seal(engine.records.sign, purpose, position)
        return Page(items=records, next=following)

    async def latest(self) -> AsyncSession | None:
        """The session that was active last, None when there is none."""
        page = await self.list(limit=1)
        owner = await self._principal.find(self._engine)
        return self._handle(owner.no, page.items[0]) if owner and page.items else None
