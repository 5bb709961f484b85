"""Acknowledged means synced: SQLite's writes and syncs, and our acknowledgements, seen in one order."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from sojourn import AsyncSojourn, Settings, Sojourn

ORDER: list[str] = []
"""`write`, `sync` or `ack`, as they happen."""


class Seen(apsw.VFSFile):
    """A file of the log, whose writes and syncs are noted."""

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        ORDER.append("write")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        super().xSync(flags)
        ORDER.append("sync")


class Watched(apsw.VFS):
    def __init__(self) -> None:
        self._base = apsw.vfs_names()[0]
        super().__init__("watched", self._base, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        shown = name.filename() if isinstance(name, apsw.URIFilename) else name or ""
        kind = Seen if shown.endswith("-wal") else apsw.VFSFile
        return kind(self._base, name, flags)


@pytest.fixture
def watched() -> Iterator[None]:
    ORDER.clear()
    between = Watched()
    yield
    between.unregister()


def unsynced() -> int:
    """Acknowledgements that came while something written was not synced."""
    found, dirty = 0, False
    for step in ORDER:
        if step == "ack":
            found += dirty
        else:
            dirty = step == "write"
    return found


def appended(folder: Path, durability: str) -> int:
    """Appends one after the other."""
    settings = Settings(durability=durability)  # type: ignore[arg-type]
    with Sojourn.open(f"sqlite:///{folder}", settings=settings) as store:
        messages = store.user("ada").sessions.create().messages
        for number in range(50):
            messages.append("user", f"number {number}")
            ORDER.append("ack")
    return ORDER.count("ack")


def test_what_a_thread_is_told_is_kept_was_synced_before(watched: None, tmp_path: Path) -> None:
    assert appended(tmp_path, "power") == 50
    assert ORDER.count("write") > 50
    assert unsynced() == 0


def test_what_tasks_are_told_together_was_synced_before(watched: None, tmp_path: Path) -> None:
    async def run() -> None:
        async with AsyncSojourn.open(f"sqlite:///{tmp_path}") as store:
            messages = (await store.user("ada").sessions.create()).messages

            async def one(number: int) -> None:
                await messages.append("user", f"number {number}")
                ORDER.append("ack")

            await asyncio.gather(*(one(number) for number in range(50)))

    asyncio.run(run())
    assert ORDER.count("ack") == 50
    assert unsynced() == 0


def test_the_named_choice_process_does_not_sync_and_the_test_sees_it(watched: None, tmp_path: Path) -> None:
    assert appended(tmp_path, "process") == 50
    assert unsynced() == 50


def test_the_kernel_is_asked_for_a_sync_at_each_append(tmp_path: Path) -> None:
    """Where strace is, the same from outside; the shim above says it everywhere."""
    strace = shutil.which("strace")
    if strace is None or subprocess.run([strace, "-o", "/dev/null", "true"], check=False).returncode != 0:
        return
    script = """
import sys
from sojourn import Sojourn
with Sojourn.open("sqlite:///" + sys.argv[1]) as store:
    messages = store.user("ada").sessions.create().messages
    for number in range(20):
        messages.append("user", "words")
        print("ack", flush=True)
"""
    log = tmp_path / "trace"
    command = [strace, "-f", "-qq", "-e", "trace=fsync,fdatasync,write", "-o", str(log)]
    subprocess.run(
        [*command, sys.executable, "-c", script, str(tmp_path / "data")], check=True, capture_output=True
    )
    steps = [
        "sync" if "sync(" in line else "ack"
        for line in log.read_text().splitlines()
        if "sync(" in line or '"ack' in line
    ]
    acks = [place for place, step in enumerate(steps) if step == "ack"]
    assert len(acks) == 20
    assert all(steps[place - 1] == "sync" for place in acks)
