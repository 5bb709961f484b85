"""State as a class from the first line on, and by item where nothing is awaited."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sojourn import AsyncSojourn, Settings, Sojourn
from sojourn.errors import ConfigError, Invalid, LimitExceeded, NotFound, SessionClosed, StateConflict


@dataclass
class Notes:
    topic: str = "none yet"
    seen: list[str] = field(default_factory=list)


@pytest.fixture(params=["sqlite", "memory"])
def blocking(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sojourn]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}"
    with Sojourn.open(url, settings=Settings(durability="process")) as store:
        yield store


@pytest.mark.anyio
async def test_a_session_made_with_a_class_has_its_state_as_that_class(store: Any) -> None:
    sessions = store.user("ada").sessions
    session = await sessions.create(title="Tides", state=Notes)
    assert session.title == "Tides"
    assert await session.state.load() == Notes()
    await session.state.set(topic="tides")
    async with session.state.edit() as notes:
        notes.seen.append("moon")
    assert await session.state.load() == Notes("tides", ["moon"])
    with pytest.raises(Invalid, match="colour"):
        await session.state.set(colour="blue")
    with pytest.raises(Invalid):
        await session.state.set(topic=5)
    assert await session.state.incr("visits") == 1
    assert await session.state.get("topic") == "tides"
    again = await sessions.get(session.id, state=Notes)
    assert await again.state.load() == Notes("tides", ["moon"])
    plain = await sessions.get(session.id)
    assert await plain.state.all() == {"topic": "tides", "seen": ["moon"], "visits": 1}
    await again.refresh()
    assert (await again.messages.append("user", "and the rest is as ever")).seq == 1


@pytest.mark.anyio
async def test_a_second_request_under_one_key_has_the_class_too(store: Any) -> None:
    sessions = store.user("ada").sessions
    first = await sessions.create(state=Notes, idempotency_key="k")
    second = await sessions.create(state=Notes, idempotency_key="k")
    await first.state.set(topic="tides")
    assert (await second.state.load()).topic == "tides"


@pytest.mark.anyio
async def test_what_is_no_class_of_fields_makes_no_session(store: Any) -> None:
    sessions = store.user("ada").sessions
    with pytest.raises(ConfigError):
        await sessions.create(state=int)
    with pytest.raises(ConfigError):
        await sessions.get("ses_x", state=int)
    with pytest.raises(NotFound):
        await sessions.get("ses_x", state=Notes)
    assert (await sessions.list()).items == []


def test_items_are_read_written_unset_and_listed(blocking: Sojourn) -> None:
    state = blocking.user("ada").sessions.create().state
    state["topic"] = "tides"
    state["seen"] = ["moon"]
    assert (state["topic"], state["seen"]) == ("tides", ["moon"])
    assert "topic" in state
    assert "absent" not in state
    assert 5 not in state
    assert list(state) == ["seen", "topic"]
    del state["topic"]
    assert state.all() == {"seen": ["moon"]}
    for use in (lambda: state["topic"], lambda: state.__delitem__("topic")):
        with pytest.raises(KeyError, match="topic"):
            use()


def test_an_item_is_what_the_store_holds_not_a_copy_to_change(blocking: Sojourn) -> None:
    session = blocking.user("ada").sessions.create()
    session.state["seen"] = ["moon"]
    session.state["seen"].append("lost")
    assert session.state["seen"] == ["moon"]
    other = blocking.user("ada").sessions.get(session.id).state
    other["seen"] = ["sun"]
    assert session.state["seen"] == ["sun"]


def test_items_have_the_limits_of_every_write(blocking: Sojourn) -> None:
    session = blocking.user("ada").sessions.create()
    for key, value, error in (
        ("", 1, Invalid),
        ("x" * 201, 1, LimitExceeded),
        ("n", object(), Invalid),
        ("n", "x" * 300_000, LimitExceeded),
    ):
        with pytest.raises(error):
            session.state[key] = value
    assert list(session.state) == []
    session.close()
    with pytest.raises(SessionClosed):
        session.state["n"] = 1


def test_items_of_a_class_must_fit_it(blocking: Sojourn) -> None:
    session = blocking.user("ada").sessions.create(state=Notes)
    session.state["topic"] = "tides"
    assert session.state.load().topic == "tides"
    with pytest.raises(Invalid):
        session.state["topic"] = 5
    with pytest.raises(Invalid, match="colour"):
        session.state["colour"] = "blue"

    def overtaken() -> None:
        with session.state.edit() as notes:
            notes.topic = "mine"
            session.state["topic"] = "theirs"

    with pytest.raises(StateConflict):
        overtaken()


def test_state_of_a_user_has_items_too(blocking: Sojourn) -> None:
    ada = blocking.user("ada")
    assert "theme" not in ada.state
    ada.state["theme"] = "dark"
    assert ada.state["theme"] == "dark"
    assert list(blocking.user("bob").state) == []


def test_what_is_awaited_has_no_items() -> None:
    state = AsyncSojourn.open("memory://").user("ada").state
    with pytest.raises(TypeError):
        state["topic"]  # type: ignore[index]
