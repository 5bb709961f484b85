"""How a visit ends in every framework: sign-out wins, what was erased stays erased, idle ones close."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.integrations.sites import Browser, Site
from tests.integrations.test_rules import counts, everything, sets

from sojourn import SessionGone, SignedOut, current_session
from sojourn.integrations.current import current_visit
from sojourn.testing.clock import FakeClock


def same_visitor(browser: Browser) -> bool:
    """Whether the next request is the visitor whose token the browser was given last."""
    device = browser.site.visit(browser).device
    assert device is not None
    return bool(browser.ask(lambda session: current_visit().device.id).value == device.id)  # type: ignore[union-attr]


# -- signed out -----------------------------------------------------------------------------------


def sign_out_elsewhere(site: Site, browser: Browser) -> None:
    visit = site.visit(browser)
    assert visit.device is not None
    visit.user.devices.revoke(visit.device.id)


def test_signing_out_takes_the_cookie_and_kills_the_token(site: Site, ada: Browser) -> None:
    ada.ask(sets(user="ada"))
    token, session = ada.token, site.session(ada)
    answer = ada.ask(lambda session: [current_visit().sign_out(), session.get("user")])
    assert answer.value == [None, None]
    assert answer.cookie is not None and "Max-Age=0" in answer.cookie
    assert ada.ask(everything).value == {}
    assert site.outside.visit(token).signed_out
    assert session.state.all() == {"user": "ada"}


def test_what_is_set_after_signing_out_is_a_new_visitors(site: Site, ada: Browser) -> None:
    ada.ask(sets(user="ada"))
    old = ada.token
    answer = ada.ask(
        lambda session: [session.update(lost=1), current_visit().sign_out(), sets(bye=1)(session)]
    )
    assert answer.status == 200
    assert ada.token not in (None, old)
    assert ada.ask(everything).value == {"bye": 1}
    assert same_visitor(ada)
    assert counts(site)["users"] == 2


def test_signing_out_a_stranger_does_nothing(site: Site, ada: Browser) -> None:
    answer = ada.ask(lambda session: current_visit().sign_out())
    assert (answer.value, answer.cookie) == (None, None)
    assert counts(site)["users"] == 0


def test_signing_out_wins_over_a_slow_request(
    site: Site, ada: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    ada.ask(sets(user="ada", n=1))
    session = site.session(ada)

    def slow(mapping: Any) -> Any:
        seen = mapping["user"]
        sign_out_elsewhere(site, ada)
        mapping["n"] = 2
        mapping["cart"] = ["lamp"]
        return seen

    answer = ada.ask(slow)
    assert answer.value == "ada"
    assert answer.cookie is None
    assert session.state.all() == {"user": "ada", "n": 1}
    assert "dropped" in caplog.text
    assert ada.ask(everything).value == {}
    assert ada.ask(sets(n=3)).cookie is not None
    assert ada.ask(everything).value == {"n": 3}
    assert same_visitor(ada)


def test_a_handle_of_a_signed_out_device_writes_nothing(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))
    session = site.session(ada)

    def slow(mapping: Any) -> None:
        current = current_session()
        sign_out_elsewhere(site, ada)
        with pytest.raises(SignedOut):
            current.messages.append("user", "still me?")
        with pytest.raises(SignedOut):
            current.erase()

    assert ada.ask(slow).status == 200
    assert session.messages.last() == []


def test_a_write_that_ends_after_the_visit_does_not_bring_it_back(site: Site, ada: Browser) -> None:
    def work(mapping: Any) -> Any:
        presence = mapping.presence

        async def slow(tx: Any, entered: Any) -> None:
            presence.leave(dead=False)  # signed out by another thread of this request

        presence.write(slow)
        return [mapping.get("a"), presence.known]

    ada.ask(sets(a=1))
    assert ada.ask(work).value == [None, None]


# -- erased, deleted, closed ----------------------------------------------------------------------


@pytest.mark.parametrize("end", ["erase", "delete", "close"])
def test_after_its_end_the_same_visitor_begins_anew(site: Site, ada: Browser, end: str) -> None:
    ada.ask(sets(a=1))
    old = site.session(ada).id
    getattr(site.session(ada), end)()
    assert ada.ask(everything).value == {}
    answer = ada.ask(sets(b=2))
    assert answer.cookie is None
    assert ada.ask(everything).value == {"b": 2}
    assert site.session(ada).id != old
    assert counts(site)["users"] == 1
    assert same_visitor(ada)


@pytest.mark.parametrize("end", ["erase", "delete", "close"])
def test_what_a_slow_request_writes_to_an_ended_session_is_dropped(
    site: Site, ada: Browser, end: str
) -> None:
    ada.ask(sets(draft="secret"))

    def slow(mapping: Any) -> Any:
        draft = mapping["draft"]
        getattr(site.session(ada), end)()
        mapping["draft"] = draft + "!"

    assert ada.ask(slow).status == 200
    assert ada.ask(everything).value == {}


@pytest.mark.parametrize("end", ["erase", "delete", "close"])
def test_a_request_that_ends_its_session_begins_anew_itself(site: Site, ada: Browser, end: str) -> None:
    def work(mapping: Any) -> Any:
        mapping["a"] = 1
        current = current_session()
        old = current.id
        getattr(current, end)()
        assert dict(mapping) == {}
        mapping["b"] = 2
        if end == "erase":
            with pytest.raises(SessionGone):
                current.messages.append("user", "x")
        return [old, current_session().id]

    ada.ask(sets(z=1))
    old, new = ada.ask(work).value
    assert old != new
    assert site.session(ada).id == new
    assert ada.ask(everything).value == {"b": 2}
    if end == "close":
        kept = site.visit(ada).user.sessions.get(old)
        assert kept.state.all() == {"a": 1, "z": 1}


def test_a_session_erased_before_it_was_made_is_an_error_of_its_own(site: Site, ada: Browser) -> None:
    answer = ada.ask(lambda mapping: current_session().erase() and None)
    assert answer.status == 200
    assert counts(site)["sessions"] == 0


# -- moved ----------------------------------------------------------------------------------------


def test_switching_moves_the_mapping(site: Site, ada: Browser) -> None:
    ada.ask(sets(at="first"))
    first = site.session(ada).id

    def work(mapping: Any) -> Any:
        mapping["kept"] = 1
        other = current_visit().user.sessions.create(title="Second")
        assert mapping["at"] == "first"
        current_visit().switch(other.id)
        assert dict(mapping) == {}
        mapping["at"] = "second"
        assert current_session().title == "Second"

    ada.ask(work)
    assert ada.ask(everything).value == {"at": "second"}
    ada.ask(lambda mapping: current_visit().switch(first) and None)
    assert ada.ask(everything).value == {"at": "first", "kept": 1}
    assert same_visitor(ada)


def test_nobody_is_moved_into_anothers_session(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))
    bob = site.browser()
    bob.ask(sets(b=1))
    foreign = site.session(ada).id
    assert bob.ask(lambda mapping: current_visit().switch(foreign)).status == 404
    assert bob.ask(everything).value == {"b": 1}


# -- idle -----------------------------------------------------------------------------------------


@pytest.fixture
def idle(build: Callable[..., Site]) -> Site:
    return build(idle=1800)


def test_left_alone_for_too_long_a_session_is_over(idle: Site, clock: FakeClock) -> None:
    ada = idle.browser()
    ada.ask(sets(user="ada"))
    session = idle.session(ada)
    clock.advance(seconds=1801)
    assert ada.ask(everything).value == {}
    assert ada.ask(everything).value == {}, "looking at it does not bring it back"
    assert session.refresh().closed_ms is not None
    ada.ask(sets(b=1))
    assert ada.ask(everything).value == {"b": 1}
    assert same_visitor(ada)


def test_a_write_can_be_the_first_to_find_it_over(idle: Site, clock: FakeClock) -> None:
    ada = idle.browser()
    ada.ask(sets(user="ada"))
    session = idle.session(ada)
    clock.advance(seconds=1801)
    ada.ask(sets(b=1))
    assert session.refresh().closed_ms is not None
    assert ada.ask(everything).value == {"b": 1}


def test_looking_at_it_now_and_then_keeps_it(idle: Site, clock: FakeClock) -> None:
    ada = idle.browser()
    ada.ask(sets(user="ada"))
    for _ in range(10):
        clock.advance(seconds=1000)
        assert ada.ask(everything).value == {"user": "ada"}
    assert same_visitor(ada)


def test_a_visit_is_noted_once_in_a_while_and_not_by_each_request(idle: Site, clock: FakeClock) -> None:
    ada = idle.browser()
    ada.ask(sets(user="ada"))

    def seen() -> int:
        device = idle.visit(ada).user.devices.list()[0]
        return device.seen_ms

    first = seen()
    clock.advance(seconds=10)
    ada.ask(everything)
    assert seen() == first
    clock.advance(seconds=60)
    ada.ask(everything)
    assert seen() == clock.now()


def test_a_device_past_its_life_is_a_new_visitor(site: Site, ada: Browser, clock: FakeClock) -> None:
    ada.ask(sets(user="ada"))
    old = ada.token
    clock.advance(seconds=site.settings.anonymous_seconds + 1)
    assert ada.ask(everything).value == {}
    ada.ask(sets(b=1))
    assert ada.token != old
    assert ada.ask(everything).value == {"b": 1}
    assert same_visitor(ada)
