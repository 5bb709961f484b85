"""Devices, found by the hash of their token."""

from msgspec.structs import replace

from sojourn.backends.memory.rows import DeviceRow, Rows
from sojourn.errors import Conflict
from sojourn.models import EPHEMERAL, Device
from sojourn.ports import DeviceGlance, KnownDevice, Owner, SessionRef

_FORMER = 16
"""How many of a device's old tokens are known."""


class MemoryDevices:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def find(self, token_hash: bytes) -> KnownDevice | None:
        found = self._rows.tokens.get(token_hash)
        if found is None:
            return None
        owner = self._rows.owner(found[0])
        row = owner.devices.get(found[1])
        if row is None:
            return None
        rotated = dict(row.former).get(token_hash)
        return KnownDevice(Owner(owner.no, owner.user), row.device, row.ended or rotated is not None, rotated)

    async def glance(self, token_hash: bytes) -> DeviceGlance | None:
        found = await self.find(token_hash)
        if found is None:
            return None
        owner, device = found.owner.no, found.device
        row = None if device.session_id is None else self._rows.find(SessionRef(owner, device.session_id))
        current = None if row is None else row.glance
        return DeviceGlance(owner, device.id, device.seen_ms, device.expires_ms, found.ended, current)

    async def add(self, owner: int, device: Device, token_hash: bytes) -> None:
        devices = self._rows.owner(owner).devices
        if token_hash in self._rows.tokens or device.id in devices:
            raise Conflict("This device is known already.")
        self._rows.tokens.put(token_hash, (owner, device.id))
        devices.put(device.id, DeviceRow(device, False, token_hash))

    async def list(self, owner: int, now: int) -> list[Device]:
        row = self._rows.owners.get(owner)
        held = [] if row is None else [*row.devices][::-1]
        living = (row.device for row in held if not row.ended and now < row.device.expires_ms)
        return sorted(living, key=lambda device: device.seen_ms, reverse=True)

    async def end(self, owner: int, device_id: str, now: int) -> bool:
        row = self._find(owner, device_id)
        if row is None:
            return False
        self._put(owner, replace(row, ended=True))
        return True

    async def rotate(self, token_hash: bytes, fresh: bytes, now: int) -> bool:
        owner, device_id = self._rows.tokens.get(token_hash) or (0, "")
        row = self._find(owner, device_id)
        if row is None or row.ended or row.token != token_hash:
            return False
        if fresh in self._rows.tokens:
            raise Conflict("This device is known already.")
        former = ((token_hash, now), *row.former)
        for forgotten, _ in former[_FORMER:]:
            self._rows.tokens.remove(forgotten)
        self._rows.tokens.put(fresh, (owner, device_id))
        self._put(owner, replace(row, token=fresh, former=former[:_FORMER]))
        return True

    async def touch(self, owner: int, device_id: str, now: int) -> None:
        row = self._find(owner, device_id)
        if row is not None:
            seen = max(row.device.seen_ms, now)
            self._put(owner, replace(row, device=replace(row.device, seen_ms=seen)))

    async def point(self, owner: int, device_id: str, session_id: str) -> None:
        row = self._find(owner, device_id)
        if row is not None and self._rows.find(SessionRef(owner, session_id)) is not None:
            self._put(owner, replace(row, device=replace(row.device, session_id=session_id)))

    async def point_first(self, owner: int, device_id: str, session_id: str) -> None:
        row = self._find(owner, device_id)
        if row is not None and not self._stands(owner, row.device.session_id):
            await self.point(owner, device_id, session_id)

    async def aim(self, owner: int, device_id: str, session_id: str) -> None:
        row = self._find(owner, device_id)
        if row is not None:
            self._put(owner, replace(row, device=replace(row.device, session_id=session_id)))

    async def current(self, owner: int, device_id: str) -> str | None:
        row = self._find(owner, device_id)
        return None if row is None else row.device.session_id

    def _stands(self, owner: int, session_id: str | None) -> bool:
        if session_id is not None and session_id.startswith(EPHEMERAL):
            return True
        row = None if session_id is None else self._rows.find(SessionRef(owner, session_id))
        return row is not None and row.session.deleted_ms is None

    def _find(self, owner: int, device_id: str) -> DeviceRow | None:
        row = self._rows.owners.get(owner)
        return None if row is None else row.devices.get(device_id)

    def _put(self, owner: int, row: DeviceRow) -> None:
        self._rows.owner(owner).devices.put(row.device.id, row)
