"""No room left: refused in words, nothing half-written, reading goes on, and with room it works again."""

import os
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

NARROW = Path(__file__).parent / "narrow.py"
BRIMFUL = Path(__file__).parent / "brimful.py"
FLOODED = Path(__file__).parent / "flooded.py"


def test_when_files_may_not_grow_writes_are_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    done = subprocess.run(
        [sys.executable, str(NARROW), str(folder)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert told["refused"].split()[1] in ("503", "507")
    assert told["upload"].split()[1] in ("503", "507")
    assert (told["reads"], told["writes"], told["files"], told["erases"]) == ("True", "True", "0", "1")
    assert not [path for path in (folder / "sessions").rglob("*") if path.is_file()]
    raw = apsw.Connection(str(folder / "sojourn.db"))
    assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    raw.close()


def brimful(small_disk: list[str], folder: Path, ballast: int, how: str) -> dict[str, str]:
    """What was told by one run on a disk of 32 MB of which no byte is left."""
    done = subprocess.run(
        [*small_disk, sys.executable, str(BRIMFUL), str(folder), "32000000", str(ballast), how],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


@pytest.mark.parametrize("how", ["slowly", "suddenly"])
def test_on_a_full_disk_reading_and_erasing_work_and_writing_says_why_not(
    small_disk: list[str], tmp_path: Path, how: str
) -> None:
    told = brimful(small_disk, tmp_path / "disk", 1 << 20, how)
    assert told["free"] == "0"
    assert told["append"] == told["again"] == told["upload"] == "StorageFull 507"
    assert told["reads"] == "True"
    assert (told["erased"], told["gone"], told["log"]) == ("2000", "True", "0")
    assert told["writes"] == "room again", "what was erased made room"
    assert (told["begins"], told["then"]) == ("2", "1"), "a process that begins on a full disk does so, too"
    assert (told["held"], told["restored"]) == (str(1 << 20), str(1 << 20))
    assert told["integrity"] == "[('ok',)]"


def test_with_nothing_held_back_an_erase_on_a_full_disk_is_refused_before_it_begins(
    small_disk: list[str], tmp_path: Path
) -> None:
    told = brimful(small_disk, tmp_path / "disk", 0, "suddenly")
    assert told["erase"] == "StorageFull 507"
    assert "gone" not in told
    assert told["integrity"] == "[('ok',)]"


def test_a_disk_that_is_full_in_the_middle_of_an_upload_keeps_nothing_of_it(
    small_disk: list[str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [*small_disk, sys.executable, str(FLOODED), str(tmp_path / "disk")],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert told["put"] == told["form"] == told["patch"] == "507 storage_full"
    assert told["after_put"] == told["after_form"] == "1 4000000 1"
    assert told["brim"] == "True", "nor of one whose row has no room"
    assert told["acknowledged"] == "1000000"
    assert (told["goes_on"], told["size"]) == ("204", "14000000"), "with room again it goes on"
