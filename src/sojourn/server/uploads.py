"""Routes of uploads that can be broken off and gone on with."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from sojourn.aio import AsyncSession
from sojourn.aio.uploads import Checksum
from sojourn.errors import Invalid, LimitExceeded, SojournError
from sojourn.models import Upload
from sojourn.server import pace, render, schemas, tus
from sojourn.server.guard import Here
from sojourn.server.wire import Json


async def options_uploads(user_id: str, session_id: str, here: Here) -> Response:
    """Which version of tus is spoken, with which extensions."""
    await here.session(user_id, session_id)
    return Response(status_code=204, headers=tus.abilities(here.site.store.settings))


async def options_upload(user_id: str, session_id: str, upload_id: str, here: Here) -> Response:
    """The same, of one upload."""
    await (await here.session(user_id, session_id)).files.upload(upload_id)
    return Response(status_code=204, headers=tus.abilities(here.site.store.settings))


async def get_uploads(user_id: str, session_id: str, here: Here) -> Response:
    """Uploads that are not finished, oldest first."""
    found = await (await here.session(user_id, session_id)).files.uploads()
    return Json({"items": [render.upload(upload) for upload in found]})


async def create_upload(
    user_id: str,
    session_id: str,
    request: Request,
    here: Here,
    tus_resumable: tus.Resumes = None,
    upload_length: tus.Length = None,
    upload_metadata: tus.Metadata = None,
    upload_checksum: tus.Sum = None,
) -> Response:
    """Begins a file of so many bytes, and reserves their room; `filename` of the metadata is its name.

    With a body it takes the first bytes along. If these are refused, or break off, nothing is begun.
    """
    tus.version(tus_resumable)
    session = await here.session(user_id, session_id)
    if upload_length is None:
        raise Invalid("Upload-Length says how many bytes there will be.", field="Upload-Length")
    size = tus.number(upload_length, "Upload-Length")
    checksum = tus.checksum(upload_checksum)
    name = tus.file_name(upload_metadata)
    first = tus.brings_bytes(request)
    upload = await session.files.start(name, size=size)
    where = request.scope["path"].removesuffix(f"/{user_id}/{session_id}/uploads")
    if first:
        try:
            upload = await _proceed(session, request, here, upload, 0, checksum)
        except BaseException:
            with suppress(SojournError):  # the session went meanwhile, and the upload with it
                await session.files.cancel(upload.id)
            raise
    headers = {"Location": f"{where}/me/{session_id}/uploads/{upload.id}"}
    return Response(status_code=201, headers=headers | tus.state(upload))


async def head_upload(
    user_id: str, session_id: str, upload_id: str, here: Here, tus_resumable: tus.Resumes = None
) -> Response:
    """How far an upload is: the next bytes begin at `Upload-Offset`."""
    tus.version(tus_resumable)
    upload = await (await here.session(user_id, session_id)).files.upload(upload_id)
    if upload.file is not None:
        here.site.wake()
    return Response(status_code=200, headers=tus.described(upload))


async def patch_upload(
    user_id: str,
    session_id: str,
    upload_id: str,
    request: Request,
    here: Here,
    tus_resumable: tus.Resumes = None,
    upload_offset: tus.Offset = None,
    upload_checksum: tus.Sum = None,
) -> Response:
    """Takes the bytes that begin at `Upload-Offset`; with the last one it is the file `Sojourn-File`.

    What comes before a connection breaks off is kept; bytes with a checksum, as a whole or not at all.
    """
    tus.version(tus_resumable)
    session = await here.session(user_id, session_id)
    if tus.kind(request) != tus.OFFSET:
        raise HTTPException(415, f"The bytes must come as {tus.OFFSET}.")
    offset = tus.number(upload_offset or "", "Upload-Offset")
    checksum = tus.checksum(upload_checksum)
    upload = await session.files.upload(upload_id)
    upload = await _proceed(session, request, here, upload, offset, checksum)
    return Response(status_code=204, headers=tus.state(upload))


async def delete_upload(
    user_id: str, session_id: str, upload_id: str, here: Here, tus_resumable: tus.Resumes = None
) -> Response:
    """Gives an upload up: its bytes go, and their room is free."""
    tus.version(tus_resumable)
    await (await here.session(user_id, session_id)).files.cancel(upload_id)
    return Response(status_code=204)


class Piece:
    """The bytes of one request, up to where they break off; `stopped` is then why."""

    def __init__(self, coming: AsyncGenerator[bytes]) -> None:
        self._coming = coming
        self.stopped: ClientDisconnect | pace.TooSlow | None = None

    async def bytes(self) -> AsyncGenerator[bytes]:
        async with aclosing(self._coming) as coming:
            try:
                async for piece in coming:
                    yield piece
            except (ClientDisconnect, pace.TooSlow) as stopped:
                self.stopped = stopped


async def _proceed(
    session: AsyncSession,
    request: Request,
    here: Here,
    upload: Upload,
    offset: int,
    checksum: Checksum | None,
) -> Upload:
    """What came is kept, also of bytes that break off: then raises why."""
    room = max(upload.size - offset, 0)
    if tus.number(request.headers.get("content-length", "0"), "Content-Length") > room:
        raise LimitExceeded(f"{upload.size} bytes were announced, and this would be more.", limit=upload.size)
    piece = Piece(pace.pieces(request, here.site.store.settings, most=room))
    async with aclosing(piece.bytes()) as coming:
        try:
            upload = await session.files.proceed(upload.id, coming, offset=offset, checksum=checksum)
        except Invalid as error:
            if error.facts.get("reason") != "upload.checksum":
                raise
            if piece.stopped is None:
                raise tus.ChecksumMismatch from None
    if upload.file is not None:
        here.site.wake()
    if piece.stopped is not None:
        raise piece.stopped
    return upload


def _answers(status: int, description: str, *headers: str) -> dict[str, Any]:
    """One answer, for the document."""
    told = {name: {"schema": {"type": "string"}} for name in headers}
    return {
        "status_code": status,
        "response_class": Response,
        "responses": {status: {"description": description, "headers": told}},
    }


def _takes(required: bool) -> dict[str, Any]:
    """A body of bytes, for the document."""
    raw = {"schema": {"type": "string", "format": "binary"}}
    return {"openapi_extra": {"requestBody": {"required": required, "content": {tus.OFFSET: raw}}}}


def add_to(api: APIRouter) -> None:
    """The routes of this noun."""
    route = type("ResumableRoute", (tus.Resumable, api.route_class), {})
    uploads = "/sessions/{user_id}/{session_id}/uploads"
    one = uploads + "/{upload_id}"
    far = ("Upload-Offset", "Upload-Expires", "Sojourn-File")
    able = _answers(
        204, "What can be done", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm"
    )

    def add(method: str, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        api.add_api_route(path, endpoint, methods=[method], route_class_override=route, **more)

    add("OPTIONS", uploads, options_uploads, **able)
    add("OPTIONS", one, options_upload, **able)
    add("GET", uploads, get_uploads, response_model=schemas.Uploads)
    add("POST", uploads, create_upload, **_answers(201, "Begun", "Location", *far), **_takes(False))
    told = _answers(200, "How far it is", "Upload-Length", "Upload-Metadata", *far)
    add("HEAD", one, head_upload, **told)
    add("PATCH", one, patch_upload, **_answers(204, "Taken", *far), **_takes(True))
    add("DELETE", one, delete_upload, **_answers(204, "Given up"))
