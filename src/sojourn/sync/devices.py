# Generated from src/sojourn/aio/devices.py by tools/generate_sync.py. Change that file, then run it.
"""The devices of a user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sojourn.core import accounts
from sojourn.errors import NotFound
from sojourn.models import Device
from sojourn.sync.engine import Engine

if TYPE_CHECKING:
    from sojourn.sync.user import Principal


class Devices:
    """Lists and revokes."""

    def __init__(self, engine: Engine, principal: Principal) -> None:
        self._engine = engine
        self._principal = principal

    def list(self) -> list[Device]:
        """Those that are signed in, last seen first."""
        owner = self._principal.find(self._engine)
        if owner is None:
            return []
        return self._engine.drive.read(accounts.devices, owner.no, self._engine.clock.now())

    def revoke(self, device_id: str) -> None:
        """Signs the device out, at once and everywhere. Raises `NotFound` when it is not the user's."""
        owner = self._principal.find(self._engine)
        if owner is None:
            raise NotFound("There is no such device.")
        self._engine.drive.write(accounts.revoke, owner.no, device_id, self._engine.clock.now())
