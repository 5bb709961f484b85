"""A principal: whoever a call acts for."""

from typing import Protocol

from sojourn import models
from sojourn.aio.devices import AsyncDevices
from sojourn.aio.engine import AsyncEngine
from sojourn.aio.events import AsyncEvents
from sojourn.aio.sessions import AsyncSessions
from sojourn.aio.state import AsyncState
from sojourn.core import accounts, ids
from sojourn.ports import Owner


class AsyncPrincipal(Protocol):
    """How a handle finds its owner."""

    async def find(self, engine: AsyncEngine) -> Owner | None:
        """The owner, None while nothing of theirs was written."""
        ...

    async def make(self, engine: AsyncEngine) -> Owner:
        """The owner, made now if need be. Raises `SignedOut` for a dead device."""
        ...

    @property
    def device_id(self) -> str | None:
        """The device that acts, None when the application itself does."""
        ...


class Named:
    """A user by the name the application gives them."""

    device_id = None

    def __init__(self, name: str) -> None:
        self._name = name
        self._owner: Owner | None = None

    async def find(self, engine: AsyncEngine) -> Owner | None:
        if self._owner is None:
            self._owner = await engine.drive.read(accounts.named, self._name)
        return self._owner

    async def make(self, engine: AsyncEngine) -> Owner:
        owner = await self.find(engine)
        if owner is None:
            now = engine.clock.now()
            fresh = models.User(id=ids.new_id(ids.USER, now), name=self._name, created_ms=now)
            owner = self._owner = await engine.drive.write(accounts.ensure, fresh)
        return owner


class AsyncUser:
    """One user's sessions, devices and state. Only what is theirs can be reached from here."""

    def __init__(self, engine: AsyncEngine, principal: AsyncPrincipal) -> None:
        self._engine = engine
        self._principal = principal

    async def record(self) -> models.User | None:
        """Who this is, None while nothing of theirs was written."""
        owner = await self._principal.find(self._engine)
        return owner.user if owner else None

    @property
    def sessions(self) -> AsyncSessions:
        return AsyncSessions(self._engine, self._principal)

    @property
    def devices(self) -> AsyncDevices:
        return AsyncDevices(self._engine, self._principal)

    @property
    def events(self) -> AsyncEvents:
        """What changed, in order, whoever changed it."""
        return AsyncEvents(self._engine, self._principal)

    @property
    def state(self) -> AsyncState:
        """State that all sessions of the user share."""
        return AsyncState(self._engine, self._principal)
