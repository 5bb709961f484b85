"""Files harmed from outside: refused with a clear sentence or mended, and never wrong content served."""

import shutil
from pathlib import Path

import apsw
import pytest

from sojourn import Settings, Sojourn
from sojourn.errors import BackendError, SojournError

SETTINGS = Settings(durability="process")
TEXTS = [f"message {n} of the tide table" for n in range(200)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store with one long session of Ada's, closed."""
    with Sojourn.open(f"sqlite:///{tmp_path / 'data'}", settings=SETTINGS) as store:
        messages = store.user("ada").sessions.create(title="Tides").messages
        for text in TEXTS:
            messages.append("user", text)
    return tmp_path / "data"


def texts(folder: Path) -> list[str]:
    with Sojourn.open(f"sqlite:///{folder}", settings=SETTINGS) as store:
        session = store.user("ada").sessions.latest()
        assert session is not None
        return [message.text for message in session.messages.last(1000)]


def test_a_log_taken_away_loses_what_was_in_it_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    with Sojourn.open(f"sqlite:///{folder}", settings=SETTINGS) as store:
        session = store.user("ada").sessions.latest()
        assert session is not None
        session.messages.append("user", "only in the log")
        shutil.copytree(folder, tmp_path / "copy", ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    assert texts(folder) == [*TEXTS, "only in the log"]
    assert texts(tmp_path / "copy") == TEXTS


def test_a_file_cut_short_is_named_as_damaged(folder: Path) -> None:
    database = folder / "sojourn.db"
    database.write_bytes(database.read_bytes()[: database.stat().st_size // 2])
    with pytest.raises(BackendError):
        texts(folder)


def test_wherever_a_byte_is_turned_no_wrong_text_is_served(folder: Path) -> None:
    database = folder / "sojourn.db"
    whole = database.read_bytes()
    refused = 0
    for place in range(5000, len(whole), len(whole) // 60):
        turned = bytearray(whole)
        turned[place] ^= 0x55
        database.write_bytes(turned)
        try:
            served = texts(folder)
        except (SojournError, AssertionError):  # said, or the session is not found at all
            refused += 1
        else:
            assert set(served) <= set(TEXTS)
        for left in folder.glob("sojourn.db-*"):
            left.unlink()
    assert refused > 0


def test_keys_of_another_store_open_nothing(folder: Path, tmp_path: Path) -> None:
    with Sojourn.open(f"sqlite:///{tmp_path / 'other'}", settings=SETTINGS) as other:
        other.user("ada").sessions.create()
    shutil.copy(tmp_path / "other" / "keys.bin", folder / "keys.bin")
    with Sojourn.open(f"sqlite:///{folder}", settings=SETTINGS) as store:
        assert store.user("ada").sessions.latest() is None, "her name is not found under another key"
    raw = apsw.Connection(str(folder / "sojourn.db"))
    ((sealed,),) = raw.execute("SELECT body FROM messages LIMIT 1").fetchall()
    raw.close()
    assert b"tide" not in sealed
