"""Runs an operation over a blocking port: it never waits, so one step takes it to its end."""

from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


def run(coroutine: Awaitable[T]) -> T:
    """What the coroutine returns or raises, without an event loop.

    One that waits for something raises `RuntimeError` naming what it awaits, and is closed.
    """
    steps = coroutine.__await__()
    try:
        steps.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    name = _awaited(coroutine)
    steps.close()
    raise RuntimeError(f"An operation may await nothing but its transaction's verbs; this one awaits {name}.")


def _awaited(coroutine: object) -> str:
    """The innermost thing a suspended coroutine waits for."""
    inner = coroutine
    while (deeper := getattr(inner, "cr_await", None)) is not None:
        inner = deeper
    name: str = getattr(inner, "__qualname__", type(inner).__qualname__)
    return name
