"""Answers by a chat model behind any endpoint that speaks OpenAI's protocol."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from sojourn.errors import BackendError, ConfigError, MissingExtra
from sojourn.ports import Delta, Question
from sojourn.responders.citations import Citations
from sojourn.responders.markers import Markers
from sojourn.responders.prompt import prompt

if TYPE_CHECKING:
    from openai import AsyncOpenAI

T = TypeVar("T")

ANSWER_CHARS = 400_000
"""A model that says more than this is stopped."""
CUT_OFF = "\n\n*The answer ends here: the model's length limit was reached.*"
KEYLESS = "none"
"""Sent to an endpoint that needs no key: the client insists on one."""


class OpenAIChat:
    """Streams the answer of `model`, with its `[n]` markers turned into citations of the hits.

    `base_url` is the endpoint with its `/v1`; None leaves it to the `openai` package and its
    environment variables. Only then is a key from the environment used. `system` takes the
    place of the first words of the system text; the rules about sources follow it always.
    `options` go into the request as they are, `temperature` and the like.
    `silence_seconds` is the longest wait for the next piece, `answer_seconds` for the whole.

    Raises `MissingExtra` when `openai` is not installed, and `ConfigError` when a value does
    not fit. `respond` raises `ConfigError` (key, model or address refused), `Unavailable`
    (worth another try) or `BackendError`, also in the middle of an answer. It tries once.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        system: str | None = None,
        options: Mapping[str, Any] | None = None,
        silence_seconds: float = 60.0,
        answer_seconds: float = 600.0,
    ) -> None:
        try:
            import openai  # noqa: F401  (slow to load: only who asks a model waits)
        except ImportError as problem:
            raise MissingExtra(
                "A model's answers need the openai package: install sojourn[openai]."
            ) from problem
        if not model.strip():
            raise ConfigError("The model has no name.", field="model")
        self.title = model
        self._base_url = None if base_url is None else _endpoint(base_url)
        self._api_key = _key(api_key, base_url)
        self._system = system
        self._options = dict(options or {})
        self._silence = silence_seconds
        self._whole = answer_seconds

    def __repr__(self) -> str:
        return f"OpenAIChat({self.title!r})"

    async def respond(self, question: Question) -> AsyncGenerator[Delta]:
        """The answer as it comes. Citations are numbered from 1 in the order they first appear."""
        messages, hits = prompt(question, self._system)
        markers = Markers(len(hits))
        citations = Citations(hits, question.text)
        async with aclosing(self._pieces(messages)) as pieces:
            async for piece in pieces:
                for delta in citations.deltas(markers.feed(piece)):
                    yield delta
        for delta in citations.deltas(markers.finish()):
            yield delta

    async def _pieces(self, messages: list[dict[str, str]]) -> AsyncGenerator[str]:
        until = asyncio.get_running_loop().time() + self._whole
        # Made anew for each answer, since a client belongs to one event loop; in a thread,
        # since reading the certificates would hold the loop up.
        async with await asyncio.to_thread(self._client) as client:
            request: Any = client.chat.completions.create  # its overloads know no plain dict messages
            stream = await self._step(
                request(model=self.title, messages=messages, stream=True, extra_body=self._options), until
            )
            chars, end = 0, None
            async with stream:
                while (chunk := await self._step(anext(stream, None), until)) is not None:
                    words, end = _read(chunk, end)
                    chars += len(words)
                    if chars > ANSWER_CHARS:
                        raise BackendError("The model did not come to an end and was stopped.")
                    if words:
                        yield words
        if end is None:
            raise BackendError("The model's answer broke off.")
        if end == "content_filter" and chars == 0:
            raise BackendError("The model's endpoint held the answer back.")
        if end == "length":
            yield CUT_OFF

    async def _step(self, step: Awaitable[T], until: float) -> T:
        """Waits for the endpoint. What it raises keeps nothing of the request, which holds the key."""
        from sojourn.responders.failures import failure

        try:
            async with asyncio.timeout_at(min(until, asyncio.get_running_loop().time() + self._silence)):
                return await step
        except Exception as problem:  # noqa: BLE001  (whatever it is, the endpoint failed)
            found = failure(problem)
        raise found

    def _client(self) -> "AsyncOpenAI":
        from openai import AsyncOpenAI

        return AsyncOpenAI(
            api_key=self._api_key, base_url=self._base_url, timeout=self._silence, max_retries=0
        )


def _read(chunk: Any, end: str | None) -> tuple[str, str | None]:
    """The words of a chunk, and why the answer ended if it has; what else it may hold is passed over."""
    words = ""
    for choice in (getattr(chunk, "choices", None) or [])[:1]:
        delta = getattr(choice, "delta", None)
        text = getattr(delta, "content", None) or getattr(delta, "refusal", None)
        words = _storable(text) if isinstance(text, str) else ""
        end = getattr(choice, "finish_reason", None) or end
    return words, end


def _storable(words: str) -> str:
    """Without NUL and halves of surrogate pairs: models that emit single bytes let them slip through."""
    if words.isascii():
        return words.replace("\0", "")
    return words.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _endpoint(url: str) -> str:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits:
        raise ConfigError(
            "base_url must be an http or https address, such as http://127.0.0.1:8080/v1.", field="base_url"
        )
    if parts.username is not None or parts.password is not None:
        raise ConfigError("base_url must not hold a name or password; use api_key.", field="base_url")
    return url


def _key(api_key: str | None, base_url: str | None) -> str | None:
    key = (api_key or "").strip()
    if not key and base_url is None:
        if not os.environ.get("OPENAI_API_KEY"):
            raise ConfigError(
                "The model needs an API key, or the base_url of an endpoint without one.", field="api_key"
            )
        return None
    if not key.isascii() or not all(char.isprintable() and not char.isspace() for char in key):
        raise ConfigError("The API key holds characters that no key has.", field="api_key")
    return key or KEYLESS
