"""`sojourn sweep` finishes what was cut off."""

import json
from collections.abc import Callable

import pytest
from tests.cli.conftest import Ended

from sojourn import Sojourn
from sojourn.core import coming, lifecycle
from sojourn.ports import Intent
from sojourn.sync import Session

Run = Callable[..., Ended]
NOW = 1_700_000_000_000


def cut_off_erase(store: Sojourn, session: Session) -> None:
    """The first step of an erase, and no other."""
    store._engine.drive.write(lifecycle.entomb, session._ref, NOW)


def cut_off_upload(store: Sojourn, session: Session) -> None:
    """An upload that began long ago and never ended."""
    intent = Intent(session.id, "fil_" + "0" * 26, "add", 10, NOW + 1)
    store._engine.drive.write(coming.begin, session._ref, intent, NOW, store.settings)


@pytest.fixture
def torn(store: Sojourn) -> None:
    """A store in which more was cut off than one round of a sweep clears."""
    with store:
        ada = store.user("ada").sessions
        for _ in range(130):
            session = ada.create(title="Tides")
            session.messages.append("user", "Hello")
            cut_off_erase(store, session)
        cut_off_upload(store, ada.create())


@pytest.mark.usefixtures("torn")
def test_it_clears_everything_and_says_how_much(sojourn: Run, store: Sojourn) -> None:
    ended = sojourn("sweep")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "Swept: 130 erases, 1 upload.\n", "")
    with store:
        assert not any(store.sweep().values())


@pytest.mark.usefixtures("torn")
def test_json_has_the_counts(sojourn: Run) -> None:
    ended = sojourn("sweep", "--json")
    swept = {"erases": 130, "uploads": 1, "files": 0, "leftovers": 0, "endings": 0}
    assert json.loads(ended.stdout) == swept
    assert not any(json.loads(sojourn("sweep", "--json").stdout).values())


def test_nothing_to_sweep_is_no_error(sojourn: Run, store: Sojourn) -> None:
    with store:
        store.user("ada").sessions.create()
    ended = sojourn("sweep")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "Nothing was left to sweep.\n", "")
