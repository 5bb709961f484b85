"""No room left: refused in words, nothing half-written, reading goes on, and with room it works again."""

import subprocess
import sys
from pathlib import Path

import apsw

NARROW = Path(__file__).parent / "narrow.py"


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
