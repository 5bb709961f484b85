"""`request.session` over HTTP and WebSocket, in Starlette and FastAPI, kept in sojourn."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.testclient import TestClient

from sojourn import (
    AsyncSojourn,
    ConfigError,
    Sojourn,
    StateConflict,
    current_async_session,
    current_session,
)
from sojourn.aio import AsyncSession, AsyncVisit
from sojourn.integrations.starlette import SojournMiddleware, current, visit

SITE = "https://testserver"
COOKIE = "__Host-sojourn"

Here = Annotated[AsyncSession, Depends(current)]
Who = Annotated[AsyncVisit, Depends(visit)]


@pytest.fixture
def app(fastapi_app: FastAPI) -> FastAPI:
    return fastapi_app


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=SITE) as opened:
        yield opened


def another(client: TestClient) -> TestClient:
    """Somebody else's browser at the same running app."""
    opened = TestClient(client.app, base_url=SITE)
    opened.portal = client.portal
    return opened


# -- requests -------------------------------------------------------------------------------------


def test_a_visitor_comes_back(client: TestClient) -> None:
    client.get("/set/a/1")
    assert client.get("/all").json() == {"a": "1"}
    assert another(client).get("/all").json() == {}


def test_depends_is_the_whole_session(app: FastAPI, client: TestClient) -> None:
    @app.get("/say/{text}")
    async def say(text: str, session: Here, who: Who) -> dict[str, Any]:
        before = len(await session.messages.last())
        await session.messages.append("user", text)
        device = who.device
        assert device is not None
        return {"before": before, "session": session.id, "device": device.id}

    first, second = client.get("/say/hello").json(), client.get("/say/again").json()
    assert (first["before"], second["before"]) == (0, 1)
    assert (first["session"], first["device"]) == (second["session"], second["device"])
    assert another(client).get("/say/me").json()["before"] == 0


def test_a_plain_function_has_it_in_its_thread(app: FastAPI, client: TestClient) -> None:
    @app.get("/plain")
    def plain(request: Request) -> dict[str, Any]:
        assert threading.current_thread() is not threading.main_thread()
        request.session["a"] = 1
        current_session().messages.append("user", "from a thread")
        return {"messages": len(current_session().messages.last())}

    assert client.get("/plain").json() == {"messages": 1}
    assert client.get("/plain").json() == {"messages": 2}
    assert client.get("/all").json() == {"a": 1}


def test_a_task_that_a_request_starts_has_it(app: FastAPI, client: TestClient, outside: Sojourn) -> None:
    tasks: list[asyncio.Task[Any]] = []

    async def later() -> None:
        await asyncio.sleep(0)
        await current_async_session().state.incr("done")

    @app.get("/task")
    async def page(request: Request) -> str:
        request.session["a"] = 1
        tasks.append(asyncio.create_task(later()))
        return "started"

    @app.get("/join")
    async def join() -> str:
        await asyncio.gather(*tasks)
        return "joined"

    client.get("/task")
    client.get("/join")
    assert client.get("/all").json() == {"a": 1, "done": 1}


def test_signing_out(app: FastAPI, client: TestClient) -> None:
    @app.post("/out")
    async def out(who: Who) -> str:
        await who.sign_out()
        return "bye"

    client.get("/set/user/ada")
    stolen = client.cookies[COOKIE]
    client.post("/out")
    assert COOKIE not in client.cookies
    assert client.get("/all", headers={"Cookie": f"{COOKIE}={stolen}"}).json() == {}


def test_what_was_set_before_an_unexpected_error_is_not_kept(app: FastAPI) -> None:
    @app.get("/fails")
    async def fails(request: Request) -> str:
        request.session["half"] = 1
        raise ZeroDivisionError

    with TestClient(app, base_url=SITE, raise_server_exceptions=False) as client:
        client.get("/set/a/1")
        assert client.get("/fails").status_code == 500
        assert client.get("/all").json() == {"a": "1"}


def test_a_mounted_app_has_the_same_session(app: FastAPI, client: TestClient) -> None:
    inner = FastAPI()

    @inner.get("/n")
    async def count(request: Request) -> Any:
        return request.session.incr("n")  # type: ignore[attr-defined]

    app.mount("/inner", inner)
    assert [client.get("/inner/n").json() for _ in range(3)] == [1, 2, 3]
    assert client.get("/all").json() == {"n": 3}


def test_a_lost_change_is_answered_409_whatever_the_app_does_with_errors(
    app: FastAPI, client: TestClient, outside: Sojourn
) -> None:
    @app.exception_handler(StateConflict)
    async def never(request: Request, error: Exception) -> JSONResponse:
        raise AssertionError("the answer was on its way already")

    @app.get("/raced")
    async def raced(request: Request) -> PlainTextResponse:
        request.session["n"] += "!"
        other = outside.visit(request.cookies[COOKIE]).session()
        assert other is not None
        other.state.set(n="theirs")
        return PlainTextResponse("all is well", headers={"ETag": '"1"'})

    client.get("/set/n/1")
    answer = client.get("/raced")
    assert (answer.status_code, answer.json()["code"]) == (409, "state_conflict")
    assert "etag" not in answer.headers
    assert client.get("/all").json() == {"n": "theirs"}


def test_the_app_may_catch_a_conflict_by_saving_itself(
    app: FastAPI, client: TestClient, outside: Sojourn
) -> None:
    @app.get("/raced")
    async def raced(request: Request) -> str:
        session: Any = request.session
        session["n"] += "!"
        other = outside.visit(request.cookies[COOKIE]).session()
        assert other is not None
        other.state.set(n="theirs")
        try:
            session.save()
        except StateConflict:
            session["n"] += "!"
        return "told"

    client.get("/set/n/1")
    assert client.get("/raced").status_code == 200
    assert client.get("/all").json() == {"n": "theirs!"}


def test_without_the_middleware_the_error_says_what_is_missing() -> None:
    bare = FastAPI()

    @bare.get("/")
    async def page(session: Here) -> str:
        return session.id

    with TestClient(bare, base_url=SITE) as client, pytest.raises(ConfigError, match="add_middleware"):
        client.get("/")


def test_the_end_of_the_lifespan_closes_the_store(app: FastAPI, url: str) -> None:
    order: list[str] = []

    @asynccontextmanager
    async def lifespan(inner: FastAPI) -> AsyncIterator[None]:
        yield
        order.append("app")

    class Told(AsyncSojourn):
        async def close(self) -> None:
            order.append("store")
            await super().close()

    outer = FastAPI(lifespan=lifespan)
    outer.add_middleware(SojournMiddleware, store=Told.open(url))
    outer.add_api_route("/n", lambda request: request.session.incr("n"), response_model=None)
    with TestClient(outer, base_url=SITE):
        assert order == []
    assert order == ["app", "store"]


def test_it_may_stand_around_the_whole_app_too(app: FastAPI, url: str) -> None:
    plain = FastAPI()

    @plain.get("/n")
    async def count(request: Request) -> int:
        request.session["n"] = request.session.get("n", 0) + 1
        found: int = request.session["n"]
        return found

    @plain.get("/fails")
    async def fails(request: Request) -> None:
        request.session["kept"] = 1
        raise ZeroDivisionError

    wrapped = SojournMiddleware(plain, Sojourn.open(url))
    with TestClient(wrapped, base_url=SITE, raise_server_exceptions=False) as client:
        assert [client.get("/n").json() for _ in range(2)] == [1, 2]
        assert client.get("/fails").status_code == 500
