"""Routes of the visitor: who they are, where they are, and leaving."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from sojourn.server import render, schemas
from sojourn.server.guard import Caller, Here, forget
from sojourn.server.wire import Json


async def get_me(here: Here) -> Response:
    """Who is here, and what this place allows. A newcomer is nobody yet, and stays so."""
    return Json(await _shown(here))


async def switch_session(body: schemas.SessionSwitch, here: Here) -> Response:
    """Makes one of the caller's sessions this device's current one."""
    assert here.visit is not None
    await here.visit.switch(body.session_id)
    return Json(await _shown(here))


async def sign_out(here: Here) -> Response:
    """Ends this device at once, everywhere, and clears what the browser holds of this site."""
    assert here.visit is not None
    await here.visit.sign_out()
    response = Response(status_code=204, headers={"Clear-Site-Data": '"cache", "storage"'})
    forget(here.site, response, here.arrival)
    return response


async def _shown(here: Caller) -> dict[str, Any]:
    visit = here.visit
    record = await here.user.record()
    session = await visit.session() if visit else None
    device = visit.device if visit else None
    return {
        "user": render.user(record) if record else None,
        "device": render.device(device, device.id) if device else None,
        "session_id": session.id if session else None,
        "responder": {"title": here.site.responder.title},
        "limits": render.limits(here.site.store.settings),
    }


def add_to(api: APIRouter) -> None:
    """The routes that need no device of ours."""
    api.get("/me", response_model=schemas.Me)(get_me)


def add_device_routes_to(api: APIRouter) -> None:
    """The routes that move or end one."""
    api.put("/me/session", response_model=schemas.Me)(switch_session)
    api.post("/me/sign-out", status_code=204, response_class=Response)(sign_out)
