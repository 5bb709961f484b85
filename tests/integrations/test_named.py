"""Which session a request is about: one rule, whatever the framework, and never another visitor's."""

import json
from collections.abc import Callable
from inspect import isawaitable
from typing import Any
from urllib.parse import quote

import pytest
from tests.integrations.sites import Answer, Browser, Site

from sojourn import Settings
from sojourn.core.ids import new_id
from sojourn.integrations.flask import Shared
from sojourn.integrations.named import chosen
from sojourn.integrations.refusals import WrongName
from sojourn.testing.clock import FakeClock

PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "query": lambda name: {"at": f"/named?session_id={quote(name)}"},
    "header": lambda name: {"Sojourn_Session": name.encode().decode("latin-1")},
    "json": lambda name: {"body": {"json": {"session_id": name, "text": "hi"}}},
    "form": lambda name: {"body": {"data": {"session_id": name, "text": "hi"}}},
}


async def said(found: Any) -> Any:
    return await found if isawaitable(found) else found


async def read(session: Any) -> Any:
    return await said(session.state.all())


async def named_id(session: Any) -> str:
    return str(session.id)


@pytest.fixture(params=["kept", "ephemeral"])
def settings(request: pytest.FixtureRequest) -> Settings:
    return Settings(durability="process", sessions=request.param, ephemeral_seconds=30 * 86400)


def adds(key: str = "n") -> Callable[[Any], Any]:
    async def work(session: Any) -> list[Any]:
        return [await said(session.state.incr(key)), session.id]

    return work


def ask(browser: Browser, work: Any, name: str | None = None, place: str = "query", **more: Any) -> Answer:
    given = {} if name is None else PLACES[place](name)
    return browser.ask(work, **{"at": "/named", "method": "POST", **given, **more})


def sets(**values: Any) -> Callable[[Any], None]:
    return lambda session: session.update(values)


@pytest.mark.parametrize("place", PLACES)
def test_an_id_is_one_of_the_visitors_own(site: Site, ada: Browser, place: str) -> None:
    ada.ask(sets(n=5))
    other = site.visit(ada).user.sessions.create(title="other").id
    assert ask(ada, adds(), other, place).value == [1, other]
    assert ask(ada, adds(), other, place).value == [2, other]
    assert ada.ask(dict).value == {"n": 5}, "the current one is not moved by it"


@pytest.mark.parametrize("place", PLACES)
def test_anything_else_is_a_key_of_their_own(site: Site, ada: Browser, place: str) -> None:
    ada.ask(sets(n=5))
    for name in ("chat 7", "sésame", "SES_x", "sess", "../../etc", "default", "0"):
        value, id = ask(ada, adds(), name, place).value
        assert value == 1
        assert ask(ada, adds(), name, place).value == [2, id]
        found = site.visit(ada).user.sessions.find(client_key=name)
        assert found is not None
        assert found.id == id
    assert ada.ask(dict).value == {"n": 5}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ["ses_", "ses_x", "ses_" + "0" * 26, "ses_" + "x" * 5000, "ses_\u00e9"])
def test_an_id_that_nobody_has_is_404(site: Site, ada: Browser, place: str, name: str) -> None:
    ada.ask(sets(n=5))
    assert problem(ask(ada, read, name, place), 404) == "not_found"
    assert problem(ask(site.browser(), read, name, place), 404) == "not_found"


@pytest.mark.parametrize("place", PLACES)
def test_another_visitors_session_answers_as_one_that_nobody_has(
    site: Site, ada: Browser, clock: FakeClock, place: str
) -> None:
    ada.ask(sets(n=5))
    hers = site.session(ada).id
    bob = site.browser()
    for _ in range(2):  # before he is anybody, and after
        for work in (read, adds("stolen")):
            foreign = ask(bob, work, hers, place)
            absent = ask(bob, work, new_id("ses", clock.now()), place)
            assert (foreign.status, foreign.body, foreign.headers) == (404, absent.body, absent.headers)
        bob.ask(sets(mine=1))
    assert ada.ask(dict).value == {"n": 5}


@pytest.mark.parametrize("place", PLACES)
def test_a_key_is_each_visitors_own(site: Site, ada: Browser, place: str) -> None:
    bob = site.browser()
    assert ask(ada, adds(), "default", place).value[0] == 1
    assert ask(bob, adds(), "default", place).value[0] == 1
    assert ask(ada, read, "default", place).value == ask(bob, read, "default", place).value == {"n": 1}
    owner = site.visit(bob).user.sessions
    assert len(owner.list().items) == 1


def test_reading_by_a_key_finds_it_empty_and_makes_nothing(site: Site, ada: Browser) -> None:
    for browser in (ada, site.browser()):
        answer = ask(browser, read, "new", method="GET")
        assert (answer.value, answer.cookie) == ({}, None)
        assert answer.header("vary") == "Cookie"
    assert site.outside.counts()["users"] == 0
    ada.ask(sets(n=5))
    assert ask(ada, read, "new").value == {}
    assert len(site.visit(ada).user.sessions.list().items) == 1


def test_nothing_named_is_the_current_session(site: Site, ada: Browser) -> None:
    assert ask(ada, read).value == {}
    assert ask(ada, adds()).value == [1, site.session(ada).id]
    assert ask(ada, adds(), body={"json": {"session_id": None, "text": "x"}}).value[0] == 2
    assert ask(ada, adds(), body={"json": ["session_id"]}).value[0] == 3
    assert (
        ask(ada, adds(), body={"content" if site.url and is_starlette(site) else "data": b"not json"}).value[
            0
        ]
        == 4
    )
    assert ada.ask(dict).value == {"n": 4}


def test_by_id_and_by_key_it_is_the_same_session(site: Site, ada: Browser) -> None:
    _, id = ask(ada, adds(), "chat").value
    assert ask(ada, adds(), id).value == [2, id]
    assert ask(ada, adds(), "chat").value == [3, id]


def test_a_visitors_first_session_is_their_current_one(site: Site, ada: Browser) -> None:
    _, id = ask(ada, adds(), "chat").value
    assert ada.ask(dict).value == {"n": 1}
    assert site.session(ada).id == id
    ask(ada, adds(), "another")
    assert site.session(ada).id == id


def test_one_that_was_closed_is_followed_by_the_next(site: Site, ada: Browser, clock: FakeClock) -> None:
    _, first = ask(ada, adds(), "chat").value
    clock.advance(seconds=1801)
    assert ask(ada, read, "chat").value == {}, "left alone for too long"
    _, second = ask(ada, adds(), "chat").value
    assert second != first
    if site.settings.sessions == "ephemeral":
        assert problem(ask(ada, named_id, first), 410) == "session_gone"
        return
    assert ask(ada, named_id, first).value == first, "by its id it is still there"
    assert problem(ask(ada, adds(), first), 409) == "session_closed"


def test_one_that_was_erased_is_gone(site: Site, ada: Browser) -> None:
    _, id = ask(ada, adds(), "chat").value
    site.session(ada).erase()
    assert problem(ask(ada, read, id), 410) == "session_gone"
    assert ask(ada, read, "chat").value == {}


def test_two_that_begin_by_one_key_at_once_are_in_one(site: Site, ada: Browser) -> None:
    ada.ask(sets(n=5))

    async def raced(session: Any) -> list[Any]:
        site.visit(ada).user.sessions.get_or_create(client_key="chat").state.set(n=10)
        assert await said(session.state.get("n")) is None, "as it was when the request began"
        first = await said(session.state.incr("n"))
        return [first, await said(session.state.get("n")), session.id]

    found = ask(ada, raced, "chat").value
    known = site.visit(ada).user.sessions.find(client_key="chat")
    assert known is not None
    assert found == [11, 11, known.id]


def test_one_may_be_alone_in_it(site: Site, ada: Browser) -> None:
    ada.ask(sets(n=5))

    async def inside(session: Any) -> None:
        before = session.id
        site.visit(ada).user.sessions.get_or_create(client_key="chat")
        stay = session.exclusive(wait_seconds=0)
        await said(stay.__aenter__() if hasattr(stay, "__aenter__") else stay.__enter__())
        assert session.id != before
        await said(stay.renew())
        await said(session.state.incr("n"))
        await said((stay.__aexit__ if hasattr(stay, "__aexit__") else stay.__exit__)(None, None, None))

    assert ask(ada, inside, "chat").status == 200
    found = site.visit(ada).user.sessions.find(client_key="chat")
    assert found is not None
    with found.exclusive(wait_seconds=0):
        pass


BAD: dict[str, dict[str, Any]] = {
    "an empty query": {"at": "/named?session_id="},
    "two in the query": {"at": "/named?session_id=a&session_id=b"},
    "query and header differ": {"at": "/named?session_id=a", "Sojourn_Session": "b"},
    "an empty header": {"Sojourn_Session": ""},
    "NUL": {"at": "/named?session_id=a%00b"},
    "too long": {"at": "/named?session_id=" + "k" * 501},
    "far too long": {"at": "/named?session_id=" + "k" * 30_000},
    "half a surrogate pair": {"body": {"data": b'{"session_id": "\\ud800"}'}},
    "a number": {"body": {"json": {"session_id": 7}}},
    "true": {"body": {"json": {"session_id": True}}},
    "a list": {"body": {"json": {"session_id": ["a"]}}},
    "an object": {"body": {"json": {"session_id": {"$ne": None}}}},
    "empty in JSON": {"body": {"json": {"session_id": ""}}},
    "two in a form": {"body": {"data": {"session_id": ["a", "b"]}}},
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("work", [read, adds()], ids=["read", "write"])
def test_what_can_be_no_name_is_422_and_names_the_field(
    site: Site, ada: Browser, case: str, work: Any
) -> None:
    given = dict(BAD[case])
    if isinstance(given.get("body", {}).get("data"), bytes):
        given = raw(site, given["body"]["data"])
    answer = ask(ada, work, **given)
    assert problem(answer, 422) == "invalid"
    assert json.loads(answer.body)["field"] == "session_id"
    assert answer.cookie is None
    assert site.outside.counts()["users"] == 0


@pytest.mark.parametrize(
    "text",
    [b"{", b"[" * 100_000, b'{"session_id": ' * 50_000, b"\xff\xfe", b'{"n": 1e999}', b"null", b""],
    ids=["cut", "deep", "deep objects", "no UTF-8", "a large number", "null", "empty"],
)
def test_a_body_that_is_no_json_names_nothing(site: Site, ada: Browser, text: bytes) -> None:
    assert ask(ada, adds(), **raw(site, text)).value[0] == 1


def test_the_same_name_in_several_places_is_one(site: Site, ada: Browser) -> None:
    given = {"at": "/named?session_id=a&session_id=a", "Sojourn_Session": "a"}
    assert ask(ada, adds(), **given).value[0] == 1


def test_a_body_is_not_looked_at_beside_a_name_or_in_a_read(site: Site, ada: Browser) -> None:
    body = {"json": {"session_id": "other"}}
    _, id = ask(ada, adds(), at="/named?session_id=a", body=body).value
    assert ask(ada, named_id, "a").value == id
    assert ask(ada, adds(), body=body, method="GET").value[0] == 2, "the current one, by now"


def test_chosen_is_the_rule_itself() -> None:
    assert chosen([]) is None
    assert chosen([None, None]) is None
    assert chosen(["a", None, "a"], header=["a"]) == "a"
    assert chosen([], header=["\u00c3\u00a9"]) == chosen(["\u00e9"]), "header values are bytes, and UTF-8"
    for bad in ([1], [b"a"], [["a"]], ["a", "b"], [""]):
        with pytest.raises(WrongName):
            chosen(bad)
    with pytest.raises(WrongName):
        chosen([], header=["\u00e9"])


# -- shared by the host ---------------------------------------------------------------------------


@pytest.fixture
def sharing(build: Callable[..., Site]) -> Site:
    site = build(shared=Shared("house", "default"))
    house = site.outside.user("house").sessions.get_or_create(client_key="default")
    house.state.set(planets=8)
    return site


def test_without_one_of_their_own_a_visitor_reads_the_one_the_host_shares_and_is_told(sharing: Site) -> None:
    ada = sharing.browser()
    answer = ask(ada, read)
    assert answer.value == {"planets": 8}
    assert answer.header("sojourn-session") == "shared"
    assert answer.cookie is None
    ada.ask(sets(mine=1))
    answer = ask(ada, read)
    assert answer.value == {"mine": 1}
    assert answer.header("sojourn-session") is None


def test_nobody_writes_what_is_shared(sharing: Site) -> None:
    ada = sharing.browser()
    assert problem(ask(ada, adds("planets")), 409) == "shared_session"

    async def renames(session: Any) -> None:
        await said(session.update(title="mine"))

    async def says(session: Any) -> None:
        await said(session.messages.append("user", "hello"))

    async def erases(session: Any) -> None:
        await said(session.erase())

    for work in (renames, says, erases):
        assert problem(ask(ada, work), 409) == "shared_session"
    assert sharing.outside.user("house").sessions.get_or_create(client_key="default").state.all() == {
        "planets": 8
    }


def test_a_name_of_their_own_is_never_the_shared_one(sharing: Site) -> None:
    ada = sharing.browser()
    house = sharing.outside.user("house").sessions.get_or_create(client_key="default").id
    assert problem(ask(ada, read, house), 404) == "not_found"
    answer = ask(ada, read, "default")
    assert (answer.value, answer.header("sojourn-session")) == ({}, None)


def test_unless_the_host_says_so_nothing_is_shared(site: Site, ada: Browser) -> None:
    site.outside.user("house").sessions.get_or_create(client_key="default").state.set(planets=8)
    answer = ask(ada, read)
    assert (answer.value, answer.header("sojourn-session")) == ({}, None)


def is_starlette(site: Site) -> bool:
    return type(site).__name__ == "StarletteSite"


def raw(site: Site, text: bytes) -> dict[str, Any]:
    body = {"content": text} if is_starlette(site) else {"data": text}
    return {"body": body, "Content_Type": "application/json"}


def problem(answer: Answer, status: int) -> str:
    assert (answer.status, answer.header("content-type")) == (status, "application/problem+json"), answer.body
    return str(json.loads(answer.body)["code"])
