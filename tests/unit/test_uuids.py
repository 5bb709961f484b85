"""An id is kept as 16 bytes and handed out in its usual form, one or many."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sojourn.backends.sql.uuids import raw_id, uuid, uuids

RAW = st.binary(min_size=16, max_size=16) | st.sampled_from([b"\0" * 16, b"\xff" * 16, b" " * 16, b"-" * 16])


@given(st.lists(RAW, max_size=60))
def test_ids_are_written_in_their_usual_form(raws: list[bytes]) -> None:
    written = [str(UUID(bytes=raw)) for raw in raws]
    assert uuids(raws) == written
    assert [uuid(raw) for raw in raws] == written
    assert [raw_id(text) for text in written] == raws
