"""Over a blocking port an operation is taken to its end in one step."""

import asyncio
from collections.abc import Generator

import pytest

from sojourn.backends.stepping import run


class Verb:
    """Something that can be awaited and does not wait."""

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


async def double(number: int) -> int:
    await Verb()
    return number * 2


def test_it_answers_what_the_operation_returns() -> None:
    async def operation() -> int:
        return await double(await double(5))

    assert run(operation()) == 20


def test_it_raises_what_the_operation_raises() -> None:
    problem = LookupError("tides")

    async def operation() -> None:
        await double(5)
        raise problem

    with pytest.raises(LookupError) as caught:
        run(operation())
    assert caught.value is problem


def test_it_needs_no_coroutine_just_something_to_await() -> None:
    assert run(Verb()) is None


def test_one_that_waits_is_closed_and_told_what_it_awaited() -> None:
    steps: list[str] = []

    async def inner() -> None:
        try:
            await asyncio.sleep(0)
        finally:
            steps.append("closed")

    async def operation() -> None:
        await inner()
        steps.append("went on")

    with pytest.raises(RuntimeError, match="sleep"):
        run(operation())
    assert steps == ["closed"]


def test_it_runs_inside_a_running_loop() -> None:
    async def caller() -> int:
        return run(double(5))

    assert asyncio.run(caller()) == 10


def test_a_future_of_the_running_loop_is_not_waited_for() -> None:
    async def caller() -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def operation() -> None:
            await future

        with pytest.raises(RuntimeError, match="Future"):
            run(operation())
        assert not future.done()

    asyncio.run(caller())
