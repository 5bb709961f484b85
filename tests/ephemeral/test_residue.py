"""Nothing of an ephemeral session is ever in the data folder; after its end it is nowhere."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sojourn import Sojourn
from sojourn.sync import Session
from sojourn.testing.clock import FakeClock

SEARCH = Path(__file__).parents[1] / "erase/search_bytes.py"
CANARY = "zebrafinch"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(opened: Callable[..., Sojourn], clock: FakeClock) -> Sojourn:
    store = opened(clock=clock)
    store.user("ada").sessions.create(title="kept").messages.append("user", "Something else")
    return store


@pytest.fixture
def session(store: Sojourn) -> Session:
    """One with the canary in whatever a session holds."""
    session = store.user("ada").sessions.create(
        title=CANARY,
        tags=[CANARY],
        topics=[CANARY],
        metadata={CANARY: CANARY},
        client_key=CANARY,
        ephemeral=True,
        idempotency_key=CANARY,
        digest=CANARY.encode(),
    )
    for _ in range(3):
        session.messages.append("user", f"{CANARY} " * 2000, metadata={"a": CANARY})
    session.messages.compact(session.messages.last(2)[0].id, CANARY)
    session.state.set({CANARY: CANARY})
    session.files.add(f"{CANARY}.md", f"# {CANARY}\n\n{CANARY} sings.".encode() * 100)
    assert session.search(CANARY)
    return session


def found(folder: Path) -> str:
    """By another process: opening a live database here would drop its locks."""
    told = subprocess.run(
        [sys.executable, SEARCH, folder, CANARY], capture_output=True, text=True, check=True, timeout=120
    )
    return told.stdout


def test_the_data_folder_never_holds_any_of_it(store: Sojourn, session: Session, folder: Path) -> None:
    assert found(folder) == ""
    assert list(folder.rglob(f"*{session.id}*")) == []
    session.close()
    store.close()
    assert found(folder) == ""


def test_the_place_holds_only_its_files_in_the_clear(session: Session, runtime: Path) -> None:
    said = found(runtime)
    assert said, "the search would find it"
    assert {line.partition(":")[0].rpartition("/")[2].split()[0] for line in said.splitlines()} <= {
        file.id for file in session.files.list()
    } | {"index.db"}


@pytest.mark.parametrize("way", ["close", "erase", "sweep", "end"])
def test_after_its_end_it_is_nowhere(
    store: Sojourn, session: Session, clock: FakeClock, folder: Path, runtime: Path, way: str
) -> None:
    match way:
        case "close":
            session.close()
        case "erase":
            session.erase()
        case "sweep":
            clock.advance(seconds=store.settings.ephemeral_seconds + 1)
            assert store.sweep()["endings"] == 1
        case "end":
            store.close()
    assert found(runtime) == ""
    assert found(folder) == ""
    assert list(runtime.rglob(f"*{session.id}*")) == []
