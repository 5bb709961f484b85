"""The devices of a user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sojourn.aio.engine import AsyncEngine
from sojourn.core import accounts
from sojourn.errors import NotFound
from sojourn.models import Device

if TYPE_CHECKING:
    from sojourn.aio.user import AsyncPrincipal


class AsyncDevices:
    """Lists and revokes."""

    def __init__(self, engine: AsyncEngine, principal: AsyncPrincipal) -> None:
        self._engine = engine
        self._principal = principal

    async def list(self) -> list[Device]:
        """Those that are signed in, last seen first."""
        owner = await self._principal.find(self._engine)
        if owner is None:
            return []
        return await self._engine.drive.read(accounts.devices, owner.no, self._engine.clock.now())

    async def revoke(self, device_id: str) -> None:
        """Signs the device out, at once and everywhere. Raises `NotFound` when it is not the user's."""
        owner = await self._principal.find(self._engine)
        if owner is None:
            raise NotFound("There is no such device.")
        await self._engine.drive.write(accounts.revoke, owner.no, device_id, self._engine.clock.now())
