"""Routes of a user's devices."""

from fastapi import APIRouter
from starlette.responses import Response

from sojourn.server import render, schemas
from sojourn.server.guard import Here, forget
from sojourn.server.wire import Json


async def get_devices(here: Here) -> Response:
    """Those that are signed in, last seen first."""
    current = here.visit.device_id if here.visit else None
    devices = await here.user.devices.list()
    return Json({"items": [render.device(device, current) for device in devices]})


async def revoke_device(device_id: str, here: Here) -> Response:
    """Signs a device out, at once and everywhere."""
    await here.user.devices.revoke(device_id)
    response = Response(status_code=204)
    if here.visit is not None and here.visit.device_id == device_id:
        forget(here.site, response, here.arrival)
    return response


def add_to(api: APIRouter) -> None:
    """The routes of this noun."""
    api.get("/devices", response_model=schemas.Devices)(get_devices)
    api.delete("/devices/{device_id}", status_code=204, response_class=Response)(revoke_device)
