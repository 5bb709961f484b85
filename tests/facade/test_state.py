"""State: what is set comes back as it was, and no update is lost in silence."""

import asyncio
import threading
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import msgspec
import pydantic
import pytest

from sojourn import AsyncSojourn, Settings, Sojourn
from sojourn.errors import ConfigError, Invalid, LimitExceeded, SessionClosed, StateConflict

pytestmark = pytest.mark.anyio


@dataclass
class Notes:
    topic: str
    seen: list[str] = field(default_factory=list)
    due: date | None = None


class NotesDict(TypedDict):
    topic: str
    seen: NotRequired[list[str]]


class NotesStruct(msgspec.Struct):
    topic: str
    seen: list[str] = []
    due: date | None = None


class NotesModel(pydantic.BaseModel):
    topic: str
    seen: list[str] = []
    due: date | None = None


@pytest.fixture
async def session(store: Any) -> Any:
    return await store.user("ada").sessions.create()


async def test_values_come_back_equal_and_of_their_type(session: Any) -> None:
    values = {
        "moment": datetime(2026, 3, 1, 12, tzinfo=UTC),
        "price": Decimal("1.10"),
        "tags": {"a", "b"},
        "pair": (1, "two"),
        "large": 2**100,
        "bytes": b"\0\xff",
        "deep": {"list": [1, 2.5, None, True]},
    }
    await session.state.set(values)
    kept = await session.state.all()
    assert kept == values
    assert [type(kept[name]) for name in values] == [type(value) for value in values.values()]
    assert await session.state.get("absent", "default") == "default"


async def test_changes_of_many_kinds_happen_together_or_not_at_all(session: Any) -> None:
    await session.state.set(list=[1], dict={"a": 1}, count=1, name="x")
    await session.state.change(
        set={"new": 1}, increment={"count": 2}, append={"list": 2}, merge={"dict": {"b": 2}}, remove=["name"]
    )
    expected = {"list": [1, 2], "dict": {"a": 1, "b": 2}, "count": 3, "new": 1}
    assert await session.state.all() == expected
    with pytest.raises(Invalid, match="counted up"):
        await session.state.change(set={"new": 2}, increment={"list": 1})
    assert await session.state.all() == expected


async def test_an_overwrite_that_loses_a_race_is_seen(session: Any) -> None:
    first = await session.state.compare_and_set("n", 1, version=0)
    second = await session.state.compare_and_set("n", 2, version=first)
    assert second > first
    with pytest.raises(StateConflict):
        await session.state.compare_and_set("n", 3, version=first)
    assert await session.state.get("n") == 2


async def test_a_version_never_names_two_values(session: Any) -> None:
    await session.state.set(n=1)
    seen = (await session.state.entry("n")).version
    await session.state.delete("n")
    await session.state.set(n=1)
    with pytest.raises(StateConflict):
        await session.state.compare_and_set("n", 2, version=seen)


async def test_update_reads_again_when_another_was_faster(session: Any) -> None:
    calls = []

    def add(value: list[int]) -> list[int]:
        calls.append(list(value))
        value.append(len(calls))
        return value

    assert await session.state.update("list", add, default=[]) == [1]
    assert await session.state.update("list", add) == [1, 2]
    assert calls == [[], [1]]


async def test_an_edit_saves_what_differs_also_deep_inside(session: Any) -> None:
    await session.state.set(cart={"items": [1]}, untouched="same", old=1)
    before = (await session.state.entry("untouched")).version
    async with session.state.edit() as draft:
        draft["cart"]["items"].append(2)
        draft["new"] = "here"
        del draft["old"]
        assert draft["untouched"] == "same"
        assert sorted(draft) == ["cart", "new", "untouched"]
    assert await session.state.all() == {"cart": {"items": [1, 2]}, "new": "here", "untouched": "same"}
    assert (await session.state.entry("untouched")).version == before


async def test_an_edit_that_was_overtaken_saves_nothing(session: Any) -> None:
    await session.state.set(a=1, b=1)

    async def overtaken() -> None:
        async with session.state.edit() as draft:
            draft["a"] = draft["b"] = 2
            await session.state.set(b=3)

    with pytest.raises(StateConflict):
        await overtaken()
    assert await session.state.all() == {"a": 1, "b": 3}
    with pytest.raises(ZeroDivisionError):
        async with session.state.edit() as draft:
            draft["a"] = 1 // 0
    assert await session.state.get("a") == 1


async def test_state_of_a_user_is_shared_by_their_sessions_and_by_nobody_else(
    store: Any, session: Any
) -> None:
    assert await store.user("bob").state.all() == {}
    await store.user("ada").state.set(theme="dark")
    assert await store.user("ada").state.get("theme") == "dark"
    assert await store.user("ada").state.incr("visits") == 1
    assert await session.state.all() == {}
    assert await store.user("bob").state.all() == {}


@pytest.mark.parametrize("kind", [Notes, NotesStruct, NotesModel])
async def test_a_typed_view_builds_checks_and_saves_by_comparing(session: Any, kind: Any) -> None:
    view = session.state.typed(kind)
    with pytest.raises(Invalid, match="topic"):
        await view.load()
    await view.set(topic="tides", due=date(2026, 3, 1))
    assert await view.load() == kind(topic="tides", seen=[], due=date(2026, 3, 1))
    async with view.edit() as notes:
        notes.seen.append("moon")
    assert (await view.load()).seen == ["moon"]
    await session.state.set(other="untouched")
    await view.save(kind(topic="neap"))
    assert await view.load() == kind(topic="neap")
    assert await session.state.get("other") == "untouched"
    with pytest.raises(Invalid, match="colour"):
        await view.set(colour="blue")
    with pytest.raises(Invalid):
        await view.set(topic=5)

    async def overtaken() -> None:
        async with view.edit() as notes:
            notes.topic = "mine"
            await session.state.set(topic="theirs")

    with pytest.raises(StateConflict):
        await overtaken()
    assert (await view.load()).topic == "theirs"


async def test_a_typed_dict_is_a_type_too(session: Any) -> None:
    view = session.state.typed(NotesDict)
    await view.set(topic="tides")
    assert await view.load() == {"topic": "tides"}
    async with view.edit() as notes:
        notes["seen"] = ["moon"]
    assert await view.load() == {"topic": "tides", "seen": ["moon"]}


async def test_a_later_version_of_a_type_migrates_what_is_kept_once(session: Any) -> None:
    @dataclass
    class Settings2:
        subject: str
        level: int = 1

    Settings2.__name__ = "Notes"
    calls = []

    def migrate(kept: dict[str, Any], version: int) -> dict[str, Any]:
        calls.append(version)
        return {"subject": kept["topic"], "level": 2}

    await session.state.typed(Notes).set(topic="tides")
    view = session.state.typed(Settings2, version=2, migrate=migrate)
    assert await view.load() == Settings2("tides", 2)
    await view.set(level=3)
    assert await view.load() == Settings2("tides", 3)
    assert calls == [1]
    assert await session.state.get("topic") is None
    with pytest.raises(ConfigError):
        session.state.typed(Settings2, version=2)
    with pytest.raises(ConfigError):
        session.state.typed(int)


async def test_a_fresh_state_of_a_later_version_needs_no_migration(session: Any) -> None:
    def migrate(kept: dict[str, Any], version: int) -> dict[str, Any]:
        raise AssertionError("nothing was kept in an earlier version")

    view = session.state.typed(Notes, version=3, migrate=migrate)
    await view.set(topic="tides")
    assert await view.load() == Notes("tides")


@pytest.mark.parametrize(
    ("value", "named"),
    [(float("nan"), "value"), ("\ud800", "value"), (object(), "value"), ({"a": [1, {2: lambda: 0}]}, "a")],
)
async def test_what_cannot_be_kept_is_refused_at_once(session: Any, value: Any, named: str) -> None:
    await session.state.set(good=1)
    with pytest.raises(Invalid):
        await session.state.set(good=2, bad=value)
    assert await session.state.all() == {"good": 1}


@pytest.mark.parametrize("key", ["", "x" * 201, "a\0b", "\udfff"])
async def test_a_key_is_a_short_text(session: Any, key: str) -> None:
    with pytest.raises((Invalid, LimitExceeded)):
        await session.state.set({key: 1})


async def test_keys_and_bytes_are_bounded(session: Any) -> None:
    with pytest.raises(LimitExceeded):
        await session.state.set(large="x" * 300_000)
    await session.state.set({f"key {n}": n for n in range(1000)})
    with pytest.raises(LimitExceeded):
        await session.state.set(one_more=1)
    await session.state.set({"key 7": "changed"})
    assert len(await session.state.all()) == 1000


async def test_a_closed_session_is_read_not_written(session: Any) -> None:
    await session.state.set(n=1)
    await session.close()
    assert await session.state.get("n") == 1
    for change in (session.state.set(n=2), session.state.incr("n"), session.state.delete("n")):
        with pytest.raises(SessionClosed):
            await change


def test_eight_threads_count_to_eight_hundred(tmp_path: Path) -> None:
    with Sojourn.open(f"sqlite:///{tmp_path}", settings=Settings(durability="process")) as store:
        state = store.user("ada").sessions.create().state

        def count() -> None:
            for _ in range(50):
                state.incr("by incr")
                state.update("by update", lambda n: n + 1, default=0)

        threads = [threading.Thread(target=count) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert state.all() == {"by incr": 400, "by update": 400}


async def test_many_tasks_that_change_one_key_by_what_they_read_all_get_there(tmp_path: Path) -> None:
    async with AsyncSojourn.open(f"sqlite:///{tmp_path}") as store:
        state = (await store.user("ada").sessions.create()).state

        async def count() -> None:
            for _ in range(10):
                await state.update("n", lambda n: n + 1, default=0)
                await state.incr("m")

        await asyncio.gather(*(count() for _ in range(24)))
        assert await state.all() == {"n": 240, "m": 240}


async def test_eight_tasks_count_to_four_hundred(store: Any, session: Any) -> None:
    async def count() -> None:
        for _ in range(50):
            await session.state.incr("n")

    await asyncio.gather(*(count() for _ in range(8)))
    assert await session.state.get("n") == 400
