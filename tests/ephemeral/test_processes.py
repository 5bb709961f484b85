"""Processes share ephemeral sessions for as long as one of them lives, and no longer."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from tests.ephemeral.conftest import PATIENCE, Process

from sojourn import NotFound, SessionGone, Sojourn
from sojourn.models import Event

Start = Callable[..., Process]
Open = Callable[..., Sojourn]


def titles(store: Sojourn) -> list[str]:
    return [record.title for record in store.user("ada").sessions.list()]


def test_processes_see_each_others(start: Start, opened: Open) -> None:
    one, other, store = start(), start(), opened()
    session_id = one.do("make", "tides")
    one.do("say", session_id, "one")
    other.do("say", session_id, "two")
    store.user("ada").sessions.get(session_id).messages.append("user", "three")
    for process in (one, other):
        assert process.do("list") == "tides"
        assert process.do("read", session_id) == "one,two,three"
    assert titles(store) == ["tides"]
    other.do("close")
    assert one.do("read", session_id) == "one,two,three"
    store.user("ada").sessions.get(session_id).close()
    assert one.do("read", session_id) == "session_gone"


def test_processes_with_other_surroundings_see_them_too(start: Start, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    one = start()
    session_id = one.do("make", "tides")
    for other in (start(XDG_RUNTIME_DIR=""), start(XDG_RUNTIME_DIR=str(tmp_path / "elsewhere"))):
        assert other.do("list") == "tides"
        other.do("say", session_id, "hello")
    assert one.do("read", session_id) == "hello,hello"


def test_a_watcher_hears_of_the_first_one_of_another_process(start: Start, opened: Open) -> None:
    store = opened()
    kept = store.user("ada").sessions.create()
    after = store.user("ada").events.newest()
    seen: list[Event] = []

    def watch() -> None:
        for event in store.user("ada").events.watch(after=after):
            seen.append(event)
            if len(seen) == 4:
                return

    watching = Thread(target=watch)
    watching.start()
    other = start()
    session_id = other.do("make", "tides")
    other.do("say", session_id, "hello")
    kept.messages.append("user", "hello")
    store.user("ada").sessions.get(session_id).state.set(a=1)
    watching.join(PATIENCE)
    assert not watching.is_alive()
    assert {(event.kind, event.session_id) for event in seen} == {
        ("session.created", session_id),
        ("message.appended", session_id),
        ("message.appended", kept.id),
        ("state.changed", session_id),
    }
    assert [event.n for event in seen] == sorted(event.n for event in seen)


def test_when_all_were_killed_the_next_start_finds_nothing(start: Start, opened: Open, runtime: Path) -> None:
    processes = [start(), start()]
    session_id = processes[0].do("make", "tides")
    assert processes[1].do("list") == "tides"
    assert len(list(runtime.iterdir())) == 1
    for process in processes:
        process.kill()
    assert len(list(runtime.iterdir())) == 1
    store = opened()
    assert store.id
    assert list(runtime.iterdir()) == [], "opening is enough"
    assert titles(store) == []
    with pytest.raises(NotFound):
        store.user("ada").sessions.get(session_id)


def test_a_sweep_tells_of_what_they_left(start: Start, opened: Open, runtime: Path) -> None:
    store = opened()
    assert store.sweep()["leftovers"] == 0
    process = start()
    process.do("make", "tides")
    process.kill()
    assert store.sweep()["leftovers"] == 1
    assert list(runtime.iterdir()) == []
    assert store.sweep()["leftovers"] == 0


def test_while_one_lives_they_are_kept(start: Start, opened: Open, runtime: Path) -> None:
    first, second = start(), start()
    session_id = first.do("make", "tides")
    first.do("say", session_id, "hello")
    assert second.do("list") == "tides"
    first.kill()
    third = start()
    assert third.do("read", session_id) == "hello"
    second.end()
    assert third.do("read", session_id) == "hello"
    third.end()
    assert list(runtime.iterdir()) == [], "the last one out takes it down"
    assert titles(opened()) == []


def test_a_fork_keeps_them_and_its_end_takes_them_from_nobody(opened: Open, runtime: Path) -> None:
    store = opened()
    session = store.user("ada").sessions.create(title="tides", ephemeral=True)
    session.messages.append("user", "before")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            store.user("ada").sessions.get(session.id).messages.append("user", "in the child")
            store.close()
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert [message.text for message in session.messages.last()] == ["before", "in the child"]
    child = os.fork()
    if child == 0:
        store.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert session.refresh().title == "tides"
    store.close()
    assert list(runtime.iterdir()) == []
    with pytest.raises(SessionGone):
        session.refresh()


def test_a_child_goes_on_when_its_parent_has_closed_the_store(opened: Open, runtime: Path) -> None:
    store = opened()
    session = store.user("ada").sessions.create(ephemeral=True)
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(tell)
            os.read(told, 1)
            session.messages.append("user", "alone")
            code = 0
        finally:
            os._exit(code)
    os.close(told)
    store.close()
    os.close(tell)
    assert os.waitpid(child, 0)[1] == 0


def test_a_copy_of_the_data_folder_has_none_and_takes_none_away(
    opened: Open, folder: Path, tmp_path: Path
) -> None:
    store = opened()
    session = store.user("ada").sessions.create(title="tides", ephemeral=True)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    other = opened(copy)
    assert titles(other) == []
    with pytest.raises(NotFound):
        other.user("ada").sessions.get(session.id)
    other.user("ada").sessions.create(title="moon", ephemeral=True)
    assert (titles(store), titles(other)) == (["tides"], ["moon"])
    other.close()
    assert titles(store) == ["tides"]


def test_a_place_that_was_taken_away_is_no_harm(opened: Open, runtime: Path) -> None:
    store = opened()
    session = store.user("ada").sessions.create(ephemeral=True)
    for place in runtime.iterdir():
        shutil.rmtree(place)
    assert titles(store) == []
    with pytest.raises(NotFound):
        store.user("ada").sessions.get(session.id)
    store.user("ada").sessions.create(title="moon", ephemeral=True)
    assert titles(store) == ["moon"]


@pytest.mark.parametrize("how", ["open to all", "a link"])
def test_a_place_that_is_not_ours_alone_is_neither_used_nor_emptied(
    opened: Open, folder: Path, runtime: Path, tmp_path: Path, how: str
) -> None:
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o700)
    (victim / "letter").write_text("dear")
    (victim / "lock").write_text("")
    named = victim
    if how == "a link":
        named = tmp_path / "link"
        named.symlink_to(victim)
    else:
        victim.chmod(0o777)
    folder.mkdir()
    (folder / "ephemeral").write_text(str(named))
    store = opened()
    assert titles(store) == []
    store.user("ada").sessions.create(title="moon", ephemeral=True)
    assert titles(store) == ["moon"]
    assert sorted(path.name for path in victim.iterdir()) == ["letter", "lock"]
    assert len(list(runtime.iterdir())) == 1


def test_a_runtime_directory_that_others_may_enter_is_not_taken(opened: Open, runtime: Path) -> None:
    runtime.parent.chmod(0o755)
    store = opened()
    store.user("ada").sessions.create(ephemeral=True)
    assert not runtime.exists()
    place = store._engine.second._place.path  # type: ignore[union-attr]
    assert place is not None
    assert place.stat().st_mode & 0o777 == 0o700
    store.close()
    assert not place.exists()


def test_reading_makes_no_place(opened: Open, runtime: Path) -> None:
    store = opened()
    store.user("ada").sessions.create(title="kept")
    assert titles(store) == ["kept"]
    assert store.user("ada").events.newest() == 1
    assert store.sweep()["endings"] == 0
    assert not runtime.exists()
