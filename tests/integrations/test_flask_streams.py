"""Streams in Flask: what they write is kept at once, and a newcomer is told in time."""

import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any

import flask
import pytest
from flask import Flask, Response, session, stream_with_context
from flask.testing import FlaskClient

from sojourn import (
    SessionNotStarted,
    Sojourn,
    current_session,
)
from sojourn.integrations.flask import current


@pytest.fixture
def app(flask_app: Flask) -> Flask:
    return flask_app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def cookie(answer: Any) -> str:
    found: str = answer.headers["Set-Cookie"]
    return found


Stream = Callable[[Callable[[], Iterator[str]]], Response]


@pytest.fixture(params=["with context", "bare"])
def stream(request: pytest.FixtureRequest) -> Stream:
    """Answers with a generator, in either of the ways that Flask has."""
    if request.param == "bare":
        return lambda body: Response(body())
    return lambda body: Response(stream_with_context(body()))


def test_a_stream_writes_at_once(app: Flask, client: FlaskClient, outside: Sojourn, stream: Stream) -> None:
    seen: list[Any] = []

    @app.get("/stream")
    def page() -> Response:
        held = session._get_current_object()  # type: ignore[attr-defined]
        held["step"] = 0
        held["cart"] = []
        token = flask.request.cookies[f"sojourn-{outside.id[:6]}"]

        def body() -> Iterator[str]:
            kept = outside.visit(token).session()
            assert kept is not None
            for step in (1, 2, 3):
                held["step"] = step
                seen.append(kept.state.get("step"))
                kept.state.set(theirs=step)
                assert held["theirs"] == step, "a long answer sees what others write"
                yield str(step)
            held["cart"].append("lamp")
            yield current.id

        return stream(body)

    client.get("/set/a/1")
    assert client.get("/stream").text.startswith("123ses_")
    assert seen == [1, 2, 3]
    assert client.get("/all").json == {"a": "1", "cart": ["lamp"], "step": 3, "theirs": 3}
    with pytest.raises(RuntimeError, match="no current session"):
        current_session()


def test_a_newcomer_who_first_writes_in_a_stream_is_told_the_cure(
    app: Flask, client: FlaskClient, outside: Sojourn, stream: Stream, caplog: pytest.LogCaptureFixture
) -> None:
    errors: list[str] = []

    def body(held: Any) -> Iterator[str]:
        try:
            held["late"] = 1
        except SessionNotStarted as error:
            errors.append(str(error))
            assert "late" not in held
        yield "streamed"

    @app.get("/late")
    def late() -> Response:
        held = session._get_current_object()  # type: ignore[attr-defined]
        return stream(lambda: body(held))

    @app.get("/cured")
    def cured() -> Response:
        held = session._get_current_object()  # type: ignore[attr-defined]
        held.start()
        return stream(lambda: body(held))

    answer = client.get("/late")
    assert answer.text == "streamed"
    assert "session.start()" in errors[0]
    assert "Set-Cookie" not in answer.headers
    assert outside.counts()["users"] == 0
    assert "not saved" not in caplog.text

    assert "Set-Cookie" in client.get("/cured").headers
    assert client.get("/all").json == {"late": 1}
    assert len(errors) == 1


def test_a_thread_of_a_stream_has_the_session(app: Flask, client: FlaskClient, stream: Stream) -> None:
    @app.get("/thread")
    def page() -> Response:
        session["a"] = 1
        context = copy_context()

        def body() -> Iterator[str]:
            thread = threading.Thread(target=context.run, args=(current_session().state.incr, "n"))
            thread.start()
            thread.join()
            yield "done"

        return stream(body)

    client.get("/thread")
    assert client.get("/all").json == {"a": 1, "n": 1}
