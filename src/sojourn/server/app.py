"""The HTTP API as a router for any FastAPI app, and as an app of its own with the web page."""

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from sojourn.aio import AsyncSojourn
from sojourn.integrations.visit import Policy
from sojourn.ports import Responder
from sojourn.responders.quotes import Quotes
from sojourn.server import (
    answers,
    archives,
    corpora,
    devices,
    files,
    images,
    me,
    messages,
    problems,
    schemas,
    search,
    sessions,
    state,
    tus,
    uploads,
)
from sojourn.server.guard import Guarded
from sojourn.server.pages import Pages
from sojourn.server.security import HEADERS, Security
from sojourn.server.site import Principal, Site

log = logging.getLogger("sojourn")

PREFIX = "/v1"
ASKED = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Range")
TOLD = ("ETag", "Content-Range", "Content-Disposition", "Retry-After")
"""Headers that a page of another origin may send, and those it may read."""
PROBLEM: dict[int | str, dict[str, Any]] = {
    status: {
        "model": schemas.Problem,
        "description": "Problem",
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status in ("default", 422)
}


def router(
    store: AsyncSojourn,
    *,
    responder: Responder | None = None,
    principal: Principal | None = None,
    policy: Policy | None = None,
) -> APIRouter:
    """The whole API, to be included in an app under any prefix, or none.

    `principal` is the host's own answer to who a request acts for; without it visitors have a
    cookie of sojourn's. New files are read and sweeps are made while the app is up, so include
    the router: the lifespan of a mounted sub-application does not run.
    """
    return _router(Site(store, responder or Quotes(), policy or Policy(), principal))


def create_app(
    store: AsyncSojourn,
    *,
    responder: Responder | None = None,
    policy: Policy | None = None,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
) -> FastAPI:
    """An app with the API under `/v1` and the web page at `/`. Closing the store is the caller's part.

    `lifespan` wraps the app's own: what it opens is there before, and closed after. The app's
    `state.site` is what its requests share.
    """
    policy = policy or Policy()
    site = Site(store, responder or Quotes(), policy, None)
    app = Api(
        title="sojourn",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        redirect_slashes=False,
        separate_input_output_schemas=False,
    )
    app.state.site = site
    app.include_router(_router(site), prefix=PREFIX)
    app.router.routes.extend(Pages().routes())
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _crashed)
    if policy.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=policy.allowed_origins,
            allow_credentials=True,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=[*ASKED, *tus.ASKED],
            expose_headers=[*TOLD, *tus.TOLD],
        )
    app.add_middleware(Security, private=PREFIX + "/")
    return app


class Api(FastAPI):
    """An app whose document says of problems that they are problems, and not plain JSON beside."""

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        for path in document["paths"].values():
            for operation in path.values():
                for told in operation["responses"].values():
                    if problems.MEDIA_TYPE in told.get("content", {}):
                        told["content"].pop("application/json", None)
        return document


def _router(site: Site) -> APIRouter:
    route = type("SiteRoute", (Guarded,), {"site": site})
    api = APIRouter(
        route_class=route,
        generate_unique_id_function=operation_id,
        lifespan=site.lifespan,
        responses=PROBLEM,
        tags=["sojourn"],
    )
    for noun in (sessions, messages, answers, state, files, uploads, archives, images, search, corpora, me):
        noun.add_to(api)
    if site.principal is None:
        me.add_device_routes_to(api)
        devices.add_to(api)
    return api


def operation_id(route: APIRoute) -> str:
    """`create_session` → `createSession`: the functions' names, as a client in TypeScript spells them."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problems.http_answer(error)


def _crashed(request: Request, error: Exception) -> Response:
    reference = problems.reference()
    log.error("Unexpected error %s", reference, exc_info=error)
    response = problems.crash_answer(reference)
    response.headers.update(HEADERS)
    return response
