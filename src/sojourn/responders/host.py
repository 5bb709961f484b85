"""Answers by the host app's own code."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable
from inspect import isawaitable

from sojourn.errors import ConfigError
from sojourn.ports import Delta, Question

Pieces = AsyncIterator[str | Delta] | AsyncIterator[str] | AsyncIterator[Delta]
Answer = Callable[[Question], Awaitable[str | Pieces] | Pieces]
"""`async def answer(question)`: returns the whole text or an async iterator, or is an async generator."""


class Host:
    """Asks an async callable of the host app. What the callable raises passes through as it is.

    Raises `ConfigError` when it is not callable, or when what it gives is neither words nor a `Delta`.
    """

    def __init__(self, answer: Answer, title: str = "Answers") -> None:
        if not callable(answer):
            raise ConfigError("The host's answer must be an async function of one question.", field="answer")
        self._answer = answer
        self.title = title

    async def respond(self, question: Question) -> AsyncGenerator[Delta]:
        """The callable's words, as they come. Its iterator is closed when nobody listens any more."""
        given: object = self._answer(question)
        if isinstance(given, str):
            raise ConfigError("The host's answer must be an async function; this one would block.")
        answer = await given if isawaitable(given) else given
        if isinstance(answer, str):
            yield _delta(answer)
            return
        if not isinstance(answer, AsyncIterable):
            raise ConfigError(
                f"The host's answer is a {type(answer).__name__}, not words or an async iterator."
            )
        pieces = aiter(answer)
        try:
            async for piece in pieces:
                yield _delta(piece)
        finally:
            close = getattr(pieces, "aclose", None)
            if close is not None:
                await close()


def _delta(piece: object) -> Delta:
    if isinstance(piece, Delta):
        return piece
    if isinstance(piece, str):
        return Delta(piece)
    raise ConfigError(f"The host's answer holds a {type(piece).__name__}; only words and Delta can be shown.")
