"""A token that goes out before the first write: known again, and only if the store issued it."""

from collections.abc import Iterator

import pytest

from sojourn import Sojourn
from sojourn.config import DAY
from sojourn.integrations.promise import promise, promised

NOW = 1_700_000_000_000


@pytest.fixture
def store() -> Iterator[Sojourn]:
    with Sojourn.open("memory://") as opened:
        yield opened


def test_the_store_knows_what_it_promised_until_the_promise_is_old(store: Sojourn) -> None:
    token = promise(store.sign, NOW)
    assert len(token) <= 512
    assert token != promise(store.sign, NOW)
    assert promised(store.sign, token, NOW, 7 * DAY)
    assert promised(store.sign, token, NOW + 7 * DAY * 1000 - 1, 7 * DAY)
    assert not promised(store.sign, token, NOW + 7 * DAY * 1000, 7 * DAY)


def test_another_store_did_not_promise_it(store: Sojourn) -> None:
    with Sojourn.open("memory://") as other:
        assert not promised(store.sign, promise(other.sign, NOW), NOW, DAY)


@pytest.mark.parametrize("at", [0, 20, 45, 60, -1])
def test_a_token_changed_anywhere_was_never_promised(store: Sojourn, at: int) -> None:
    token = promise(store.sign, NOW)
    changed = [*token]
    changed[at] = "1" if changed[at] != "1" else "2"
    assert not promised(store.sign, "".join(changed), NOW, DAY)


@pytest.mark.parametrize("text", ["", ".", "x" * 43, "x" * 43 + ".1.", "ö" * 60, "x" * 43 + ".z." + "0" * 64])
def test_what_is_no_promise_at_all_is_no_error(store: Sojourn, text: str) -> None:
    assert not promised(store.sign, text, NOW, DAY)
