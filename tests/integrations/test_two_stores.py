"""Kept and ephemeral sessions side by side: a stay alone in one holds for writes into the other, and a
client's key leads to the one that stands, of whichever kind it is.
"""

import json
from typing import Any

import pytest
from tests.integrations.sites import Browser, Site
from tests.integrations.test_exclusive import held_by_another, sets
from tests.integrations.test_named import said

from sojourn import current_session
from sojourn.integrations.current import current_visit
from sojourn.testing.clock import FakeClock

KINDS = pytest.mark.parametrize("ephemeral", [False, True])


def begins(ephemeral: bool) -> Any:
    """The visitor goes into a new session of this kind, and has one of the other kind too."""

    def work(session: Any) -> str:
        sessions = current_visit().user.sessions
        other = sessions.create(title="the other one", ephemeral=not ephemeral)
        current_visit().switch(sessions.create(ephemeral=ephemeral).id)
        return other.id

    return work


@KINDS
def test_alone_in_one_it_writes_to_the_other_and_has_renewed_its_stay(
    site: Site, ada: Browser, clock: FakeClock, ephemeral: bool
) -> None:
    other = ada.ask(begins(ephemeral)).value

    def busy(session: Any) -> None:
        with current_session().exclusive(hold_seconds=5):
            for n in range(4):
                clock.advance(seconds=4)
                current_visit().user.sessions.get(other).state.set(n=n)
            session["done"] = True

    assert ada.ask(busy).status == 200
    assert ada.ask(dict).value == {"done": True}
    assert site.visit(ada).user.sessions.get(other).state.all() == {"n": 3}
    assert site.session(ada).record.ephemeral is ephemeral


@KINDS
def test_who_stayed_in_one_for_too_long_writes_to_neither(
    site: Site, ada: Browser, clock: FakeClock, ephemeral: bool
) -> None:
    other = ada.ask(begins(ephemeral)).value

    def slow(session: Any) -> None:
        with current_session().exclusive(hold_seconds=5):
            clock.advance(seconds=6)
            with held_by_another(site, ada):
                session["late"] = True
                current_visit().user.sessions.get(other).state.set(late=True)

    answer = ada.ask(slow)
    assert (answer.status, json.loads(answer.body)["code"]) == (409, "lease_held")
    assert ada.ask(dict).value == {}
    assert site.visit(ada).user.sessions.get(other).state.all() == {}


@KINDS
def test_alone_in_one_that_is_not_the_current_one(
    site: Site, ada: Browser, clock: FakeClock, ephemeral: bool
) -> None:
    other = ada.ask(begins(not ephemeral)).value
    outside = site.visit(ada).user.sessions.get(other)

    def slow(session: Any) -> None:
        mine = current_visit().user.sessions.get(other)
        with mine.exclusive(hold_seconds=5):
            mine.state.set(n=1)
            clock.advance(seconds=6)
            with outside.exclusive(wait_seconds=0):
                mine.state.set(n=2)

    assert ada.ask(slow).status == 409
    assert outside.state.all() == {"n": 1}


@KINDS
def test_a_key_leads_to_the_session_that_stands_of_whichever_kind(
    site: Site, ada: Browser, ephemeral: bool
) -> None:
    ada.ask(sets(n=1))
    made = site.visit(ada).user.sessions.create(client_key="chat", ephemeral=ephemeral)

    async def work(named: Any) -> list[Any]:
        return [
            named.id,
            await said(named.state.incr("n")),
            (await said(named.files.add("a.txt", b"low"))).name,
        ]

    answer = ada.ask(work, at="/named?session_id=chat", method="POST")
    assert answer.value == [made.id, 1, "a.txt"]
    assert made.state.all() == {"n": 1}
    assert [file.name for file in made.files.list().items] == ["a.txt"]
    found = site.visit(ada).user.sessions.find(client_key="chat")
    assert found is not None and found.id == made.id
    made.erase()
    assert site.visit(ada).user.sessions.find(client_key="chat") is None
