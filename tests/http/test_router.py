"""The router inside somebody else's app: their users, their paths, their own errors as they were."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException, Request
from fastapi.testclient import TestClient
from tests.http.visitors import made

from sojourn import AsyncSojourn
from sojourn.server import Policy, router

Host = TestClient


def signed_in(request: Request) -> str | None:
    """How this host knows its users."""
    if "x-broken" in request.headers:
        raise HTTPException(403, "Banned.")
    return request.headers.get("x-user")


async def signed_in_later(request: Request) -> str | None:
    return signed_in(request)


def host_app(**more: Any) -> FastAPI:
    store = AsyncSojourn.open("memory://")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with store:
            yield

    app = FastAPI(lifespan=lifespan)
    app.include_router(router(store, **more))

    @app.get("/own/{number}")
    async def own(number: int) -> int:
        return number

    return app


@pytest.fixture(params=[signed_in, signed_in_later])
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    with TestClient(host_app(principal=request.param), base_url="http://inside") as client:
        yield client


def test_the_hosts_users_have_their_sessions_and_no_cookie(host: Host) -> None:
    ada, bob = {"X-User": "ada"}, {"X-User": "bob"}
    answer = host.post("/sessions/me", json={"title": "Tides"}, headers=ada)
    session = made(answer)
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["vary"] == "Cookie"
    path = f"/sessions/me/{session['id']}"
    made(host.post(f"{path}/messages", json={"text": "hello"}, headers=ada))
    assert host.get("/sessions/me", headers=ada).json()["items"][0]["last_seq"] == 1
    me = host.get("/me", headers=ada).json()
    assert (me["user"]["name"], me["user"]["anonymous"], me["device"]) == ("ada", False, None)
    assert host.get("/sessions/me", headers=bob).json()["items"] == []
    foreign, absent = (
        host.get(f"/sessions/me/{session_id}", headers=bob) for session_id in (session["id"], "ses_x")
    )
    assert foreign.status_code == absent.status_code == 404
    assert foreign.content == absent.content


def test_nobody_is_turned_away_before_their_body_is_read(host: Host) -> None:
    answer = host.post("/sessions/me", content=b"not even JSON")
    assert answer.status_code == 401
    assert answer.json()["code"] == "signed_out"
    assert "set-cookie" not in answer.headers
    banned = host.get("/me", headers={"X-Broken": "1"})
    assert (banned.status_code, banned.json()["detail"]) == (403, "Banned.")
    assert banned.headers["content-type"] == "application/problem+json"


def test_the_hosts_users_are_safe_from_other_sites(host: Host) -> None:
    headers = {"X-User": "ada", "Sec-Fetch-Site": "cross-site"}
    assert host.post("/sessions/me", json={}, headers=headers).status_code == 403


def test_the_hosts_own_routes_answer_as_before(host: Host) -> None:
    assert host.get("/own/5").json() == 5
    assert host.get("/own/x").json()["detail"][0]["type"] == "int_parsing"
    assert host.get("/nowhere").json() == {"detail": "Not Found"}
    ours = host.get("/sessions/me?limit=x", headers={"X-User": "ada"})
    assert ours.headers["content-type"] == "application/problem+json"


def test_a_host_with_users_of_its_own_has_no_devices_here(host: Host) -> None:
    for method, path in (("GET", "/devices"), ("POST", "/me/sign-out"), ("PUT", "/me/session")):
        assert host.request(method, path, headers={"X-User": "ada"}).status_code == 404


def test_new_files_are_read_while_the_host_is_up(host: Host) -> None:
    ada = {"X-User": "ada"}
    session = made(host.post("/sessions/me", json={}, headers=ada))
    path = f"/sessions/me/{session['id']}"
    made(host.put(f"{path}/files?name=a.txt", content=b"Neap tides are weak.", headers=ada))
    made(host.post(f"{path}/messages", json={"text": "neap?"}, headers=ada))
    answer = made(host.post(f"{path}/runs", headers=ada))
    assert "Neap tides are weak." in answer["text"]


def test_without_users_of_its_own_the_host_has_visitors_with_cookies() -> None:
    with TestClient(host_app(policy=Policy(persistent=False)), base_url="https://inside") as client:
        answer = client.post("/sessions/me", json={})
        session = made(answer)
        assert "Max-Age" not in answer.headers["set-cookie"]
        assert client.get("/sessions/me").json()["items"] == [session]


def test_operation_ids_are_the_same_in_any_app() -> None:
    document = host_app().openapi()
    assert (
        document["paths"]["/sessions/{user_id}/{session_id}/messages"]["post"]["operationId"] == "addMessage"
    )
    assert document["paths"]["/own/{number}"]["get"]["operationId"] == "own_own__number__get"
