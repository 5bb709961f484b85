"""Another process of one's own acts for the visitor, for a short time, and not a moment longer."""

import copy
import json
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import flask
import pytest
from starlette.testclient import TestClient
from tests.integrations.sites import COOKIE, HTTPS, Browser, Site

from sojourn import AsyncSojourn, Invalid, Settings, SignedOut, Sojourn
from sojourn.integrations.current import current_visit
from sojourn.server import create_app
from sojourn.testing.clock import FakeClock


@pytest.fixture(params=["kept", "ephemeral"])
def settings(request: pytest.FixtureRequest) -> Settings:
    return Settings(durability="process", sessions=request.param, ephemeral_seconds=30 * 86400)


def sets(**values: Any) -> Callable[[Any], None]:
    return lambda session: session.update(values)


def bearer(browser: Browser, **given: Any) -> str:
    """What the app sends along when it calls another process."""
    kept: list[Any] = []
    answer = browser.ask(lambda session: kept.append(current_visit().forward_headers(**given)))
    assert answer.status == 200, answer.body
    [headers] = kept
    assert list(headers) == ["Authorization"]
    found: str = headers["Authorization"]
    return found


def ask(site: Site, authorization: str, work: Any = dict, **more: Any) -> Any:
    """A request by that other process: no cookies."""
    return site.browser().ask(work, Authorization=authorization, **more)


@pytest.fixture
def api(site: Site, settings: Settings, clock: FakeClock) -> Iterator[TestClient]:
    """The HTTP API over the same store, in a process of its own."""
    with TestClient(
        create_app(AsyncSojourn.open(site.url, settings=settings, clock=clock)), base_url=HTTPS
    ) as client:
        yield client


def test_it_acts_for_the_visitor_and_for_nobody_else(site: Site, ada: Browser, api: TestClient) -> None:
    ada.ask(sets(who="ada"))
    bob = site.browser()
    bob.ask(sets(who="bob"))
    hers, his = bearer(ada), bearer(bob)
    assert ask(site, hers).value == {"who": "ada"}
    assert ask(site, his).value == {"who": "bob"}
    assert ask(site, hers, sets(more=1), method="POST", Sec_Fetch_Site="cross-site").status == 200
    assert ada.ask(dict).value == {"who": "ada", "more": 1}
    assert bob.ask(dict, Authorization=hers).value == {"who": "ada", "more": 1}, (
        "a bearer goes before a cookie"
    )
    me = {auth: api.get("/v1/me", headers={"Authorization": auth}).json() for auth in (hers, his)}
    assert me[hers]["session_id"] == site.session(ada).id
    assert me[his]["session_id"] == site.session(bob).id
    foreign = api.get(f"/v1/sessions/me/{site.session(ada).id}", headers={"Authorization": his})
    absent = api.get("/v1/sessions/me/ses_none", headers={"Authorization": his})
    assert (foreign.status_code, foreign.content) == (404, absent.content)


def test_no_cookie_comes_of_it(site: Site, ada: Browser, api: TestClient) -> None:
    ada.ask(sets(a=1))
    answer = ask(site, bearer(ada), sets(b=2))
    assert (answer.status, answer.cookie) == (200, None)
    said = api.post("/v1/sessions/me", json={}, headers={"Authorization": bearer(ada)})
    assert (said.status_code, "set-cookie" in said.headers) == (201, False)


def test_it_is_over_when_its_time_is(site: Site, ada: Browser, api: TestClient, clock: FakeClock) -> None:
    ada.ask(sets(a=1))
    short, long = bearer(ada), bearer(ada, seconds=600)
    clock.advance(seconds=59, ms=999)
    assert ask(site, short).status == 200
    clock.advance(ms=1)
    refused(site, api, short)
    assert ask(site, long).value == {"a": 1}
    clock.advance(seconds=540)
    refused(site, api, long)
    assert ada.ask(dict).value == {"a": 1}


def test_it_ends_no_later_than_the_device(
    site: Site, ada: Browser, api: TestClient, clock: FakeClock, settings: Settings
) -> None:
    ada.ask(sets(a=1))
    clock.advance(seconds=settings.anonymous_seconds - 10)
    one = bearer(ada)
    assert ask(site, one).value == {"a": 1}
    clock.advance(seconds=11)
    refused(site, api, one)


def revoke(site: Site, ada: Browser) -> None:
    visit = site.visit(ada)
    assert visit.device_id is not None
    visit.user.devices.revoke(visit.device_id)


ENDS: dict[str, Callable[[Site, Browser], Any]] = {
    "signed out": lambda site, ada: ada.ask(lambda session: current_visit().sign_out()),
    "signed out elsewhere": lambda site, ada: site.visit(ada).sign_out(),
    "revoked": revoke,
    "rotated": lambda site, ada: ada.ask(lambda session: current_visit().rotate()),
    "rotated elsewhere": lambda site, ada: site.visit(ada).rotate(),
}


@pytest.mark.parametrize("end", ENDS)
def test_it_dies_with_what_it_stands_for(site: Site, ada: Browser, api: TestClient, end: str) -> None:
    ada.ask(sets(a=1))
    one = bearer(ada)
    assert ask(site, one).value == {"a": 1}
    ENDS[end](site, ada)
    refused(site, api, one)


def test_after_an_erase_there_is_nothing_to_read_by_it(site: Site, ada: Browser, api: TestClient) -> None:
    ada.ask(sets(a=1))
    session, one = site.session(ada), bearer(ada)
    session.erase()
    assert ask(site, one).value == {}
    assert api.get(f"/v1/sessions/me/{session.id}", headers={"Authorization": one}).status_code == 410


def test_what_a_slow_request_with_it_writes_after_the_end_is_dropped(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))
    one, before = bearer(ada), site.session(ada)

    def slow(session: Any) -> None:
        session["late"] = 1
        site.visit(ada).sign_out()

    assert ask(site, one, slow).status == 200
    owner = site.outside.visit(None).user
    assert owner.record() is None
    assert before.state.get("late") is None


def bent(text: str) -> dict[str, str]:
    """What is not a pass that this store issued."""
    head, body = text[: len("Bearer fwd_")], text[len("Bearer fwd_") :]
    other = "A" if body[0] != "A" else "B"
    return {
        "another time": head + other + body[1:],
        "another device": head + body[:20] + ("A" if body[20] != "A" else "B") + body[21:],
        "another mark": head + body[:-2] + ("A" if body[-2] != "A" else "B") + body[-1],
        "no mark": head + body[:54] + "A" * 42,
        "all zero": head + "A" * 96,
        "other case": head + body.swapcase(),
    }


@pytest.mark.parametrize("bend", bent("Bearer fwd_" + "x" * 96))
def test_one_that_was_bent_opens_nothing(site: Site, ada: Browser, api: TestClient, bend: str) -> None:
    ada.ask(sets(a=1))
    refused(site, api, bent(bearer(ada))[bend])


@pytest.mark.parametrize(
    "spoil",
    [lambda text: text[:-1], lambda text: text + "A", lambda text: text.replace("fwd_", "fwd."), str.upper],
    ids=["truncated", "longer", "another head", "upper case"],
)
def test_what_has_not_its_shape_is_a_token_never_issued(
    site: Site, ada: Browser, api: TestClient, spoil: Callable[[str], str]
) -> None:
    ada.ask(sets(a=1))
    text = "Bearer " + spoil(bearer(ada).removeprefix("Bearer "))
    assert ask(site, text).value == {}
    assert api.get("/v1/me", headers={"Authorization": text}).json()["user"] is None


def test_one_of_another_store_opens_nothing(
    site: Site, ada: Browser, api: TestClient, tmp_path: Any, settings: Settings, clock: FakeClock
) -> None:
    ada.ask(sets(a=1))
    with Sojourn.open(f"sqlite:///{tmp_path / 'other'}", settings=settings, clock=clock) as other:
        foreign = other.visit(None).forward_headers()["Authorization"]
    refused(site, api, foreign)


def test_a_cursor_or_a_token_is_no_pass(site: Site, ada: Browser, api: TestClient) -> None:
    """Each HMAC has its purpose."""
    ada.ask(sets(a=1))
    body = bearer(ada).removeprefix("Bearer ")
    jar = site.browser()
    jar.jar = {COOKIE: body}
    assert jar.ask(dict).value == {}, "it is a bearer, never a cookie"
    assert api.get("/v1/me", headers={"Cookie": f"{COOKIE}={body}"}).json()["user"] is None
    assert api.get(f"/v1/me?token={body}&access_token={body}").json()["user"] is None


def test_it_does_not_lengthen_itself(site: Site, ada: Browser, clock: FakeClock) -> None:
    ada.ask(sets(a=1))
    one = bearer(ada)
    clock.advance(seconds=50)
    kept: list[str] = []
    ask(site, one, lambda session: kept.append(current_visit().forward_headers(seconds=600)["Authorization"]))
    assert kept == [one]


def test_it_gives_no_token_of_its_own(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))
    one = bearer(ada)
    assert ask(site, one, lambda session: current_visit().rotate()).status == 401
    assert ada.ask(dict).value == {"a": 1}
    visit = site.outside.visit(one.removeprefix("Bearer "))
    assert visit.device_id == site.visit(ada).device_id
    with pytest.raises(SignedOut):
        visit.rotate()


def test_a_newcomer_is_made_a_visitor_by_it(site: Site, ada: Browser) -> None:
    one = bearer(ada)
    assert ada.token is not None
    ask(site, one, sets(by="another"))
    assert ada.ask(dict).value == {"by": "another"}
    assert site.outside.counts()["users"] == 1


@pytest.mark.parametrize("seconds", [0, -1, 601, 1.5, True, "60", None, 10**9])
def test_its_time_is_short(site: Site, ada: Browser, seconds: Any) -> None:
    ada.ask(lambda session: current_visit().forward_headers(seconds=seconds))
    assert isinstance(site.error, Invalid)
    assert site.error.facts["field"] == "seconds"
    with pytest.raises(Invalid):
        site.outside.visit(None).forward_headers(seconds=seconds)


def test_it_shows_nothing_of_itself_and_is_not_kept(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))
    headers = site.visit(ada).forward_headers()
    secret = headers["Authorization"].removeprefix("Bearer ")
    for said in (repr(headers), str(headers), f"{headers}", repr([headers]), f"{headers!r:>9}"):
        assert secret not in said
    for keep in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps, flask.json.dumps):
        with pytest.raises(TypeError):
            keep(headers)
    answer = ada.ask(lambda session: session.update(h=headers))
    assert answer.status == 500
    assert isinstance(site.error, Invalid)
    assert secret not in str(site.error)


def test_clients_take_them_as_headers(site: Site, ada: Browser, api: TestClient) -> None:
    ada.ask(sets(a=1))
    answer = api.get("/v1/me", headers=site.visit(ada).forward_headers())  # type: ignore[arg-type]
    assert answer.json()["session_id"] == site.session(ada).id


def refused(site: Site, api: TestClient, authorization: str) -> None:
    """401 at every door, also for who writes, and nothing comes of it."""
    before = site.outside.counts()
    for work in (dict, sets(stolen=1)):
        answer = ask(site, authorization, work, method="POST")
        assert (answer.status, answer.cookie) == (401, None)
        assert json.loads(answer.body)["code"] == "signed_out"
    for method, path in (("GET", "/v1/me"), ("POST", "/v1/sessions/me")):
        said = api.request(
            method, path, headers={"Authorization": authorization}, json={} if method == "POST" else None
        )
        assert (said.status_code, "set-cookie" in said.headers) == (401, False)
    assert site.outside.counts() == before
