"""Too few file handles, too little memory, a read-only disk: said in words, and over when it is."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sojourn import Settings, Sojourn
from sojourn.errors import BackendError

POOR = Path(__file__).parent / "poor.py"


def told(command: list[str], folder: Path, what: str) -> dict[str, str]:
    done = subprocess.run(
        [*command, sys.executable, str(POOR), str(folder), what], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def test_without_file_handles_calls_say_so_and_what_is_open_works_on(tmp_path: Path) -> None:
    lines = told([], tmp_path / "data", "handles")
    for what in ("read", "upload", "begin"):
        assert lines[what].startswith("Unavailable ")
        assert lines[what].endswith("This process has as many files open as it may.")
    assert lines["append"] == "2"
    assert (lines["afterwards"], lines["uploaded"]) == ("2", "11")


def test_without_memory_a_call_is_refused_and_the_next_one_works(tmp_path: Path) -> None:
    lines = told([], tmp_path / "data", "memory")
    for what in ("large", "read", "begin"):
        assert lines[what].startswith("Unavailable There is no memory left")
    assert lines["append"] == "True"
    assert (lines["afterwards"], lines["uploaded"]) == ("2", "11")


def test_a_disk_that_became_read_only_is_named_and_used_again_afterwards(
    small_disk: list[str], tmp_path: Path
) -> None:
    lines = told(small_disk, tmp_path / "disk", "read_only")
    for what in ("append", "upload", "make"):
        assert lines[what].startswith("Unavailable The data folder")
        assert lines[what].endswith("cannot be written: Read-only file system.")
    assert lines["texts"] == "['before', 'after']"


def test_one_folder_that_cannot_be_removed_holds_up_no_other(tmp_path: Path) -> None:
    with Sojourn.open(f"sqlite:///{tmp_path / 'data'}", settings=Settings(durability="process")) as store:
        sessions = [store.user("ada").sessions.create() for _ in range(3)]
        for session in sessions:
            session.files.add("notes.txt", b"Neap tides." * 10_000)
        # A file where the trash would be, and a folder that is none: neither way to remove it is left.
        first = tmp_path / "data" / "sessions" / sessions[0].id[-2:] / sessions[0].id
        shutil.rmtree(first)
        first.write_bytes(b"in the way")
        (tmp_path / "data" / "trash").write_bytes(b"in the way")
        for session in sessions:
            store._engine.records.write(lambda tx, ref=session._ref: tx.sessions.entomb(ref, 1))
        with pytest.raises(BackendError, match="could not be removed"):
            store.sweep()
        assert len(store._engine.records.read(lambda tx: tx.sessions.unfinished(9))) == 1
        first.unlink()
        assert store.sweep()["erases"] == 1
