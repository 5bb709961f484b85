"""A token that goes out before the first write: known again, and only if the store issued it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.integrations.sites import COOKIE, HTTPS, Browser, Site

from sojourn import AsyncSojourn, Settings, Sojourn
from sojourn.config import DAY
from sojourn.core import promises
from sojourn.integrations.current import current_visit
from sojourn.server import create_app
from sojourn.testing.clock import FakeClock

NOW = 1_700_000_000_000


@pytest.fixture
def store() -> Iterator[Sojourn]:
    with Sojourn.open("memory://") as opened:
        yield opened


def test_the_store_knows_what_it_promised_until_the_promise_is_old(store: Sojourn) -> None:
    token = promises.make(store.sign, NOW)
    assert len(token) <= 512
    assert token != promises.make(store.sign, NOW)
    assert promises.holds(store.sign, token, NOW, 7 * DAY)
    assert promises.holds(store.sign, token, NOW + 7 * DAY * 1000 - 1, 7 * DAY)
    assert not promises.holds(store.sign, token, NOW + 7 * DAY * 1000, 7 * DAY)


def test_another_store_did_not_promise_it(store: Sojourn) -> None:
    with Sojourn.open("memory://") as other:
        assert not promises.holds(store.sign, promises.make(other.sign, NOW), NOW, DAY)


@pytest.mark.parametrize("at", [0, 20, 45, 60, -1])
def test_a_token_changed_anywhere_was_never_promised(store: Sojourn, at: int) -> None:
    token = promises.make(store.sign, NOW)
    changed = [*token]
    changed[at] = "1" if changed[at] != "1" else "2"
    assert not promises.holds(store.sign, "".join(changed), NOW, DAY)


@pytest.mark.parametrize("text", ["", ".", "x" * 43, "x" * 43 + ".1.", "ö" * 60, "x" * 43 + ".z." + "0" * 64])
def test_what_is_no_promise_at_all_is_no_error(store: Sojourn, text: str) -> None:
    assert not promises.holds(store.sign, text, NOW, DAY)


# -- who brings one -------------------------------------------------------------------------------


def sets(**values: Any) -> Callable[[Any], None]:
    return lambda session: session.update(values)


@pytest.fixture
def promised(site: Site, clock: FakeClock) -> str:
    return promises.make(site.outside.sign, clock.now())


@pytest.fixture
def eve(site: Site, promised: str) -> Browser:
    """A browser that has a promise, and nothing that was written."""
    browser = site.browser()
    browser.jar = {COOKIE: promised}
    return browser


@pytest.fixture
def api(site: Site, settings: Settings, clock: FakeClock) -> Iterator[TestClient]:
    """The HTTP API over the same store."""
    with TestClient(
        create_app(AsyncSojourn.open(site.url, settings=settings, clock=clock)), base_url=HTTPS
    ) as client:
        yield client


def test_the_first_write_makes_a_visitor_by_that_token(site: Site, eve: Browser, promised: str) -> None:
    assert (eve.ask(dict).value, site.outside.counts()["users"]) == ({}, 0)
    eve.ask(sets(n=1))
    assert eve.jar == {COOKIE: promised}
    assert site.outside.visit(promised).user.sessions.latest() is not None
    assert eve.ask(dict).value == {"n": 1}
    assert site.outside.counts()["users"] == 1


def test_the_api_makes_the_visitor_by_that_very_token(
    site: Site, eve: Browser, promised: str, api: TestClient
) -> None:
    headers = {"Cookie": f"{COOKIE}={promised}"}
    assert api.get("/v1/sessions/me", headers=headers).json()["items"] == []
    made = api.post("/v1/sessions/me", json={"title": "Tides"}, headers=headers)
    assert made.status_code == 201
    assert made.headers["set-cookie"].startswith(f"{COOKIE}={promised};")
    assert eve.ask(lambda session: current_visit().user.sessions.list().items[0].title).value == "Tides"
    assert eve.ask(sets(n=1)).status == 200
    assert site.outside.counts()["users"] == 1


def test_of_two_first_writes_at_once_the_later_is_the_same_visitor(
    site: Site, eve: Browser, promised: str
) -> None:
    early = site.outside.visit(promised)
    eve.ask(sets(n=1))
    early.user.state.set(theme="dark")
    assert eve.ask(lambda session: [session["n"], current_visit().user.state.get("theme")]).value == [
        1,
        "dark",
    ]
    assert site.outside.counts()["users"] == 1


@pytest.mark.parametrize("first", ["rotated", "written"])
def test_a_promise_that_another_planted_is_worth_nothing_after_a_rotate(
    site: Site, eve: Browser, promised: str, first: str
) -> None:
    def signs_in(session: Any) -> None:
        if first == "written":
            session["user"] = "ada"
            session.save()
        current_visit().rotate()
        session["user"] = "ada"

    eve.ask(signs_in)
    assert eve.token not in (None, promised)
    assert eve.ask(dict).value == {"user": "ada"}
    planted = site.browser()
    planted.jar = {COOKIE: promised}
    assert planted.ask(dict).value == {}
    assert site.outside.visit(promised).session() is None


def test_a_visit_that_rotates_a_promise_begins_by_another_token(site: Site, promised: str) -> None:
    visit = site.outside.visit(promised)
    visit.rotate()
    visit.user.state.set(theme="dark")
    assert visit.issued not in (None, promised)
