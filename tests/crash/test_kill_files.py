"""Processes killed at random while they add, send, unpack and erase files: every file has its bytes, and
all bytes are known.
"""

import os
import random
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.crash.uploader import SETTINGS

from sojourn import Sojourn
from sojourn.errors import NotFound, SessionGone
from sojourn.testing.clock import FakeClock

UPLOADER = Path(__file__).parent / "uploader.py"
LATER = 7 * 3600
USERS = ("ada", "bob")


class Said(NamedTuple):
    """What the killed processes were told is so."""

    kept: dict[tuple[str, str], str]
    """Session and file, and the digest."""
    taken: dict[tuple[str, str], int]
    """Session and upload, and the bytes that are durable."""
    going: set[str]
    """Files, uploads and sessions whose end may have been on its way."""


class Toll(NamedTuple):
    """What was wrong after the kills."""

    lost: int = 0
    """Acknowledged files that are not there, or are not what they were."""
    forgotten: int = 0
    """Acknowledged bytes of uploads that are not there."""
    dangling: int = 0
    """Files without their bytes."""
    unknown: int = 0
    """Bytes that neither a file nor an upload knows."""
    miscounted: int = 0
    left: int = 0
    """Intents that a sweep left behind."""


def killed_run(folder: Path, run: int, fault: str, said: Said) -> int:
    """Lets a process of each user work for a moment, kills both; answers how many things they did."""
    processes = [
        subprocess.Popen(
            [sys.executable, str(UPLOADER), str(folder), user, str(run), fault],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        for user in USERS
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    time.sleep(random.uniform(0.02, 0.25))
    done = 0
    for process in processes:
        os.kill(process.pid, signal.SIGKILL)
        assert process.stdout is not None
        with process.stdout as out:
            lines = out.read().rpartition("\n")[0].splitlines()
        process.wait(timeout=30)
        done += len(lines)
        for line in lines:
            _note(said, *line.split())
    return done


def _note(said: Said, what: str, session_id: str, *more: str) -> None:
    match what:
        case "kept":
            said.kept[session_id, more[0]] = more[1]
            said.taken.pop((session_id, more[0]), None)
        case "took":
            said.taken[session_id, more[0]] = int(more[1])
        case "going":
            said.going.add(more[0])
        case "ending":
            said.going.add(session_id)


def toll(folder: Path, said: Said) -> Toll:
    """What stands, first as the kills left it, then after a sweep when everything is overdue."""
    clock = FakeClock(int(time.time() * 1000))
    with Sojourn.open(f"sqlite:///{folder}", settings=SETTINGS, clock=clock) as store:
        first = store.audit(deep=True)
        lost = sum(
            not _stands(store, session_id, file_id, digest)
            for (session_id, file_id), digest in said.kept.items()
            if not {session_id, file_id} & said.going
        )
        forgotten = sum(
            _received(store, *place) < received
            for place, received in said.taken.items()
            if not set(place) & said.going
        )
        store.sweep(limit=10_000)
        clock.advance(seconds=LATER)
        store.sweep(limit=10_000)
        audits = (first, store.audit(deep=True))
        left = sum(store.sweep(limit=10_000).values())
        for ref in store._engine.records.read(lambda tx: tx.audit.sessions(0, 10_000)):
            left += len(store._engine.records.read(lambda tx, of=ref[1]: tx.audit.intents(of)))  # type: ignore[misc]
    found = [finding.fault for audit in audits for finding in audit.findings]
    dangling = sum(fault in ("missing", "size", "digest") for fault in found)
    return Toll(lost, forgotten, dangling, found.count("unknown"), found.count("count"), left)


def _stands(store: Sojourn, session_id: str, file_id: str, digest: str) -> bool:
    for user in USERS:
        try:
            with store.user(user).sessions.get(session_id).files.open(file_id) as opened:
                return sha256(opened.read()).hexdigest() == digest
        except (NotFound, SessionGone):
            continue
    return False


def _received(store: Sojourn, session_id: str, upload_id: str) -> int:
    for user in USERS:
        try:
            return store.user(user).sessions.get(session_id).files.upload(upload_id).received
        except (NotFound, SessionGone):
            continue
    return -1


def torture(folder: Path, kills: int, fault: str = "none") -> Toll:
    said = Said({}, {}, set())
    done = sum(killed_run(folder, run, fault, said) for run in range(-(-kills // len(USERS))))
    assert done > kills, "they got to do something"
    return toll(folder, said)


def test_a_kill_leaves_no_file_without_bytes_and_no_bytes_unknown(tmp_path: Path) -> None:
    assert torture(tmp_path, 12) == Toll()


@pytest.mark.torture
def test_two_hundred_kills_leave_no_file_without_bytes_and_no_bytes_unknown(tmp_path: Path) -> None:
    for store in range(10):
        assert torture(tmp_path / f"{store}", 22) == Toll()


@pytest.mark.parametrize(("fault", "seen"), [("row first", "dangling"), ("bytes first", "unknown")])
def test_the_harness_sees_planted_faults(tmp_path: Path, fault: str, seen: str) -> None:
    for attempt in range(20):
        if getattr(torture(tmp_path / f"{attempt}", 4, fault), seen):
            return
    pytest.fail(f"the fault {fault!r} was not seen")
