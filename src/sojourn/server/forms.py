"""Forms with files: all of them are kept, or none."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress

from starlette.requests import Request

from sojourn.aio import AsyncSession
from sojourn.config import Settings
from sojourn.drive import AsyncData
from sojourn.errors import Invalid, SojournError
from sojourn.models import File
from sojourn.server import pace
from sojourn.server.multipart import Form

Add = Callable[[str | None, AsyncData], Awaitable[File]]

_SCHEMA = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
}
DOCUMENTED = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _SCHEMA}}}}
"""What the OpenAPI document says of such a request."""


async def keep(session: AsyncSession, request: Request, settings: Settings, add: Add) -> list[File]:
    """The files of a request's form, each kept by `add`. Raises what that raises, and what is no form."""
    kept: list[File] = []
    try:
        async with aclosing(pace.pieces(request, settings)) as pieces:
            form = Form(request.headers.get("content-type"), pieces)
            async with aclosing(form.files()) as parts:
                async for part in parts:
                    kept.append(await add(part.filename, form.data()))  # noqa: PERF401
        if not kept:
            raise Invalid("There is no file in the form.", field="file")
    except BaseException:
        await _take_back(session, kept)
        raise
    return kept


async def _take_back(session: AsyncSession, kept: list[File]) -> None:
    for file in kept:
        with suppress(SojournError):  # the session went meanwhile, and the file with it
            await session.files.erase(file.id)
