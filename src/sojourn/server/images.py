"""Routes of a session's pictures."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from sojourn.core import pictures
from sojourn.server import conditions, forms, render, schemas
from sojourn.server.guard import Here
from sojourn.server.security import REVALIDATED, SANDBOX
from sojourn.server.wire import Json

THUMBNAIL = "image/webp"
_LOOK = 1
"""Counts how thumbnails are made: a new way is a new ETag."""


async def get_images(
    user_id: str, session_id: str, here: Here, cursor: str | None = None, limit: int = 50
) -> Response:
    """The files of the session that are pictures, in the order they came."""
    page = await (await here.session(user_id, session_id)).images.list(limit=limit, cursor=cursor)
    return Json({"items": [render.file(file) for file in page], "next": page.next})


async def add_images(user_id: str, session_id: str, request: Request, here: Here) -> Response:
    """Keeps the pictures of a form, all of them or none. Each is decoded as a whole before it is seen.

    What is no picture, or another kind than its name says, is 415; one that is damaged, or asks for
    too much, is 422. `reason` says which.
    """
    session = await here.session(user_id, session_id)
    kept = await forms.keep(session, request, here.site.store.settings, session.images.add)
    here.site.wake()
    return Json({"items": [render.file(file) for file in kept]}, 201)


async def get_thumbnail(
    user_id: str, session_id: str, image_id: str, request: Request, here: Here, px: int = 256
) -> Response:
    """The picture in small, no side longer than `px` rounded up to 64, 128, 256, 512 or 1024.

    WebP, upright, without EXIF or place; of several frames the first. A browser may keep it, and asks
    each time whether it is still the same.
    """
    session = await here.session(user_id, session_id)
    size = pictures.step(px)
    file = await session.files.get(image_id)
    headers = {
        "ETag": f'"{file.digest[:32]}-{size}-{_LOOK}"',
        "Cache-Control": REVALIDATED,
        "Content-Security-Policy": SANDBOX,
    }
    if conditions.unchanged(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    made = await session.images.thumbnail(image_id, size)
    return Response(made.data, headers=headers, media_type=made.media_type)


def add_to(api: APIRouter) -> None:
    """The routes of this noun."""
    images = "/sessions/{user_id}/{session_id}/images"
    drawn: dict[int | str, dict[str, Any]] = {
        200: {
            "description": "The thumbnail",
            "content": {THUMBNAIL: {"schema": {"type": "string", "format": "binary"}}},
        },
        304: {"description": "The same as before"},
    }
    api.get(images, response_model=schemas.FilePage)(get_images)
    api.post(images, status_code=201, response_model=schemas.FilesAdded, openapi_extra=forms.DOCUMENTED)(
        add_images
    )
    api.get(images + "/{image_id}/thumbnail", response_class=Response, responses=drawn)(get_thumbnail)
