"""`flask.session` as Flask's own documentation has it, kept in sojourn."""

import threading
from contextvars import copy_context
from typing import Any

import flask
import pytest
from flask import Flask, Response, flash, get_flashed_messages, session
from flask.testing import FlaskClient
from tests.http.running import until

from sojourn import (
    ConfigError,
    Sojourn,
    StateConflict,
    current_async_session,
    current_session,
)
from sojourn.integrations.current import current_visit
from sojourn.integrations.flask import FlaskSojourn, current, visit


@pytest.fixture
def app(flask_app: Flask) -> Flask:
    return flask_app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def cookie(answer: Any) -> str:
    found: str = answer.headers["Set-Cookie"]
    return found


# -- the interface --------------------------------------------------------------------------------


def test_a_visitor_comes_back(client: FlaskClient, app: Flask) -> None:
    client.get("/set/a/1")
    assert client.get("/all").json == {"a": "1"}
    assert app.test_client().get("/all").json == {}


def test_it_can_be_put_in_later_and_into_several_apps(outside: Sojourn) -> None:
    sojourn = FlaskSojourn(store=outside)
    apps = [Flask("one"), Flask("two")]
    for app in apps:
        sojourn.init_app(app)
        app.add_url_rule("/", "n", lambda: {"n": session.incr("n")})  # type: ignore[attr-defined]
        assert app.extensions["sojourn"] is sojourn
    assert [app.test_client().get("/").json for app in apps] == [{"n": 1}, {"n": 1}]
    with pytest.raises(ConfigError, match="FlaskSojourn"):
        FlaskSojourn(Flask("three"))


def test_it_needs_no_secret_key(app: Flask, client: FlaskClient) -> None:
    assert app.secret_key is None
    assert client.get("/set/a/1").status_code == 200


def test_flashes_are_shown_once(app: Flask, client: FlaskClient) -> None:
    app.add_url_rule("/flash", "flash", lambda: flash("Saved.") or "ok")  # type: ignore[func-returns-value]
    app.add_url_rule("/show", "show", lambda: {"found": get_flashed_messages()})
    client.get("/flash")
    client.get("/flash")
    assert client.get("/show").json == {"found": ["Saved.", "Saved."]}
    assert client.get("/show").json == {"found": []}


def test_a_template_sees_it_and_one_that_does_not_ask_costs_nothing(app: Flask, client: FlaskClient) -> None:
    app.add_url_rule("/hello", "hello", lambda: flask.render_template_string("Hello {{ session.name }}"))
    app.add_url_rule("/plain", "plain", lambda: flask.render_template_string("Hello"))
    client.get("/set/name/Ada")
    hello, plain = client.get("/hello"), client.get("/plain")
    assert hello.text == "Hello Ada"
    assert hello.headers["Vary"] == "Cookie"
    assert "Vary" not in plain.headers and "Cache-Control" not in plain.headers


def test_a_session_transaction_of_the_test_client(client: FlaskClient) -> None:
    with client.session_transaction() as held:
        held["user"] = "ada"
        with pytest.raises(RuntimeError, match="no current session"):
            current_session()
    assert client.get("/all").json == {"user": "ada"}
    with client.session_transaction() as held:
        assert held["user"] == "ada"
        del held["user"]
    assert client.get("/all").json == {}
    with pytest.raises(RuntimeError, match="no current session"):
        current_session()


def test_a_client_that_keeps_its_context_sees_the_session(client: FlaskClient) -> None:
    with client:
        client.get("/set/a/1")
        assert session["a"] == "1"
        assert current.state.get("a") == "1"
        client.get("/set/b/2")
        assert dict(session) == {"a": "1", "b": "2"}
    with pytest.raises(RuntimeError, match="no current session"):
        current_session()


def test_a_request_within_a_request_leaves_the_outer_one_as_it_was(app: Flask, client: FlaskClient) -> None:
    other = app.test_client()

    @app.get("/outer")
    def outer() -> dict[str, Any]:
        session["who"] = "outer"
        other.get("/set/who/inner")
        return {"who": current_session().state.get("who", "unsaved"), "kept": session["who"]}

    assert client.get("/outer").json == {"who": "unsaved", "kept": "outer"}
    assert (client.get("/all").json, other.get("/all").json) == ({"who": "outer"}, {"who": "inner"})


def test_an_async_view_has_both_handles(app: Flask, client: FlaskClient) -> None:
    @app.get("/async")
    async def view() -> dict[str, Any]:
        session["a"] = 1
        await current_async_session().messages.append("user", "awaited")
        current.messages.append("user", "not awaited")
        return {"count": len(await current_async_session().messages.last())}

    assert client.get("/async").json == {"count": 2}
    assert client.get("/all").json == {"a": 1}


def test_after_an_error_what_was_set_stays(app: Flask, client: FlaskClient) -> None:
    @app.get("/fails")
    def fails() -> str:
        session["before"] = 1
        raise ZeroDivisionError

    app.testing = False
    answer = client.get("/fails")
    assert answer.status_code == 500
    assert "Set-Cookie" in answer.headers
    assert client.get("/all").json == {"before": 1}


def test_current_and_visit_are_the_whole_of_it(app: Flask, client: FlaskClient, outside: Sojourn) -> None:
    app.add_url_rule("/say", "say", lambda: {"seq": current.messages.append("user", "hello").seq})
    app.add_url_rule("/out", "out", lambda: visit.sign_out() or "bye")  # type: ignore[func-returns-value]
    assert [client.get("/say").json, client.get("/say").json] == [{"seq": 1}, {"seq": 2}]
    assert "Max-Age=0" in cookie(client.get("/out"))
    assert client.get("/say").json == {"seq": 1}
    assert outside.counts()["users"] == 2


def test_closing_the_store_ends_whoever_watches_through_a_request(app: Flask, client: FlaskClient) -> None:
    threads: list[threading.Thread] = []
    seen: list[str] = []

    def watch() -> None:
        seen.extend(event.kind for event in current_visit().user.events.watch(after=0))

    @app.get("/watch")
    def page() -> str:
        session.start()
        session.save()
        threads.append(threading.Thread(target=copy_context().run, args=(watch,), daemon=True))
        threads[0].start()
        until(lambda: "session.created" in seen)
        return "watching"

    assert client.get("/watch").text == "watching"
    interface: Any = app.session_interface
    interface._store.close()
    threads[0].join(30)
    assert not threads[0].is_alive()


# -- a conflict -----------------------------------------------------------------------------------


def raced(app: Flask, outside: Sojourn, client: FlaskClient) -> None:
    """A page during which another request changes what it has read."""

    @app.get("/raced")
    def page() -> Response:
        found = session.get("n")
        token = flask.request.cookies.get(f"sojourn-{outside.id[:6]}")
        other = outside.visit(token).session()
        assert other is not None
        other.state.set(n="theirs")
        session["n"] = f"{found} and mine"
        session["more"] = 1
        return Response((piece for piece in ["all ", "is well"]), headers={"X-Own": "1", "ETag": '"1"'})

    client.get("/set/n/1")


def test_a_lost_change_is_answered_409(app: Flask, outside: Sojourn, client: FlaskClient) -> None:
    raced(app, outside, client)
    app.testing = False
    answer = client.get("/raced")
    assert answer.status_code == 409
    assert answer.mimetype == "application/problem+json"
    assert answer.json is not None and answer.json["code"] == "state_conflict"
    assert "X-Own" not in answer.headers and "ETag" not in answer.headers
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert client.get("/all").json == {"n": "theirs"}


@pytest.mark.parametrize("how", ["testing", "debug"])
def test_whoever_tests_the_app_is_given_the_error(
    app: Flask, outside: Sojourn, client: FlaskClient, how: str
) -> None:
    raced(app, outside, client)
    app.testing, app.debug = how == "testing", how == "debug"
    with pytest.raises(StateConflict, match="'n'"):
        client.get("/raced")
    assert client.get("/all").json == {"n": "theirs"}
