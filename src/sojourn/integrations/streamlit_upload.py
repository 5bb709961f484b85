"""Files from a Streamlit page: sent to a route of ours and streamed into the visitor's session.

The page is given an order: what may be sent, and into which session, signed by the store. Who sends is
known by the cookie alone, so any process of the app can take the file, and none holds it in memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from hmac import compare_digest
from urllib.parse import unquote

from msgspec import Struct, ValidationError, convert, json
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from streamlit.web.server.server_util import is_xsrf_enabled
from streamlit.web.server.starlette.starlette_app_utils import validate_xsrf_token

from sojourn.aio import AsyncSession
from sojourn.core.promises import Sign
from sojourn.errors import Invalid, LimitExceeded, NotFound, SojournError
from sojourn.integrations.handles import AsyncHandles
from sojourn.integrations.mapping import SessionMapping
from sojourn.integrations.visit import CrossOrigin
from sojourn.models import File

ROUTE = "/_sojourn/files"

_ORDER, _NAME = "sojourn-order", "sojourn-name"
_CHARS = 4000


class Order(Struct, frozen=True, kw_only=True):
    """What one uploader of a page may send."""

    key: str
    """The uploader's own name in the session."""
    session_id: str | None
    """The session that the page shows; None is the one the visitor is in, which may have to be made."""
    multiple: bool
    """A file comes to the others; else it takes the place of the one before."""
    suffixes: tuple[str, ...]
    """How its name may end, in lower case; empty is any."""
    most: int
    """Bytes in one file."""

    def sealed(self, sign: Sign) -> str:
        said = json.encode(self)
        return f"{sign('upload', said).hex()}{said.hex()}"

    @classmethod
    def opened(cls, sign: Sign, text: str) -> Order:
        """Raises `Invalid` for what this store did not order."""
        try:
            seal, said = bytes.fromhex(text[:64]), bytes.fromhex(text[64:_CHARS])
            if compare_digest(seal, sign("upload", said)):
                return convert(json.decode(said), cls)
        except (ValueError, ValidationError):
            pass
        raise Invalid("No page of this app ordered this file; load the page again.", field=_ORDER)

    def checked(self, name: str) -> str:
        """Raises `Invalid` for a name that may not be sent."""
        if self.suffixes and not name.lower().endswith(self.suffixes):
            raise Invalid(f"Only {', '.join(self.suffixes)} can be sent here.", field="name")
        return name


def state_key(key: str) -> str:
    """Where the session keeps which files an uploader brought."""
    return f"uploader.{key}"


async def take_file(scope: Scope, receive: Receive, send: Send) -> None:
    """`PUT`: the body is the file. Answers 204, or a problem that says what is wrong."""
    request = Request(scope, receive)
    try:
        await _take(request)
    except SojournError as error:
        kind = type(error)
        said = {"title": kind.__doc__, "status": kind.status, "code": kind.code, "detail": str(error)}
        answer: Response = JSONResponse(said, kind.status, media_type="application/problem+json")
    else:
        answer = Response(status_code=204)
    await answer(scope, receive, send)


async def _take(request: Request) -> None:
    mapping: SessionMapping = request.scope["session"]
    presence = mapping.presence
    if request.method != "PUT":
        raise Invalid("A file is sent by PUT.")
    presence.host.door.same_origin(presence.arrival, request.method)
    if is_xsrf_enabled() and not validate_xsrf_token(
        request.headers.get("x-xsrftoken"), request.cookies.get("_streamlit_xsrf")
    ):
        raise CrossOrigin
    order = Order.opened(presence.host.records.sign, request.headers.get(_ORDER, ""))
    name = order.checked(unquote(request.headers.get(_NAME, "")))
    session = await _session(mapping, order)
    await keep(
        session,
        order,
        await session.files.add(name, _bounded(request, order.most), size=_size(request, order)),
    )


async def _session(mapping: SessionMapping, order: Order) -> AsyncSession:
    """The visitor's own, else `NotFound`, whoever has ordered."""
    handles = AsyncHandles(mapping)
    if order.session_id is None:
        return handles.session()
    return await handles.visit().user.sessions.get(order.session_id)


def _size(request: Request, order: Order) -> int | None:
    said = request.headers.get("content-length", "")
    if not (said.isascii() and said.isdecimal() and len(said) < 16):
        return None
    if int(said) > order.most:
        raise LimitExceeded(f"A file may have {order.most} bytes here.", limit=order.most)
    return int(said)


async def _bounded(request: Request, most: int) -> AsyncIterator[bytes]:
    came = 0
    async for piece in request.stream():
        came += len(piece)
        if came > most:
            raise LimitExceeded(f"A file may have {most} bytes here.", limit=most)
        if piece:
            yield piece


async def keep(session: AsyncSession, order: Order, file: File) -> None:
    """Notes what the uploader brought. The one before goes, if there can be only one."""
    key = state_key(order.key)
    if order.multiple:
        await session.state.append(key, file.id)
        return
    before: list[str] = []

    def alone(ids: list[str]) -> list[str]:
        before[:] = ids
        return [file.id]

    await session.state.update(key, alone, default=[])
    for id in before:
        try:
            await session.files.delete(id)
        except NotFound:
            continue
