"""Branches: a row says where one left another, so that opening one costs a row however long it is."""

from functools import cache
from typing import NamedTuple

from sojourn.backends.sql.connection import Connection, Row
from sojourn.backends.sql.lines import NEWEST
from sojourn.backends.sql.places import Places
from sojourn.backends.sql.uuids import uuid
from sojourn.errors import LimitExceeded
from sojourn.models import Branch
from sojourn.ports import MOST_BRANCHES, SessionRef, Spot

_OPEN = """
    UPDATE sessions
    SET branch = (SELECT coalesce(max(b.branch), 1) + 1 FROM branches b
                  WHERE b.session_no = sessions.session_no),
        aside = 1, active_ms = max(active_ms, ?3)
    WHERE id = ?1 AND user_no = ?2 AND closed_ms IS NULL AND deleted_ms IS NULL
    RETURNING session_no, branch
"""
_ADD = "INSERT INTO branches (session_no, branch, parent, fork_seq) VALUES (?1, ?2, ?3, ?4)"
_SWITCH = """
    UPDATE sessions SET branch = ?4, aside = 1, active_ms = max(active_ms, ?3)
    WHERE id = ?1 AND user_no = ?2 AND closed_ms IS NULL AND deleted_ms IS NULL
      AND (?4 = 1 OR EXISTS (
          SELECT 1 FROM branches b WHERE b.session_no = sessions.session_no AND b.branch = ?4))
"""


class _Pages(NamedTuple):
    """Statements that list branches, each with the id of its first message."""

    page: str
    on: str
    leaving: str


@cache
def _pages(places: Places) -> _Pages:
    def first(branch: str, above: str) -> str:
        rows = places.between("s.session_no", branch, above=above, upto=f"{NEWEST}")
        return f"(SELECT m.id FROM messages m WHERE {rows} ORDER BY {places.order} LIMIT 1)"

    return _Pages(
        page=f"""
            SELECT 1 AS branch, NULL, 0, {first("1", "0")} FROM sessions s
            WHERE s.id = ?1 AND s.user_no = ?2 AND ?3 < 1
            UNION ALL
            SELECT b.branch, b.parent, b.fork_seq, {first("b.branch", "0")}
            FROM sessions s JOIN branches b ON b.session_no = s.session_no
            WHERE s.id = ?1 AND s.user_no = ?2 AND b.branch > ?3
            ORDER BY 1 LIMIT ?4
        """,
        on=f"""
            SELECT ?3, b.parent, coalesce(b.fork_seq, 0), {first("?3", "?4")}
            FROM sessions s LEFT JOIN branches b ON b.session_no = s.session_no AND b.branch = ?3
            WHERE s.id = ?1 AND s.user_no = ?2
        """,
        leaving=f"""
            SELECT b.branch, b.parent, b.fork_seq, {first("b.branch", "0")}
            FROM sessions s JOIN branches b ON b.session_no = s.session_no
            WHERE s.id = ?1 AND s.user_no = ?2 AND b.parent = ?3 AND b.fork_seq = ?4 AND b.branch > ?5
            ORDER BY b.branch LIMIT ?6
        """,
    )


class Branches:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._pages = _pages(connection.places)

    async def fork(self, ref: SessionRef, at: Spot, now: int) -> int | None:
        row = await self._connection.one(_OPEN, ref.id, ref.owner, now)
        if row is None:
            return None
        session_no, number = row
        if number > MOST_BRANCHES:
            raise LimitExceeded(
                f"A session can hold {MOST_BRANCHES} branches; this would be one more.", limit=MOST_BRANCHES
            )
        await self._connection.run(_ADD, session_no, number, *at)
        assert isinstance(number, int)
        return number

    async def switch(self, ref: SessionRef, branch: int, now: int) -> bool:
        return await self._connection.run(_SWITCH, ref.id, ref.owner, now, branch) > 0

    async def page(self, ref: SessionRef, after: int, limit: int) -> list[Branch]:
        rows = await self._connection.all(self._pages.page, ref.id, ref.owner, after, limit)
        return [_branch(row) for row in rows]

    async def beside(self, ref: SessionRef, at: Spot, after: int, limit: int) -> list[Branch]:
        found: list[Row] = []
        if after < at[0] and limit > 0:
            rows = await self._connection.all(self._pages.on, ref.id, ref.owner, *at)
            found = [row for row in rows if row[3] is not None]
        left = limit - len(found)
        found += await self._connection.all(self._pages.leaving, ref.id, ref.owner, *at, after, left)
        return [_branch(row) for row in found]


def _branch(row: Row) -> Branch:
    number, parent, fork_seq, first = row
    return Branch(number, parent, fork_seq, None if first is None else uuid(first))
