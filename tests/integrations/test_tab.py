"""One tab, many runs: each looks anew who is there, and being there counts. No framework."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sojourn import SessionGone, Settings, Sojourn
from sojourn.integrations.handles import Handles
from sojourn.integrations.host import Host
from sojourn.integrations.presence import Presence
from sojourn.integrations.tab import Tab
from sojourn.integrations.visit import InsecureHttp
from sojourn.sync import Session
from sojourn.testing.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["kept", "ephemeral"])
def settings(request: pytest.FixtureRequest) -> Settings:
    return Settings(durability="process", sessions=request.param)


@pytest.fixture(params=["memory", "sqlite"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, settings: Settings, clock: FakeClock
) -> Iterator[Sojourn]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'data'}"
    with Sojourn.open(url, settings=settings, clock=clock) as opened:
        yield opened


@pytest.fixture
def host(store: Sojourn) -> Host:
    headers = [("host", "app.example"), ("user-agent", "Firefox/1 Linux")]
    return Host(store, lambda raw: ("https", "192.0.2.1", [*headers, *raw]), idle_seconds=1800)


def promised(host: Host, **cookies: str) -> Presence:
    """A socket that has just opened, with these cookies."""
    presence = Presence(host, [("cookie", f"__Host-{name}={value}") for name, value in cookies.items()])
    presence.promise()
    return presence


def token(presence: Presence) -> str:
    assert presence.token is not None
    return presence.token


def entered(tab: Tab) -> Session:
    """The session in a new run."""
    mapping = tab.enter(object())
    assert mapping is not None
    return Handles(mapping).session()


def test_a_promise_is_a_cookie_and_nothing_in_the_store(host: Host, store: Sojourn) -> None:
    presence = promised(host)
    cookie = presence.cookie()
    assert cookie is not None and cookie.startswith(f"__Host-sojourn={presence.token}; ")
    assert "Max-Age=604800; HttpOnly; SameSite=Lax; Secure" in cookie
    assert entered(Tab(host, presence.token)).state.all() == {}
    assert store.counts()["users"] == 0


def test_whoever_keeps_a_promise_is_that_visitor_on_any_socket_and_request(host: Host) -> None:
    kept = token(promised(host))
    again = promised(host, sojourn=kept)
    assert again.token == kept
    entered(Tab(host, kept)).state.set(a=1)
    entered(Tab(host, token(again))).state.set(b=2)
    request = Presence(host, [("cookie", f"__Host-sojourn={kept}")])
    request.look()
    assert {entry.key for entry in request.entries()} == {"a", "b"}
    assert entered(Tab(host, kept)).state.all() == {"a": 1, "b": 2}


def test_a_read_with_a_promise_sets_nothing(host: Host) -> None:
    request = Presence(host, [("cookie", f"__Host-sojourn={token(promised(host))}")])
    request.look()
    assert request.promised
    assert request.cookie() is None


def test_an_old_promise_is_nobodys(host: Host, clock: FakeClock) -> None:
    old = token(promised(host))
    clock.advance(seconds=7 * 86400)
    assert Tab(host, old).enter(object()) is None
    assert promised(host, sojourn=old).token != old


def test_a_token_that_was_signed_out_is_never_a_promise_again(host: Host, store: Sojourn) -> None:
    tab = Tab(host, token(promised(host)))
    entered(tab).state.set(a=1)
    mapping = tab.enter(object())
    assert mapping is not None and mapping.presence.token is not None
    dead = mapping.presence.token
    Handles(mapping).visit().sign_out()
    assert tab.enter(object()) is None
    assert promised(host, sojourn=dead).token != dead
    assert store.visit(dead).signed_out


def test_all_that_one_run_asks_is_in_one_session(host: Host) -> None:
    tab, run = Tab(host, token(promised(host))), object()
    assert tab.enter(run) is tab.enter(run)
    assert tab.enter(run) is not tab.enter(object())


def test_the_next_run_is_where_the_visitor_has_gone(host: Host, store: Sojourn) -> None:
    tab = Tab(host, token(promised(host)))
    first = entered(tab)
    first.state.set(a=1)
    visit = store.visit(tab.enter(object()).presence.token)  # type: ignore[union-attr]
    second = visit.user.sessions.create()
    visit.switch(second.id)
    assert entered(tab).id == second.id
    assert first.state.all() == {"a": 1}


def test_looking_now_and_then_keeps_a_session_open(host: Host, clock: FakeClock) -> None:
    tab = Tab(host, token(promised(host)))
    made = entered(tab)
    made.state.set(a=1)
    for _ in range(5):
        clock.advance(seconds=1000)
        assert entered(tab).state.all() == {"a": 1}
    clock.advance(seconds=1801)
    assert entered(tab).state.all() == {}
    if made.record.ephemeral:
        with pytest.raises(SessionGone):
            made.refresh()
    else:
        assert made.refresh().closed_ms is not None


def test_where_no_cookie_may_go_every_run_says_so(host: Host) -> None:
    tab = Tab(host, None, trouble=InsecureHttp("Use https."))
    for _ in range(2):
        with pytest.raises(InsecureHttp, match="Use https"):
            tab.enter(object())


def test_a_tab_opened_with_a_pass_is_nobodys_once_that_ran_out(
    host: Host, store: Sojourn, clock: FakeClock
) -> None:
    visit = store.visit(None)
    visit.start().state.set(n=1)
    headers = visit.forward_headers(seconds=60)
    tab = Tab(host, headers["Authorization"].removeprefix("Bearer "))
    assert entered(tab).state.get("n") == 1
    clock.advance(seconds=61)
    assert tab.enter(object()) is None
