"""A place packs a session, a branch and a seq into one number, and says what the three would, to the last."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn import LimitExceeded, Settings, Sojourn
from sojourn.backends.sql.places import COLUMNS
from sojourn.backends.sqlite import schema
from sojourn.backends.sqlite.places import PACKED
from sojourn.errors import BackendError
from sojourn.ports import MOST_BRANCHES, MOST_MESSAGES, MOST_SESSIONS


def edges(most: int) -> st.SearchStrategy[int]:
    """From 1 to the most, its ends and the powers of two among them."""
    near = {n + d for n in (1, 2, most, *(2**bit for bit in range(most.bit_length()))) for d in (-1, 0, 1)}
    return st.sampled_from(sorted(n for n in near if 1 <= n <= most)) | st.integers(1, most)


SPOTS = st.tuples(edges(MOST_SESSIONS), edges(MOST_BRANCHES), edges(MOST_MESSAGES))
SEQS = st.integers(-(2**62), 2**62) | edges(MOST_MESSAGES)


@pytest.fixture(scope="module")
def table() -> Iterator[apsw.Connection]:
    with apsw.Connection(":memory:") as raw:
        schema.migrate(raw)
        yield raw


def put(table: apsw.Connection, spots: set[tuple[int, int, int]]) -> None:
    table.execute("DELETE FROM messages").fetchall()
    columns, values = PACKED.key
    insert = f"INSERT INTO messages ({columns}, id, role, created_ms, body) VALUES ({values}, ?4, 0, 0, x'')"
    for n, spot in enumerate(spots):
        table.execute(insert, (*spot, n.to_bytes(16, "big"))).fetchall()


def found(table: apsw.Connection, condition: str, *values: int) -> list[tuple[int, int, int]]:
    sql = f"SELECT m.session_no, m.branch, m.seq FROM messages m WHERE {condition} ORDER BY {PACKED.order}"
    return table.execute(sql, values).fetchall()


@settings(max_examples=200, deadline=None)
@given(spots=st.sets(SPOTS, min_size=1, max_size=12), at=SPOTS, above=SEQS, upto=SEQS)
def test_a_place_finds_what_the_three_columns_would(
    table: apsw.Connection, spots: set[tuple[int, int, int]], at: tuple[int, int, int], above: int, upto: int
) -> None:
    put(table, spots)
    assert found(table, "1") == sorted(spots)
    for session, branch, seq in {at, *spots}:
        for places in (PACKED, COLUMNS):
            rows = [spot for spot in sorted(spots) if spot[:2] == (session, branch)]
            between = places.between("?1", "?2", above="?3", upto="?4")
            inside = [spot for spot in rows if above < spot[2] <= upto]
            assert found(table, between, session, branch, above, upto) == inside
            one = [spot for spot in rows if spot[2] == seq]
            assert found(table, places.at("?1", "?2", "?3"), session, branch, seq) == one
            all = [spot for spot in sorted(spots) if spot[0] == session]
            assert found(table, places.within("?1"), session) == all


@settings(max_examples=200, deadline=None)
@given(
    spots=st.sets(st.tuples(st.integers(1, 4), st.integers(1, 2), st.integers(1, 3)), min_size=4),
    branch=st.builds(lambda sessions, n: sessions * (MOST_BRANCHES + 1) + n, st.integers(-4, 4), edges(3))
    | SEQS,
    above=st.just(0) | SEQS,
    upto=st.integers(1, 3) | SEQS,
)
def test_no_number_leads_into_another_session(
    table: apsw.Connection, spots: set[tuple[int, int, int]], branch: int, above: int, upto: int
) -> None:
    put(table, spots)
    for session in {spot[0] for spot in spots}:
        near = found(table, PACKED.between("?1", "?2", above="?3", upto="?4"), session, branch, above, upto)
        one = found(table, PACKED.at("?1", "?2", "?3"), session, branch, upto)
        assert {spot[0] for spot in near + one} <= {session}


def by_hand(folder: Path, sql: str, *values: int) -> None:
    raw = apsw.Connection(f"{folder}/sojourn.db")
    raw.execute(sql, values).fetchall()
    assert raw.changes() == 1
    raw.close()


def test_the_very_last_place_is_a_place_like_any_other(tmp_path: Path) -> None:
    quick = Settings(durability="process", session_messages=2**40)
    with Sojourn.open(f"sqlite:///{tmp_path}", settings=quick) as store:
        ada = store.user("ada")
        other = ada.sessions.create()
        other.messages.append("user", "Theirs")
    by_hand(tmp_path, "UPDATE sqlite_sequence SET seq = ? WHERE name = 'sessions'", MOST_SESSIONS - 1)
    with Sojourn.open(f"sqlite:///{tmp_path}", settings=quick) as store:
        session = store.user("ada").sessions.create()
        first = session.messages.append("user", "The first")
        session.messages.rewind(first.id)
    by_hand(
        tmp_path,
        "UPDATE sessions SET last_seq = ?, branch = ? WHERE session_no = ?",
        MOST_MESSAGES - 1,
        MOST_BRANCHES,
        MOST_SESSIONS,
    )
    by_hand(tmp_path, "UPDATE branches SET branch = ?", MOST_BRANCHES)
    with Sojourn.open(f"sqlite:///{tmp_path}", settings=quick) as store:
        sessions = store.user("ada").sessions
        session = sessions.get(session.id)
        last = session.messages.append("user", "The last")
        assert (last.branch, last.seq) == (MOST_BRANCHES, MOST_MESSAGES)
        assert session.messages.last(9) == session.messages.after(0) == [last]
        assert session.messages.get(last.id) == last
        assert session.refresh().preview == sessions.list().items[0].preview == "The last"
        with pytest.raises(LimitExceeded, match="1048575 messages"):
            session.messages.append("user", "One more")
        assert session.messages.last(9) == [last]
        assert session.refresh().last_seq == MOST_MESSAGES
        with pytest.raises(LimitExceeded, match="8589934591 sessions"):
            sessions.create()
        assert len(sessions.list()) == 2
        session.erase()
        assert [message.text for message in sessions.get(other.id).messages.last()] == ["Theirs"]
    raw = apsw.Connection(f"{tmp_path}/sojourn.db")
    assert raw.execute("SELECT count(*) FROM messages").fetchall() == [(1,)]
    raw.close()


def test_a_file_has_the_pages_that_its_rows_were_measured_for(tmp_path: Path) -> None:
    with Sojourn.open(f"sqlite:///{tmp_path}") as store:
        store.user("ada").sessions.create()
    raw = apsw.Connection(f"{tmp_path}/sojourn.db")
    assert raw.execute("PRAGMA page_size").fetchall() == [(8192,)]
    raw.close()


def test_a_file_with_other_pages_is_refused_and_left_alone(tmp_path: Path) -> None:
    raw = apsw.Connection(f"{tmp_path}/sojourn.db")
    raw.execute("PRAGMA page_size = 4096").fetchall()
    raw.execute("CREATE TABLE theirs (x)").fetchall()
    raw.close()
    before = (tmp_path / "sojourn.db").read_bytes()
    with (
        Sojourn.open(f"sqlite:///{tmp_path}") as store,
        pytest.raises(BackendError, match="page_size=8192"),
    ):
        store.user("ada").sessions.create()
    assert (tmp_path / "sojourn.db").read_bytes() == before
    assert not (tmp_path / "keys.bin").exists()
