"""What holds for a session in every framework: when it is made, what is saved, and who wins."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.integrations.sites import Browser, Site

from sojourn import (
    Invalid,
    LimitExceeded,
    StateConflict,
    current_session,
)
from sojourn.integrations.current import current_visit


def nothing(session: Any) -> Any:
    return None


def everything(session: Any) -> Any:
    return dict(session)


def sets(**values: Any) -> Callable[[Any], None]:
    return lambda session: session.update(values)


def device(session: Any) -> Any:
    """Who is here."""
    found = current_visit().device
    return found.id if found else None


def counts(site: Site) -> dict[str, int]:
    return site.outside.counts()


# -- lazy -----------------------------------------------------------------------------------------


def test_a_request_that_asks_nothing_costs_nothing(site: Site, ada: Browser) -> None:
    answer = ada.ask(nothing)
    assert [name for name, _ in answer.headers if name in ("vary", "cache-control", "set-cookie")] == []
    assert not site.folder.exists()


def test_asking_makes_nobody(site: Site, ada: Browser) -> None:
    def asked(session: Any) -> Any:
        return [session.get("a"), "a" in session, len(session), list(session), bool(session), session.new]

    assert ada.ask(asked).value == [None, False, 0, [], False, True]
    assert ada.ask(asked).cookie is None
    assert counts(site)["users"] == counts(site)["sessions"] == 0


@pytest.mark.parametrize(
    "access",
    [
        lambda session: session.get("a"),
        lambda session: "a" in session,
        len,
        list,
        bool,
        lambda session: session.pop("a", None),
        lambda session: session.new,
        lambda session: current_session().title,
        lambda session: current_visit().device and None,
    ],
    ids=["get", "in", "len", "iter", "bool", "pop", "new", "current", "visit"],
)
def test_any_access_keeps_the_answer_out_of_caches(site: Site, ada: Browser, access: Any) -> None:
    for _ in range(2):
        answer = ada.ask(lambda session: access(session) and None)
        assert answer.header("vary") == "Cookie"
        assert answer.header("cache-control") == "private, no-store"
        ada.ask(sets(a=1))


def test_what_the_app_says_of_caching_stands(site: Site, ada: Browser) -> None:
    site.own_headers = {"Cache-Control": "max-age=5", "Vary": "Accept"}
    answer = ada.ask(len)
    assert answer.header("cache-control") == "max-age=5"
    assert answer.header("vary") == "Accept, Cookie"
    site.own_headers = {"Vary": "cookie"}
    assert ada.ask(len).header("vary") == "cookie"


def test_the_first_key_makes_it_all_and_the_next_request_is_the_same_visitor(
    site: Site, ada: Browser
) -> None:
    first = ada.ask(lambda session: sets(topic="tides", n=1)(session) or session.new)
    assert first.value is True
    assert first.cookie is not None
    second = ada.ask(lambda session: [session["topic"], session["n"], session.new, device(session)])
    assert second.value == ["tides", 1, False, site.visit(ada).device.id]  # type: ignore[union-attr]
    assert second.cookie is None
    assert (counts(site)["users"], counts(site)["sessions"]) == (1, 1)
    assert site.browser().ask(everything).value == {}


def test_keys_that_are_set_before_the_headers_are_one_commit(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))
    before = site.visit(ada).user.events.newest()
    ada.ask(sets(a=2, b=3, c=4))
    events = site.visit(ada).user.events.after(before).items
    assert [event.kind for event in events] == ["state.changed"]


def test_what_is_as_it_was_is_not_written(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=[1], b="x"))
    before = site.visit(ada).user.events.newest()
    ada.ask(lambda session: [session["a"], session["b"], session.modified])
    ada.ask(lambda session: session.update(b=session["b"], a=list(session["a"])))
    assert site.visit(ada).user.events.newest() == before


# -- values ---------------------------------------------------------------------------------------


def test_what_was_changed_in_place_is_saved(site: Site, ada: Browser) -> None:
    ada.ask(sets(cart=[], deep={"a": {"b": [1]}}))

    def change(session: Any) -> bool:
        session["cart"].append("lamp")
        session["deep"]["a"]["b"].append(2)
        assert session["cart"] is session["cart"]
        return bool(session.modified)

    assert ada.ask(change).value is True
    assert ada.ask(everything).value == {"cart": ["lamp"], "deep": {"a": {"b": [1, 2]}}}


def test_a_value_that_was_just_set_may_be_changed_too(site: Site, ada: Browser) -> None:
    ada.ask(lambda session: session.setdefault("cart", []).append(1))
    assert ada.ask(everything).value == {"cart": [1]}


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        ("thing", object(), Invalid),
        ("thing", {"deep": [1, {2, object()}]}, Invalid),
        ("thing", float("nan"), Invalid),
        ("thing", "x" * 50_000_000, LimitExceeded),
        ("thing", ["x" * 50_000_000], LimitExceeded),
        (1, "text", Invalid),
        ("", "text", Invalid),
        ("x" * 5000, "text", LimitExceeded),
        ("half \ud800", "text", Invalid),
    ],
    ids=str.split("object deep nan huge list number empty long surrogate"),
)
def test_what_cannot_be_kept_is_refused_where_it_is_set(
    site: Site, ada: Browser, key: Any, value: Any, error: Any
) -> None:
    ada.ask(sets(a=1))

    def attempt(session: Any) -> str:
        session["b"] = 2
        with pytest.raises(error) as caught:
            session[key] = value
        assert session.get(key) is None
        assert key not in session
        return str(caught.value)

    message = ada.ask(attempt).value
    assert key != "thing" or "'thing'" in message
    assert ada.ask(everything).value == {"a": 1, "b": 2}


def test_what_was_changed_into_something_else_is_refused_when_it_is_saved(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=[]))
    answer = ada.ask(lambda session: session["a"].append(object()))
    assert answer.status == 500
    assert ada.ask(everything).value == {"a": []}


def test_it_is_a_mapping_like_any_other(site: Site, ada: Browser) -> None:
    def use(session: Any) -> None:
        session.update(a=1, b=2, c=3, d=4)
        assert session.pop("a") == 1
        assert session.pop("a", 7) == 7
        del session["b"]
        with pytest.raises(KeyError):
            del session["b"]
        with pytest.raises(KeyError):
            session["b"]
        assert sorted(session.items()) == [("c", 3), ("d", 4)]
        assert session == {"c": 3, "d": 4}
        assert session.copy() == {"c": 3, "d": 4}
        assert session.setdefault("c", 9) == 3
        assert "3" not in repr(session)

    ada.ask(use)
    assert ada.ask(everything).value == {"c": 3, "d": 4}
    ada.ask(use)
    assert ada.ask(everything).value == {"c": 3, "d": 4}


def test_clear_empties_the_state_and_leaves_the_rest(site: Site, ada: Browser) -> None:
    ada.ask(lambda session: session.update(a=1, b=2) or current_session().messages.append("user", "x").seq)
    id = site.session(ada).id

    def clear(session: Any) -> Any:
        site.session(ada).state.set(later=1)
        session.clear()
        assert dict(session) == {}
        session["c"] = 3
        return dict(session)

    assert ada.ask(clear).value == {"c": 3}
    assert ada.ask(everything).value == {"c": 3}
    assert site.session(ada).id == id
    assert len(site.session(ada).messages.last()) == 1
    assert site.browser().ask(lambda session: session.clear()).cookie is None


def test_after_clear_a_key_can_be_read_and_set_anew(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1, b=2))
    assert ada.ask(lambda session: session.clear() or session.setdefault("a", 5)).value == 5
    assert ada.ask(everything).value == {"a": 5}


# -- two at once ----------------------------------------------------------------------------------


def raced(site: Site, browser: Browser, change: Callable[[Any], None], **other: Any) -> Callable[[Any], None]:
    """A request during which another one sets keys, after this one has read them."""

    def work(session: Any) -> None:
        for key in other:
            session.get(key)
        site.session(browser).state.set(other)
        change(session)

    return work


def test_of_two_that_read_a_key_and_set_it_one_wins_and_the_other_is_told(site: Site, ada: Browser) -> None:
    ada.ask(sets(n=1))
    answer = ada.ask(raced(site, ada, lambda session: session.update(n=session["n"] + 1, m=1), n=10))
    assert answer.status == 409
    assert answer.header("content-type") == "application/problem+json"
    assert b"state_conflict" in answer.body
    assert "no-store" in (answer.header("cache-control") or "")
    assert ada.ask(everything).value == {"n": 10}
    assert site.conflicts() == 1
    assert ada.ask(lambda session: session.update(n=session["n"] + 1)).status == 200
    assert ada.ask(everything).value == {"n": 11}


@pytest.mark.parametrize(
    "change",
    [
        lambda session: session["cart"].append("mine"),
        lambda session: session.pop("cart"),
        lambda session: session.update(cart=[]),
    ],
    ids=["in place", "pop", "set"],
)
def test_every_way_of_changing_what_was_read_can_lose(site: Site, ada: Browser, change: Any) -> None:
    ada.ask(sets(cart=["old"]))
    assert ada.ask(raced(site, ada, lambda session: change(session) and None, cart=["theirs"])).status == 409
    assert ada.ask(everything).value == {"cart": ["theirs"]}


def test_a_key_that_nobody_had_set_counts_as_read_too(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))
    assert ada.ask(raced(site, ada, lambda session: session.update(n=1), n=10)).status == 409


def test_with_a_log_the_winner_stays_and_the_other_keys_are_saved(
    build: Callable[..., Site], caplog: pytest.LogCaptureFixture
) -> None:
    site = build(on_conflict="log")
    ada = site.browser()
    ada.ask(sets(n=1))
    answer = ada.ask(raced(site, ada, lambda session: session.update(n=2, m=3), n=10))
    assert answer.status == 200
    assert ada.ask(everything).value == {"n": 10, "m": 3}
    assert site.conflicts() == 1
    assert "'n'" in caplog.text


def test_what_was_not_read_is_simply_set(site: Site, ada: Browser) -> None:
    ada.ask(sets(n=1))

    def work(session: Any) -> None:
        session["n"] = 5
        site.session(ada).state.set(n=10, other=1)

    assert ada.ask(work).status == 200
    assert ada.ask(everything).value == {"n": 5, "other": 1}


def test_two_that_count_to_the_same_number_are_a_conflict(site: Site, ada: Browser) -> None:
    ada.ask(sets(n=1))
    assert ada.ask(raced(site, ada, lambda session: session.update(n=session["n"] + 1), n=2)).status == 409


def test_a_request_may_save_by_itself_and_try_again(site: Site, ada: Browser) -> None:
    ada.ask(sets(n=1))

    def work(session: Any) -> Any:
        assert session["n"] == 1
        site.session(ada).state.set(n=10)
        session["n"] += 1
        with pytest.raises(StateConflict, match="incr"):
            session.save()
        session["n"] += 1
        session.save()
        return site.session(ada).state.get("n")

    assert ada.ask(work).value == 11


def test_counting_loses_no_count(site: Site, ada: Browser) -> None:
    def work(session: Any) -> Any:
        session["n"] = 5
        first = session.incr("n")
        if site.visit(ada).session():
            site.session(ada).state.incr("n", 100)
        return [first, session.incr("n", 2), session["n"]]

    assert ada.ask(work).value == [6, 8, 8]
    assert ada.ask(work).value == [6, 108, 108]
    answer = ada.ask(lambda session: session.update(word="x") or session.incr("word"))
    assert isinstance(answer.error, Invalid)


def test_what_is_written_beside_the_mapping_is_seen_in_it(site: Site, ada: Browser) -> None:
    def work(session: Any) -> Any:
        session["a"] = 1
        current_session().state.incr("n")
        assert session["n"] == 1
        current_session().state.incr("n")
        session["n"] += 1
        return dict(session)

    assert ada.ask(work).value == {"a": 1, "n": 3}
    assert ada.ask(everything).value == {"a": 1, "n": 3}
