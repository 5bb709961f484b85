"""What sessions and their owners may hold: exact, also when many come at once."""

import asyncio
from typing import Any

import pytest

from sojourn import AsyncSojourn, Settings
from sojourn.errors import LimitExceeded

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings() -> Settings:
    return Settings(
        durability="process",
        small_bytes=50,
        session_bytes=1000,
        session_files=4,
        user_bytes=1500,
        user_files=6,
        file_bytes=900,
    )


async def fill(session: Any, *sizes: int) -> list[Any]:
    return [await session.files.add("a", bytes([n]) * size) for n, size in enumerate(sizes)]


async def refused(session: Any, size: int) -> str:
    """What is said of so many bytes, which are too many, whichever way they come."""
    said = set()
    for call in (
        lambda: session.files.add("a", b"x" * size),
        lambda: session.files.add("a", b"x" * size, size=size),
        lambda: session.files.add("a", iter([b"x" * size])),
        lambda: session.files.start("a", size=size),
    ):
        with pytest.raises(LimitExceeded) as told:
            await call()
        said.add(str(told.value.facts["limit"]))
    assert len(said) == 1
    return said.pop()


async def test_a_session_holds_so_much(store: Any) -> None:
    session = await store.user("ada").sessions.create()
    await fill(session, 800, 199)
    assert await refused(session, 2) == "1000"
    with pytest.raises(LimitExceeded, match="900 are allowed"):
        await session.files.start("a", size=901)
    await session.files.add("a", b"y")
    assert await refused(session, 1) == "1000"
    assert (await session.refresh()).file_bytes == 1000


async def test_a_session_holds_so_many(store: Any) -> None:
    session = await store.user("ada").sessions.create()
    kept = await fill(session, 1, 2, 60, 70)
    assert await refused(session, 1) == "4"
    assert await refused(session, 100) == "4"
    await session.files.delete(kept[0].id)
    assert await refused(session, 1) == "4"
    await session.files.erase(kept[0].id)
    await fill(session, 1)


async def test_all_sessions_of_a_user_together_hold_so_much(store: Any) -> None:
    ada = store.user("ada").sessions
    one, two = await ada.create(), await ada.create()
    kept = await fill(one, 900, 10)
    await fill(two, 580)
    assert await refused(two, 11) == "1500"
    bobs = await store.user("bob").sessions.create()
    await fill(bobs, 800)
    await two.files.add("a", b"y" * 10)
    await one.files.erase(kept[1].id)
    await two.files.add("b", b"z" * 10)
    assert await refused(one, 1) == "1500"
    await two.erase()
    await fill(one, 90)
    assert await refused(one, 11) == "1000"


async def test_all_sessions_of_a_user_together_hold_so_many(store: Any) -> None:
    ada = store.user("ada").sessions
    one, two = await ada.create(), await ada.create()
    await fill(one, 1, 2, 3)
    begun = await two.files.start("a", size=60)
    await fill(two, 1, 2)
    assert await refused(one, 1) == "6"
    await two.files.cancel(begun.id)
    await fill(one, 1)
    assert await refused(two, 1) == "6"


async def test_the_same_bytes_count_as_often_as_they_are_files(store: Any) -> None:
    session = await store.user("ada").sessions.create()
    for size in (40, 400):
        for _ in range(2):
            await session.files.add("a", b"x" * size)
    assert (await session.refresh()).file_bytes == 880
    assert await refused(session, 1) == "4"


async def test_of_eight_at_once_that_take_more_than_half_one_wins(url: str, settings: Settings) -> None:
    async with AsyncSojourn.open(url, settings=settings) as store:
        session = await store.user("ada").sessions.create()

        async def put(n: int, size: int) -> bool:
            try:
                await session.files.add("a", bytes([n]) * size, size=None if n % 2 else size)
            except LimitExceeded:
                return False
            return True

        assert sum(await asyncio.gather(*(put(n, 600) for n in range(8)))) == 1
        assert sum(await asyncio.gather(*(put(n, 45) for n in range(8)))) == 3
        record = await session.refresh()
        assert (record.file_count, record.file_bytes) == (4, 735)


async def test_of_a_users_sessions_at_once_no_more_than_fits_is_kept(url: str, settings: Settings) -> None:
    async with AsyncSojourn.open(url, settings=settings) as store:
        sessions = [await store.user("ada").sessions.create() for _ in range(8)]

        async def put(session: Any) -> bool:
            try:
                await session.files.add("a", b"x" * 400)
            except LimitExceeded:
                return False
            return True

        assert sum(await asyncio.gather(*map(put, sessions))) == 3
        assert sum([(await session.refresh()).file_bytes for session in sessions]) == 1200
