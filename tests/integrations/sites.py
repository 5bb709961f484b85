"""One and the same app by each framework: what a request does is told by the test that makes it."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import flask
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, Router
from starlette.testclient import TestClient

from sojourn import AsyncSojourn, Settings, Sojourn
from sojourn.integrations.flask import FlaskSojourn
from sojourn.integrations.flask import named as flask_named
from sojourn.integrations.starlette import SojournMiddleware
from sojourn.integrations.starlette import named as starlette_named
from sojourn.integrations.visit import Policy
from sojourn.sync import Session, Visit
from sojourn.testing.clock import FakeClock

HTTPS = "https://app.example"
COOKIE = "__Host-sojourn"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

Work = Callable[[Any], Any]
"""What a request does with its session; what it answers is the body, as JSON."""


class Answer:
    """What came back, and the error that the work ended with."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes, error: Any) -> None:
        self.status = status
        self.headers = [(name.lower(), value) for name, value in headers]
        self.body = body
        self.error = error

    @property
    def value(self) -> Any:
        assert self.status == 200, (self.status, self.body, self.error)
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key == name]
        assert len(found) < 2, found
        return found[0] if found else None

    @property
    def cookie(self) -> str | None:
        return self.header("set-cookie")


class Sent(NamedTuple):
    """A request that a browser makes."""

    method: str
    at: str
    headers: dict[str, str]
    body: dict[str, Any]
    """`json`, `data`, … as test clients take them."""


class Browser:
    """One cookie jar at one app."""

    token: str | None = None
    """The one it was given last."""

    def __init__(self, site: "Site", base: str) -> None:
        self.site = site
        self.base = base
        self.jar: dict[str, str] = {}

    def ask(
        self,
        work: Work,
        *,
        at: str = "/",
        method: str = "GET",
        body: dict[str, Any] | None = None,
        **headers: str,
    ) -> Answer:
        """Makes a request in which the work is done, with more headers and a body if need be."""
        self.site.work, self.site.error = work, None
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.jar:
            said.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.jar.items()))
        answer = self.site.answer(self, Sent(method, at, said, body or {}))
        if answer.cookie is not None:
            name, _, rest = answer.cookie.partition("=")
            self.token = rest.partition(";")[0] or None
            self.jar = {} if self.token is None else {name: self.token}
        return answer


class Site:
    """An app over a store, and what a test may do to the store from outside."""

    work: Work
    error: BaseException | None = None
    own_headers: dict[str, str] = {}
    """What the app itself says in its answers."""

    def __init__(self, folder: Path, settings: Settings, clock: FakeClock) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder}"
        self.settings = settings
        self.clock = clock
        self._outside: Sojourn | None = None

    @property
    def outside(self) -> Sojourn:
        """The store as another process has it."""
        self._outside = self._outside or Sojourn.open(self.url, settings=self.settings, clock=self.clock)
        return self._outside

    def visit(self, browser: Browser) -> Visit:
        """Whom the browser's token leads to."""
        return self.outside.visit(browser.token)

    def session(self, browser: Browser) -> Session:
        found = self.visit(browser).session()
        assert found is not None
        return found

    def close(self) -> None:
        if self._outside is not None:
            self._outside.close()

    def done(self, session: Any) -> Any:
        try:
            return self.work(session)
        except BaseException as error:
            self.error = error
            raise

    def browser(self, base: str = HTTPS) -> Browser:
        return Browser(self, base)

    def conflicts(self) -> int:
        raise NotImplementedError

    def answer(self, browser: Browser, sent: Sent) -> Answer:
        raise NotImplementedError


class FlaskSite(Site):
    def __init__(
        self, folder: Path, settings: Settings, clock: FakeClock, *, idle: float | None = None, **options: Any
    ) -> None:
        super().__init__(folder, settings, clock)
        self.store = Sojourn.open(self.url, settings=settings, clock=clock)
        self.app = flask.Flask("site")
        if idle is not None:
            self.app.config["PERMANENT_SESSION_LIFETIME"] = idle
        if cookie := options.pop("cookie", None):
            self.app.config["SESSION_COOKIE_DOMAIN"] = cookie.domain
        self.sojourn = FlaskSojourn(self.app, self.store, **options)
        self.app.add_url_rule("/", "ask", self._ask, methods=METHODS)
        self.app.add_url_rule("/named", "named", self._named, methods=METHODS)
        self._clients: dict[Browser, Any] = {}

    def _ask(self) -> Any:
        answer = flask.jsonify(self.done(flask.session))
        answer.headers.update(self.own_headers)
        return answer

    def _named(self) -> Any:
        """The work is a coroutine function, of the session that the request names."""
        steps = self.work(flask_named())
        try:
            steps.send(None)
        except StopIteration as end:
            return flask.jsonify(end.value)
        raise AssertionError("nothing waits here")

    def answer(self, browser: Browser, sent: Sent) -> Answer:
        client = self._clients.setdefault(browser, self.app.test_client(use_cookies=False))
        found = client.open(
            sent.at, method=sent.method, base_url=browser.base, headers=sent.headers, **sent.body
        )
        return Answer(found.status_code, list(found.headers), found.get_data(), self.error)

    def conflicts(self) -> int:
        return self.sojourn.conflicts

    def close(self) -> None:
        super().close()
        self.store.close()


class StarletteSite(Site):
    def __init__(
        self, folder: Path, settings: Settings, clock: FakeClock, *, idle: float | None = None, **options: Any
    ) -> None:
        super().__init__(folder, settings, clock)
        self.store = AsyncSojourn.open(self.url, settings=settings, clock=clock)
        if cookie := options.pop("cookie", None):
            options["policy"] = Policy(cookie=cookie)
        self.router = Router(
            [Route("/", self._ask, methods=METHODS), Route("/named", self._named, methods=METHODS)]
        )
        self.middleware = SojournMiddleware(
            ExceptionMiddleware(self.router), self.store, idle_seconds=idle, **options
        )
        self.app = ServerErrorMiddleware(self.middleware)  # as `add_middleware` would have it
        self._stack = contextlib.ExitStack()
        self._first = self._stack.enter_context(self._client(HTTPS))
        self._clients: dict[Browser, TestClient] = {}

    def _client(self, base: str) -> TestClient:
        return TestClient(self.app, base_url=base, raise_server_exceptions=False, client=("127.0.0.1", 50000))

    async def _ask(self, request: Request) -> JSONResponse:
        return JSONResponse(self.done(request.session), headers=self.own_headers)

    async def _named(self, request: Request) -> JSONResponse:
        return JSONResponse(await self.work(await starlette_named(request)))

    def answer(self, browser: Browser, sent: Sent) -> Answer:
        client = self._clients.get(browser)
        if client is None:
            client = self._clients[browser] = self._client(browser.base)
            client.portal = self._first.portal
        client.cookies.clear()
        said = [(name.encode(), value.encode("latin-1")) for name, value in sent.headers.items()]
        found = client.request(sent.method, sent.at, headers=said, **sent.body)
        return Answer(found.status_code, found.headers.multi_items(), found.content, self.error)

    def conflicts(self) -> int:
        return self.middleware.conflicts

    def close(self) -> None:
        super().close()
        self._stack.close()


SITES: dict[str, type[Any]] = {"flask": FlaskSite, "starlette": StarletteSite}
