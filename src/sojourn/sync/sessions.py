# Generated from src/sojourn/aio/sessions.py by tools/generate_sync.py. Change that file, then run it.
"""The sessions of a user."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

from msgspec.structs import replace

from sojourn import models
from sojourn.core import accounts, checks, cursors, ids, lifecycle, lists, once, shapes
from sojourn.errors import Conflict, KeyReused, NotFound
from sojourn.models import Page
from sojourn.ports import Listing, Owner, Position, SessionRef
from sojourn.sync.engine import Engine
from sojourn.sync.session import Session, TypedSession

if TYPE_CHECKING:
    from sojourn.sync.user import Principal

T = TypeVar("T")


class Sessions:
    """Creates, finds and lists the sessions of one user."""

    def __init__(self, engine: Engine, principal: Principal) -> None:
        self._engine = engine
        self._principal = principal

    @overload
    def create(
        self,
        *,
        title: str = "",
        tags: Sequence[str] = (),
        topics: Sequence[str] = (),
        metadata: dict[str, Any] | None = None,
        client_key: str | None = None,
        state: type[T],
        ephemeral: bool | None = None,
        idempotency_key: str | None = None,
        digest: bytes = b"",
    ) -> TypedSession[T]: ...
    @overload
    def create(
        self,
        *,
        title: str = "",
        tags: Sequence[str] = (),
        topics: Sequence[str] = (),
        metadata: dict[str, Any] | None = None,
        client_key: str | None = None,
        state: None = None,
        ephemeral: bool | None = None,
        idempotency_key: str | None = None,
        digest: bytes = b"",
    ) -> Session: ...
    def create(
        self,
        *,
        title: str = "",
        tags: Sequence[str] = (),
        topics: Sequence[str] = (),
        metadata: dict[str, Any] | None = None,
        client_key: str | None = None,
        state: type[Any] | None = None,
        ephemeral: bool | None = None,
        idempotency_key: str | None = None,
        digest: bytes = b"",
    ) -> Session:
        """A new session. Raises `Invalid` or `LimitExceeded` naming the field.

        With a class as `state` the handle's state is seen as instances of it, see `State.typed`.

        An `ephemeral` one is never written into the data folder. It ends when it is closed, when
        nobody wrote to it for `Settings.ephemeral_seconds`, and with the last process that has the
        store open; None is as `Settings.sessions` says. Raises `Unsupported` where there can be none.

        With an `idempotency_key` a second call answers the session of the first, while the request's
        `digest` is the same. With a `client_key` that has an open session already: `Conflict`.
        """
        engine = self._engine
        apart = self._apart(ephemeral)
        home = engine.ephemeral() if apart else engine
        shape = None if state is None else shapes.shape(state, 1, None)
        now = engine.clock.now()
        fresh = lifecycle.draft(
            engine.settings,
            ids.new_ephemeral_id(now) if apart else ids.new_id(ids.SESSION, now),
            now,
            title=title,
            tags=tags,
            topics=topics,
            metadata=metadata,
            client_key=client_key,
        )
        use = None
        if idempotency_key is not None:
            use = once.Use("create session", once.key(idempotency_key), home.records.sign("request", digest))
        owner = self._principal.make(engine)
        if client_key is not None or use is not None:
            self._not_elsewhere(home, owner.no, client_key, use)
        record = self._keep(home, owner, fresh, use)
        self._enter(owner.no, record)
        return _handle(home, owner.no, record, shape)

    def _apart(self, ephemeral: bool | None) -> bool:
        if ephemeral is None:
            return self._engine.settings.sessions == "ephemeral"
        return checks.yes_or_no(ephemeral, "ephemeral")

    def _keep(
        self, home: Engine, owner: Owner, fresh: models.Session, use: once.Use | None
    ) -> models.Session:
        device_id, now, settings = self._principal.device_id, fresh.created_ms, home.settings
        if home is not self._engine:
            if use is None:
                return home.drive.write(lifecycle.create_apart, owner, fresh)
            return home.drive.write(lifecycle.create_apart_once, owner, fresh, use, now, settings)
        if use is None:
            return home.drive.write(lifecycle.create, owner.no, fresh, device_id)
        return home.drive.write(lifecycle.create_once, owner.no, fresh, device_id, use, now, settings)

    def _other(self, home: Engine) -> Engine | None:
        """The engine of the store that a session is not in."""
        return self._engine.beside() if home is self._engine else self._engine

    def _not_elsewhere(self, home: Engine, owner: int, client_key: str | None, use: once.Use | None) -> None:
        """Raises `Conflict` when the other store has an open session with this client key, and
        `KeyReused` when something else was made there under this Idempotency-Key.
        """
        other = self._other(home)
        if other is None:
            return
        found: models.Session | None = None
        if client_key is not None:
            found = other.drive.read(lifecycle.with_client_key, owner, client_key)
        if found is not None:
            raise Conflict("There is an open session with this client key.", field="client_key")
        if use is not None and other.drive.read(once.known, owner, use, other.clock.now()):
            raise KeyReused

    def _enter(self, owner: int, record: models.Session) -> None:
        """Makes it the device's current session when that has none which stands.

        A session of the first store knows that by itself, unless the current one is ephemeral.
        """
        device_id = self._principal.device_id
        if device_id is None:
            return
        drive = self._engine.drive
        gone = drive.read(accounts.current, owner, device_id)
        if gone == record.id or not (record.ephemeral or ids.is_ephemeral(gone or "")):
            return
        while gone is None or not self._stands(owner, gone):
            gone = drive.write(accounts.aim_first, owner, device_id, record.id, gone)
            if gone == record.id:
                return

    def _stands(self, owner: int, session_id: str) -> bool:
        try:
            home = self._engine.home(session_id)
            home.drive.read(accounts.standing, SessionRef(owner, session_id))
        except NotFound:
            return False
        return True

    @overload
    def get(self, session_id: str, *, state: type[T]) -> TypedSession[T]: ...
    @overload
    def get(self, session_id: str, *, state: None = None) -> Session: ...
    def get(self, session_id: str, *, state: type[Any] | None = None) -> Session:
        """The user's session of this id, closed and deleted ones too; `state` as in `create`.

        Raises `NotFound` alike for another's and for none; `SessionGone` for one the user erased.
        """
        engine = self._engine
        shape = None if state is None else shapes.shape(state, 1, None)
        owner = self._principal.find(engine)
        if owner is None:
            raise NotFound("There is no such session.")
        ref = SessionRef(owner.no, checks.name(session_id, "session"))
        home = engine.home(session_id)
        record = home.drive.read(lifecycle.get, ref, engine.clock.now(), engine.settings)
        return _handle(home, owner.no, record, shape)

    def get_or_create(self, *, client_key: str, idle_seconds: int | None = None) -> Session:
        """The one open session of this client's own key (a bot's chat id, a browser's local id).

        One left alone for longer than `idle_seconds` (30 minutes unless set) is closed, and a new one
        opened whose `previous` names it, in one transaction. `Settings.sessions` says of which kind a
        new one is; then an ephemeral one ends before the new one begins.
        """
        engine = self._engine
        now = engine.clock.now()
        apart = self._apart(None)
        id = ids.new_ephemeral_id(now) if apart else ids.new_id(ids.SESSION, now)
        fresh = lifecycle.draft(engine.settings, id, now, client_key=client_key)
        limit = engine.settings.client_key_idle_seconds if idle_seconds is None else idle_seconds
        checks.whole(limit, "idle_seconds", 0, 10**9)
        owner = self._principal.make(engine)
        home = engine.ephemeral() if apart else engine
        for store in (self._other(home), home if home.fleeting or home is not engine else None):
            if store is None:
                continue
            found = store.drive.read(lifecycle.with_client_key, owner.no, client_key)
            if found is None:
                continue
            session = Session(store, SessionRef(owner.no, found.id), found)
            if not lifecycle.idle(found, now, limit):
                return session
            if store is not home or found.ephemeral:
                session.close()
                fresh = replace(fresh, previous=found.id)
        if home is engine:
            record = engine.drive.write(
                lifecycle.get_or_create, owner.no, fresh, now, limit, self._principal.device_id
            )
        else:
            record = home.drive.write(lifecycle.get_or_create_apart, owner, fresh, now, limit)
        self._enter(owner.no, record)
        return Session(home, SessionRef(owner.no, record.id), record)

    def find(self, *, client_key: str, idle_seconds: int | None = None) -> Session | None:
        """The open session that `get_or_create` would answer; None where it would make one."""
        engine = self._engine
        checks.text(client_key, "client_key", engine.settings.client_key_chars, least=1)
        limit = engine.settings.client_key_idle_seconds if idle_seconds is None else idle_seconds
        checks.whole(limit, "idle_seconds", 0, 10**9)
        owner = self._principal.find(engine)
        if owner is None:
            return None
        for home in (engine, engine.beside()):
            if home is not None:
                record = home.drive.read(lifecycle.keyed, owner.no, client_key, engine.clock.now(), limit)
                if record is not None:
                    return _handle(home, owner.no, record)
        return None

    def list(
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
        owner = self._principal.find(engine)
        if owner is None:
            return Page(items=[])
        listing = Listing(bool(deleted), bool(archived), pinned, tag)
        purpose = f"sessions {owner.no} {listing.deleted} {listing.archived} {pinned} {tag}"
        places: cursors.Places = (lists.START, lists.START)
        if cursor is not None:
            places = cursors.unseal_all(engine.records.sign, purpose, cursor, 2)
        engines = (engine, engine.beside())
        pages = [
            self._stretch(one, owner.no, place, limit, listing)
            for one, place in zip(engines, places, strict=True)
        ]
        for number, share in enumerate(lists.shares(pages, limit)):
            if share < len(pages[number][0]):
                pages[number] = self._stretch(engines[number], owner.no, places[number], share, listing)
        ends = tuple(end for _, end in pages)
        following = None if ends == (None, None) else cursors.seal_all(engine.records.sign, purpose, ends)
        return Page(items=lists.merged(pages), next=following)

    def _stretch(
        self, engine: Engine | None, owner: int, place: Position | None, limit: int, listing: Listing
    ) -> lists.Stretch:
        """What follows a place in one of the lists; nothing of a list that is over, or not there."""
        if engine is None or place is None:
            return [], None
        if limit == 0:
            return [], place
        after = None if place == lists.START else place
        return engine.drive.read(
            lifecycle.page, owner, after, limit, listing, engine.clock.now(), engine.settings
        )

    def search(
        self, title: str, *, limit: int = 50, cursor: str | None = None, archived: bool = False
    ) -> Page[models.Session]:
        """The user's sessions with these words in their title, in the order of `list`, whatever the case.

        Titles are sealed, so each is opened and compared: a thousand of them for a page, which may
        be short, or empty, while its cursor goes on. Ephemeral sessions are never found.
        """
        engine = self._engine
        checks.whole(limit, "limit", 1, engine.settings.page_items)
        checks.text(title, "title", engine.settings.title_chars, least=1)
        owner = self._principal.find(engine)
        if owner is None:
            return Page(items=[])
        purpose = f"titles {owner.no} {bool(archived)} {title}"
        after = None if cursor is None else cursors.unseal(engine.records.sign, purpose, cursor)
        now = engine.clock.now()
        records, position = engine.drive.hop(
            engine.records.read,
            lambda tx: lifecycle.titled(
                tx, owner.no, after, limit, title, bool(archived), now, engine.settings
            ),
        )
        following = None if position is None else cursors.seal(engine.records.sign, purpose, position)
        return Page(items=records, next=following)

    def latest(self) -> Session | None:
        """The session that was active last, None when there is none."""
        page = self.list(limit=1)
        owner = self._principal.find(self._engine)
        if owner is None or not page.items:
            return None
        [record] = page.items
        return Session(self._engine.home(record.id), SessionRef(owner.no, record.id), record)


def _handle(
    home: Engine, owner: int, record: models.Session, shape: shapes.Shape[Any] | None = None
) -> Session:
    ref = SessionRef(owner, record.id)
    if shape is None:
        return Session(home, ref, record)
    return TypedSession(home, ref, record, shape)
