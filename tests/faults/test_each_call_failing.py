"""One call of the kernel after the other fails: said in words, nothing acknowledged lost, nothing half-done.

Each run does everything a session can have done to it, over and over, while another connection watches.
"""

from errno import EIO, EMFILE, ENOMEM, ENOSPC, EROFS
from pathlib import Path

import pytest
from tests.faults import kernel

pytestmark = pytest.mark.usefixtures("kernel_faults")

CALLS = {
    "open": 40,
    "read": 60,
    "write": 40,
    "sync": 25,
    "rename": 2,
    "unlink": 4,
    "truncate": 2,
    "mkdir": 4,
}
"""The calls, and how many of them must have failed for a run to mean anything."""


def tried(folder: Path, call: str, error: int, dose: str) -> int:
    """How many faults were survived. Fails the test where a promise was broken."""
    done = kernel.run("tests.faults.tried", folder, call, error, dose)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout[-4000:]
    assert [line for line in lines if not line.startswith(("INTEGRITY", "FAULTS"))] == []
    assert "INTEGRITY [('ok',)]" in lines
    return int(lines[-1].removeprefix("FAULTS "))


@pytest.mark.parametrize("call", CALLS)
def test_a_disk_that_fails_is_told_and_nothing_acknowledged_is_lost(call: str, tmp_path: Path) -> None:
    assert tried(tmp_path / "data", call, EIO, "some") >= CALLS[call]


@pytest.mark.parametrize(("call", "error"), [("write", ENOSPC), ("open", EMFILE)])
def test_a_full_disk_and_too_many_open_files_are_no_other(call: str, error: int, tmp_path: Path) -> None:
    assert tried(tmp_path / "data", call, error, "some") >= CALLS[call]


@pytest.mark.torture
@pytest.mark.parametrize("error", [EIO, ENOSPC, EMFILE, ENOMEM, EROFS])
@pytest.mark.parametrize("call", CALLS)
def test_every_single_call_may_fail_in_every_way(call: str, error: int, tmp_path: Path) -> None:
    assert tried(tmp_path / "data", call, error, "all") >= CALLS[call]
