"""Where sessions are ephemeral unless said, requests are in such ones; elsewhere visitors can go into one."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.integrations.sites import Browser, Site
from tests.integrations.test_rules import counts, everything, sets

from sojourn import SessionGone, Settings, current_session
from sojourn.integrations.current import current_visit
from sojourn.testing.clock import FakeClock


class TestByDefault:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(durability="process", sessions="ephemeral")

    def test_the_first_key_makes_one_and_the_next_request_is_in_it(self, site: Site, ada: Browser) -> None:
        first = ada.ask(lambda session: sets(topic="tides", n=1)(session) or session.new)
        assert first.value is True
        second = ada.ask(lambda session: [session["topic"], session.incr("n"), session.new])
        assert second.value == ["tides", 2, False]
        assert second.cookie is None
        assert site.session(ada).record.ephemeral
        assert (counts(site)["users"], counts(site)["sessions"]) == (1, 0)
        assert site.browser().ask(everything).value == {}

    def test_reading_makes_none(self, site: Site, ada: Browser) -> None:
        assert ada.ask(lambda session: [session.get("a"), current_session().title]).value == [None, ""]
        assert counts(site)["users"] == 0

    def test_the_whole_session_is_one(self, site: Site, ada: Browser) -> None:
        def work(mapping: Any) -> str:
            session = current_session()
            session.messages.append("user", "When is high tide?")
            session.files.add("tides.txt", b"Spring tides are the highest.")
            mapping["n"] = 1
            return session.id

        made = ada.ask(work).value
        assert made.startswith("ses_e")

        def look(mapping: Any) -> list[Any]:
            session = current_session()
            return [session.id, len(session.messages.last()), session.search("spring")[0].text, dict(mapping)]

        assert ada.ask(look).value == [made, 1, "Spring tides are the highest.", {"n": 1}]
        assert site.session(ada).id == made

    def test_two_requests_that_begin_at_once_are_in_one(self, site: Site, ada: Browser) -> None:
        ada.ask(lambda mapping: current_visit().user.state.set(theme="dark"))

        def first(mapping: Any) -> None:
            assert mapping.get("a") is None
            site.visit(ada).start().state.set(other=1)
            mapping["a"] = 1

        ada.ask(first)
        assert ada.ask(everything).value == {"a": 1, "other": 1}
        assert len(site.visit(ada).user.sessions.list()) == 1

    def test_an_overwrite_that_loses_is_seen(self, site: Site, ada: Browser) -> None:
        ada.ask(sets(n=1))

        def slow(mapping: Any) -> None:
            seen = mapping["n"]
            site.session(ada).state.set(n=7)
            mapping["n"] = seen + 1

        assert ada.ask(slow).status == 409
        assert ada.ask(everything).value == {"n": 7}

    @pytest.mark.parametrize("end", ["close", "erase"])
    def test_after_its_end_the_same_visitor_begins_anew(self, site: Site, ada: Browser, end: str) -> None:
        ada.ask(sets(a=1))
        before = site.session(ada)
        ada.ask(lambda session: getattr(current_session(), end)() and None)
        assert ada.ask(sets(b=2)).cookie is None
        assert ada.ask(everything).value == {"b": 2}
        with pytest.raises(SessionGone):
            before.refresh()

    def test_a_device_that_was_signed_out_writes_nothing_any_more(self, site: Site, ada: Browser) -> None:
        ada.ask(sets(a=1))
        session = site.session(ada)

        def slow(mapping: Any) -> None:
            assert mapping["a"] == 1
            visit = site.visit(ada)
            visit.user.devices.revoke(visit.device.id)  # type: ignore[union-attr]
            mapping["a"] = 2

        ada.ask(slow)
        assert session.state.all() == {"a": 1}

    def test_left_alone_for_too_long_it_is_gone(self, build: Callable[..., Site], clock: FakeClock) -> None:
        site = build(idle=1800)
        ada = site.browser()
        ada.ask(sets(user="ada"))
        session = site.session(ada)
        clock.advance(seconds=1801)
        assert ada.ask(everything).value == {}
        with pytest.raises(SessionGone):
            session.refresh()
        ada.ask(sets(b=1))
        assert ada.ask(everything).value == {"b": 1}


def test_a_visitor_can_go_into_one_and_back(site: Site, ada: Browser) -> None:
    ada.ask(sets(where="kept"))
    kept = site.session(ada).id

    def go(mapping: Any) -> str:
        visit = current_visit()
        session = visit.user.sessions.create(ephemeral=True)
        session.state.set(where="apart")
        return visit.switch(session.id).id

    apart = ada.ask(go).value
    assert ada.ask(everything).value == {"where": "apart"}
    ada.ask(sets(more=1))
    assert site.session(ada).state.all() == {"more": 1, "where": "apart"}
    ada.ask(lambda mapping: current_visit().switch(kept) and None)
    assert ada.ask(everything).value == {"where": "kept"}
    listed = ada.ask(lambda mapping: [record.id for record in current_visit().user.sessions.list()])
    assert sorted(listed.value) == sorted([kept, apart])
