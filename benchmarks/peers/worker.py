"""Does what a line of JSON says, and answers with one: `python worker.py ADAPTER FOLDER`.

Runs in the environment of what its adapter speaks to, so it needs nothing but the standard
library. An adapter is the module of that name beside this one, with a class `Adapter`.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Answer = dict[str, Any]

TEXT = "It rose twice a day. " * 10
STEP = 500


class Adapter(Protocol):
    """A peer in the words of the figures. What it does not have raises `NotImplementedError`."""

    threads: bool
    """True when many at once are threads; its coroutines then never suspend. Else they are tasks."""

    async def open(self, folder: Path) -> None: ...
    async def close(self) -> None: ...

    async def fill(self, session: str, messages: int, text: str) -> None:
        """Lengthens a conversation, in the fastest way there is."""
        ...

    async def append(self, session: str, text: str) -> None:
        """One message, by a caller who has the session in hand."""
        ...

    async def request(self, session: str, text: str) -> None:
        """One message, by a caller who comes with an id only."""
        ...

    async def last(self, session: str, count: int) -> int: ...
    async def texts(self, session: str) -> list[str]: ...
    async def create(self, session: str) -> None: ...
    async def newest(self, count: int) -> int: ...
    async def increment(self, session: str) -> None: ...
    async def total(self, session: str) -> int: ...


def _driven(coroutine: Coroutine[Any, Any, T]) -> T:
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise RuntimeError("it suspended")


async def _at_once(adapter: Adapter, parts: list[Callable[[], Coroutine[Any, Any, T]]]) -> list[T]:
    if not adapter.threads:
        return await asyncio.gather(*(part() for part in parts))
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(parts)) as pool:
        return list(pool.map(lambda part: _driven(part()), parts))


async def _timed(call: Callable[[], Awaitable[Any]], calls: int, seconds: float) -> Answer:
    """The time of each call, as many as fit; the first, which finds everything cold, is not counted."""
    taken: list[float] = []
    end = time.monotonic() + seconds
    await call()
    while len(taken) < calls and (not taken or time.monotonic() < end):
        before = time.perf_counter()
        await call()
        taken.append(time.perf_counter() - before)
    return {"taken": taken}


async def _repeated(call: Callable[[int], Awaitable[Any]], times: int, seconds: float) -> Answer:
    """So many calls; counts what returned, and by kind what did not."""
    errors: Counter[str] = Counter()
    done = 0
    end = time.monotonic() + seconds
    for number in range(times):
        if time.monotonic() > end:
            break
        try:
            await call(number)
        except Exception as problem:  # noqa: BLE001 - that it fails is the figure
            errors[type(problem).__name__] += 1
        else:
            done += 1
    return {"done": done, "errors": errors}


def _sum(answers: list[Answer], seconds: float) -> Answer:
    errors: Counter[str] = Counter()
    for answer in answers:
        errors.update(answer["errors"])
    return {"done": sum(a["done"] for a in answers), "errors": errors, "seconds": seconds}


async def fill(adapter: Adapter, *, session: str, messages: int, seconds: float) -> Answer:
    """Up to so many messages, or as far as the time goes."""
    end = time.monotonic() + seconds
    reached = 0
    while reached < messages and time.monotonic() < end:
        step = min(STEP, messages - reached)
        await adapter.fill(session, step, TEXT)
        reached += step
    return {"reached": reached}


async def append(adapter: Adapter, *, session: str, calls: int, seconds: float) -> Answer:
    return await _timed(lambda: adapter.append(session, TEXT), calls, seconds)


async def last(adapter: Adapter, *, session: str, count: int, calls: int, seconds: float) -> Answer:
    return await _timed(lambda: adapter.last(session, count), calls, seconds)


async def create(adapter: Adapter, *, count: int, seconds: float) -> Answer:
    end = time.monotonic() + seconds
    reached = 0
    while reached < count and time.monotonic() < end:
        await adapter.create(f"listed-{reached}")
        reached += 1
    return {"reached": reached}


async def newest(adapter: Adapter, *, count: int, calls: int, seconds: float) -> Answer:
    return await _timed(lambda: adapter.newest(count), calls, seconds)


async def burst(adapter: Adapter, *, session: str, name: str, times: int, seconds: float) -> Answer:
    """One after the other, each as a request would."""
    return await _repeated(lambda n: adapter.request(session, f"{name} {n}"), times, seconds)


async def crowd(adapter: Adapter, *, sessions: list[str], times: int, seconds: float) -> Answer:
    """One caller a session, all at once."""

    async def one(session: str) -> Answer:
        return await _repeated(lambda _: adapter.append(session, TEXT), times, seconds)

    before = time.perf_counter()
    answers = await _at_once(adapter, [lambda s=session: one(s) for session in sessions])  # type: ignore[misc]
    return _sum(answers, time.perf_counter() - before)


async def count(adapter: Adapter, *, session: str, callers: int, times: int, seconds: float) -> Answer:
    """Increments of one counter by many callers at once."""

    async def one() -> Answer:
        return await _repeated(lambda _: adapter.increment(session), times, seconds)

    before = time.perf_counter()
    answers = await _at_once(adapter, [one] * callers)
    return _sum(answers, time.perf_counter() - before)


async def total(adapter: Adapter, *, session: str) -> Answer:
    return {"total": await adapter.total(session)}


async def texts(adapter: Adapter, *, session: str) -> Answer:
    return {"texts": await adapter.texts(session)}


async def saturate(adapter: Adapter, *, session: str, begin: float, seconds: float) -> Answer:
    """Appends without a pause from `begin` on (seconds since 1970)."""
    await adapter.append(session, TEXT)
    await asyncio.sleep(max(0.0, begin - time.time()))
    end = time.perf_counter() + seconds
    taken: list[float] = []
    now = time.perf_counter()
    while now < end:
        await adapter.append(session, TEXT)
        after = time.perf_counter()
        taken.append(after - now)
        now = after
    taken.sort()
    return {"done": len(taken), "p99": taken[int(len(taken) * 0.99)], "worst": taken[-1]}


OPERATIONS: dict[str, Callable[..., Awaitable[Answer]]] = {
    operation.__name__: operation
    for operation in (fill, append, last, create, newest, burst, crowd, count, total, texts, saturate)
}


async def serve(adapter: Adapter, folder: Path, out: int) -> None:
    opened = False
    for line in sys.stdin:
        given = json.loads(line)
        try:
            if not opened:
                await adapter.open(folder)
                opened = True
            answer = await OPERATIONS[given.pop("do")](adapter, **given)
        except NotImplementedError:
            answer = {"absent": True}
        except Exception as problem:  # noqa: BLE001 - told to who asked
            told = (str(problem).splitlines() or [""])[0]
            answer = {"failed": f"{type(problem).__name__}: {told}"[:200]}
        os.write(out, json.dumps(answer).encode() + b"\n")
    if opened:
        await adapter.close()


if __name__ == "__main__":
    only = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints is no answer
    adapter: Adapter = import_module(sys.argv[1]).Adapter()
    asyncio.run(serve(adapter, Path(sys.argv[2]), only))
