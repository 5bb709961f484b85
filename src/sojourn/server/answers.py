"""The route of answers: a run follows the newest message of the user."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from sojourn.errors import Conflict, SessionClosed, SessionDeleted
from sojourn.server import render, runs, schemas
from sojourn.server.guard import Here
from sojourn.server.wire import Json

EVENTS = "text/event-stream"


async def create_run(
    user_id: str,
    session_id: str,
    body: schemas.RunCreate,
    request: Request,
    here: Here,
) -> Response:
    """Answers the newest message, which must be the user's; the answer is kept even if nobody waits for it.

    As server-sent events where `Accept` asks for them: `start` {title}, `delta` {text}, `citation`
    {a Citation part}, then `done` {the Message as it is kept} or `problem`. Else the Message alone.
    """
    session = await here.session(user_id, session_id)
    if session.record.deleted_ms is not None:
        raise SessionDeleted
    if session.record.closed:
        raise SessionClosed
    window = await session.messages.last(runs.WINDOW)
    if not window or window[-1].role != "user":
        raise Conflict("There is nothing to answer: the newest message is not the user's.")
    run = here.site.runs.start(session, window)
    if EVENTS in request.headers.get("accept", "").lower():
        return StreamingResponse(run.follow(), headers={"X-Accel-Buffering": "no"}, media_type=EVENTS)
    return Json(render.message(await run.wait()), 201)


def add_to(api: APIRouter) -> None:
    """The routes of this noun."""
    stream: dict[int | str, dict[str, Any]] = {
        200: {
            "description": "The answer as it is made",
            "content": {EVENTS: {"schema": {"type": "string"}}},
        }
    }
    api.post(
        "/sessions/{user_id}/{session_id}/runs",
        status_code=201,
        response_model=schemas.Message,
        responses=stream,
    )(create_run)
