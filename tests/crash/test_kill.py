"""Writers killed with SIGKILL at random moments: what was acknowledged is there once, in order."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import apsw
import pytest

from sojourn import Sojourn

WRITER = Path(__file__).parent / "writer.py"


def killed_run(
    folder: Path, session_id: str, run: int, fault: str, *, writers: int = 2
) -> dict[str, list[int]]:
    """Lets writers append for a moment, kills each; answers the numbers acknowledged, by writer."""
    processes = {
        f"w{run}-{n}": subprocess.Popen(
            [sys.executable, str(WRITER), str(folder), "ada", session_id, f"w{run}-{n}", fault],
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(writers)
    }
    for process in processes.values():
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    time.sleep(random.uniform(0.01, 0.1))
    acknowledged: dict[str, list[int]] = {}
    for name, process in processes.items():
        os.kill(process.pid, signal.SIGKILL)
        assert process.stdout is not None
        with process.stdout as out:
            whole = out.read().rpartition("\n")[0].splitlines()
        process.wait(timeout=30)
        acknowledged[name] = [int(line.split()[1]) for line in whole]
    return acknowledged


def faults(folder: Path, session_id: str, acknowledged: dict[str, list[int]]) -> list[str]:
    """What is wrong with the records after the kills; nothing when all promises held."""
    found: list[str] = []
    store = Sojourn.open(f"sqlite:///{folder}")
    session = store.user("ada").sessions.get(session_id)
    kept: dict[str, list[int]] = {}
    seq = 0
    while batch := session.messages.after(seq, limit=5000):
        for message in batch:
            seq += 1
            if message.seq != seq:
                found.append(f"gap before {message.seq}")
            name, number = message.text.split()
            kept.setdefault(name, []).append(int(number))
    store.close()
    for name, numbers in acknowledged.items():
        stands = kept.get(name, [])
        if stands != list(range(len(stands))):
            found.append(f"{name}: doubled or out of order")
        if len(set(stands)) < len(numbers):
            found.append(f"{name}: {len(numbers)} acknowledged, {len(set(stands))} kept")
    raw = apsw.Connection(str(folder / "sojourn.db"))
    if raw.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
        found.append("integrity")
    raw.close()
    return found


@pytest.fixture
def session_id(tmp_path: Path) -> str:
    with Sojourn.open(f"sqlite:///{tmp_path}") as store:
        return store.user("ada").sessions.create().id


def torture(folder: Path, session_id: str, runs: int, fault: str = "none") -> list[str]:
    acknowledged: dict[str, list[int]] = {}
    for run in range(runs):
        acknowledged |= killed_run(folder, session_id, run, fault)
    assert sum(map(len, acknowledged.values())) > runs, "the writers got to write"
    return faults(folder, session_id, acknowledged)


def test_nothing_acknowledged_is_lost_doubled_or_reordered_by_a_kill(tmp_path: Path, session_id: str) -> None:
    assert torture(tmp_path, session_id, 6) == []


@pytest.mark.torture
def test_nothing_is_lost_in_two_hundred_kills(tmp_path: Path, session_id: str) -> None:
    assert torture(tmp_path, session_id, 100) == []


@pytest.mark.parametrize("fault", ["early", "twice"])
def test_the_harness_sees_planted_faults(tmp_path: Path, session_id: str, fault: str) -> None:
    for _ in range(20):
        if torture(tmp_path, session_id, 1, fault):
            return
    pytest.fail(f"the fault {fault!r} was not seen")
