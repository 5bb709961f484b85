"""What ids say, and what they never say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core import ids

TIMES = st.integers(0, 2**70)
OLDEST_AND_NEWEST = st.tuples(st.integers(0, 2**45 - 1), st.integers(0, 2**45 - 1)).map(sorted)


@given(TIMES)
def test_no_ordinary_id_begins_like_an_ephemeral_one(now: int) -> None:
    for kind in (ids.SESSION, ids.USER, ids.DEVICE, ids.FILE):
        assert ids.new_id(kind, now)[len(kind) + 1] in "01234567"
    assert not ids.is_ephemeral(ids.new_id(ids.SESSION, now))


@given(TIMES)
def test_every_ephemeral_id_says_so_and_is_as_long_as_others(now: int) -> None:
    made = ids.new_ephemeral_id(now)
    assert ids.is_ephemeral(made)
    assert len(made) == len(ids.new_id(ids.SESSION, now)) == 30


@pytest.mark.parametrize("new", [lambda now: ids.new_id(ids.SESSION, now), ids.new_ephemeral_id])
@given(times=OLDEST_AND_NEWEST)
def test_ids_of_one_kind_sort_by_their_time(new, times: list[int]) -> None:  # type: ignore[no-untyped-def]
    earlier, later = times
    if earlier < later:
        assert new(earlier) < new(later)
