"""Devices: who a token belongs to. Only its SHA-256 is kept."""

from sojourn.backends.sql.connection import Connection, Row
from sojourn.backends.sql.seals import Seals, place
from sojourn.models import EPHEMERAL, Device, User
from sojourn.ports import DeviceGlance, KnownDevice, Owner, SessionGlance

_DEVICE = "d.id, u.key_no, d.label, d.created_ms, d.seen_ms, d.expires_ms, d.session_id"
_FIND = f"""
    SELECT {_DEVICE}, d.ended_ms, u.user_no, u.id, u.name, u.created_ms
    FROM devices d JOIN users u ON u.user_no = d.user_no WHERE d.token_hash = ?1
"""
_FORMER = f"""
    SELECT {_DEVICE}, f.ended_ms, u.user_no, u.id, u.name, u.created_ms
    FROM former_tokens f JOIN devices d ON d.device_no = f.device_no JOIN users u ON u.user_no = d.user_no
    WHERE f.token_hash = ?1
"""
_OUTLIVE = """
    INSERT INTO former_tokens (token_hash, device_no, ended_ms)
    SELECT token_hash, device_no, ?2 FROM devices WHERE token_hash = ?1 AND ended_ms IS NULL
"""
_ROTATE = "UPDATE devices SET token_hash = ?2 WHERE token_hash = ?1 AND ended_ms IS NULL"
_FORGET = """
    DELETE FROM former_tokens WHERE token_hash IN (
        SELECT token_hash FROM former_tokens
        WHERE device_no = (SELECT device_no FROM devices WHERE token_hash = ?1)
        ORDER BY ended_ms DESC LIMIT 1000 OFFSET 16)
"""
_GLANCE = """
    SELECT d.user_no, d.id, d.seen_ms, d.expires_ms, d.ended_ms,
           s.id, s.active_ms, s.closed_ms, s.deleted_ms, s.state_version
    FROM devices d LEFT JOIN sessions s ON s.id = d.session_id AND s.user_no = d.user_no
    WHERE d.token_hash = ?1
"""
_GLANCE_FORMER = """
    SELECT d.user_no, d.id, d.seen_ms, d.expires_ms, f.ended_ms,
           s.id, s.active_ms, s.closed_ms, s.deleted_ms, s.state_version
    FROM former_tokens f JOIN devices d ON d.device_no = f.device_no
    LEFT JOIN sessions s ON s.id = d.session_id AND s.user_no = d.user_no
    WHERE f.token_hash = ?1
"""
_LIST = f"""
    SELECT {_DEVICE} FROM devices d JOIN users u ON u.user_no = d.user_no
    WHERE d.user_no = ?1 AND d.ended_ms IS NULL AND d.expires_ms > ?2
    ORDER BY d.seen_ms DESC, d.device_no DESC LIMIT 1000
"""
_KEY = "SELECT key_no FROM users WHERE user_no = ?1"
_ADD = """
    INSERT INTO devices (id, user_no, token_hash, label, session_id, created_ms, seen_ms, expires_ms)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
"""
_END = "UPDATE devices SET ended_ms = coalesce(ended_ms, ?3) WHERE user_no = ?1 AND id = ?2"
_TOUCH = "UPDATE devices SET seen_ms = max(seen_ms, ?3) WHERE user_no = ?1 AND id = ?2"
_POINT = """
    UPDATE devices SET session_id = ?3 WHERE user_no = ?1 AND id = ?2
        AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = ?3 AND s.user_no = ?1)
"""
_POINT_FIRST = f"""
    {_POINT} AND coalesce(substr(session_id, 1, {len(EPHEMERAL)}), '') <> '{EPHEMERAL}' AND NOT EXISTS (
        SELECT 1 FROM sessions s
        WHERE s.id = devices.session_id AND s.user_no = ?1 AND s.deleted_ms IS NULL)
"""
_AIM = "UPDATE devices SET session_id = ?3 WHERE user_no = ?1 AND id = ?2"
_CURRENT = "SELECT session_id FROM devices WHERE user_no = ?1 AND id = ?2"


class Devices:
    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._connection = connection
        self._seals = seals

    async def find(self, token_hash: bytes) -> KnownDevice | None:
        row = await self._connection.one(_FIND, token_hash)
        former = None if row is not None else await self._connection.one(_FORMER, token_hash)
        row = row or former
        if row is None:
            return None
        ended_ms, no, user_id, sealed, created_ms = row[7:]
        key_no = row[1]
        name = None
        if sealed is not None:
            name = self._seals.open(key_no, place("users", key_no, "name", user_id.encode()), sealed).decode()
        return KnownDevice(
            Owner(no, User(user_id, name, created_ms)),
            self._device(row),
            ended_ms is not None,
            None if former is None else ended_ms,
        )

    async def glance(self, token_hash: bytes) -> DeviceGlance | None:
        row = await self._connection.one(_GLANCE, token_hash)
        if row is None:
            row = await self._connection.one(_GLANCE_FORMER, token_hash)
        if row is None:
            return None
        owner, id, seen_ms, expires_ms, ended_ms, *session = row
        current = None if session[0] is None else SessionGlance(*session)
        return DeviceGlance(owner, id, seen_ms, expires_ms, ended_ms is not None, current)

    async def add(self, owner: int, device: Device, token_hash: bytes) -> None:
        row = await self._connection.one(_KEY, owner)
        assert row is not None, "a device is made for a user that stands"
        label = self._seals.seal(row[0], _place(row[0], device.id), device.label.encode())
        await self._connection.run(
            _ADD,
            device.id,
            owner,
            token_hash,
            label,
            device.session_id,
            device.created_ms,
            device.seen_ms,
            device.expires_ms,
        )

    async def list(self, owner: int, now: int) -> list[Device]:
        return [self._device(row) for row in await self._connection.all(_LIST, owner, now)]

    async def end(self, owner: int, device_id: str, now: int) -> bool:
        return await self._connection.run(_END, owner, device_id, now) == 1

    async def rotate(self, token_hash: bytes, fresh: bytes, now: int) -> bool:
        if await self._connection.run(_OUTLIVE, token_hash, now) != 1:
            return False
        await self._connection.many([(_ROTATE, (token_hash, fresh)), (_FORGET, (fresh,))])
        return True

    async def touch(self, owner: int, device_id: str, now: int) -> None:
        await self._connection.run(_TOUCH, owner, device_id, now)

    async def point(self, owner: int, device_id: str, session_id: str) -> None:
        await self._connection.run(_POINT, owner, device_id, session_id)

    async def point_first(self, owner: int, device_id: str, session_id: str) -> None:
        await self._connection.run(_POINT_FIRST, owner, device_id, session_id)

    async def aim(self, owner: int, device_id: str, session_id: str) -> None:
        await self._connection.run(_AIM, owner, device_id, session_id)

    async def current(self, owner: int, device_id: str) -> str | None:
        row = await self._connection.one(_CURRENT, owner, device_id)
        return None if row is None else row[0]

    def _device(self, row: Row) -> Device:
        id, key_no, label, created_ms, seen_ms, expires_ms, session_id = row[:7]
        shown = self._seals.open(key_no, _place(key_no, id), label).decode()
        return Device(id, shown, created_ms, seen_ms, expires_ms, session_id)


def _place(key_no: int, id: str) -> bytes:
    return place("devices", key_no, "label", id.encode())
