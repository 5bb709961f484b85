"""How often an append makes the disk promise something.

By strace where it can be used: what reaches the kernel. Else by a VFS that stands between
SQLite and its files and counts what SQLite asks of them; `keys.bin` is not among these.
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import apsw

from benchmarks.child import Child
from benchmarks.measure import TEXT
from sojourn import Settings, Sojourn


class Syncs(NamedTuple):
    """Calls of fsync and fdatasync for a number of appends."""

    appends: int
    calls: int
    by: str

    @property
    def each(self) -> float:
        return self.calls / self.appends


def traceable() -> bool:
    """Whether strace is here, and allowed."""
    strace = shutil.which("strace")
    return (
        strace is not None
        and subprocess.run([strace, "-o", "/dev/null", "true"], check=False).returncode == 0
    )


def by_strace(
    adapter: str, folder: Path, numbers: Sequence[int], *, python: Path | None = None
) -> list[Syncs]:
    """Those of a process that opened its store, and then made such numbers of appends, one after the other.

    Raises what `Child.ask` raises.
    """
    found = []
    log = folder.parent / f"{adapter}.strace"
    before = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", str(log)]
    with Child(adapter, folder, python=python, before=before) as child:
        child.ask("append", session="one", calls=5, seconds=30)
        for appends in numbers:
            known = _lines(log)
            told = child.ask("append", session="one", calls=appends - 1, seconds=60)
            found.append(Syncs(1 + len(told["taken"]), _lines(log) - known, "strace"))
    return found


def _lines(log: Path) -> int:
    """Calls begun; where two threads overlap, a call has a second line that resumes it."""
    text = log.read_text("utf-8", "replace")
    return sum("sync(" in line for line in text.splitlines())


class _File(apsw.VFSFile):
    calls = 0

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        type(self).calls += 1
        super().xSync(flags)


class _Between(apsw.VFS):
    def __init__(self) -> None:
        self._base = apsw.vfs_names()[0]
        super().__init__("counted", self._base, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _File(self._base, name, flags)


def by_vfs(folder: Path, numbers: Sequence[int]) -> list[Syncs]:
    """Those of this process."""
    found = []
    between = _Between()
    try:
        with Sojourn.open(f"sqlite:///{folder}", settings=Settings(durability="power")) as store:
            messages = store.user("ada").sessions.create().messages
            for _ in range(5):
                messages.append("user", "warm")
            for appends in numbers:
                known = _File.calls
                for _ in range(appends):
                    messages.append("user", TEXT)
                found.append(Syncs(appends, _File.calls - known, "a VFS that counts"))
    finally:
        between.unregister()
    return found
