"""The session that a client's own key names, made by what is first written to it. No framework."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sojourn import models
from sojourn.core import ids, leases, lifecycle
from sojourn.integrations.drives import NOBODYS, Place, placed, unmade
from sojourn.integrations.mapping import SessionMapping
from sojourn.integrations.threshold import Entered, stay
from sojourn.ports import SessionRef, Tx

T = TypeVar("T")


class KeyedPlace(Place):
    """A request's place in the session of one key. `id` is known for certain once it is written to:
    of two requests that begin it at once, both are in the one that was made.
    """

    def __init__(self, mapping: SessionMapping, client_key: str) -> None:
        super().__init__(mapping)
        host = self.presence.host
        now = host.clock.now()
        self._fresh = lifecycle.draft(host.settings, ids.new_id(ids.SESSION, now), now, client_key=client_key)
        self._key = client_key
        self._idle = host.settings.client_key_idle_seconds
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
            found = presence.host.records.read(
                lambda tx: lifecycle.keyed(tx, owner, self._key, now, self._idle)
            )
            if found is not None:
                self._made = SessionRef(owner, found.id)
                return self._made, found
        return SessionRef(NOBODYS, self._fresh.id), self._fresh

    def _draft(self) -> models.Session:
        return self._fresh

    def _standing(self, ref: SessionRef) -> SessionRef | None:
        return self._made

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
                session = await lifecycle.get_or_create(tx, owner, self._fresh, now, self._idle, device_id)
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
