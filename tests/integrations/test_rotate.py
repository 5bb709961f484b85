"""A new token at a change of privilege: whoever knew the old one is out, and the visitor keeps it all."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import Depends, FastAPI, WebSocket
from starlette.testclient import TestClient
from tests.integrations.sites import COOKIE, HTTPS, Browser, Site

from sojourn import SessionNotStarted, Settings, SignedOut, Sojourn
from sojourn.aio import AsyncVisit
from sojourn.integrations.current import current_visit
from sojourn.integrations.starlette import visit
from sojourn.testing.clock import FakeClock


@pytest.fixture(params=["kept", "ephemeral"])
def settings(request: pytest.FixtureRequest) -> Settings:
    return Settings(durability="process", sessions=request.param, ephemeral_seconds=30 * 86400)


def sets(**values: Any) -> Callable[[Any], None]:
    return lambda session: session.update(values)


def signs_in(session: Any) -> None:
    """As an app with a login of its own does it."""
    current_visit().rotate()
    session["user"] = "ada"


def thief(site: Site, token: str) -> Browser:
    browser = site.browser()
    browser.jar = {COOKIE: token}
    return browser


def test_the_visitor_keeps_session_user_and_device(site: Site, ada: Browser, clock: FakeClock) -> None:
    ada.ask(sets(cart=["lamp"]))
    before, device, session = ada.token, site.visit(ada).device, site.session(ada).id
    clock.advance(seconds=3600)
    answer = ada.ask(signs_in)
    assert ada.token != before
    assert answer.cookie is not None
    assert "Max-Age=601200" in answer.cookie, "the device's limit stays"
    assert ada.ask(dict).value == {"cart": ["lamp"], "user": "ada"}
    after = site.visit(ada).device
    assert (after and after.id, site.session(ada).id) == (device and device.id, session)


def test_the_old_token_is_dead_with_the_same_commit(site: Site, ada: Browser, clock: FakeClock) -> None:
    ada.ask(sets(a=1))
    assert ada.token is not None
    planted = thief(site, ada.token)
    ada.ask(signs_in)
    assert site.outside.visit(planted.jar[COOKIE]).signed_out
    answer = planted.ask(sets(stolen=True))
    assert (answer.status, answer.cookie) == (200, None), "a late request of the browser takes no cookie away"
    assert planted.ask(dict).value == {}
    clock.advance(seconds=31)
    assert planted.ask(sets(mine=1)).cookie is not None, "later it is a new visitor like any other"
    assert planted.ask(dict).value == {"mine": 1}
    assert ada.ask(dict).value == {"a": 1, "user": "ada"}


def test_what_a_slow_request_with_the_old_token_writes_is_dropped(
    site: Site, ada: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    ada.ask(sets(a=1))

    def slow(session: Any) -> None:
        session["late"] = True
        site.visit(ada).rotate()

    answer = ada.ask(slow)
    assert (answer.status, answer.cookie) == (200, None)
    assert "dropped" in caplog.text


def test_of_two_that_rotate_at_once_one_is_told(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))

    def raced(session: Any) -> None:
        session.get("a")
        site.visit(ada).rotate()
        current_visit().rotate()

    assert ada.ask(raced).status == 401
    with pytest.raises(SignedOut):
        site.visit(ada).rotate()


def test_twice_in_a_request_is_one_cookie(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))

    def twice(session: Any) -> None:
        current_visit().rotate()
        session["b"] = 2
        current_visit().rotate()

    ada.ask(twice)
    assert ada.ask(dict).value == {"a": 1, "b": 2}


def test_a_newcomer_has_no_token_to_lose(site: Site, ada: Browser) -> None:
    assert ada.ask(lambda session: current_visit().rotate()).cookie is None
    ada.ask(signs_in)
    assert ada.ask(dict).value == {"user": "ada"}
    assert site.outside.counts()["users"] == 1


def test_a_bearer_is_handed_the_new_token_and_no_cookie(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))
    bot = site.browser()

    def rotates(session: Any) -> str | None:
        who = current_visit()
        who.rotate()
        return who.issued

    answer = bot.ask(rotates, Authorization=f"Bearer {ada.token}")
    assert answer.cookie is None
    assert bot.ask(dict, Authorization=f"Bearer {answer.value}").value == {"a": 1}
    assert bot.ask(dict, Authorization=f"Bearer {ada.token}").value == {}


def test_signing_out_after_it_ends_every_token(site: Site, ada: Browser, clock: FakeClock) -> None:
    ada.ask(sets(a=1))
    old = ada.token
    ada.ask(signs_in)
    new = ada.token
    ada.ask(lambda session: current_visit().sign_out())
    clock.advance(seconds=60)
    for token in (old, new):
        assert token is not None
        assert site.outside.visit(token).signed_out
        assert thief(site, token).ask(dict).value == {}


def test_signing_out_wins_over_a_slow_request_that_rotates(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))

    def slow(session: Any) -> None:
        session.get("a")
        site.visit(ada).sign_out()
        current_visit().rotate()

    answer = ada.ask(slow)
    assert (answer.status, answer.cookie) == (401, None)
    assert site.visit(ada).signed_out


def test_it_is_told_in_the_log_of_changes(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))
    ada.ask(signs_in)
    found = site.visit(ada)
    kinds = [event.kind for event in found.user.events.after(0)]
    assert kinds.count("device.rotated") == 1


def test_it_is_awaited_too_and_too_late_after_the_headers(fastapi_app: FastAPI, outside: Sojourn) -> None:
    said: list[str] = []

    @fastapi_app.post("/sign-in")
    async def sign_in(who: AsyncVisit = Depends(visit)) -> None:  # noqa: B008
        await who.rotate()

    @fastapi_app.websocket("/late")
    async def late(websocket: WebSocket, who: AsyncVisit = Depends(visit)) -> None:  # noqa: B008
        await websocket.accept()
        try:
            await who.rotate()
        except SessionNotStarted as error:
            said.append(str(error))
        await websocket.close()

    with TestClient(fastapi_app, base_url=HTTPS) as client:
        client.get("/set/a/1")
        before = client.cookies[COOKIE]
        client.post("/sign-in")
        assert client.cookies[COOKIE] != before
        assert client.get("/all").json() == {"a": "1"}
        assert outside.visit(before).signed_out
        with client.websocket_connect("wss://app.example/late"):
            pass
        assert "rotate before the first byte" in said[0]


def test_the_library_rotates_without_a_framework(outside: Sojourn) -> None:
    first = outside.visit(None)
    first.start()
    assert first.issued is not None
    again = outside.visit(first.issued)
    again.rotate()
    assert again.issued is not None
    assert again.session() is not None
    assert outside.visit(first.issued).late
    assert outside.visit(again.issued).session() is not None
    stale = outside.visit(first.issued)
    with pytest.raises(SignedOut):
        stale.rotate()
