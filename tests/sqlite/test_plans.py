"""What is read by windows and pages is found in one range of one tree: nothing is scanned whole or sorted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from sojourn.backends.sqlite import schema
from sojourn.backends.sqlite.places import PACKED
from sojourn.backends.sqlite.records import SqliteRecords
from sojourn.config import Settings
from sojourn.models import Session, User
from sojourn.ports import Listing, SessionRef, Tx

LISTINGS = {
    "listed": Listing(),
    "archived": Listing(archived=True),
    "in_trash": Listing(deleted=True),
    "pinned": Listing(pinned=True),
    "pinned and archived": Listing(pinned=True, archived=True),
    "listed but not pinned": Listing(pinned=False),
    "listed with a tag": Listing(tag="sea"),
    "archived with a tag": Listing(archived=True, tag="sea"),
}


@pytest.fixture
def records(tmp_path: Path) -> Iterator[SqliteRecords]:
    records = SqliteRecords(tmp_path, Settings(durability="process"))

    async def begin(tx: Tx) -> None:
        await tx.users.add(User("usr_1", "ada", 1))
        await tx.sessions.add(1, Session("ses_1", "", 1, 1, 1, 0, 0, 0, tags=("sea",)))
        await tx.branches.fork(SessionRef(1, "ses_1"), (1, 0), 1)

    records.write(begin)
    yield records
    records.close()


def plan(records: SqliteRecords, operation: Callable[[Tx], Any]) -> list[str]:
    """How every statement of the operation is looked up."""
    asked: list[tuple[str, Any]] = []
    raw: apsw.Connection = records._database.reader().raw
    raw.exec_trace = lambda _, sql, bindings: asked.append((sql, bindings)) or True  # type: ignore[func-returns-value]
    records.read(operation)
    raw.exec_trace = None
    return [row[3] for sql, bindings in asked for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}", bindings)]


def assert_ranges(steps: list[str], *but: str) -> None:
    """No step goes through a whole table, nor sorts what was found, but those of a line of branches."""
    assert steps
    bad = [step for step in steps if step.startswith(("SCAN", "USE TEMP")) and step not in but]
    assert not bad, steps


WINDOWS: dict[str, Callable[[Tx, int | None], Any]] = {
    "last": lambda tx, branch: tx.messages.last(SessionRef(1, "ses_1"), 9, branch),
    "before": lambda tx, branch: tx.messages.before(SessionRef(1, "ses_1"), 9, 9, branch),
    "after": lambda tx, branch: tx.messages.after(SessionRef(1, "ses_1"), 9, 9, branch),
    "find": lambda tx, branch: tx.messages.find(SessionRef(1, "ses_1"), [f"{0:032x}"]),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_a_window_of_the_first_branch_is_one_range(records: SqliteRecords, name: str) -> None:
    steps = plan(records, lambda tx: WINDOWS[name](tx, 1))
    assert_ranges(steps)
    assert len(steps) == 2
    if name == "find":
        assert "INDEX messages_by_id (session_no=? AND id=?)" in steps[1]
    else:
        assert "INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in steps[1]


@pytest.mark.parametrize("name", WINDOWS)
def test_a_window_of_another_branch_is_a_range_of_each_on_its_line(records: SqliteRecords, name: str) -> None:
    line = ("SCAN l", "SCAN line", "USE TEMP B-TREE FOR ORDER BY")
    assert_ranges(plan(records, lambda tx: WINDOWS[name](tx, None)), *line)


@pytest.mark.parametrize("name", LISTINGS)
def test_a_list_is_one_range_of_its_own_index(records: SqliteRecords, name: str) -> None:
    steps = plan(records, lambda tx: tx.sessions.page(1, None, 9, LISTINGS[name]))
    index = f"INDEX sessions_{name.partition(' ')[0]} (user_no=? AND active_ms<?)"
    assert any(step.endswith(index) for step in steps), steps
    assert_ranges(steps, "SCAN x")


def test_titles_are_one_range_too(records: SqliteRecords) -> None:
    steps = plan(records, lambda tx: tx.sessions.titles(1, None, 9, archived=False))
    assert_ranges(steps)
    assert len(steps) == 1


def test_the_ways_on_from_a_place_are_one_range(records: SqliteRecords) -> None:
    ref = SessionRef(1, "ses_1")
    assert_ranges(plan(records, lambda tx: tx.branches.beside(ref, (1, 0), 0, 9)))


def test_the_newest_message_of_a_listed_session_is_one_row(records: SqliteRecords) -> None:
    steps = plan(records, lambda tx: tx.sessions.page(1, None, 9, Listing()))
    assert "SEARCH m USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN" in steps


def test_the_first_message_of_a_branch_is_found_in_one_range(records: SqliteRecords) -> None:
    steps = plan(records, lambda tx: tx.branches.beside(SessionRef(1, "ses_1"), (1, 0), 0, 9))
    found = [step for step in steps if step.startswith("SEARCH m ")]
    assert found == 2 * ["SEARCH m USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]


def test_an_erase_takes_one_range_of_messages() -> None:
    with apsw.Connection(":memory:") as raw:
        schema.migrate(raw)
        rows = raw.execute(f"EXPLAIN QUERY PLAN DELETE FROM messages AS m WHERE {PACKED.within('7')}")
        assert [row[3] for row in rows] == ["SEARCH m USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]


def test_a_page_that_leaves_very_many_out_is_short_and_goes_on(
    records: SqliteRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sojourn.backends.sql import lists

    monkeypatch.setattr(lists, "SCANNED", 10)
    lists._page.cache_clear()
    lists.end.cache_clear()

    async def fill(tx: Tx) -> None:
        for n in range(2, 40):
            tags = ("moon",) if n in {3, 30, 39} else ()
            pinned = n in range(20, 36)
            await tx.sessions.add(1, Session(f"ses_{n}", "", n, n, 1, 0, 0, 0, tags=tags, pinned=pinned))

    records.write(fill)
    try:
        for listing, expected in (
            (Listing(tag="moon"), [[39, 30], [], [], [3]]),
            (Listing(pinned=False), [[39, 38, 37, 36], [], [19, 18, 17, 16]]),
        ):
            found: list[list[int]] = []
            position = None
            for _ in expected:
                page, position = records.read(
                    lambda tx, at=position, which=listing: tx.sessions.page(1, at, 4, which)
                )
                found.append([int(session.id[4:]) for session in page])
            assert found == expected
            assert (position is None) is (listing.tag is not None)
    finally:
        lists._page.cache_clear()
        lists.end.cache_clear()
