"""Answers by the host app, and the choice between those who can answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from sojourn.errors import ConfigError
from sojourn.models import Citation, Message, Place, Text
from sojourn.ports import Delta, Question, Responder
from sojourn.responders import Host, OpenAIChat, Quotes, from_settings

CITED = Citation(number=1, document_id="fil_1", document_name="a.txt", chunk=0, quote="q", place=Place())
ASKED = Question(
    messages=[Message(id="m", seq=1, role="user", parts=(Text("How deep?"),), created_ms=0)], hits=[]
)


def answered(responder: Responder) -> list[Delta]:
    async def collect() -> list[Delta]:
        return [delta async for delta in responder.respond(ASKED)]

    return asyncio.run(collect())


async def whole(question: Question) -> str:
    return f"You asked: {question.text}"


async def pieces(question: Question) -> AsyncIterator[str | Delta]:
    yield "Seven "
    yield Delta("metres")
    yield Delta(citation=CITED)


async def returned(question: Question) -> AsyncIterator[str | Delta]:
    return pieces(question)


def test_the_whole_answer_may_be_one_string() -> None:
    assert answered(Host(whole)) == [Delta("You asked: How deep?")]


@pytest.mark.parametrize("answer", [pieces, returned], ids=["generator", "returns an iterator"])
def test_an_answer_may_come_in_pieces_of_words_and_deltas(answer: Any) -> None:
    assert answered(Host(answer)) == [Delta("Seven "), Delta("metres"), Delta(citation=CITED)]


def test_the_title_is_the_hosts_to_choose() -> None:
    assert Host(whole).title == "Answers"
    assert Host(whole, title="Harbour pilot").title == "Harbour pilot"


def test_what_the_host_raises_passes_through() -> None:
    async def broken(question: Question) -> str:
        raise KeyError("pilot")

    with pytest.raises(KeyError, match="pilot"):
        answered(Host(broken))


def test_an_answer_of_the_wrong_kind_is_refused_with_its_name() -> None:
    async def number(question: Question) -> Any:
        return 7

    async def mixed(question: Question) -> Any:
        yield "Seven "
        yield b"metres"

    def blocking(question: Question) -> Any:
        return "Seven metres"

    for answer, words in [(number, "int"), (mixed, "bytes"), (blocking, "async")]:
        with pytest.raises(ConfigError, match=words):
            answered(Host(answer))
    with pytest.raises(ConfigError, match="async function"):
        Host("Seven metres")  # type: ignore[arg-type]


def test_the_hosts_iterator_is_closed_when_nobody_listens_any_more() -> None:
    closed: list[bool] = []

    async def endless(question: Question) -> AsyncIterator[str]:
        try:
            while True:
                yield "more "
        finally:
            closed.append(True)

    async def first() -> None:
        async with aclosing(Host(endless).respond(ASKED)) as deltas:
            assert await anext(deltas) == Delta("more ")
            assert closed == []
        assert closed == [True]

    asyncio.run(first())


def test_without_a_model_answers_are_quoted() -> None:
    assert isinstance(from_settings(None, None, None), Quotes)
    assert isinstance(from_settings("", "", "sk-for-something-else"), Quotes)


def test_a_model_is_asked_when_there_is_one() -> None:
    responder = from_settings("tiny-chat", "http://127.0.0.1:1/v1", None)
    assert isinstance(responder, OpenAIChat)
    assert responder.title == "tiny-chat"


def test_an_address_without_a_model_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        from_settings(None, "http://127.0.0.1:1/v1", None)
    assert caught.value.facts["field"] == "model"
