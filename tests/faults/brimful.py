"""Fills a disk of its own to the last byte, and does then what can be done.

Arguments: folder, its bytes as a disk, `ballast_bytes`, and `slowly` (sojourn fills it) or `suddenly`
(somebody else does, while as much as can be stands in the log alone). Prints a line for each try.
"""

import os
import subprocess
import sys
from pathlib import Path

import apsw

from sojourn import Settings, Sojourn
from sojourn.errors import BackendError, SessionGone

BLOCK = bytes(4096)


def fill(path: Path) -> None:
    """Takes all the room that is left."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        while True:
            os.write(handle, BLOCK)
    except OSError:
        os.close(handle)


def told(what: str, problem: BackendError) -> None:
    print(what, type(problem).__name__, problem.status, flush=True)


def free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def main() -> None:
    folder, size, ballast = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    suddenly = sys.argv[4] == "suddenly"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], check=True)
    settings = Settings(durability="process", busy_seconds=1, ballast_bytes=ballast)
    data = folder / "data"
    with Sojourn.open(f"sqlite:///{data}", settings=settings) as store:
        sessions = store.user("ada").sessions
        kept, doomed, second = (sessions.create(title=title) for title in ("Kept", "Doomed", "Second"))
        for number in range(2000):
            doomed.messages.append("user", f"number {number} " + "x" * 1000)
        second.files.add("notes.txt", b"Neap tides.")
        texts = [kept.messages.append("user", "first").text]
        print("held", (data / "ballast").stat().st_size if ballast else 0, flush=True)
        if suddenly:
            store._engine.records.settle()
            while (data / "sojourn.db-wal").stat().st_size < 3_900_000:
                texts.append(kept.messages.append("user", f"number {len(texts)} " + "y" * 4000).text)
            fill(folder / "other")
        try:
            while True:
                texts.append(kept.messages.append("user", f"number {len(texts)} " + "y" * 4000).text)
        except BackendError as problem:
            told("append", problem)
        fill(folder / "other")
        print("free", free(folder), flush=True)
        try:
            kept.messages.append("user", "z" * 9000)
        except BackendError as problem:
            told("again", problem)
        try:
            kept.files.add("large.bin", b"y" * 100_000)
        except BackendError as problem:
            told("upload", problem)
        print("reads", [message.text for message in kept.messages.last(10_000)] == texts, flush=True)
        try:
            print("erased", doomed.erase().messages, flush=True)
        except BackendError as problem:
            told("erase", problem)
        try:
            doomed.refresh()
        except SessionGone:
            print("gone", True, flush=True)
        print("log", (data / "sojourn.db-wal").stat().st_size, flush=True)
        try:
            print("writes", kept.messages.append("user", "room again").text, flush=True)
        except BackendError as problem:
            told("writes", problem)
        fill(folder / "other")
    script = (
        "import sys; from sojourn import Settings, Sojourn\n"
        f"store = Sojourn.open('sqlite:///' + sys.argv[1], settings=Settings(ballast_bytes={ballast}))\n"
        "ada = store.user('ada')\n"
        "print('begins', len(ada.sessions.list().items), flush=True)\n"
        "print('then', ada.sessions.get(sys.argv[2]).erase().files, flush=True)\n"
        "store.close()\n"
    )
    subprocess.run([sys.executable, "-c", script, str(data), second.id], check=False)
    (folder / "other").unlink()
    with Sojourn.open(f"sqlite:///{data}", settings=settings) as store:
        store.user("ada").sessions.create().erase()
        print("restored", (data / "ballast").stat().st_size if ballast else 0, flush=True)
    raw = apsw.Connection(str(data / "sojourn.db"))
    print("integrity", raw.execute("PRAGMA integrity_check").fetchall(), flush=True)


if __name__ == "__main__":
    main()
