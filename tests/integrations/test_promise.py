"""A token that goes out before the first write: known again, and only if the store issued it."""

from collections.abc import Iterator

import pytest

from sojourn import Sojourn
from sojourn.config import DAY
from sojourn.core import promises

NOW = 1_700_000_000_000


@pytest.fixture
def store() -> Iterator[Sojourn]:
    with Sojourn.open("memory://") as opened:
        yield opened


def test_the_store_knows_what_it_promised_until_the_promise_is_old(store: Sojourn) -> None:
    token = promises.make(store.sign, NOW)
    assert len(token) <= 512
    assert token != promises.make(store.sign, NOW)
    assert promises.holds(store.sign, token, NOW, 7 * DAY)
    assert promises.holds(store.sign, token, NOW + 7 * DAY * 1000 - 1, 7 * DAY)
    assert not promises.holds(store.sign, token, NOW + 7 * DAY * 1000, 7 * DAY)


def test_another_store_did_not_promise_it(store: Sojourn) -> None:
    with Sojourn.open("memory://") as other:
        assert not promises.holds(store.sign, promises.make(other.sign, NOW), NOW, DAY)


@pytest.mark.parametrize("at", [0, 20, 45, 60, -1])
def test_a_token_changed_anywhere_was_never_promised(store: Sojourn, at: int) -> None:
    token = promises.make(store.sign, NOW)
    changed = [*token]
    changed[at] = "1" if changed[at] != "1" else "2"
    assert not promises.holds(store.sign, "".join(changed), NOW, DAY)


@pytest.mark.parametrize("text", ["", ".", "x" * 43, "x" * 43 + ".1.", "ö" * 60, "x" * 43 + ".z." + "0" * 64])
def test_what_is_no_promise_at_all_is_no_error(store: Sojourn, text: str) -> None:
    assert not promises.holds(store.sign, text, NOW, DAY)
