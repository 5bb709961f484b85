"""Both facades in one test body: a sync handle that is awaited like its twin."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any


class Awaited:
    """Calls on it are awaited; what they answer is wrapped again when it is a handle."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._handle, name)
        return self._call(value) if callable(value) else wrapped(value)

    def _call(self, method: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if method.__name__ in PLAIN:
                return wrapped(method(*args, **kwargs))
            if method.__name__ in CONTEXTS and method.__qualname__ != "Messages.edit":
                return entered(method(*args, **kwargs))

            async def answer() -> Any:
                return wrapped(method(*args, **kwargs))

            return answer()

        return call


PLAIN = {"user", "draft", "typed", "sign"}
"""Methods that are not awaited on the async facade either."""
CONTEXTS = {"edit", "lease"}


def wrapped(value: Any) -> Any:
    """Handles are wrapped; records and values are not."""
    return Awaited(value) if type(value).__module__.startswith("sojourn.sync") else value


@asynccontextmanager
async def entered(context: AbstractContextManager[Any]) -> AsyncIterator[Any]:
    with context as value:
        yield wrapped(value)
