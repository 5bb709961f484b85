"""The session that a client's own key names, made by what is first written to it. No framework.

Where it may be an ephemeral one, no transaction spans the stores that it could be in: then it is made
first, as anybody makes one by a key, and written to after that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from sojourn import models
from sojourn.core import leases, lifecycle
from sojourn.errors import Conflict
from sojourn.integrations.drives import NOBODYS, AsyncPresentDrive, Place, PresentDrive, placed, unmade
from sojourn.integrations.handles import AsyncHandles, Handles
from sojourn.integrations.mapping import SessionMapping
from sojourn.integrations.threshold import Entered, stay
from sojourn.ports import Records, SessionRef, Tx

T = TypeVar("T")
P = ParamSpec("P")


class KeyedPlace(Place):
    """A request's place in the session of one key. `id` is known for certain once it is written to:
    of two requests that begin it at once, both are in the one that was made.
    """

    def __init__(self, mapping: SessionMapping, client_key: str) -> None:
        super().__init__(mapping)
        host = self.presence.host
        self._fresh = host.draft(host.clock.now(), client_key=client_key)
        self.key = client_key
        self.idle = host.settings.client_key_idle_seconds
        self._making: SessionRef | None = None
        self._made: SessionRef | None = None

    @property
    def id(self) -> str:
        return (self._made or self._fresh).id

    def handle(self) -> tuple[SessionRef, models.Session]:
        presence = self.presence
        presence.look()
        owner, now = presence.known.owner.no if presence.known else None, presence.host.clock.now()
        if owner is not None:
            stores = presence.host.stores
            for records in stores.standing():
                found = records.read(lambda tx: lifecycle.keyed(tx, owner, self.key, now, self.idle))
                if found is not None:
                    self._made = SessionRef(owner, found.id)
                    return self._made, found
        return SessionRef(NOBODYS, self._fresh.id), self._fresh

    def _draft(self) -> models.Session:
        return self._fresh

    def _standing(self, ref: SessionRef) -> SessionRef | None:
        return self._made

    def to_be_made(self, args: tuple[Any, ...]) -> bool:
        """Whether the session has to be there before the operation is run."""
        host = self.presence.host
        apart = self._fresh.ephemeral or host.engine.fleeting or host.stores.rooms() is not None
        return apart and self._made is None and unmade(args) is not None

    def made(self, session: models.Session) -> None:
        """Raises `Conflict` when it is in the other store than was thought when the request began."""
        stores = self.presence.host.stores
        if stores.apart(session.id) != stores.apart(self._fresh.id):
            raise Conflict("Another request made this session meanwhile; ask again.", field="client_key")
        self._made = SessionRef(self._owner(), session.id)

    def _owner(self) -> int:
        self.presence.look()
        assert self.presence.known is not None, "who made a session is known"
        return self.presence.known.owner.no

    def writing(
        self, operation: Callable[..., Awaitable[T]], args: Any, kwargs: Any
    ) -> tuple[Callable[[Tx, Entered], Awaitable[T]], bool]:
        if unmade(args) is None:
            return super().writing(operation, args, kwargs)
        host, alone = self.presence.host, self.presence.alone.get(self._fresh.id)
        now = host.clock.now()

        async def work(tx: Tx, entered: Entered) -> T:
            owner = entered.known.owner.no
            ref = self._made
            if ref is None:
                device_id = entered.known.device.id
                session = await lifecycle.get_or_create(tx, owner, self._fresh, now, self.idle, device_id)
                ref = SessionRef(owner, session.id)
            if alone is not None:
                await stay(tx, ref, alone, now)
            self._making = ref
            return await operation(tx, *placed(args, ref), **kwargs)

        return work, False

    def wrote(self, operation: Any, args: Any = (), answer: Any = None) -> None:
        if self._made is None and self._making is not None:
            self._made = self._making
            self.presence.look_again()  # a visitor's first session is their current one
        super().wrote(operation, args, answer)

    def lease(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The session's own in place of the one that it would have had."""
        drafted = leases.of_session(self._fresh.id)
        return tuple(leases.of_session(self.id) if arg == drafted else arg for arg in args)


class KeyedDrive(PresentDrive):
    def __init__(self, here: KeyedPlace, records: Records | None = None) -> None:
        super().__init__(here, records)
        self._place = here

    def over(self, records: Records) -> KeyedDrive:
        return KeyedDrive(self._place, records)

    def write(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        place = self._place
        if place.to_be_made(args):
            sessions = Handles(place.mapping).visit().user.sessions
            place.made(sessions.get_or_create(client_key=place.key, idle_seconds=place.idle).record)
        return super().write(operation, *args, **kwargs)


class AsyncKeyedDrive(AsyncPresentDrive):
    def __init__(self, here: KeyedPlace, records: Records | None = None) -> None:
        super().__init__(here, records)
        self._place = here

    def over(self, records: Records) -> AsyncKeyedDrive:
        return AsyncKeyedDrive(self._place, records)

    async def write(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        place = self._place
        if place.to_be_made(args):
            sessions = AsyncHandles(place.mapping).visit().user.sessions
            made = await sessions.get_or_create(client_key=place.key, idle_seconds=place.idle)
            place.made(made.record)
        return await super().write(operation, *args, **kwargs)


class KeyedHandles(Handles):
    """The visitor's handles, in the session of one key."""

    def __init__(self, place: KeyedPlace) -> None:
        super().__init__(place.mapping, place)
        self.engine.drive = KeyedDrive(place)


class AsyncKeyedHandles(AsyncHandles):
    """The same, to be awaited."""

    def __init__(self, place: KeyedPlace) -> None:
        super().__init__(place.mapping, place)
        self.engine.drive = AsyncKeyedDrive(place)
