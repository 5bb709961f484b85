"""What goes wrong with a model: one clear sentence, no secret, and the words that had come."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import aclosing

import pytest
from tests.unit.chat_endpoint import (
    KEY,
    TIDES,
    Endpoint,
    answered,
    chat,
    question,
    shape,
)

from sojourn.errors import BackendError, ConfigError, SojournError, Unavailable
from sojourn.responders import OpenAIChat

# -- failures -----------------------------------------------------------------------------------


def failure_of(responder: OpenAIChat) -> tuple[SojournError, str]:
    """The error, and the words that came before it."""
    came = ""

    async def collect() -> None:
        nonlocal came
        async for delta in responder.respond(question(TIDES)):
            came += shape([delta])

    with pytest.raises(SojournError) as caught:
        asyncio.run(collect())
    return caught.value, came


def told(error: BaseException) -> str:
    """Everything a log could show of an error."""
    chain: list[str] = []
    link: BaseException | None = error
    while link is not None:
        chain += [repr(link), str(link), repr(vars(link))]
        link = link.__cause__ or link.__context__
    return "".join(chain)


@pytest.mark.parametrize(
    ("model", "kind", "words"),
    [
        ("400", BackendError, "refused the request"),
        ("401", ConfigError, "refused the API key"),
        ("403", ConfigError, "refused the API key"),
        ("404", ConfigError, "no such model"),
        ("422", BackendError, "refused the request"),
        ("429", Unavailable, "in 17 seconds"),
        ("quota", Unavailable, "quota"),
        ("500", BackendError, "failed"),
        ("503", Unavailable, "try again later"),
        ("html", BackendError, "broke off"),
        ("filter", BackendError, "held the answer back"),
    ],
)
def test_a_refusal_is_one_clear_sentence_without_secrets(
    endpoint: Endpoint, model: str, kind: type[SojournError], words: str
) -> None:
    error, came = failure_of(chat(endpoint, model))
    assert type(error) is kind
    assert words in str(error) and len(str(error)) < 100
    assert came == ""
    assert KEY not in told(error) and endpoint.url not in told(error)
    assert len(endpoint.requests) == 1, "nothing is tried twice"


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("error", BackendError),
        ("garbage", BackendError),
        ("unfinished", BackendError),
        ("drop", Unavailable),
        ("stall", Unavailable),
        ("pings", Unavailable),
    ],
)
def test_a_failure_in_the_middle_keeps_the_words_before_it_and_is_no_whole_answer(
    endpoint: Endpoint, model: str, kind: type[SojournError]
) -> None:
    endpoint.pieces = ["Half an answer [1]", " and"]
    error, came = failure_of(chat(endpoint, model, silence_seconds=0.4))
    assert type(error) is kind
    assert came == "Half an answer⟨1 paper.pdf⟩ and"
    assert KEY not in told(error)


def test_a_model_that_never_begins_is_given_up(endpoint: Endpoint) -> None:
    error, came = failure_of(chat(endpoint, "hang", silence_seconds=0.3))
    assert type(error) is Unavailable and "in time" in str(error)
    assert came == ""


def test_a_model_that_goes_on_and_on_is_given_up_by_time_and_by_length(endpoint: Endpoint) -> None:
    error, _ = failure_of(chat(endpoint, "endless", answer_seconds=0.0))
    assert type(error) is Unavailable
    error, came = failure_of(chat(endpoint, "endless"))
    assert type(error) is BackendError and "did not come to an end" in str(error)
    assert len(came) <= 400_000


def test_nobody_listening_is_unavailable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        error, _ = failure_of(OpenAIChat("m", base_url=url, api_key=KEY))
    assert type(error) is Unavailable and "cannot be reached" in str(error)
    assert KEY not in told(error) and url not in told(error)


def test_who_stops_listening_ends_the_request(endpoint: Endpoint) -> None:
    endpoint.pieces = ["One ", "two "]

    async def first_words() -> str:
        async with aclosing(chat(endpoint, "stall").respond(question(TIDES))) as deltas:
            return (await anext(deltas)).text

    assert asyncio.run(first_words())
    assert endpoint.left.wait(10)


def test_a_cancelled_answer_is_cancelled_and_not_turned_into_an_error(endpoint: Endpoint) -> None:
    async def cancelled() -> bool:
        asking = asyncio.ensure_future(anext(chat(endpoint, "hang").respond(question(TIDES))))
        assert await asyncio.to_thread(endpoint.asked.wait, 10)
        asking.cancel()
        await asyncio.wait([asking])
        return asking.cancelled()

    assert asyncio.run(asyncio.wait_for(cancelled(), 10))


# -- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: OpenAIChat(" ", base_url="http://127.0.0.1/v1"), "model"),
        (lambda: OpenAIChat("m", base_url="ftp://127.0.0.1/v1"), "base_url"),
        (lambda: OpenAIChat("m", base_url="127.0.0.1:80/v1"), "base_url"),
        (lambda: OpenAIChat("m", base_url="http://[::1/v1"), "base_url"),
        (lambda: OpenAIChat("m", base_url="http://127.0.0.1:99999/v1"), "base_url"),
        (lambda: OpenAIChat("m", base_url=f"http://me:{KEY}@127.0.0.1/v1"), "base_url"),
        (lambda: OpenAIChat("m", base_url="http://127.0.0.1/v1", api_key=f"{KEY}\nX-Evil: 1"), "api_key"),
        (lambda: OpenAIChat("m", base_url="http://127.0.0.1/v1", api_key=f"{KEY}…"), "api_key"),
        (lambda: OpenAIChat("m"), "api_key"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_at_once_by_name(
    build: Callable[[], OpenAIChat], field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ConfigError) as caught:
        build()
    assert caught.value.facts["field"] == field
    assert KEY not in told(caught.value)


def test_white_space_around_a_key_does_no_harm(endpoint: Endpoint) -> None:
    endpoint.pieces = ["ok"]
    answered(OpenAIChat("m", base_url=endpoint.url, api_key=f"{KEY}\n"), question())
    assert endpoint.headers[0]["authorization"] == f"Bearer {KEY}"


def test_its_repr_shows_no_key(endpoint: Endpoint) -> None:
    assert repr(chat(endpoint)) == "OpenAIChat('m')"


def test_the_package_is_loaded_only_for_a_model_and_named_when_it_is_missing() -> None:
    script = """
import sys
import sojourn.responders as responders
assert "openai" not in sys.modules
responders.from_settings(None, None, None)
assert "openai" not in sys.modules
sys.modules["openai"] = None
try:
    responders.from_settings("m", "http://127.0.0.1:1/v1", None)
except responders.openai_chat.MissingExtra as missing:
    assert "sojourn[openai]" in str(missing)
    print("named")
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert ran.stdout == "named\n", ran.stderr
