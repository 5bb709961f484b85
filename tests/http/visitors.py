"""Visitors of an app under test, and what every answer to them must keep to."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from typing import Any

import httpx2
import pydantic
from fastapi import FastAPI
from fastapi.testclient import TestClient

from sojourn import AsyncSojourn
from sojourn.server import create_app, schemas
from sojourn.server.security import HEADERS

SITE = "https://testserver"
COOKIE = "__Host-sojourn"


class Visitor(TestClient):
    """A browser of their own. Every answer is checked against the OpenAPI document and the header rules."""

    def __init__(self, app: FastAPI, **more: Any) -> None:
        super().__init__(app, base_url=SITE, raise_server_exceptions=True, **more)

    def send(self, request: httpx2.Request, **more: Any) -> httpx2.Response:
        answer = super().send(request, **more)
        check(answer)
        return answer

    @property
    def token(self) -> str | None:
        found: str | None = self.cookies.get(COOKIE)
        return found

    def session(self, **fields: Any) -> dict[str, Any]:
        """A new session of theirs."""
        return made(self.post("/v1/sessions/me", json=fields))

    def say(self, session_id: str, text: str, **fields: Any) -> dict[str, Any]:
        return made(self.post(f"{mine(session_id)}/messages", json={"text": text, **fields}))

    def upload(self, session_id: str, name: str, data: bytes) -> dict[str, Any]:
        return made(self.put(f"{mine(session_id)}/files", params={"name": name}, content=data))


def mine(session_id: str) -> str:
    return f"/v1/sessions/me/{session_id}"


def made(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def problem(answer: httpx2.Response, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    """The problem that an answer is, after a look at what kind."""
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    assert found["code"] == code
    if field is not None:
        assert found.get("field") == field, found
    return found


def app_of(store: AsyncSojourn, **more: Any) -> FastAPI:
    """The app of a store that is closed with it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with store:
            yield

    return create_app(store, lifespan=lifespan, **more)


@contextmanager
def visited(app: FastAPI) -> Iterator[Visitor]:
    """The app while it is up, and its first visitor."""
    with Visitor(app) as visitor:
        yield visitor


def another(first: Visitor, **more: Any) -> Visitor:
    """Somebody else's browser at the same running app."""
    visitor = Visitor(first.app, **more)  # type: ignore[arg-type]
    visitor.portal = first.portal
    return visitor


# -- what every answer must keep to -------------------------------------------------------------

Shapes = list[tuple[str, re.Pattern[str], dict[str, type[pydantic.BaseModel]]]]


@cache
def shapes() -> Shapes:
    """Method, path and status → the model that the document promises there."""
    found: Shapes = []
    document = create_app(AsyncSojourn.open("memory://")).openapi()
    for path, operations in document["paths"].items():
        pattern = re.compile(re.sub(r"\{\w+\}", "[^/]*", path))
        for method, operation in operations.items():
            models = {}
            for status, told in operation["responses"].items():
                schema = told.get("content", {}).get("application/json", {}).get("schema", {})
                if "$ref" in schema and status < "300":
                    models[status] = getattr(schemas, schema["$ref"].rpartition("/")[2])
            found.append((method.upper(), pattern, models))
    return found


def check(answer: httpx2.Response) -> None:
    """Personal answers are kept by nobody, problems look alike, and the body is what the document says."""
    path = answer.request.url.path
    for name, value in HEADERS.items():
        own = name == "Content-Security-Policy" and answer.headers[name].startswith("sandbox;")
        assert answer.headers[name] == value or own
    assert "server" not in answer.headers
    if not path.startswith("/v1/"):
        return
    drawn = path.endswith("/thumbnail") and answer.status_code in (200, 304)
    assert answer.headers["cache-control"] == ("private, no-cache" if drawn else "no-store")
    assert "Cookie" in answer.headers["vary"]
    known = answer.status_code in (501, 502, 503, 507) or b"about:blank#corrupt" in answer.content
    assert answer.status_code < 500 or known
    if answer.request.method == "HEAD":
        assert answer.content == b""
        return
    if answer.status_code >= 400 and answer.status_code != 416:
        assert answer.headers["content-type"] == "application/problem+json"
        told = schemas.Problem.model_validate(answer.json())
        assert told.status == answer.status_code
        assert told.type == f"about:blank#{told.code}"
        assert told.title
        return
    if answer.headers.get("content-type") != "application/json" or path.endswith("openapi.json"):
        return
    for method, pattern, models in shapes():
        if method == answer.request.method and pattern.fullmatch(path):
            models[str(answer.status_code)].model_validate(answer.json(), strict=True)
            return
    raise AssertionError(f"{path} is not in the document")
