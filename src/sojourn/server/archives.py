"""The route that takes an archive apart: as one answer, or told as it goes."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from sojourn.errors import SojournError, Unavailable
from sojourn.models import Progress, Unpacked
from sojourn.server import problems, render, schemas
from sojourn.server.guard import Here
from sojourn.server.runs import PING_SECONDS, event
from sojourn.server.site import Site
from sojourn.server.wire import Json

log = logging.getLogger("sojourn")

EVENTS = "text/event-stream"


async def unpack_file(
    user_id: str,
    session_id: str,
    archive_id: str,
    body: schemas.Unpack,
    request: Request,
    here: Here,
) -> Response:
    """Takes the files out of a ZIP archive of the session: all of them, or none; `partial` takes what is fit.

    `only` is a media type, or a kind of them as in `image/*`; an entry of another one is refused. As
    server-sent events where `Accept` asks for them: `progress` {entries, total, bytes} now and then, and
    `done` {the answer} or `problem`. Whoever leaves before the end stops it, and nothing is left of it.
    """
    files = (await here.session(user_id, session_id)).files
    only = body.only if "only" in body.model_fields_set else None
    if EVENTS not in request.headers.get("accept", "").lower():
        unpacked = await files.unpack(archive_id, only=only, partial=body.partial)
        here.site.wake()
        return Json(render.unpacked(unpacked), 201)
    await files.get(archive_id)
    steps: deque[Progress] = deque(maxlen=1)
    news = asyncio.Event()

    def tell(step: Progress) -> None:
        steps.append(step)
        news.set()

    task = here.site.tend(files.unpack(archive_id, only=only, partial=body.partial, progress=tell))
    task.add_done_callback(lambda _: news.set())
    stream = _told(here.site, task, steps, news)
    return StreamingResponse(stream, headers={"X-Accel-Buffering": "no"}, media_type=EVENTS)


async def _told(
    site: Site, task: asyncio.Task[Unpacked], steps: deque[Progress], news: asyncio.Event
) -> AsyncIterator[bytes]:
    try:
        while steps or not task.done():
            try:
                await asyncio.wait_for(news.wait(), PING_SECONDS)
            except TimeoutError:
                yield b": ping\n\n"
                continue
            news.clear()
            while steps:
                yield event("progress", steps.popleft())
        yield _end(task)
        site.wake()
    finally:
        task.cancel()


def _end(task: asyncio.Task[Unpacked]) -> bytes:
    if task.cancelled():
        return event("problem", problems.problem(Unavailable("The server is stopping. Nothing was kept.")))
    error = task.exception()
    if error is None:
        return event("done", render.unpacked(task.result()))
    if isinstance(error, SojournError):
        return event("problem", problems.problem(error))
    reference = problems.reference()
    log.error("Unexpected error %s", reference, exc_info=error)
    return event("problem", problems.crash(reference))


def add_to(api: APIRouter) -> None:
    """The routes of this noun."""
    stream: dict[int | str, dict[str, Any]] = {
        200: {
            "description": "How far it is, and the answer",
            "content": {EVENTS: {"schema": {"type": "string"}}},
        }
    }
    api.post(
        "/sessions/{user_id}/{session_id}/files/{archive_id}/unpack",
        status_code=201,
        response_model=schemas.Unpacked,
        responses=stream,
    )(unpack_file)
