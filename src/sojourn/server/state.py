"""Routes of a session's state."""

from contextlib import suppress
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from sojourn import codec
from sojourn.aio import AsyncState
from sojourn.errors import Invalid
from sojourn.server import schemas
from sojourn.server.guard import Here
from sojourn.server.wire import Json


async def get_state(user_id: str, session_id: str, here: Here) -> Response:
    """Every key with its value and version."""
    return Json(await _shown((await here.session(user_id, session_id)).state))


async def patch_state(user_id: str, session_id: str, body: schemas.StatePatch, here: Here) -> Response:
    """Sets, removes and increments, all or nothing; answers the whole state as it then is."""
    state = (await here.session(user_id, session_id)).state
    await state.change(
        set=body.set,
        remove=body.remove,
        increment=body.increment,
        if_versions=body.if_versions,
    )
    return Json(await _shown(state))


async def _shown(state: AsyncState) -> dict[str, Any]:
    """What JSON cannot say (an instance of the host's own class) has a version here, and no value."""
    values: dict[str, msgspec.Raw] = {}
    versions: dict[str, int] = {}
    for entry in await state.entries():
        versions[entry.key] = entry.version
        with suppress(Invalid, TypeError):
            values[entry.key] = msgspec.Raw(msgspec.json.encode(codec.decode(entry.body)))
    return {"values": values, "versions": versions}


def add_to(api: APIRouter) -> None:
    """The routes of this noun."""
    path = "/sessions/{user_id}/{session_id}/state"
    api.get(path, response_model=schemas.State)(get_state)
    api.patch(path, response_model=schemas.State)(patch_state)
