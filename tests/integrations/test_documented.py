"""What the documentation of Flask's, Flask-Session's and Starlette's sessions says, on sojourn's: one table.

Where sojourn keeps a stricter rule, the test's name says which.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import flask
import pytest
from flask import Flask
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, Router, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket
from tests.integrations.sites import COOKIE, HTTPS, Browser, FlaskSite, Site, StarletteSite

from sojourn import AsyncSojourn, Settings
from sojourn.integrations.starlette import SojournMiddleware
from sojourn.integrations.visit import Cookie, Policy
from sojourn.testing.clock import FakeClock

WEEK = 7 * 24 * 3600


def sets(**values: Any) -> Callable[[Any], None]:
    return lambda session: session.update(values)


def state(site: Site, browser: Browser) -> dict[str, Any]:
    return dict(site.session(browser).state.all())


# -- the mapping: one change, and what is kept after it -------------------------------------------

BEFORE = {"n": 1, "cart": ["lamp"], "user": {"name": "ada", "tags": []}}

CHANGES: dict[str, tuple[Callable[[Any], Any], dict[str, Any]]] = {
    "set": (lambda s: s.__setitem__("n", 2), {"n": 2}),
    "set None": (lambda s: s.__setitem__("n", None), {"n": None}),
    "del": (lambda s: s.__delitem__("n"), {"n": ...}),
    "pop": (lambda s: s.pop("n"), {"n": ...}),
    "pop of nothing": (lambda s: s.pop("none", None), {}),
    "popitem": (lambda s: [s.popitem() for _ in range(3)], {"n": ..., "cart": ..., "user": ...}),
    "setdefault there": (lambda s: s.setdefault("n", 9), {}),
    "setdefault new": (lambda s: s.setdefault("m", 9), {"m": 9}),
    "setdefault and append": (lambda s: s.setdefault("new", []).append(1), {"new": [1]}),
    "update": (lambda s: s.update({"n": 3}, m=4), {"n": 3, "m": 4}),
    "update by pairs": (lambda s: s.update([("n", 3)]), {"n": 3}),
    "or": (lambda s: s.update(s.copy() | {"m": 1}), {"m": 1}),
    "clear": (lambda s: s.clear(), {"n": ..., "cart": ..., "user": ...}),
    "clear and set": (lambda s: s.clear() or s.update(n=5), {"n": 5, "cart": ..., "user": ...}),
    "append": (lambda s: s["cart"].append("chair"), {"cart": ["lamp", "chair"]}),
    "extend": (lambda s: s["cart"].extend("ab"), {"cart": ["lamp", "a", "b"]}),
    "sort": (lambda s: s["cart"].insert(0, "z") or s["cart"].sort(), {"cart": ["lamp", "z"]}),
    "iadd": (lambda s: s.__setitem__("cart", s["cart"] + [1]), {"cart": ["lamp", 1]}),
    "nested set": (lambda s: s["user"].update(name="eve"), {"user": {"name": "eve", "tags": []}}),
    "nested twice": (lambda s: s["user"]["tags"].append("x"), {"user": {"name": "ada", "tags": ["x"]}}),
    "nested by get": (lambda s: s.get("cart").append("chair"), {"cart": ["lamp", "chair"]}),
    "nested by items": (
        lambda s: [value.append("chair") for key, value in s.items() if key == "cart"],
        {"cart": ["lamp", "chair"]},
    ),
    "modified is not needed": (lambda s: setattr(s, "modified", True), {}),
    "there and back": (lambda s: s["cart"].append(1) or s["cart"].pop(), {}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_kept_without_another_word(site: Site, ada: Browser, change: str) -> None:
    work, differs = CHANGES[change]
    ada.ask(sets(**BEFORE))
    assert ada.ask(lambda session: work(session) and None, method="POST").status == 200
    kept = {key: value for key, value in (BEFORE | differs).items() if value is not ...}
    assert state(site, ada) == kept
    assert ada.ask(dict).value == kept


@pytest.mark.parametrize(
    "read",
    [
        lambda s: s["n"],
        lambda s: s.get("n"),
        lambda s: "n" in s,
        lambda s: list(s.items()),
        lambda s: [s["cart"], s["user"]["tags"]],
        lambda s: s.copy()["cart"].copy(),
        len,
    ],
    ids=str.split("item get in items nested copy len"),
)
def test_reading_writes_nothing_and_sends_no_cookie(
    site: Site, ada: Browser, clock: FakeClock, read: Callable[[Any], Any]
) -> None:
    """Flask-Session and starsessions write the whole session back after every request."""
    ada.ask(sets(**BEFORE))
    before = site.session(ada).record
    for _ in range(3):
        clock.advance(seconds=20)
        answer = ada.ask(lambda session: read(session) and None)
        assert (answer.cookie, answer.header("vary")) == (None, "Cookie")
    assert site.session(ada).record == before


def test_new_modified_and_accessed_say_what_is_documented(site: Site, ada: Browser) -> None:
    def first(session: Any) -> list[bool]:
        said = [session.accessed, session.modified]
        said += [session.new, session.accessed, session.modified]
        session["cart"] = []
        return [*said, session.new, session.modified]

    def later(session: Any) -> list[bool]:
        said = [session.accessed, session.new, session.modified]
        session["cart"].append(1)
        return [*said, session.modified]

    flasks = isinstance(site, FlaskSite)
    [accessed, *rest] = ada.ask(first).value
    assert accessed is flasks, "to name flask.session is to access it, since Flask 3.1.3"
    assert rest == [False, True, True, False, True, True]
    assert ada.ask(later).value == [flasks, False, False, True]


def test_a_value_comes_back_as_what_it_was(site: Site, ada: Browser) -> None:
    """Flask's own and Starlette's make lists of tuples and texts of dates."""
    from datetime import UTC, datetime
    from decimal import Decimal
    from uuid import UUID

    values = {
        "when": datetime(2026, 11, 20, 10, tzinfo=UTC),
        "price": Decimal("12.50"),
        "id": UUID(int=7),
        "bytes": b"\0\xff",
        "length": timedelta(minutes=5),
        "big": 2**60,
        "text": "\u00e9\u2606",
    }
    ada.ask(sets(**values))
    found: list[Any] = []
    ada.ask(lambda session: found.append(dict(session)))
    assert found == [values]


# -- cookies, lifetimes, headers ------------------------------------------------------------------

ATTRIBUTES: dict[str, tuple[dict[str, Any], Cookie, str, set[str]]] = {
    "as they are": ({}, Cookie(), COOKIE, {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"}),
    "name": ({"NAME": "mine"}, Cookie(name="mine"), "__Host-mine", {"Secure"}),
    "domain": (
        {"DOMAIN": "app.example"},
        Cookie(domain="app.example"),
        "__Secure-sojourn",
        {"Domain=app.example"},
    ),
    "path": ({"PATH": "/shop"}, Cookie(path="/shop"), "__Secure-sojourn", {"Path=/shop"}),
    "strict": ({"SAMESITE": "Strict"}, Cookie(same_site="Strict"), COOKIE, {"SameSite=Strict"}),
    "none": ({"SAMESITE": "None"}, Cookie(same_site="None"), COOKIE, {"SameSite=None", "Secure"}),
    "partitioned": ({"PARTITIONED": True}, Cookie(partitioned=True), COOKIE, {"Partitioned"}),
}


@pytest.mark.parametrize("case", ATTRIBUTES)
def test_the_cookie_looks_the_same_from_either_framework(build: Callable[..., Site], case: str) -> None:
    config, looks, name, there = ATTRIBUTES[case]
    site = build()
    if isinstance(site, FlaskSite):
        site.app.config.update({f"SESSION_COOKIE_{key}": value for key, value in config.items()})
    else:
        site.close()
        site = build(policy=Policy(cookie=looks))
    cookie = site.browser().ask(sets(a=1)).cookie
    assert cookie is not None
    attributes = set(cookie.split("; ")[1:])
    assert cookie.startswith(f"{name}=")
    assert there | {"HttpOnly", f"Max-Age={WEEK}"} <= attributes


def test_a_visit_before_the_idle_limit_moves_it_and_no_cookie_need_say_so(
    build: Callable[..., Site], clock: FakeClock
) -> None:
    """Flask's SESSION_REFRESH_EACH_REQUEST, starsessions' rolling: the store knows when somebody was here."""
    site = build(idle=600)
    for refresh in (True, False):
        if isinstance(site, FlaskSite):
            site.app.config["SESSION_REFRESH_EACH_REQUEST"] = refresh
        ada = site.browser()
        ada.ask(sets(a=1))
        for _ in range(5):
            clock.advance(seconds=500)
            answer = ada.ask(dict)
            assert (answer.value, answer.cookie) == ({"a": 1}, None)
        clock.advance(seconds=601)
        assert ada.ask(dict).value == {}


def test_what_is_left_of_a_lifetime_ends_for_good_however_often_one_comes(
    site: Site, ada: Browser, clock: FakeClock
) -> None:
    """The absolute limit: none of the peers but Starlette's `max_age` has one."""
    ada.ask(sets(a=1))
    for _ in range(7):
        assert ada.ask(dict).value == {"a": 1}
        clock.advance(seconds=WEEK // 7)
    assert ada.ask(dict).value == {}


@pytest.mark.parametrize("said", ["Accept-Encoding", "Cookie", "accept-encoding, COOKIE", "*"])
def test_vary_holds_cookie_once_beside_what_the_app_says(site: Site, ada: Browser, said: str) -> None:
    site.own_headers = {"Vary": said}
    vary = ada.ask(lambda session: session.get("a")).header("vary")
    assert vary is not None
    words = [word.strip().lower() for word in vary.split(",")]
    assert "*" in words or words.count("cookie") == 1
    assert {word.strip().lower() for word in said.split(",")} <= set(words)


def test_an_answer_without_a_session_is_anybodys(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))
    answer = ada.ask(lambda session: None)
    if isinstance(site, StarletteSite):  # naming flask.session is access
        assert (answer.header("vary"), answer.header("cache-control")) == (None, None)
    assert answer.cookie is None


def test_clear_does_not_sign_out_and_the_cookie_stays(site: Site, ada: Browser) -> None:
    """In Flask and Starlette an emptied session takes its cookie away; here it is more than its state."""
    ada.ask(sets(a=1))
    token = ada.token
    assert ada.ask(lambda session: session.clear()).cookie is None
    ada.ask(sets(b=1))
    assert (ada.token, ada.ask(dict).value) == (token, {"b": 1})


# -- Flask's own ----------------------------------------------------------------------------------


def test_flashes_keep_their_categories_and_are_gone_once_shown(flask_app: Flask) -> None:
    @flask_app.get("/flash")
    def flash() -> str:
        flask.flash("saved", "info")
        flask.flash("careful", "warning")
        return "ok"

    @flask_app.get("/shown/<kind>")
    def shown(kind: str) -> list[Any]:
        return flask.get_flashed_messages(with_categories=True, category_filter=[kind])

    client = flask_app.test_client()
    client.get("/flash")
    client.get("/flash")
    assert client.get("/shown/warning").json == [["warning", "careful"]] * 2
    assert client.get("/shown/info").json == [], "Flask takes all of them at once"
    assert client.get("/all").json == {}


def test_there_is_no_null_session_and_no_key_to_forget(flask_app: Flask) -> None:
    assert flask_app.secret_key is None
    interface = flask_app.session_interface
    with flask_app.test_request_context("/"):
        assert not interface.is_null_session(flask.session)
        flask.session["a"] = 1


def test_session_transaction_writes_what_the_next_request_reads(flask_app: Flask) -> None:
    client = flask_app.test_client()
    with client.session_transaction() as held:
        held["user"] = "ada"
        held["cart"] = []
    with client.session_transaction() as held:
        held["cart"].append("lamp")
    assert client.get("/all").json == {"user": "ada", "cart": ["lamp"]}


# -- Starlette's own ------------------------------------------------------------------------------


def test_a_socket_shares_the_session_with_the_pages(url: str, settings: Settings, clock: FakeClock) -> None:
    async def live(websocket: WebSocket) -> None:
        websocket.session["seen"] = websocket.session.get("seen", 0) + 1
        await websocket.accept()
        async for key in websocket.iter_text():
            websocket.session[key] = True
            await websocket.send_json(dict(websocket.session))

    async def page(request: Request) -> JSONResponse:
        request.session["page"] = True
        return JSONResponse(dict(request.session))

    store = AsyncSojourn.open(url, settings=settings, clock=clock)
    app = SojournMiddleware(Router([WebSocketRoute("/", live), Route("/page", page)]), store)
    with TestClient(app, base_url=HTTPS) as client:
        client.get("/page")
        for times in (1, 2):
            with client.websocket_connect("wss://app.example/") as socket:
                socket.send_text(f"k{times}")
                found = socket.receive_json()
                assert found["seen"] == times
                assert found[f"k{times}"] is True
        assert client.get("/page").json() == {"seen": 2, "k1": True, "k2": True, "page": True}
