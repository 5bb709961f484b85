"""A process that has less than it needs for a while. Arguments: folder, `handles`, `memory` or `read_only`.

Prints a line for each thing that was tried.
"""

import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

from sojourn import Settings, Sojourn
from sojourn.errors import SojournError
from sojourn.sync.session import Session

SETTINGS = Settings(durability="process", busy_seconds=1)


def tried(what: str, do: Callable[[], Any]) -> None:
    try:
        print(what, do(), flush=True)
    except SojournError as problem:
        print(what, type(problem).__name__, problem, flush=True)


def elsewhere(do: Callable[[], Any]) -> Any:
    """What a new thread, which has no connection yet, gets or is told."""
    got: list[Any] = []

    def run() -> None:
        try:
            got.append(do())
        except SojournError as problem:
            got.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(got[0], SojournError):
        raise got[0]
    return got[0]


def count(session: Session) -> int:
    return len(session.messages.last(1000))


def handles(store: Sojourn, session: Session, url: str) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
    held: list[int] = []
    try:
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        print("held", len(held) > 10, flush=True)
    tried("read", lambda: elsewhere(lambda: count(session)))
    tried("upload", lambda: session.files.add("notes.txt", b"Neap tides." * 10_000).size)
    tried("begin", Sojourn.open(url, settings=SETTINGS).user("ada").sessions.latest)
    tried("index", store.corpora.list)
    tried("append", lambda: session.messages.append("user", "with what is open already").seq)
    for handle in held:
        os.close(handle)


def memory(store: Sojourn, session: Session, url: str) -> None:
    """SQLite gets no more: a limit of the process would meet whatever library asks first."""
    kept = count(session)
    apsw.hard_heap_limit(apsw.memory_used() + 50_000)
    tried("large", lambda: session.messages.append("user", "x" * 900_000).seq)
    tried("read", lambda: elsewhere(lambda: count(session)))
    tried("begin", Sojourn.open(url, settings=SETTINGS).user("ada").sessions.latest)
    apsw.hard_heap_limit(0)
    print("append", session.messages.append("user", "again").seq == kept + 1, flush=True)


def read_only(folder: Path) -> None:
    """In another process: a disk is mounted anew for reading only while nobody has it open."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "none", str(folder)], check=True)
    url = f"sqlite:///{folder / 'data'}"
    store = Sojourn.open(url, settings=SETTINGS)
    session = store.user("ada").sessions.create()
    session.messages.append("user", "before")
    store.close()
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    tried("append", lambda: session.messages.append("user", "lost").seq)
    tried("upload", lambda: session.files.add("notes.txt", b"Neap tides.").size)
    tried("make", Sojourn.open(f"sqlite:///{folder}/new").user("ada").sessions.create)
    subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
    session.messages.append("user", "after")
    print("texts", [message.text for message in session.messages.last()], flush=True)
    store.close()


def main() -> None:
    folder, what = Path(sys.argv[1]), sys.argv[2]
    if what == "read_only":
        folder.mkdir()
        read_only(folder)
        return
    url = f"sqlite:///{folder}"
    with Sojourn.open(url, settings=SETTINGS) as store:
        session = store.user("ada").sessions.create()
        session.messages.append("user", "before")
        {"handles": handles, "memory": memory}[what](store, session, url)
        tried("afterwards", lambda: elsewhere(lambda: count(session)))
        tried("uploaded", lambda: session.files.add("notes.txt", b"Neap tides.").size)


if __name__ == "__main__":
    main()
