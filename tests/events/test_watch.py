"""Watching a log: every entry once, in order, as it comes, until the watcher or the store stops."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from sojourn import AsyncSojourn, Sojourn
from sojourn.config import Settings
from sojourn.errors import BackendError
from sojourn.models import Event

SETTINGS = Settings(durability="process", event_count=100)
PATIENCE = 60.0


@pytest.fixture(params=["sqlite", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}" if request.param == "sqlite" else "memory://"


@pytest.fixture
def store(url: str) -> Iterator[Sojourn]:
    with Sojourn.open(url, settings=SETTINGS) as store:
        yield store


class Watching:
    """A thread that watches until it has seen enough, or the store closes."""

    def __init__(self, watch: Iterator[Event], most: int) -> None:
        self.seen: list[Event] = []
        self._watch = watch
        self._most = most
        self._thread = Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        for event in self._watch:
            self.seen.append(event)
            if len(self.seen) == self._most:
                return

    def end(self) -> list[int]:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        return [event.n for event in self.seen]


def numbers(watch: Iterator[Event], count: int) -> list[int]:
    return [event.n for _, event in zip(range(count), watch, strict=False)]


# -- blocking -----------------------------------------------------------------------------------


def test_what_is_there_comes_first_and_then_what_comes(store: Sojourn) -> None:
    ada = store.user("ada")
    session = ada.sessions.create()
    session.messages.append("user", "One")
    watching = Watching(ada.events.watch(after=0), 12)
    for n in range(10):
        session.state.set(n=n)
    assert watching.end() == [*range(1, 13)]
    assert [event.kind for event in watching.seen[:3]] == [
        "session.created",
        "message.appended",
        "state.changed",
    ]


def test_many_threads_write_and_each_watcher_sees_each_entry_once_in_order(store: Sojourn) -> None:
    ada = store.user("ada")
    sessions = [ada.sessions.create() for _ in range(3)]
    watching = [Watching(ada.events.watch(after=3), 90) for _ in range(3)]

    def write(number: int) -> None:
        for n in range(30):
            sessions[number].messages.append("user", f"{n}")

    threads = [Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in watching:
        assert each.end() == [*range(4, 94)]


def test_it_goes_on_from_where_another_stopped(store: Sojourn) -> None:
    ada = store.user("ada")
    for _ in range(6):
        ada.sessions.create()
    first = numbers(ada.events.watch(after=0), 4)
    assert first + numbers(ada.events.watch(after=first[-1]), 2) == [1, 2, 3, 4, 5, 6]


def test_without_a_place_it_begins_with_what_comes(store: Sojourn) -> None:
    ada = store.user("ada")
    session = ada.sessions.create()
    watch = ada.events.watch()
    begun = store._engine.drive.listen
    ready: list[object] = []

    def listen(owner: int | None) -> Any:
        ready.append(owner)
        return begun(owner)

    store._engine.drive.listen = listen  # type: ignore[method-assign]
    watching = Watching(watch, 1)
    while not watching.seen:
        session.state.incr("n")
    seen = watching.end()
    assert ready
    assert 2 <= seen[0] <= ada.events.newest()


def test_a_watcher_of_somebody_who_has_written_nothing_waits_for_their_first(store: Sojourn) -> None:
    watching = Watching(store.user("ada").events.watch(after=0), 2)
    other = store.user("bob").sessions.create()
    ada = store.user("ada").sessions.create()
    other.messages.append("user", "Hello")
    ada.messages.append("user", "Hello")
    assert watching.end() == [1, 2]
    assert {event.session_id for event in watching.seen} == {ada.id}


def test_where_entries_are_gone_stands_a_reset_and_then_it_goes_on(store: Sojourn) -> None:
    ada = store.user("ada")
    session = ada.sessions.create()
    for n in range(400):
        session.state.set(n=n)
    watch = ada.events.watch(after=5)
    gap = next(watch)
    assert (gap.n, gap.kind, gap.session_id) == (401, "reset", None)
    session.close()
    event = next(watch)
    assert (event.n, event.kind) == (402, "session.closed")


def test_a_watcher_that_is_slower_than_the_log_is_told_of_the_gap(store: Sojourn) -> None:
    ada = store.user("ada")
    session = ada.sessions.create()
    watch = ada.events.watch(after=0)
    assert next(watch).n == 1
    for n in range(400):
        session.state.set(n=n)
    assert next(watch).kind == "reset"


def test_closing_the_store_ends_every_watch(store: Sojourn) -> None:
    ada = store.user("ada")
    ada.sessions.create()
    watching = [Watching(user.events.watch(after=0), 99) for user in (ada, store.user("new"))]
    while len(store._engine.drive._listeners) < 2 or not watching[0].seen:
        assert all(each._thread.is_alive() for each in watching)
    store.close()
    assert [each.end() for each in watching] == [[1], []]
    assert numbers(ada.events.watch(after=0), 1) == [1]


def test_stopping_leaves_nothing_behind(store: Sojourn) -> None:
    ada = store.user("ada")
    ada.sessions.create()
    for _ in range(5):
        for event in ada.events.watch(after=0):
            assert event.n == 1
            break
    assert not store._engine.drive._listeners


# -- awaited ------------------------------------------------------------------------------------


@pytest.fixture
async def astore(url: str) -> AsyncIterator[AsyncSojourn]:
    async with AsyncSojourn.open(url, settings=SETTINGS) as store:
        yield store


async def gathered(watch: AsyncIterator[Event], count: int) -> list[int]:
    seen: list[int] = []
    async for event in watch:
        seen.append(event.n)
        if len(seen) == count:
            break
    return seen


def polling(store: AsyncSojourn) -> int:
    """How many tasks look for what other processes write."""
    return sum(task.get_coro().__qualname__.endswith("_look") for task in asyncio.all_tasks())  # type: ignore[union-attr]


@pytest.mark.anyio
async def test_tasks_write_and_each_watcher_sees_each_entry_once_in_order(astore: AsyncSojourn) -> None:
    ada = astore.user("ada")
    sessions = [await ada.sessions.create() for _ in range(3)]
    watching = [asyncio.create_task(gathered(ada.events.watch(after=0), 93)) for _ in range(5)]

    async def write(number: int) -> None:
        for n in range(30):
            await sessions[number].messages.append("user", f"{n}")

    await asyncio.gather(*map(write, range(3)))
    for each in watching:
        assert await asyncio.wait_for(each, PATIENCE) == [*range(1, 94)]


@pytest.mark.anyio
async def test_watchers_in_several_loops_and_threads_see_one_log(astore: AsyncSojourn) -> None:
    ada = astore.user("ada")
    session = await ada.sessions.create()

    def elsewhere() -> list[int]:
        return asyncio.run(gathered(astore.user("ada").events.watch(after=0), 21))

    others = [asyncio.create_task(asyncio.to_thread(elsewhere)) for _ in range(3)]
    mine = asyncio.create_task(gathered(ada.events.watch(after=0), 21))
    for n in range(20):
        await session.messages.append("user", f"{n}")
    for each in (mine, *others):
        assert await asyncio.wait_for(each, PATIENCE) == [*range(1, 22)]


@pytest.mark.anyio
async def test_closing_the_store_ends_every_awaited_watch(astore: AsyncSojourn) -> None:
    ada = astore.user("ada")
    await ada.sessions.create()
    watching = [asyncio.create_task(gathered(ada.events.watch(after=n), 99)) for n in (0, 1)]
    await asyncio.sleep(0.05)
    await astore.close()
    done = await asyncio.wait_for(asyncio.gather(*watching), PATIENCE)
    assert done == [[1], []]


@pytest.mark.anyio
async def test_looking_begins_with_the_first_watcher_and_ends_with_the_last(
    astore: AsyncSojourn, url: str
) -> None:
    ada = astore.user("ada")
    await ada.sessions.create()
    expected = 1 if url.startswith("sqlite") else 0
    watches = [ada.events.watch(after=0) for _ in range(3)]
    assert polling(astore) == 0
    for watch in watches:
        assert (await anext(watch)).n == 1
        await asyncio.sleep(0)
        assert polling(astore) == expected
    for watch in watches:
        assert polling(astore) == expected
        await watch.aclose()
        for _ in range(5):
            await asyncio.sleep(0)
    assert polling(astore) == 0
    assert not astore._engine.drive._pollers


@pytest.mark.anyio
async def test_a_cancelled_watcher_is_gone_and_the_others_go_on(astore: AsyncSojourn) -> None:
    ada = astore.user("ada")
    session = await ada.sessions.create()
    stays, goes = (asyncio.create_task(gathered(ada.events.watch(after=0), 3)) for _ in range(2))
    await asyncio.sleep(0.02)
    goes.cancel()
    with pytest.raises(asyncio.CancelledError):
        await goes
    for n in range(2):
        await session.state.set(n=n)
    assert await asyncio.wait_for(stays, PATIENCE) == [1, 2, 3]


@pytest.mark.anyio
async def test_a_watcher_may_wait_with_a_limit_and_then_wait_on(astore: AsyncSojourn) -> None:
    ada = astore.user("ada")
    session = await ada.sessions.create()
    watch = ada.events.watch(after=1)
    coming = asyncio.ensure_future(anext(watch))
    done, _ = await asyncio.wait([coming], timeout=0.05)
    assert not done
    await session.state.set(n=1)
    assert (await asyncio.wait_for(coming, PATIENCE)).n == 2
    await watch.aclose()


def failing(problem: Exception) -> Callable[[], float]:
    def poll() -> float:
        raise problem

    return poll


@pytest.mark.anyio
async def test_what_goes_wrong_while_looking_is_told_to_the_watcher(
    astore: AsyncSojourn, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = astore.user("ada")
    await ada.sessions.create()
    monkeypatch.setattr(astore._engine.drive._bus, "poll", failing(BackendError("The disk is gone.")))
    with pytest.raises(BackendError, match="The disk is gone"):
        await asyncio.wait_for(gathered(ada.events.watch(after=0), 2), PATIENCE)


def test_and_to_the_blocking_one(store: Sojourn, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = store.user("ada")
    ada.sessions.create()
    monkeypatch.setattr(store._engine.drive._bus, "poll", failing(BackendError("The disk is gone.")))
    with pytest.raises(BackendError, match="The disk is gone"):
        numbers(ada.events.watch(after=0), 2)


def test_a_loop_that_ended_while_watching_harms_nobody(store: Sojourn, url: str) -> None:
    del store
    astore = AsyncSojourn.open(url, settings=SETTINGS)

    async def leave() -> None:
        ada = astore.user("ada")
        await ada.sessions.create()
        watch = ada.events.watch(after=0)
        await anext(watch)
        waiting.append(watch)

    waiting: list[AsyncIterator[Event]] = []
    for n in range(2):
        asyncio.run(leave())
        assert len(waiting) == n + 1

    async def go_on() -> list[int]:
        ada = astore.user("ada")
        session = await ada.sessions.create()
        watching = asyncio.create_task(gathered(ada.events.watch(after=0), 4))
        await session.state.set(n=1)
        found = await asyncio.wait_for(watching, PATIENCE)
        await astore.close()
        return found

    assert asyncio.run(go_on()) == [1, 2, 3, 4]
