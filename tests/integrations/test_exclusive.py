"""One request at a time in a session, for those who ask for it, over all processes."""

import asyncio
import json
from collections.abc import Callable
from typing import Annotated, Any

import flask
import httpx2
import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.responses import StreamingResponse
from starlette.testclient import TestClient
from tests.integrations.sites import HTTPS, Browser, Site

from sojourn import AsyncSojourn, Invalid, LeaseHeld, SessionGone, Settings, Sojourn
from sojourn.aio import AsyncSession
from sojourn.integrations.current import current_session
from sojourn.integrations.flask import current, exclusive
from sojourn.integrations.starlette import alone
from sojourn.integrations.starlette import exclusive as aexclusive
from sojourn.testing.clock import FakeClock


@pytest.fixture(params=["kept", "ephemeral"])
def settings(request: pytest.FixtureRequest) -> Settings:
    return Settings(durability="process", sessions=request.param, ephemeral_seconds=30 * 86400)


def sets(**values: Any) -> Callable[[Any], None]:
    return lambda session: session.update(values)


def holds(session: Any) -> None:
    with current_session().exclusive(wait_seconds=0):
        session["n"] = session.get("n", 0) + 1


def held_by_another(site: Site, browser: Browser) -> Any:
    """Another process is in the visitor's session alone."""
    return site.session(browser).exclusive(wait_seconds=0)


def test_another_process_keeps_it_out_until_it_is_done(site: Site, ada: Browser) -> None:
    ada.ask(sets(n=1))
    with held_by_another(site, ada):
        answer = ada.ask(holds)
        assert answer.status == 409
        assert json.loads(answer.body)["code"] == "lease_held"
        assert answer.header("retry-after") == "1"
        assert ada.ask(dict).value == {"n": 1}, "who does not ask for it is not kept out"
    assert ada.ask(holds).status == 200
    assert ada.ask(dict).value == {"n": 2}


def test_it_keeps_another_process_out(site: Site, ada: Browser) -> None:
    ada.ask(sets(n=1))
    seen: list[str] = []

    def work(session: Any) -> None:
        with current_session().exclusive():
            with pytest.raises(LeaseHeld), held_by_another(site, ada):
                pass
            seen.append("inside")
        with held_by_another(site, ada):
            seen.append("after")

    assert ada.ask(work).status == 200
    assert seen == ["inside", "after"]


def test_it_is_given_back_by_an_error_too_and_nothing_is_saved_by_it(site: Site, ada: Browser) -> None:
    ada.ask(sets(n=1))

    def work(session: Any) -> None:
        with current_session().exclusive():
            session["n"] = 5
            raise LeaseHeld("of something else")

    assert ada.ask(work).status == 409
    assert ada.ask(holds).status == 200
    assert ada.ask(dict).value == {"n": 2}


def test_what_was_read_before_is_read_anew_inside(site: Site, ada: Browser) -> None:
    ada.ask(sets(n=1, cart=["lamp"]))

    def work(session: Any) -> None:
        assert (session["n"], session["cart"]) == (1, ["lamp"])
        site.session(ada).state.set(n=10, cart=["chair"])
        with current_session().exclusive():
            session["n"] += 1
            session["cart"].append("table")
        assert site.session(ada).state.get("n") == 11, "saved before another comes in"

    assert ada.ask(work).status == 200
    assert ada.ask(dict).value == {"n": 11, "cart": ["chair", "table"]}


def test_what_is_written_by_handles_inside_is_seen_too(site: Site, ada: Browser) -> None:
    def work(session: Any) -> list[str]:
        with current_session().exclusive():
            current_session().messages.append("user", "hello")
            session["n"] = current_session().state.incr("n", 5) + 1
        return [message.text for message in site.session(ada).messages.last()]

    ada.ask(sets(n=1))
    assert ada.ask(work).value == ["hello"]
    assert ada.ask(dict).value == {"n": 7}


def test_inside_it_one_may_ask_for_it_again(site: Site, ada: Browser) -> None:
    ada.ask(sets(n=1))

    def work(session: Any) -> None:
        with current_session().exclusive(wait_seconds=0):
            holds(session)
            with pytest.raises(LeaseHeld), held_by_another(site, ada):
                pass
            holds(session)

    assert ada.ask(work).status == 200
    assert ada.ask(dict).value == {"n": 3}
    with held_by_another(site, ada):
        pass


def test_a_newcomer_begins_with_it(site: Site, ada: Browser) -> None:
    assert ada.ask(holds).status == 200
    assert ada.ask(dict).value == {"n": 1}
    assert len(site.visit(ada).user.sessions.list().items) == 1


def test_sessions_do_not_keep_each_other_out(site: Site, ada: Browser) -> None:
    ada.ask(sets(n=1))
    bob = site.browser()
    bob.ask(sets(n=1))
    with held_by_another(site, bob):
        assert ada.ask(holds).status == 200


def test_who_stayed_for_too_long_is_told_and_writes_nothing(
    site: Site, ada: Browser, clock: FakeClock
) -> None:
    ada.ask(sets(n=1))

    def slow(session: Any) -> None:
        with current_session().exclusive(hold_seconds=5):
            session["n"] = session["n"] + 1
            clock.advance(seconds=6)
            with held_by_another(site, ada):
                site.session(ada).state.set(n=50)

    answer = ada.ask(slow)
    assert (answer.status, json.loads(answer.body)["code"]) == (409, "lease_held")
    assert ada.ask(dict).value == {"n": 50}


def test_each_write_inside_renews_it(site: Site, ada: Browser, clock: FakeClock) -> None:
    ada.ask(sets(n=1))

    def busy(session: Any) -> None:
        with current_session().exclusive(hold_seconds=5):
            for _ in range(4):
                clock.advance(seconds=4)
                current_session().messages.append("user", "still here")
            session["n"] = 2

    assert ada.ask(busy).status == 200
    assert ada.ask(dict).value == {"n": 2}


def test_it_can_be_renewed_by_hand(site: Site, ada: Browser, clock: FakeClock) -> None:
    ada.ask(sets(n=1))
    session = site.session(ada)
    with session.exclusive(hold_seconds=5) as stay:
        clock.advance(seconds=4)
        stay.renew()
        clock.advance(seconds=4)
        stay.renew()
        clock.advance(seconds=6)
        with pytest.raises(LeaseHeld):
            stay.renew()
    with pytest.raises(LeaseHeld):
        stay.renew()


def test_a_process_that_died_keeps_it_no_longer_than_that(site: Site, ada: Browser, clock: FakeClock) -> None:
    ada.ask(sets(n=1))
    dead = held_by_another(site, ada)
    dead.__enter__()  # and never out
    assert ada.ask(holds).status == 409
    clock.advance(seconds=60)
    assert ada.ask(holds).status == 200


def test_who_is_signed_out_inside_gives_it_back(
    site: Site, ada: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    ada.ask(sets(n=1))
    session = site.session(ada)

    def work(mapping: Any) -> None:
        with current_session().exclusive():
            mapping["n"] = 2
            site.visit(ada).sign_out()

    assert ada.ask(work).status == 200
    assert session.state.get("n") == 1
    with session.exclusive(wait_seconds=0):
        pass


def test_nobody_is_alone_in_what_is_not_theirs_or_gone(site: Site, ada: Browser) -> None:
    ada.ask(sets(n=1))
    session = site.session(ada)
    session.erase()
    with pytest.raises(SessionGone), session.exclusive():
        pass


@pytest.mark.parametrize(
    "given",
    [
        *({"wait_seconds": bad} for bad in (-1, 3601, "1", float("nan"))),
        *({"hold_seconds": bad} for bad in (0, float("inf"), None)),
    ],
    ids=str,
)
def test_no_wait_is_endless(site: Site, ada: Browser, given: dict[str, Any]) -> None:
    ada.ask(sets(n=1))
    with pytest.raises(Invalid) as refused:
        site.session(ada).exclusive(**given)
    assert refused.value.facts["field"] in given


# -- in their frameworks' own words ---------------------------------------------------------------


def test_a_flask_view_may_be_alone_as_a_whole(flask_app: flask.Flask, outside: Sojourn) -> None:
    @flask_app.post("/add")
    @exclusive(wait_seconds=0)
    def add() -> str:
        flask.session["n"] = flask.session.get("n", 0) + 1
        with pytest.raises(LeaseHeld):
            outside.visit(token()).start().exclusive(wait_seconds=0).__enter__()
        return current.id

    with flask_app.test_client() as client:
        client.get("/set/a/1", base_url=HTTPS)

        def token() -> str:
            cookie = client.get_cookie("__Host-sojourn", domain="app.example")
            assert cookie is not None
            return str(cookie.value)

        for _ in range(2):
            assert client.post("/add", base_url=HTTPS).status_code == 200
        assert client.get("/all", base_url=HTTPS).json == {"a": "1", "n": 2}


@pytest.fixture
def fastapi_sites(fastapi_app: FastAPI) -> FastAPI:
    @fastapi_app.post("/add")
    async def add(request: Request) -> int:
        async with aexclusive(wait_seconds=30):
            n = request.session.get("n", 0)
            await asyncio.sleep(0.001)
            request.session["n"] = n + 1
        return int(n) + 1

    @fastapi_app.post("/add-by-depends")
    async def add_by_depends(request: Request, session: Annotated[AsyncSession, Depends(alone)]) -> str:
        n = request.session.get("m", 0)
        await asyncio.sleep(0.001)
        request.session["m"] = n + 1
        return session.id

    @fastapi_app.post("/stream")
    async def stream(session: Annotated[AsyncSession, Depends(alone)]) -> StreamingResponse:
        async def pieces() -> Any:
            yield "a"
            try:
                async with session.exclusive(wait_seconds=0):
                    yield "still alone"
            except LeaseHeld:
                yield "no longer"

        return StreamingResponse(pieces())

    @fastapi_app.post("/broken")
    async def broken(session: Annotated[AsyncSession, Depends(alone)]) -> None:
        raise ZeroDivisionError

    return fastapi_app


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/add", "/add-by-depends"])
async def test_coroutines_of_one_loop_come_in_one_by_one(fastapi_sites: FastAPI, path: str) -> None:
    transport = httpx2.ASGITransport(fastapi_sites)
    async with httpx2.AsyncClient(transport=transport, base_url=HTTPS) as client:
        await client.get("/set/a/1")
        answers = await asyncio.gather(*(client.post(path) for _ in range(40)))
        assert [answer.status_code for answer in answers] == [200] * 40
        state = (await client.get("/all")).json()
    assert state == {"a": "1", ("n" if path == "/add" else "m"): 40}


def test_a_dependency_lasts_as_long_as_the_answer(fastapi_sites: FastAPI) -> None:
    with TestClient(fastapi_sites, base_url=HTTPS, raise_server_exceptions=False) as client:
        client.get("/set/a/1")
        assert client.post("/stream").text == "astill alone"
        assert client.post("/broken").status_code == 500
        assert client.post("/add").json() == 1, "it was given back"


@pytest.mark.anyio
async def test_who_is_cancelled_while_waiting_or_inside_leaves_nothing_held(url: str) -> None:
    async with AsyncSojourn.open(url) as store:
        session = await store.user("ada").sessions.create()

        async def inside(seconds: float) -> None:
            async with session.exclusive():
                await asyncio.sleep(seconds)

        for delay in (0.0, 0.0001, 0.001, 0.01):
            first, second = (asyncio.ensure_future(inside(60)) for _ in range(2))
            await asyncio.sleep(delay)
            for task in (first, second):
                task.cancel()
            await asyncio.gather(first, second, return_exceptions=True)
            async with session.exclusive(wait_seconds=5):
                pass
