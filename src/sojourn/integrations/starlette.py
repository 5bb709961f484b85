"""`request.session` kept on the server, in the visitor's sojourn session, over HTTP and WebSocket. Pure ASGI.

For Starlette, FastAPI and whatever else is made of them.
"""

import logging
from asyncio import to_thread
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sojourn.aio import AsyncSession, AsyncSojourn, AsyncVisit
from sojourn.errors import ConfigError, Conflict, SojournError, StateConflict
from sojourn.integrations.current import current_mapping, here
from sojourn.integrations.handles import AsyncHandles
from sojourn.integrations.host import Brought, Host, OnConflict, Shared
from sojourn.integrations.mapping import SessionMapping
from sojourn.integrations.named import BODY_BYTES, FIELD, HEADER, aresolve, chosen
from sojourn.integrations.presence import Presence
from sojourn.integrations.refusals import TOLD, WrongName, headers, problem
from sojourn.integrations.visit import READ, SAFE, CrossOrigin, Policy
from sojourn.sync import Sojourn

__all__ = ["Shared", "SojournMiddleware", "alone", "current", "exclusive", "named", "visit"]

log = logging.getLogger("sojourn")

_STARTS = frozenset(("http.response.start", "websocket.accept", "websocket.http.response.start"))
"""The messages that carry headers."""
_OVER = frozenset(("lifespan.shutdown.complete", "lifespan.shutdown.failed"))
_COOKIE = frozenset((b"cookie", b"*"))
_READ = frozenset(name.encode() for name in READ)


class SojournMiddleware:
    """Sessions for an ASGI app: `app.add_middleware(SojournMiddleware, store=store)`.

    The session closes for a visitor who was away for `idle_seconds`; None is never. A change that
    loses to another request's is answered 409, or with `on_conflict="log"` given up, logged and
    counted. `shared` is a session that visitors without one read by `named`, and nobody writes. The
    store is closed when the app's lifespan ends.
    """

    def __init__(
        self,
        app: ASGIApp,
        store: AsyncSojourn | Sojourn,
        *,
        policy: Policy | None = None,
        idle_seconds: float | None = None,
        on_conflict: OnConflict = "raise",
        shared: Shared | None = None,
    ) -> None:
        self.app = app
        self.store = store
        self.host = Host(
            store,
            _brought,
            policy=policy,
            idle_seconds=idle_seconds,
            on_conflict=on_conflict,
            shared=shared,
        )

    @property
    def conflicts(self) -> int:
        """How many changes gave way to another request's, in this process."""
        return self.host.conflicts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] in ("http", "websocket"):
            await self._visit(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _visit(self, scope: Scope, receive: Receive, send: Send) -> None:
        presence = Presence(self.host, scope)
        session = scope["session"] = SessionMapping(presence)
        lost: StateConflict | CrossOrigin | None = None

        async def out(message: Message) -> None:
            nonlocal lost
            if not presence.sent:
                if presence.touched and message["type"] in _STARTS:
                    try:
                        await session.asave()
                    except (StateConflict, CrossOrigin) as refusal:
                        lost = refusal
                        session.forget(unsaved=True)
                        raise
                    mark(presence, message)
                elif presence.touched and message["type"] == "websocket.close":
                    await _turned_away(session)
                presence.sent = message["type"] in _STARTS
            await send(message)

        token = here.set(session)
        try:
            if (method := scope.get("method", "WEBSOCKET")) not in SAFE:
                presence.guard(method)
            await self.app(scope, receive, out)
        except Exception as error:
            told = lost or (error if isinstance(error, TOLD) else None)
            if told is None or presence.sent:
                raise
            log.warning("%s", told)
            session.forget(unsaved=True)
            await _refuse(scope, out, told)
        finally:
            here.reset(token)
        if presence.touched:
            await _finish(session)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def out(message: Message) -> None:
            if message["type"] in _OVER:
                if isinstance(self.store, AsyncSojourn):
                    await self.store.close()
                else:
                    await to_thread(self.store.close)
            await send(message)

        await self.app(scope, receive, out)


async def current(connection: HTTPConnection) -> AsyncSession:
    """The session the visitor is in, whole, for `Depends(current)`. See `sojourn.current_session`."""
    return AsyncHandles(_session(connection)).session()


async def visit(connection: HTTPConnection) -> AsyncVisit:
    """Who is here: the user, the device, `switch`, `sign_out`; for `Depends(visit)`."""
    return AsyncHandles(_session(connection)).visit()


async def named(connection: HTTPConnection) -> AsyncSession:
    """The session that the request names by `session_id` in its query or body, or by `Sojourn-Session`.

    `ses_…` is the id of one of the visitor's own, else the answer is 404; anything else is their own key
    for one, which reads as empty until something is written. Nothing named is the current one. The body
    (JSON or a form) is looked at where the query and the header name nothing; a form with files only
    where the endpoint declares it.
    """
    args: list[Any] = [*connection.query_params.getlist(FIELD)]
    told = connection.headers.getlist(HEADER)
    if not args and not told and isinstance(connection, Request) and connection.method not in SAFE:
        args = await _in_body(connection)
    return await aresolve(_session(connection), chosen(args, header=told))


async def _in_body(request: Request) -> list[Any]:
    """What the body's field says. The endpoint can still read the body."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (form := request._form) is not None:  # noqa: SLF001 - read already, by the endpoint's declaration
        return form.getlist(FIELD)
    if kind not in ("application/json", "application/x-www-form-urlencoded"):
        return []
    pieces, size = [], 0
    async for piece in request.stream():
        pieces.append(piece)
        size += len(piece)
        if size > BODY_BYTES and not hasattr(request, "_body"):
            raise WrongName(f"The body is long: name the session in the query or by {HEADER}.", field=FIELD)
    request._body = b"".join(pieces)  # noqa: SLF001 - as `request.body` keeps it
    if kind != "application/json":
        return (await request.form()).getlist(FIELD)
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        return []  # for the endpoint to say
    return [body[FIELD]] if isinstance(body, dict) and FIELD in body else []


@asynccontextmanager
async def exclusive(*, wait_seconds: float = 10, hold_seconds: float = 60) -> AsyncIterator[AsyncSession]:
    """The session with nobody else in it who asks for that: `async with exclusive():` in a request.

    What was read before is read anew, and what is set inside is saved before the next one comes in. Who
    waits for longer than `wait_seconds` is answered 409. See `AsyncSession.exclusive`.
    """
    session = AsyncHandles(current_mapping()).session()
    async with session.exclusive(wait_seconds=wait_seconds, hold_seconds=hold_seconds):
        yield session


async def alone(connection: HTTPConnection) -> AsyncIterator[AsyncSession]:
    """The same from here to the end of the answer, for FastAPI's `Depends(alone)`."""
    session = AsyncHandles(_session(connection)).session()
    async with session.exclusive():
        yield session


def _session(connection: HTTPConnection) -> SessionMapping:
    found = connection.scope.get("session")
    if not isinstance(found, SessionMapping):
        raise ConfigError("The app has no sessions: app.add_middleware(SojournMiddleware, store=store).")
    return found


def mark(presence: Presence, message: Message) -> None:
    """Says with the headers whose answer this is."""
    headers = [*message.get("headers", ())]
    names = [name.lower() for name, _ in headers]
    if (cookie := presence.cookie()) is not None:
        headers.append((b"set-cookie", cookie.encode("latin-1")))
    if presence.shared:
        headers.append((HEADER.lower().encode(), b"shared"))
    if b"cache-control" not in names:
        headers.append((b"cache-control", b"private, no-store"))
    said = [value for name, value in headers if name.lower() == b"vary"] if b"vary" in names else []
    if not _COOKIE.intersection(word.strip().lower() for value in said for word in value.split(b",")):
        headers = [pair for pair in headers if pair[0].lower() != b"vary"] if said else headers
        headers.append((b"vary", b", ".join([*said, b"Cookie"])))
    message["headers"] = headers


async def _finish(session: SessionMapping) -> None:
    """Saves what was changed in place since the headers, and notes the visit."""
    try:
        await session.asave()
        await session.presence.anote()
    except SojournError:
        log.exception("What a request left in its session was not saved")


async def _turned_away(session: SessionMapping) -> None:
    """A socket is refused: no cookie can be set with that, so a newcomer leaves nothing."""
    if session.presence.known is None:
        session.forget(unsaved=True)
    await session.asave()


async def _refuse(scope: Scope, send: Send, error: SojournError) -> None:
    """Tells the client why not, if they can be told."""
    kind = type(error)
    if scope["type"] != "http":
        code = 1013 if isinstance(error, Conflict) else 1008
        await send({"type": "websocket.close", "code": code, "reason": kind.code})
        return
    said = [(name.lower().encode(), value.encode()) for name, value in headers(error).items()]
    await send({"type": "http.response.start", "status": kind.status, "headers": said})
    await send({"type": "http.response.body", "body": problem(error)})


def _brought(scope: Scope) -> Brought:
    client = scope.get("client")
    headers = [(name.decode(), value.decode("latin-1")) for name, value in scope["headers"] if name in _READ]
    scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
    return str(scheme), client[0] if client else None, headers
