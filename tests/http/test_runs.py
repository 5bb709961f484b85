"""Answers: what a responder says is told as it comes and kept, whoever listens."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from tests.http.running import running, until
from tests.http.test_journeys import events
from tests.http.visitors import Visitor, app_of, made, mine, problem, visited

from sojourn import AsyncSojourn, Settings, Unavailable
from sojourn.models import Citation, Place
from sojourn.ports import Delta, Question
from sojourn.server.runs import shortened

CITATION = Citation(1, "doc_1", "A", 3, "words", Place(page=2), "handbook")


class Scripted:
    """Says what its question says."""

    title = "Scripted"

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.go_on = threading.Event()

    async def respond(self, question: Question) -> AsyncIterator[Delta]:
        self.questions.append(question)
        if question.text == "fail":
            yield Delta("half")
            raise Unavailable("The model is away.")
        if question.text == "break":
            raise RuntimeError("secret words")
        if question.text == "endless":
            while True:
                yield Delta("x" * 10_000)
        if question.text == "nothing":
            return
        yield Delta("one ")
        yield Delta("two", CITATION)
        if question.text == "wait":
            await asyncio.to_thread(self.go_on.wait, 30)
        yield Delta(" three\n\ndata: four")


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture
def app(folder: Path, settings: Settings, scripted: Scripted) -> FastAPI:
    return app_of(AsyncSojourn.open(f"sqlite:///{folder}", settings=settings), responder=scripted)


@pytest.fixture
def ada(app: FastAPI) -> Iterator[Visitor]:
    with visited(app) as visitor:
        yield visitor


@pytest.fixture
def asked(ada: Visitor) -> Callable[[str], str]:
    """Asks something in a session of its own; answers the path of the session."""

    def ask(text: str) -> str:
        session = ada.session()
        ada.say(session["id"], text)
        return mine(session["id"])

    return ask


STREAM = {"Accept": "text/event-stream"}


def test_words_and_citations_stay_in_order(ada: Visitor, asked: Callable[[str], str]) -> None:
    path = asked("tell")
    told = events(ada.post(f"{path}/runs", headers=STREAM).text)
    message = told[-1][1]
    assert [part["type"] for part in message["parts"]] == ["text", "citation", "text"]
    assert message["text"] == "one two three\n\ndata: four"
    assert message["parts"][1] == {
        "type": "citation",
        "number": 1,
        "document_id": "doc_1",
        "document_name": "A",
        "chunk": 3,
        "quote": "words",
        "place": {"page": 2},
        "corpus": "handbook",
    }
    assert [name for name, _ in told if name != "delta"] == ["start", "citation", "done"]


def test_an_answer_sees_the_newest_messages(ada: Visitor, scripted: Scripted) -> None:
    session = ada.session()
    for number in range(25):
        ada.say(session["id"], f"message {number}")
    made(ada.post(f"{mine(session['id'])}/runs"))
    question = scripted.questions[0]
    assert [message.text for message in question.messages] == [f"message {n}" for n in range(5, 25)]
    assert question.documents == 0


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("fail", 503, "unavailable"),
        ("break", 502, "answer_failed"),
        ("nothing", 502, "answer_failed"),
        ("endless", 413, "limit_exceeded"),
    ],
)
def test_an_answer_that_fails_is_a_problem_and_can_be_asked_for_again(
    ada: Visitor, asked: Callable[[str], str], text: str, status: int, code: str
) -> None:
    path = asked(text)
    answer = ada.post(f"{path}/runs")
    problem(answer, status, code)
    assert ("retry-after" in answer.headers) is (status == 503)
    streamed = ada.post(f"{path}/runs", headers=STREAM)
    name, data = events(streamed.text)[-1]
    assert (name, data["code"], data["status"]) == ("problem", code, status)
    assert "secret words" not in answer.text + streamed.text
    assert len(ada.get(f"{path}/messages").json()["items"]) == 1


def test_nothing_to_answer_is_a_conflict(ada: Visitor) -> None:
    session = ada.session()
    problem(ada.post(f"{mine(session['id'])}/runs"), 409, "conflict")
    ada.say(session["id"], "I am the assistant", role="assistant")
    problem(ada.post(f"{mine(session['id'])}/runs"), 409, "conflict")
    problem(ada.post(f"{mine(session['id'])}/runs", json={"model": "mine"}), 422, "invalid", "model")


def test_one_answer_at_a_time(
    ada: Visitor, bob: Visitor, asked: Callable[[str], str], scripted: Scripted
) -> None:
    path = asked("wait")
    with ThreadPoolExecutor(1) as others:
        first = others.submit(ada.post, f"{path}/runs", headers=STREAM)
        until(lambda: bool(scripted.questions))
        headers = {"Authorization": f"Bearer {ada.token}"}
        problem(bob.post(f"{path}/runs", headers=headers), 409, "conflict")
        more = made(bob.post(f"{path}/messages", json={"text": "and this"}, headers=headers))
        scripted.go_on.set()
        message = events(first.result().text)[-1][1]
    question = ada.get(f"{path}/messages").json()["items"][0]
    assert more["seq"] == 2
    assert (message["seq"], message["metadata"]) == (3, {"answers": question["id"]})


@pytest.mark.parametrize("gone", ["erased", "closed"])
def test_an_answer_to_a_session_that_went_is_told(
    ada: Visitor, bob: Visitor, asked: Callable[[str], str], scripted: Scripted, gone: str
) -> None:
    path = asked("wait")
    with ThreadPoolExecutor(1) as others:
        run = others.submit(ada.post, f"{path}/runs", headers=STREAM)
        until(lambda: bool(scripted.questions))
        headers = {"Authorization": f"Bearer {ada.token}"}
        if gone == "erased":
            assert bob.delete(path, params={"erase": "true"}, headers=headers).status_code == 200
        else:
            assert bob.patch(path, json={"closed": True}, headers=headers).status_code == 200
        scripted.go_on.set()
        name, data = events(run.result().text)[-1]
    assert name == "problem"
    assert data["code"] == ("session_gone" if gone == "erased" else "session_closed")


@pytest.fixture
def browser(app: FastAPI) -> Iterator[httpx2.Client]:
    with running(app) as port, httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        made(client.post("/v1/sessions/me", json={}))
        yield client


def test_an_answer_goes_on_when_its_reader_leaves(browser: httpx2.Client, scripted: Scripted) -> None:
    [session] = browser.get("/v1/sessions/me").json()["items"]
    path = mine(session["id"])
    made(browser.post(f"{path}/messages", json={"text": "wait"}))
    with browser.stream("POST", f"{path}/runs", json={}, headers=STREAM) as run:
        first = next(chunk for chunk in run.iter_text() if "delta" in chunk)
        assert "three" not in first
    scripted.go_on.set()
    until(lambda: len(browser.get(f"{path}/messages").json()["items"]) == 2)
    assert browser.get(f"{path}/messages").json()["items"][1]["text"].endswith("four")


def test_a_stream_ends_when_the_app_stops_and_its_answer_is_kept(
    app: FastAPI, folder: Path, settings: Settings, scripted: Scripted
) -> None:
    with running(app) as port, httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        session = made(client.post("/v1/sessions/me", json={}))
        path = mine(session["id"])
        made(client.post(f"{path}/messages", json={"text": "wait"}))
        token = client.cookies.jar
        [value] = [cookie.value for cookie in token]
        with client.stream("POST", f"{path}/runs", json={}, headers=STREAM) as run:
            chunks = run.iter_text()
            next(chunk for chunk in chunks if "delta" in chunk)
            app.state.site.stop()
            assert events("".join(chunks))[-1][1]["code"] == "unavailable"
        problem(client.post(f"{path}/runs"), 503, "unavailable")
        scripted.go_on.set()
    again = app_of(AsyncSojourn.open(f"sqlite:///{folder}", settings=settings))
    with Visitor(again) as visitor:
        kept = visitor.get(f"{path}/messages", headers={"Authorization": f"Bearer {value}"}).json()["items"]
    assert kept[1]["text"].endswith("four")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Short", "Short"),
        ("  two\n lines ", "two lines"),
        ("word " * 30, "word word word word word word word word word word word word…"),
        ("x" * 100, "x" * 60 + "…"),
        ("", ""),
    ],
)
def test_a_title_is_the_first_words(text: str, title: str) -> None:
    assert shortened(text) == title
