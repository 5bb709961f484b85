# Generated from src/sojourn/aio/user.py by tools/generate_sync.py. Change that file, then run it.
"""A principal: whoever a call acts for."""

from typing import Protocol

from sojourn import models
from sojourn.core import accounts, ids
from sojourn.ports import Owner
from sojourn.sync.devices import Devices
from sojourn.sync.engine import Engine
from sojourn.sync.events import Events
from sojourn.sync.sessions import Sessions
from sojourn.sync.state import State


class Principal(Protocol):
    """How a handle finds its owner."""

    def find(self, engine: Engine) -> Owner | None:
        """The owner, None while nothing of theirs was written."""
        ...

    def make(self, engine: Engine) -> Owner:
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

    def find(self, engine: Engine) -> Owner | None:
        if self._owner is None:
            self._owner = engine.drive.read(accounts.named, self._name)
        return self._owner

    def make(self, engine: Engine) -> Owner:
        owner = self.find(engine)
        if owner is None:
            now = engine.clock.now()
            fresh = models.User(id=ids.new_id(ids.USER, now), name=self._name, created_ms=now)
            owner = self._owner = engine.drive.write(accounts.ensure, fresh)
        return owner


class User:
    """One user's sessions, devices and state. Only what is theirs can be reached from here."""

    def __init__(self, engine: Engine, principal: Principal) -> None:
        self._engine = engine
        self._principal = principal

    def record(self) -> models.User | None:
        """Who this is, None while nothing of theirs was written."""
        owner = self._principal.find(self._engine)
        return owner.user if owner else None

    @property
    def sessions(self) -> Sessions:
        return Sessions(self._engine, self._principal)

    @property
    def devices(self) -> Devices:
        return Devices(self._engine, self._principal)

    @property
    def events(self) -> Events:
        """What changed, in order, whoever changed it."""
        return Events(self._engine, self._principal)

    @property
    def state(self) -> State:
        """State that all sessions of the user share."""
        return State(self._engine, self._principal)
