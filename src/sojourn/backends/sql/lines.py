"""The line that leads to the end of a branch: the branch itself, then what it came from, up to the first."""

from sojourn.backends.sql.connection import Connection
from sojourn.ports import SessionRef

NEWEST = 2**62
"""Above every seq."""

Stretch = tuple[int, int, int]
"""A branch, and the seqs its part of the line lies between: above the first, up to the second."""


def line(*, where: str = "1", go_on: str = "1") -> str:
    """`line (session_no, branch, upto, found)`, newest first, of the branch ?3 or the current one.

    `found` counts the parts that begin before the seq ?4.
    """
    return f"""
        WITH RECURSIVE line (session_no, branch, upto, found) AS (
            SELECT session_no, coalesce(?3, branch), {NEWEST}, 0 FROM sessions
            WHERE id = ?1 AND user_no = ?2 AND {where}
            UNION ALL
            SELECT b.session_no, b.parent, b.fork_seq, l.found + (b.fork_seq < ?4)
            FROM line l JOIN branches b ON b.session_no = l.session_no AND b.branch = l.branch
            WHERE {go_on}
        )
    """


_BACK = f"{line(go_on='l.found <= ?5')} SELECT branch, upto FROM line ORDER BY upto DESC"
_ON = f"{line(go_on='l.upto > ?4')} SELECT branch, upto FROM line ORDER BY upto DESC"


async def back(
    connection: Connection, ref: SessionRef, branch: int | None, seq: int, most: int
) -> list[Stretch]:
    """The stretches that `most` messages before this seq can stand in, newest first.

    It costs the forks on the way there, however long they are.
    """
    return _stretches(await connection.all(_BACK, ref.id, ref.owner, branch, seq, most))


async def on(connection: Connection, ref: SessionRef, branch: int | None, seq: int) -> list[Stretch]:
    """The stretches after this seq, newest first."""
    return _stretches(await connection.all(_ON, ref.id, ref.owner, branch, seq))


def _stretches(rows: list[tuple[int, int]]) -> list[Stretch]:
    floors = [upto for _, upto in rows[1:]] + [0]
    return [(no, floor, upto) for (no, upto), floor in zip(rows, floors, strict=True)]
