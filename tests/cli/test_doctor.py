"""`sojourn doctor` finds what does not belong together, and nothing else."""

import json
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from tests.cli.conftest import Ended

from sojourn import Sojourn
from sojourn.core import files
from sojourn.sync import Session

Run = Callable[..., Ended]

LARGE = b"Spring tides. " * 10_000


@pytest.fixture
def session(store: Sojourn) -> Session:
    """With one of everything that is as it should be."""
    with store:
        session = store.user("ada").sessions.create()
        for name in ("a.txt", "same.txt"):
            session.files.add(name, LARGE)
        session.files.add("small.txt", b"small")
        session.files.delete(session.files.add("binned.txt", LARGE + b"!").id)
        begun = session.files.start("coming.bin", size=1_000_000)
        session.files.proceed(begun.id, LARGE, offset=0)
        session.search("tides")
        gone = store.user("ada").sessions.create()
        gone.files.add("b.txt", LARGE)
        gone.erase()
    return session


def blobs(data: Path) -> list[Path]:
    return sorted(path for path in (data / "sessions").rglob("fil_*") if path.suffix != ".part")


def faults(ended: Ended) -> list[str]:
    return [finding["fault"] for finding in json.loads(ended.stdout)["findings"]]


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("more", [[], ["--orphans"], ["--deep"], ["--deep", "--repair"]])
def test_a_sound_store_is_said_to_be_so(sojourn: Run, data: Path, more: list[str]) -> None:
    before = blobs(data)
    ended = sojourn("doctor", *more)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "4 files, 4 things beside the records: all as it should be.\n"
    assert blobs(data) == before


@pytest.mark.usefixtures("session")
def test_lost_and_changed_bytes_are_found(sojourn: Run, data: Path) -> None:
    shared, binned = sorted(blobs(data), key=lambda path: path.stat().st_size)
    shared.unlink()
    binned.write_bytes(LARGE + b"?")
    assert faults(sojourn("doctor", "--json")) == ["missing", "missing"]
    ended = sojourn("doctor", "--deep", "--json")
    assert ended.returncode == 1
    assert faults(ended) == ["missing", "missing", "digest"]
    binned.write_bytes(LARGE)
    assert faults(sojourn("doctor", "--json")) == ["missing", "missing", "size"]
    told = sojourn("doctor", "--repair")
    assert told.returncode == 1, "what is lost cannot be repaired"
    assert "its bytes are lost" in told.stdout
    assert binned.exists()


def test_bytes_that_nobody_knows_are_found_and_removed_when_asked(
    sojourn: Run, data: Path, session: Session
) -> None:
    folder = data / "sessions" / session.id[-2:] / session.id
    planted = [
        folder / "files" / ("fil_" + "0" * 26),
        folder / "files" / ("fil_" + "0" * 26 + ".part"),
        folder / "files" / "notes.lent",
        folder / "stray",
        data / "sessions" / "zz" / ("ses_" + "0" * 24 + "zz") / "index.db",
        data / "sessions" / "zz" / "stray",
    ]
    for path in planted:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"nobody's")
    ended = sojourn("doctor", "--orphans", "--json")
    assert (ended.returncode, faults(ended)) == (1, ["unknown"] * 6)
    assert all(path.exists() for path in planted)
    told = sojourn("doctor", "--orphans")
    assert told.stdout.count("nobody knows these bytes") == 6
    repaired = sojourn("doctor", "--repair")
    assert (repaired.returncode, repaired.stdout.count("repaired")) == (0, 6)
    assert not any(path.exists() for path in planted)
    assert sojourn("doctor", "--deep").returncode == 0


def test_what_a_crash_left_is_known_and_no_fault(
    sojourn: Run, store: Sojourn, session: Session, data: Path
) -> None:
    with store:
        engine = store._engine
        file = session.files.list().items[0]
        now = engine.clock.now()
        for file in session.files.list().items[:2]:
            engine.drive.write(files.erase, session._ref, file.id, now, engine.settings)
        left = blobs(data)
        assert sojourn("doctor").returncode == 0
        store.sweep()
        assert len(blobs(data)) == len(left) - 1
    assert sojourn("doctor").returncode == 0


def test_counters_that_are_wrong_are_found_and_put_right(sojourn: Run, data: Path, session: Session) -> None:
    raw = apsw.Connection(str(data / "sojourn.db"))
    raw.execute("UPDATE sessions SET file_count = 9, file_bytes = 1; UPDATE users SET file_bytes = 5")
    raw.close()
    ended = sojourn("doctor", "--json")
    assert (ended.returncode, faults(ended)) == (1, ["count", "count"])
    assert sojourn("doctor", "--repair").returncode == 0
    assert sojourn("doctor").returncode == 0
    assert session.refresh().file_count == 4


def test_no_store_is_no_patient(sojourn: Run) -> None:
    assert sojourn("doctor").returncode == 2
