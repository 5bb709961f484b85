"""One app for WSGI and for ASGI, over the store that an environment variable names.

The store is used while this is imported: with gunicorn's preload that is before the fork.
"""

import os
from typing import Any

import flask
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sojourn import AsyncSojourn, Settings, Sojourn, current_session
from sojourn.integrations.flask import FlaskSojourn
from sojourn.integrations.starlette import SojournMiddleware

URL = os.environ["SOJOURN_TEST_STORE"]
SETTINGS = Settings(durability="process")


def told(session: Any, name: str, key: str) -> dict[str, Any]:
    """What a request does: `set`, `incr`, `add` (reading and setting), `alone` (the same, alone) or `all`."""
    if name == "set":
        session[key] = 1
    elif name == "incr":
        session.incr(key)
    elif name == "add":
        session[key] = session.get(key, 0) + 1
    elif name == "alone":
        with current_session().exclusive(wait_seconds=60):
            session[key] = session.get(key, 0) + 1
    return {"pid": os.getpid(), "state": dict(session) if name == "all" else None}


store = Sojourn.open(URL, settings=SETTINGS)
store.user("host").state.incr("opened")

wsgi = flask.Flask(__name__)
FlaskSojourn(wsgi, store)
wsgi.add_url_rule("/<name>/<key>", "told", lambda name, key: told(flask.session, name, key))


def answer(request: Request) -> JSONResponse:
    """In a thread of the server's pool: other requests run meanwhile."""
    return JSONResponse(told(request.session, **request.path_params))


inner = Starlette(routes=[Route("/{name}/{key}", answer)])
asgi = SojournMiddleware(inner, AsyncSojourn.open(URL, settings=SETTINGS))
