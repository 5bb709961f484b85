"""Routes of a session's files: bytes come in and go out as streams."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from sojourn.config import KIB
from sojourn.errors import Invalid
from sojourn.server import conditions, forms, pace, render, schemas
from sojourn.server.guard import Here
from sojourn.server.render import window
from sojourn.server.security import SANDBOX
from sojourn.server.wire import Json

PIECE = 256 * KIB
ANY = "application/octet-stream"
SHOWN = frozenset(
    {
        "application/pdf",
        "image/avif",
        "image/bmp",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/csv",
        "text/markdown",
        "text/plain",
    }
)
"""Types that are told when a file is fetched: nothing that a page could run. The rest is just bytes."""


async def get_files(
    user_id: str,
    session_id: str,
    here: Here,
    cursor: str | None = None,
    limit: int = 50,
    deleted: bool = False,
) -> Response:
    """The session's files, in the order they came; with `deleted` those in its trash."""
    files = (await here.session(user_id, session_id)).files
    page = await files.list(limit=limit, cursor=cursor, deleted=deleted)
    return Json({"items": [render.file(file) for file in page], "next": page.next})


async def add_files(user_id: str, session_id: str, request: Request, here: Here) -> Response:
    """Keeps the files of a form, all of them or none."""
    session = await here.session(user_id, session_id)
    kept = await forms.keep(session, request, here.site.store.settings, session.files.add)
    here.site.wake()
    return Json({"items": [render.file(file) for file in kept]}, 201)


async def put_file(user_id: str, session_id: str, request: Request, here: Here, name: str = "") -> Response:
    """Keeps the body as a file. Its type is judged by its bytes, whatever the header says."""
    session = await here.session(user_id, session_id)
    if request.headers.get("content-encoding", "identity") != "identity":
        raise HTTPException(415, "A file is kept as it comes: send it without a Content-Encoding.")
    announced = request.headers.get("content-length")
    async with aclosing(pace.pieces(request, here.site.store.settings)) as pieces:
        file = await session.files.add(name, pieces, size=None if announced is None else _size(announced))
    here.site.wake()
    return Json(render.file(file), 201)


async def get_file(user_id: str, session_id: str, file_id: str, here: Here) -> Response:
    """What is known of one file."""
    return Json(render.file(await (await here.session(user_id, session_id)).files.get(file_id)))


async def get_file_content(
    user_id: str, session_id: str, file_id: str, request: Request, here: Here
) -> Response:
    """Its bytes, or one range of them; a browser keeps them as a file and runs nothing."""
    files = (await here.session(user_id, session_id)).files
    file = await files.get(file_id)
    headers = {
        "ETag": f'"{file.digest}"',
        "Accept-Ranges": "bytes",
        "Content-Disposition": disposition(file.name),
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
    }
    if conditions.unchanged(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    asked = request.headers.get("range")
    if request.headers.get("if-range", headers["ETag"]) != headers["ETag"]:
        asked = None
    try:
        part = conditions.stretch(asked, file.size)
    except ValueError:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{file.size}"})
    stretch = part or conditions.Stretch(0, file.size - 1)
    headers["Content-Length"] = str(stretch.last - stretch.first + 1)
    if part is not None:
        headers["Content-Range"] = f"bytes {part.first}-{part.last}/{file.size}"
    opened = await files.open(file_id)
    try:
        first = await asyncio.to_thread(_first, opened, stretch)
    except BaseException:
        opened.close()
        raise
    return StreamingResponse(
        _bytes(opened, first, stretch),
        206 if part is not None else 200,
        headers,
        file.media_type if file.media_type in SHOWN else ANY,
    )


async def patch_file(
    user_id: str, session_id: str, file_id: str, body: schemas.FilePatch, here: Here
) -> Response:
    """Takes the file out of the trash. Its words are read again."""
    files = (await here.session(user_id, session_id)).files
    if body.given("deleted"):
        file = await files.restore(file_id)
        here.site.wake()
        return Json(render.file(file))
    return Json(render.file(await files.get(file_id)))


async def delete_file(
    user_id: str, session_id: str, file_id: str, here: Here, erase: bool = False
) -> Response:
    """Into the trash; with `erase` the file goes for good, its bytes and its words."""
    files = (await here.session(user_id, session_id)).files
    await (files.erase if erase else files.delete)(file_id)
    return Response(status_code=204)


async def get_file_chunks(
    user_id: str, session_id: str, file_id: str, here: Here, first: int = 0, limit: int = 5
) -> Response:
    """Passages of the file, from number `first` on."""
    files = (await here.session(user_id, session_id)).files
    return Json(window(*await files.chunks(file_id, first=first, limit=limit)))


def disposition(name: str) -> str:
    """A Content-Disposition that any client reads (RFC 6266): in ASCII, and as it is."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _size(announced: str) -> int:
    if not (announced.isascii() and announced.isdecimal() and len(announced) < 19):
        raise Invalid("Content-Length is not a number of bytes.", field="Content-Length")
    return int(announced)


def _first(file: BinaryIO, stretch: conditions.Stretch) -> bytes:
    """Read before the answer begins: of bytes that are not those that were kept, it can still tell."""
    file.seek(stretch.first)
    return file.read(min(stretch.last - stretch.first + 1, PIECE))


async def _bytes(file: BinaryIO, first: bytes, stretch: conditions.Stretch) -> AsyncIterator[bytes]:
    """Ends short of what was announced when the bytes are found wrong on the way."""
    try:
        yield first
        left = stretch.last - stretch.first + 1 - len(first)
        while left and (piece := await asyncio.to_thread(file.read, min(left, PIECE))):
            left -= len(piece)
            yield piece
    finally:
        file.close()


def add_to(api: APIRouter) -> None:
    """The routes of this noun."""
    all_files = "/sessions/{user_id}/{session_id}/files"
    one = all_files + "/{file_id}"
    raw = {"schema": {"type": "string", "format": "binary"}}
    api.get(all_files, response_model=schemas.FilePage)(get_files)
    api.post(
        all_files,
        status_code=201,
        response_model=schemas.FilesAdded,
        openapi_extra=forms.DOCUMENTED,
    )(add_files)
    api.put(
        all_files,
        status_code=201,
        response_model=schemas.File,
        openapi_extra={"requestBody": {"required": True, "content": {ANY: raw}}},
    )(put_file)
    api.get(one, response_model=schemas.File)(get_file)
    content: dict[int | str, dict[str, Any]] = {
        200: {"description": "The bytes", "content": {ANY: raw}},
        206: {"description": "A range of them", "content": {ANY: raw}},
        304: {"description": "The same as before"},
        416: {"description": "A range behind the end"},
    }
    api.get(one + "/content", response_class=Response, responses=content)(get_file_content)
    api.patch(one, response_model=schemas.File)(patch_file)
    api.delete(one, status_code=204, response_class=Response)(delete_file)
    api.get(one + "/chunks", response_model=schemas.ChunkWindow)(get_file_chunks)
