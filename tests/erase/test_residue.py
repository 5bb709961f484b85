"""Erased means gone: a mark in every kind of data, then erase, then every byte of the folder is searched."""

import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from sojourn import Sojourn
from sojourn.errors import NotFound, SessionGone
from sojourn.sync.session import Session

SEARCH = Path(__file__).parent / "search_bytes.py"


def finds(folder: Path, *marks: str) -> list[str]:
    command = [sys.executable, str(SEARCH), str(folder), *marks]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def fill(session: Session, mark: str) -> None:
    """Puts the mark into every kind of data a session owns, small and large."""
    session.update(title=f"title {mark}", tags=[mark], topics=[mark], metadata={mark: mark})
    for n in range(30):
        session.messages.append("user", f"message {n} {mark} " + "words " * (400 if n % 10 == 0 else 3))
    noted = session.messages.append("assistant", "noted", metadata={"note": mark})
    session.messages.compact(noted.id, f"summary {mark}")
    session.messages.edit(noted.id, f"edited {mark} " + "words " * 2000)
    session.state.set({f"key {mark}": mark, "large": mark * 500})
    session.state.set({f"key {mark}": f"again {mark}"})
    text = f"A page about {mark} and its uses. " * 40
    session.files.add(f"{mark}.txt", text.encode())
    session.files.add(f"{mark}.csv", ("name,note\n" + f"row,{mark}\n" * 50).encode())
    session.files.add(f"{mark}.bin", mark.encode() * 5000)
    assert session.search(mark), "the words are indexed"


@pytest.fixture
def marks() -> tuple[str, str]:
    return f"gone{secrets.token_hex(8)}", f"kept{secrets.token_hex(8)}"


def test_after_an_erase_no_byte_of_the_session_is_left_and_its_neighbour_is_whole(
    tmp_path: Path, marks: tuple[str, str]
) -> None:
    gone, kept = marks
    with Sojourn.open(f"sqlite:///{tmp_path}") as store:
        ada = store.user("ada")
        victim, neighbour = ada.sessions.create(client_key=gone), ada.sessions.create(client_key=kept)
        fill(victim, gone)
        fill(neighbour, kept)
        assert finds(tmp_path, gone), "the search finds what stands"

        receipt = victim.erase()

        assert finds(tmp_path, gone) == []
        assert (receipt.messages, receipt.files, receipt.state_keys) == (32, 3, 2)
        assert receipt.bytes > 5000 * len(gone)
        assert neighbour.messages.last(100)[0].text.startswith(f"message 0 {kept}")
        assert neighbour.state.get("large") == kept * 500
        assert len(neighbour.search(kept)) > 0
        with pytest.raises(SessionGone):
            victim.messages.append("user", "late")
        with pytest.raises(SessionGone):
            ada.sessions.get(victim.id)
        with pytest.raises(NotFound):
            store.user("bob").sessions.get(victim.id)
    assert finds(tmp_path, gone) == []
    assert list((tmp_path / "trash").iterdir()) == []


def test_an_erase_that_was_cut_off_is_finished_by_a_sweep(tmp_path: Path, marks: tuple[str, str]) -> None:
    gone, kept = marks
    for step in ("forget", "drop", "empty", "settle"):
        folder = tmp_path / step
        with Sojourn.open(f"sqlite:///{folder}") as store:
            ada = store.user("ada")
            victim, neighbour = ada.sessions.create(), ada.sessions.create()
            fill(victim, gone)
            fill(neighbour, kept)
        command = [sys.executable, str(Path(__file__).parent / "cut_off.py"), str(folder), victim.id, step]
        assert subprocess.run(command, check=False).returncode == -9
        with Sojourn.open(f"sqlite:///{folder}") as store:
            with pytest.raises(SessionGone):
                store.user("ada").sessions.get(victim.id)
            swept = store.sweep()
            assert swept["erases"] == (0 if step == "settle" else 1)
            assert finds(folder, gone) == []
            assert store.sweep()["erases"] == 0
            assert store.user("ada").sessions.get(neighbour.id).state.get("large") == kept * 500
