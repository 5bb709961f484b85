"""The door of every route: who comes is settled before a byte of the body is read."""

import logging
from collections.abc import Callable, Coroutine
from inspect import isawaitable
from typing import Annotated, Any, ClassVar

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from sojourn.aio import AsyncSession, AsyncUser, AsyncVisit
from sojourn.config import MIB
from sojourn.errors import NotFound, SignedOut, SojournError
from sojourn.integrations.visit import Arrival
from sojourn.server import body, problems
from sojourn.server.pace import TooSlow
from sojourn.server.security import REVALIDATED
from sojourn.server.site import Site

log = logging.getLogger("sojourn")

BODY_BYTES = 2 * MIB
"""What a JSON body may have beyond one message of the greatest size."""
BODY_DEPTH = 8
"""How deep a message's part lies in a body."""


class Caller:
    """Whoever a request acts for."""

    def __init__(self, site: Site, user: AsyncUser, arrival: Arrival, visit: AsyncVisit | None) -> None:
        self.site = site
        self.user = user
        self.arrival = arrival
        self.visit = visit

    async def mine(self, user_id: str) -> AsyncUser:
        """The caller, by `me` or their own id. Raises `NotFound` for any other, as for a session."""
        if user_id != "me":
            record = await self.user.record()
            if record is None or record.id != user_id:
                raise NotFound("There is no such session.")
        return self.user

    async def session(self, user_id: str, session_id: str) -> AsyncSession:
        """One of the caller's own. Raises `NotFound`, `SessionGone`."""
        return await (await self.mine(user_id)).sessions.get(session_id)

    def greet(self, response: Response) -> None:
        """Hands a newcomer the token that was made for them."""
        visit = self.visit
        if visit is None or visit.issued is None or visit.device is None:
            return
        seconds = (visit.device.expires_ms - visit.device.created_ms) // 1000
        persistent = self.site.door.policy.persistent
        cookie = self.arrival.set_cookie(visit.issued, seconds if persistent else None)
        response.headers.append("Set-Cookie", cookie)


async def _here(request: Request) -> Caller:
    caller: Caller = request.state.sojourn_caller
    return caller


Here = Annotated[Caller, Depends(_here)]


class Guarded(APIRoute):
    """A route of one site. Whatever goes wrong below it is told as a problem."""

    site: ClassVar[Site]

    def _guarded(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()
        site, takes_json = self.site, self.body_field is not None

        async def run(request: Request) -> Response:
            arrival: Arrival | None = None
            caller: Caller | None = None
            try:
                arrival = arrive(site, request)
                caller = await admit(site, request, arrival)
                request.state.sojourn_caller = caller
                if takes_json:
                    limits = site.store.settings
                    request = await body.read(
                        request,
                        limits,
                        most=BODY_BYTES + limits.message_bytes,
                        max_depth=BODY_DEPTH + limits.message_depth,
                    )
                response = await inner(request)
            except SojournError as error:
                response = problems.answer(error)
                if isinstance(error, TooSlow) and request.scope["http_version"].startswith("1"):
                    response.headers["Connection"] = "close"  # nobody waits for the rest
                if isinstance(error, SignedOut) and not error.facts.get("late"):
                    forget(site, response, arrival)
            except RequestValidationError as error:
                response = problems.answer(problems.invalid(error))
            except HTTPException as error:
                response = problems.http_answer(error)
            except ClientDisconnect:
                response = Response(status_code=400)  # nobody is there to read it
            except Exception:
                reference = problems.reference()
                log.exception("Unexpected error %s", reference)
                response = problems.crash_answer(reference)
            if caller is not None:
                caller.greet(response)
            private(response)
            return response

        return run

    get_route_handler = _guarded


def forget(site: Site, response: Response, arrival: Arrival | None) -> None:
    """Takes a dead cookie away, if it was a cookie and one of ours."""
    if site.principal is None and arrival is not None and not arrival.bearer:
        response.headers.append("Set-Cookie", arrival.delete_cookie())


def private(response: Response) -> None:
    """Keeps the answer out of every shared cache: it is about one visitor."""
    if response.headers.get("Cache-Control") != REVALIDATED:
        response.headers["Cache-Control"] = "no-store"
    response.headers.add_vary_header("Cookie")


def arrive(site: Site, request: Request) -> Arrival:
    """What the request brought. Raises `CrossOrigin`, `InsecureHttp`, `SignedOut`."""
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
    peer = request.client.host if request.client else None
    arrival = site.door.arrive(request.scope["scheme"], peer, headers)
    site.door.same_origin(arrival, request.method)
    return arrival


async def admit(site: Site, request: Request, arrival: Arrival) -> Caller:
    """The one who comes. Raises `SignedOut` for a dead device."""
    if site.principal is not None:
        name = site.principal(request)
        if isawaitable(name):
            name = await name
        if name is None:
            raise SignedOut("Nobody is signed in.")
        return Caller(site, site.store.user(name), arrival, None)
    visit = await site.store.visit(arrival.token, label=arrival.label)
    if visit.signed_out:
        raise SignedOut(late=visit.late)
    return Caller(site, visit.user, arrival, visit)
