"""Calls at the wrong time and from odd places: after the end, from threads, from within each other."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sojourn import Settings, Sojourn
from sojourn.errors import Conflict, SessionClosed, SessionGone, SojournError
from sojourn.sync.session import Session

SETTINGS = Settings(durability="process")


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sojourn]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'data'}"
    with Sojourn.open(url, settings=SETTINGS) as store:
        yield store


@pytest.fixture
def session(store: Sojourn) -> Session:
    made = store.user("ada").sessions.create(title="Tides")
    made.messages.append("user", "kept")
    made.state.set(kept=1)
    return made


def untouched(session: Session) -> None:
    """What stood before still does, and nothing else."""
    assert [message.text for message in session.messages.last()] == ["kept"]
    assert session.state.all() == {"kept": 1}
    assert session.files.list().items == []
    assert not session.refresh().closed


def test_calls_after_close_open_again_and_after_an_erase_are_refused(
    store: Sojourn, session: Session
) -> None:
    store.close()
    untouched(session)
    session.close()
    for write in (
        lambda: session.messages.append("user", "x"),
        lambda: session.state.set(n=1),
        lambda: session.files.add("a", b"x"),
    ):
        with pytest.raises(SessionClosed):
            write()
    session.erase()
    for call in (
        session.refresh,
        session.messages.last,
        session.state.all,
        session.files.list,
        session.erase,
        lambda: session.update(title="x"),
        lambda: session.messages.append("user", "x"),
        lambda: session.state.set(n=1),
        lambda: session.files.add("a", b"x"),
        lambda: session.search("x"),
    ):
        with pytest.raises(SessionGone):
            call()


def test_a_handle_is_used_from_any_thread(session: Session) -> None:
    problems: list[BaseException] = []

    def use() -> None:
        try:
            session.messages.append("user", "from a thread")
            assert session.messages.last()
        except BaseException as problem:  # noqa: BLE001 - told to the test
            problems.append(problem)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert session.refresh().last_seq == 5


def test_an_iterator_that_fails_in_the_middle_leaves_nothing(store: Sojourn, session: Session) -> None:
    def failing() -> Iterator[bytes]:
        yield b"x" * 2_000_000
        raise ZeroDivisionError

    def wrong() -> Iterator[Any]:
        yield b"x"
        yield "text"

    with pytest.raises(ZeroDivisionError):
        session.files.add("a.txt", failing())
    with pytest.raises((TypeError, SojournError)):
        session.files.add("a.txt", wrong())
    for nothing in (5, None, "text", [1], object()):
        with pytest.raises((TypeError, SojournError)):
            session.files.add("a.txt", nothing)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        session.messages.append("user", (1 // 0 for _ in "x"))  # type: ignore[arg-type]
    untouched(session)
    reserved = store._engine.records.read(lambda tx: tx.intents.reserved(session._ref, 0))
    assert reserved == (0, 0)


def test_a_callback_may_use_the_session_it_is_called_for(session: Session) -> None:
    def again(value: Any) -> int:
        session.messages.append("user", "from within")
        assert session.state.get("kept") == 1
        return 5

    assert session.state.update("n", again) == 5
    assert session.refresh().last_seq == 2

    def overtaking(value: int) -> int:
        session.state.set(n=value + 1)
        return value

    with pytest.raises(Conflict):
        session.state.update("n", overtaking)

    def erasing(value: Any) -> int:
        session.erase()
        return 1

    with pytest.raises(SessionGone):
        session.state.update("n", erasing)


def test_an_iterator_may_use_the_session_it_is_read_for(session: Session) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"first"
        session.messages.append("user", "meanwhile")
        session.files.add("inner.txt", b"inner")
        yield b"second"

    session.files.add("outer.txt", pieces())
    assert {file.name for file in session.files.list()} == {"inner.txt", "outer.txt"}
