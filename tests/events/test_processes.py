"""Processes write, another watches: no entry is missed, none comes twice, and all are in order."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from sojourn import AsyncSojourn, Sojourn
from sojourn.config import Settings
from sojourn.models import Event
from sojourn.sync import Session

APPENDER = Path(__file__).parent / "appender.py"
SETTINGS = Settings(durability="process")
PATIENCE = 120.0

Writer = subprocess.Popen[str]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Sojourn]:
    with Sojourn.open(f"sqlite:///{tmp_path}", settings=SETTINGS) as store:
        yield store


@pytest.fixture
def session(store: Sojourn) -> Session:
    return store.user("ada").sessions.create()


def writers(folder: Path, session: Session, count: int, each: int) -> list[Writer]:
    """Processes that are ready to write, and wait for a word."""
    started = [
        subprocess.Popen(
            [sys.executable, str(APPENDER), str(folder), session.id, f"w{n}", str(each)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(count)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    return started


def go(process: Writer) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def acknowledged(process: Writer) -> list[str]:
    """Ids of what it wrote, once it is over."""
    assert process.stdout is not None
    assert process.stdin is not None
    with process.stdin, process.stdout as out:
        ids = out.read().rpartition("\n")[0].splitlines()
    process.wait(timeout=PATIENCE)
    return ids


def test_two_processes_append_while_a_third_watches(tmp_path: Path, store: Sojourn, session: Session) -> None:
    seen: list[Event] = []

    def watch() -> None:
        for event in store.user("ada").events.watch(after=1):
            seen.append(event)
            if len(seen) == 400:
                return

    watching = Thread(target=watch)
    watching.start()
    processes = writers(tmp_path, session, 2, 200)
    for process in processes:
        go(process)
    ids = [acknowledged(process) for process in processes]
    watching.join(PATIENCE)
    assert not watching.is_alive()
    check(seen, session, ids)


def test_and_the_same_awaited_beside_writes_of_its_own(tmp_path: Path, session: Session) -> None:
    async def run() -> tuple[list[Event], list[list[str]]]:
        seen: list[Event] = []
        async with AsyncSojourn.open(f"sqlite:///{tmp_path}", settings=SETTINGS) as store:
            ada = store.user("ada")
            mine = await ada.sessions.get(session.id)

            async def watch() -> None:
                async for event in ada.events.watch(after=1):
                    seen.append(event)
                    if len(seen) == 300:
                        return

            async def write() -> list[str]:
                return [(await mine.messages.append("user", f"me {n}")).id for n in range(100)]

            watching = asyncio.create_task(watch())
            processes = await asyncio.to_thread(writers, tmp_path, session, 2, 100)
            for process in processes:
                go(process)
            ids = [await write()]
            ids += [await asyncio.to_thread(acknowledged, process) for process in processes]
            await asyncio.wait_for(watching, PATIENCE)
        return seen, ids

    seen, ids = asyncio.run(run())
    check(seen, session, ids)


def check(seen: list[Event], session: Session, ids: list[list[str]]) -> None:
    assert [event.n for event in seen] == [*range(2, len(seen) + 2)]
    assert {(event.kind, event.session_id) for event in seen} == {("message.appended", session.id)}
    order = [event.object_id for event in seen]
    for written in ids:
        assert [id for id in order if id in set(written)] == written
    said = session.messages.after(0, limit=1000)
    assert order == [message.id for message in said]


@pytest.mark.parametrize("round", range(2))
def test_a_killed_writer_leaves_an_entry_for_each_message_and_for_nothing_else(
    tmp_path: Path, store: Sojourn, session: Session, round: int
) -> None:
    seen: list[Event] = []

    def watch() -> None:
        for event in store.user("ada").events.watch(after=1):
            seen.append(event)
            if event.kind == "session.closed":
                return

    watching = Thread(target=watch)
    watching.start()
    processes = writers(tmp_path, session, 2, 4000)
    for process in processes:
        go(process)
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(random.uniform(0.01, 0.1))
        os.kill(process.pid, signal.SIGKILL)
    kept = {id for process in processes for id in acknowledged(process)}
    session.close()
    watching.join(PATIENCE)
    assert not watching.is_alive()
    assert [event.n for event in seen] == [*range(2, len(seen) + 2)]
    told = [event.object_id for event in seen[:-1]]
    said = [message.id for message in session.messages.after(0, limit=10_000)]
    assert told == said
    assert kept <= set(said)


def test_the_log_of_one_process_is_gone_on_with_in_another(
    tmp_path: Path, store: Sojourn, session: Session
) -> None:
    process = writers(tmp_path, session, 1, 20)[0]
    go(process)
    ids = acknowledged(process)
    page = store.user("ada").events.after(1)
    assert [event.object_id for event in page] == ids
    script = (
        "import sys; from sojourn import Sojourn\n"
        "store = Sojourn.open(sys.argv[1])\n"
        "for event in store.user('ada').events.watch(after=int(sys.argv[2])):\n"
        "    print(event.object_id)\n"
        "    if event.n == 21: break\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script, f"sqlite:///{tmp_path}", "11"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split() == ids[10:]
