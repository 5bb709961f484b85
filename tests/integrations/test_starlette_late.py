"""What is written after the headers in Starlette and FastAPI: streams, background tasks, sockets."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextvars import copy_context
from typing import Annotated, Any

import pytest
from fastapi import BackgroundTasks, Depends, FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from tests.http.running import until

from sojourn import (
    SessionNotStarted,
    SignedOut,
    Sojourn,
    StateConflict,
    current_async_session,
    current_session,
)
from sojourn.aio import AsyncSession, AsyncVisit
from sojourn.integrations.starlette import current, visit

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


def test_a_stream_and_a_background_task_write_at_once(
    app: FastAPI, client: TestClient, outside: Sojourn
) -> None:
    seen: list[Any] = []

    @app.get("/stream")
    async def stream(request: Request, tasks: BackgroundTasks) -> StreamingResponse:
        session = request.session
        session["step"] = 0
        session["cart"] = []
        token = request.cookies[COOKIE]

        def kept() -> Any:
            found = outside.visit(token).session()
            assert found is not None
            return found.state

        async def body() -> AsyncIterator[str]:
            for step in (1, 2, 3):
                session["step"] = step
                seen.append(kept().get("step"))
                kept().set(theirs=step)
                assert session["theirs"] == step, "a long answer sees what others write"
                yield str(step)
            session["cart"].append("lamp")

        async def afterwards() -> None:
            session["after"] = True
            await current_async_session().messages.append("assistant", "done")
            seen.append(kept().get("after"))

        tasks.add_task(afterwards)
        return StreamingResponse(body(), background=tasks)

    client.get("/set/a/1")
    assert client.get("/stream").text == "123"
    assert seen == [1, 2, 3, True]
    assert client.get("/all").json() == {"a": "1", "after": True, "cart": ["lamp"], "step": 3, "theirs": 3}


def test_a_newcomer_who_first_writes_in_a_stream_is_told_the_cure(
    app: FastAPI, client: TestClient, outside: Sojourn
) -> None:
    errors: list[str] = []

    async def body(request: Request) -> AsyncIterator[str]:
        try:
            request.session["late"] = 1
            await current_async_session().messages.append("user", "late")
        except SessionNotStarted as error:
            errors.append(str(error))
        yield "streamed"

    @app.get("/late")
    async def late(request: Request) -> StreamingResponse:
        return StreamingResponse(body(request))

    @app.get("/cured")
    async def cured(request: Request) -> StreamingResponse:
        request.session.start()  # type: ignore[attr-defined]
        return StreamingResponse(body(request))

    answer = client.get("/late")
    assert answer.text == "streamed"
    assert "session.start()" in errors[0]
    assert COOKIE not in client.cookies
    assert outside.counts()["users"] == 0

    client.get("/cured")
    assert client.get("/all").json() == {"late": 1}
    assert len(errors) == 1


def test_a_change_that_loses_after_the_headers_is_told_where_it_is_made(
    app: FastAPI, client: TestClient, outside: Sojourn
) -> None:
    errors: list[str] = []

    @app.get("/stream")
    async def stream(request: Request) -> StreamingResponse:
        other = outside.visit(request.cookies[COOKIE]).session()
        assert other is not None

        async def body() -> AsyncIterator[str]:
            found = request.session["n"]
            other.state.set(n="theirs")
            try:
                request.session["n"] = f"{found}!"
            except StateConflict as error:
                errors.append(str(error))
            yield str(request.session["n"])

        return StreamingResponse(body())

    client.get("/set/n/1")
    assert client.get("/stream").text == "theirs"
    assert "'n'" in errors[0]
    assert client.get("/all").json() == {"n": "theirs"}


def test_a_newcomer_whose_thread_is_still_writing_gets_the_cookie(
    app: FastAPI, client: TestClient, outside: Sojourn
) -> None:
    """The write waits for another process's transaction while the headers go."""
    held, release = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    async def hold(tx: Any) -> None:
        await tx.users.named("nobody")
        held.set()
        release.wait(30)

    @app.get("/thread")
    def page(request: Request) -> str:
        assert len(request.session) == 0
        context = copy_context()
        threads.append(threading.Thread(target=context.run, args=(current_session().state.set, {"a": 1})))
        threads[-1].start()
        presence = request.session.presence  # type: ignore[attr-defined]
        until(lambda: bool(presence.greets))
        return "on its way"

    outside.user("somebody").state.set(here=1)
    threads.append(threading.Thread(target=outside._engine.records.write, args=(hold,)))
    threads[0].start()
    assert held.wait(30)
    try:
        answer = client.get("/thread")
    finally:
        release.set()
        for thread in threads:
            thread.join()
    assert "set-cookie" in answer.headers
    assert client.get("/all").json() == {"a": 1}


# -- sockets --------------------------------------------------------------------------------------


def test_a_socket_has_the_visitors_session_and_writes_at_once(
    app: FastAPI, client: TestClient, outside: Sojourn
) -> None:
    @app.websocket("/ws")
    async def socket(websocket: WebSocket, session: Here) -> None:
        await websocket.accept()
        try:
            while True:
                key, value = await websocket.receive_json()
                websocket.session[key] = value
                await session.messages.append("user", key)
                await websocket.send_json(dict(websocket.session))
        except WebSocketDisconnect:
            websocket.session["left"] = True

    client.get("/set/a/1")
    kept = outside.visit(client.cookies[COOKIE]).session()
    assert kept is not None
    with client.websocket_connect("wss://testserver/ws") as ws:
        ws.send_json(["b", 2])
        assert ws.receive_json() == {"a": "1", "b": 2}
        assert kept.state.get("b") == 2
        client.get("/set/a/changed")
        ws.send_json(["c", 3])
        assert ws.receive_json() == {"a": "changed", "b": 2, "c": 3}
        assert len(kept.messages.last()) == 2
    assert client.get("/all").json() == {"a": "changed", "b": 2, "c": 3, "left": True}


def test_a_newcomers_cookie_comes_with_the_accept(app: FastAPI, client: TestClient) -> None:
    @app.websocket("/ws")
    async def socket(websocket: WebSocket) -> None:
        websocket.session["began"] = True
        await websocket.accept(headers=[(b"x-own", b"1")])
        websocket.session["went on"] = True
        await websocket.close()

    with client.websocket_connect("wss://testserver/ws") as ws:
        headers = {name.decode(): value.decode() for name, value in ws.extra_headers or ()}
    assert headers["set-cookie"].startswith(f"{COOKIE}=")
    assert "Secure" in headers["set-cookie"] and "HttpOnly" in headers["set-cookie"]
    assert headers["x-own"] == "1"
    pair = headers["set-cookie"].partition(";")[0]
    answer = client.get("/all", headers={"Cookie": pair})
    assert answer.json() == {"began": True, "went on": True}


def test_a_newcomer_cannot_begin_after_the_accept(app: FastAPI, client: TestClient, outside: Sojourn) -> None:
    @app.websocket("/ws")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            websocket.session["late"] = True
        except SessionNotStarted as error:
            await websocket.send_text(str(error))
        await websocket.close()

    with client.websocket_connect("wss://testserver/ws") as ws:
        assert "session.start()" in ws.receive_text()
    assert outside.counts()["users"] == 0


def test_a_socket_that_is_refused_leaves_no_newcomer(
    app: FastAPI, client: TestClient, outside: Sojourn
) -> None:
    @app.websocket("/ws")
    async def socket(websocket: WebSocket) -> None:
        websocket.session["tried"] = True
        await websocket.close()

    with pytest.raises(WebSocketDisconnect), client.websocket_connect("wss://testserver/ws"):
        raise AssertionError("never open")
    assert outside.counts()["users"] == 0
    client.get("/set/a/1")
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("wss://testserver/ws"):
        raise AssertionError("never open")
    assert client.get("/all").json() == {"a": "1", "tried": True}


def test_signing_out_ends_what_an_open_socket_sees_and_writes(
    app: FastAPI, client: TestClient, outside: Sojourn
) -> None:
    @app.websocket("/ws")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        for _ in range(2):
            key = await websocket.receive_text()
            websocket.session[key] = 1
            await websocket.send_json(dict(websocket.session))

    client.get("/set/user/ada")
    who = outside.visit(client.cookies[COOKIE])
    session = who.session()
    assert session is not None and who.device is not None
    with client.websocket_connect("wss://testserver/ws") as ws:
        ws.send_text("b")
        assert ws.receive_json() == {"b": 1, "user": "ada"}
        who.user.devices.revoke(who.device.id)
        ws.send_text("c")
        assert ws.receive_json() == {}
    assert session.state.all() == {"b": 1, "user": "ada"}


def test_signing_out_ends_what_an_open_socket_reads(
    app: FastAPI, client: TestClient, outside: Sojourn
) -> None:
    @app.websocket("/ws")
    async def socket(websocket: WebSocket, session: Here) -> None:
        await websocket.accept()
        for _ in range(2):
            await websocket.receive_text()
            try:
                texts = [message.text for message in await session.messages.last()]
            except SignedOut:
                texts = []
            await websocket.send_json([texts, websocket.session.get("user"), len(websocket.session)])

    client.get("/set/user/ada")
    who = outside.visit(client.cookies[COOKIE])
    assert who.device is not None
    who.start().messages.append("user", "hello")
    with client.websocket_connect("wss://testserver/ws") as ws:
        ws.send_text("before")
        assert ws.receive_json() == [["hello"], "ada", 1]
        who.user.devices.revoke(who.device.id)
        ws.send_text("after")
        assert ws.receive_json() == [[], None, 0]
