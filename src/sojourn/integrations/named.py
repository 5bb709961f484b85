"""Which session a request is about, by one rule for every framework.

`?session_id=`, the header `Sojourn-Session`, or the body's field `session_id` may name it: `ses_…` is the
id of one of the visitor's own, anything else their own key for one. Nothing named is the session they
are in. No name opens what is another's, and none is shared unless the host says so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar

from sojourn.aio import AsyncSession
from sojourn.core import checks, lifecycle
from sojourn.drive import AsyncDrive, Drive
from sojourn.errors import Invalid, LimitExceeded
from sojourn.integrations.handles import AsyncHandles, Handles
from sojourn.integrations.keyed import AsyncKeyedHandles, KeyedHandles, KeyedPlace
from sojourn.integrations.mapping import SessionMapping
from sojourn.integrations.refusals import SharedSession, WrongName
from sojourn.models import Session as Record
from sojourn.ports import Records, SessionRef, Tx
from sojourn.sync import Session

T = TypeVar("T")
P = ParamSpec("P")

FIELD = "session_id"
HEADER = "Sojourn-Session"
BODY_BYTES = 2 << 20
"""In a longer body no name is looked for."""


def chosen(values: Iterable[object], *, header: Iterable[str] = ()) -> str | None:
    """The one name among those that a request brought; None when it brought none.

    Raises `WrongName` for two different ones, and for what is no text.
    """
    found = {value if isinstance(value, str) else _no(value) for value in values if value is not None}
    found |= {_of_header(value) for value in header}
    if len(found) > 1:
        raise WrongName("The request names two sessions.", field=FIELD)
    name = next(iter(found), None)
    if name == "":
        raise WrongName(f"{FIELD} must not be empty; leave it out for the current session.", field=FIELD)
    return name


def resolve(mapping: SessionMapping, name: str | None) -> Session:
    """The session of that name. Reading one that is not there yet finds it empty, and makes nothing.

    Raises `NotFound` for an id that is not the visitor's, `SessionGone` for one they erased, `WrongName`
    for a key that cannot be one.
    """
    if name is None:
        shared = _shared(mapping)
        if shared is None:
            return Handles(mapping).session()
        handles, bus = Handles(mapping), mapping.presence.host.bus
        handles.engine.drive, handles.engine.read_by_host = _ReadingDrive(handles.engine.records, bus), True
        return Session(handles.home(shared[0]), *shared)
    if name.startswith("ses_"):
        return Handles(mapping).visit().user.sessions.get(name)
    place = _keyed(mapping, name)
    ref, record = place.handle()
    return KeyedSession(KeyedHandles(place).home(ref), ref, record).at(place)


async def aresolve(mapping: SessionMapping, name: str | None) -> AsyncSession:
    """The same, to be awaited."""
    if name is None:
        shared = _shared(mapping)
        if shared is None:
            return AsyncHandles(mapping).session()
        handles, bus = AsyncHandles(mapping), mapping.presence.host.bus
        drive = _AsyncReadingDrive(handles.engine.records, bus)
        handles.engine.drive, handles.engine.read_by_host = drive, True
        return AsyncSession(handles.home(shared[0]), *shared)
    if name.startswith("ses_"):
        return await AsyncHandles(mapping).visit().user.sessions.get(name)
    place = _keyed(mapping, name)
    ref, record = place.handle()
    return AsyncKeyedSession(AsyncKeyedHandles(place).home(ref), ref, record).at(place)


class KeyedSession(Session):
    """A session by the client's own key."""

    _place: KeyedPlace

    def at(self, place: KeyedPlace) -> KeyedSession:
        self._place = place
        return self

    @property
    def id(self) -> str:
        """Certain once the session was written to."""
        return self._place.id


class AsyncKeyedSession(AsyncSession):
    """The same, to be awaited."""

    _place: KeyedPlace

    def at(self, place: KeyedPlace) -> AsyncKeyedSession:
        self._place = place
        return self

    @property
    def id(self) -> str:
        """Certain once the session was written to."""
        return self._place.id


class _ReadingDrive(Drive):
    def over(self, records: Records) -> Drive:
        return _ReadingDrive(records, self._bus)

    def write(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        raise SharedSession


class _AsyncReadingDrive(AsyncDrive):
    def over(self, records: Records) -> AsyncDrive:
        return _AsyncReadingDrive(records, self._bus)

    async def write(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        raise SharedSession


def _keyed(mapping: SessionMapping, name: str) -> KeyedPlace:
    most = mapping.presence.host.settings.client_key_chars
    try:
        return KeyedPlace(mapping, checks.text(name, FIELD, most, least=1))
    except (Invalid, LimitExceeded) as problem:
        raise WrongName(str(problem), field=FIELD) from None


def _shared(mapping: SessionMapping) -> tuple[SessionRef, Record] | None:
    """The session that the host names for visitors who have none, when this is one and it stands."""
    presence = mapping.presence
    presence.look()
    shared, now = presence.host.shared, presence.host.clock.now()
    if shared is None or presence.ref is not None:
        return None

    owner = presence.host.records.read(lambda tx: tx.users.named(shared.user))
    if owner is None:
        return None
    for records in presence.host.stores.standing():
        found = records.read(lambda tx: lifecycle.keyed(tx, owner.no, shared.client_key, now, None))
        if found is not None:
            presence.shared = True
            return SessionRef(owner.no, found.id), found
    return None


def _of_header(value: str) -> str:
    """Header values are bytes; a name is UTF-8 there as it is in a query."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        raise WrongName(f"{HEADER} must be UTF-8.", field=FIELD) from None


def _no(value: Any) -> NoReturn:
    raise WrongName(f"{FIELD} must be text, not {type(value).__name__}.", field=FIELD)
