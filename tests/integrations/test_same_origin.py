"""No page of another site makes a visitor's browser write: told by what the browser itself says."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tests.integrations.sites import HTTPS, Browser, Site

from sojourn.errors import ConfigError
from sojourn.integrations.visit import Policy

EVIL = "https://evil.example"
FOREIGN: list[dict[str, str]] = [
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
    {"Sec_Fetch_Site": "cross-site", "Origin": HTTPS},
    {"Sec_Fetch_Site": "same-origin, cross-site"},
    {"Origin": EVIL},
    {"Origin": "null"},
    {"Origin": "http://app.example"},
    {"Origin": HTTPS + ":8443"},
    {"Origin": f"{HTTPS}.evil.example"},
    {"Origin": f"{HTTPS} {EVIL}"},
    {"Origin": "\u00e9"},
    {"Referer": f"{EVIL}/page"},
    {"Referer": "about:blank"},
]
OWN: list[dict[str, str]] = [
    {},
    {"Sec_Fetch_Site": "same-origin"},
    {"Sec_Fetch_Site": "none"},
    {"Sec_Fetch_Site": "same-origin", "Origin": "http://inside:8000"},
    {"Origin": HTTPS},
    {"Origin": HTTPS + ":443"},
    {"Origin": "HTTPS://APP.EXAMPLE"},
    {"Referer": HTTPS + "/page"},
]


def writes(session: Any) -> int:
    session["n"] = session.get("n", 0) + 1
    return int(session["n"])


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("said", FOREIGN, ids=str)
def test_another_sites_page_writes_nothing_with_the_visitors_cookie(
    site: Site, ada: Browser, said: dict[str, str], method: str
) -> None:
    assert ada.ask(writes, method="POST").value == 1
    ran: list[Any] = []
    answer = ada.ask(ran.append, method=method, **said)
    assert (answer.status, ran, answer.cookie) == (403, [], None)
    assert answer.header("content-type") == "application/problem+json"
    told = json.loads(answer.body)
    assert told["code"] == "cross_origin"
    assert "allowed_origins" in told["detail"]
    assert ada.ask(writes, method="POST").value == 2


@pytest.mark.parametrize("said", OWN, ids=str)
def test_the_sites_own_page_writes(site: Site, ada: Browser, said: dict[str, str]) -> None:
    ada.ask(writes)
    assert ada.ask(writes, method="POST", **said).value == 2


@pytest.mark.parametrize("said", FOREIGN, ids=str)
def test_a_link_from_elsewhere_is_followed(site: Site, ada: Browser, said: dict[str, str]) -> None:
    ada.ask(writes)
    assert ada.ask(writes, **said).value == 2


@pytest.mark.parametrize("said", FOREIGN, ids=str)
def test_without_a_cookie_the_request_arrives_but_makes_no_visitor(
    site: Site, ada: Browser, said: dict[str, str]
) -> None:
    """A form posted from elsewhere brings no Lax cookie: its answer must not put another one in place."""
    assert ada.ask(lambda session: session.get("n"), method="POST", **said).value is None
    answer = ada.ask(writes, method="POST", **said)
    assert (answer.status, answer.cookie) == (403, None)
    assert site.outside.counts()["users"] == 0


def test_origins_that_are_named_may_write(build: Callable[..., Site]) -> None:
    site = build(policy=Policy(allowed_origins=("https://front.example",)))
    ada = site.browser()
    front = {"Origin": "https://front.example", "Sec_Fetch_Site": "cross-site"}
    assert ada.ask(writes, method="POST", **front).value == 1
    assert ada.ask(writes, method="POST", **front).value == 2
    assert ada.ask(writes, method="POST", Origin=EVIL, Sec_Fetch_Site="cross-site").status == 403


def test_it_is_off_only_where_that_is_said(build: Callable[..., Site]) -> None:
    ada = build(policy=Policy(any_origin=True)).browser()
    ada.ask(writes)
    assert ada.ask(writes, method="POST", Origin=EVIL, Sec_Fetch_Site="cross-site").value == 2


def test_a_bearer_needs_no_proof(site: Site, ada: Browser) -> None:
    ada.ask(writes)
    bot = site.browser()
    said = {"Authorization": f"Bearer {ada.token}", "Sec_Fetch_Site": "cross-site"}
    assert bot.ask(writes, method="POST", **said).value == 2


def test_behind_a_named_proxy_the_outer_name_counts(build: Callable[..., Site]) -> None:
    site = build(policy=Policy(trusted_proxies=("127.0.0.1",)))
    ada = site.browser("http://inside:8000")
    outer = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "app.example", "X_Forwarded_For": "192.0.2.7"}
    ada.ask(writes, **outer)
    assert ada.ask(writes, method="POST", Origin=HTTPS, **outer).value == 2
    assert ada.ask(writes, method="POST", Origin="http://inside:8000", **outer).status == 403


@pytest.mark.parametrize("text", ["app.example", "https://", "null", "*", "https://app.example:x", ""])
def test_an_origin_that_is_none_is_an_error(build: Callable[..., Site], text: str) -> None:
    with pytest.raises(ConfigError, match="allowed_origins"):
        build(policy=Policy(allowed_origins=(text,))).browser().ask(writes)


@pytest.fixture
def socket_app(fastapi_app: FastAPI) -> FastAPI:
    @fastapi_app.websocket("/live")
    async def live(websocket: WebSocket) -> None:
        await websocket.accept()
        websocket.session["n"] = websocket.session.get("n", 0) + 1
        await websocket.send_json(websocket.session["n"])
        await websocket.close()

    return fastapi_app


@pytest.mark.parametrize("said", FOREIGN, ids=str)
def test_another_sites_page_opens_no_socket_with_the_visitors_cookie(
    socket_app: FastAPI, said: dict[str, str]
) -> None:
    headers = {name.replace("_", "-"): value.encode("latin-1") for name, value in said.items()}
    with TestClient(socket_app, base_url=HTTPS) as client:
        client.get("/set/n/1")
        with (
            pytest.raises(WebSocketDisconnect) as turned_away,
            client.websocket_connect("wss://app.example/live", headers=headers),  # type: ignore[arg-type]
        ):
            pass
        assert (turned_away.value.code, turned_away.value.reason) == (1008, "cross_origin")
        assert client.get("/all").json() == {"n": "1"}


@pytest.mark.parametrize("said", OWN, ids=str)
def test_the_sites_own_page_opens_a_socket(socket_app: FastAPI, said: dict[str, str]) -> None:
    headers = {name.replace("_", "-"): value for name, value in said.items()}
    with TestClient(socket_app, base_url=HTTPS) as client:
        client.get("/set/other/1")
        with client.websocket_connect("wss://app.example/live", headers=headers) as socket:
            assert socket.receive_json() == 1
