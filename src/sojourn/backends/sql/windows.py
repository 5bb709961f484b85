"""The statements that read messages by windows, for a way of keying them."""

from functools import cache
from typing import NamedTuple

from sojourn.backends.sql.places import Places

BEGINNING = "m.id, m.role, CASE WHEN m.head IS NULL THEN m.body END, m.head"
"""What a preview is made of."""

_WHOLE = "m.seq, m.id, m.role, m.created_ms, m.body, m.parent"
_ASKED = "coalesce(?3, s.branch)"
_MINE = "WHERE s.id = ?1 AND s.user_no = ?2"


class Window(NamedTuple):
    """Rows of one branch, up to the seq ?4: `branch` by its end, `stretch` above a seq too.

    Of a branch without any, `branch` answers a row that tells which it was.
    """

    branch: str
    stretch: str


class Windows(NamedTuple):
    words: Window
    beginnings: Window
    after: str
    stretch_on: str
    find: str


@cache
def windows(places: Places) -> Windows:
    order = places.order
    end = places.between("s.session_no", _ASKED, above="0", upto="?4")
    beyond = places.between("s.session_no", _ASKED, above="?4", upto=f"{2**62}")
    words, beginnings = (
        Window(
            f"{_of_branch(columns, end)} ORDER BY {order} DESC LIMIT ?5",
            f"{_of_stretch(places, columns)} ORDER BY {order} DESC LIMIT ?6",
        )
        for columns in (_WHOLE, f"m.seq, {BEGINNING}")
    )
    return Windows(
        words,
        beginnings,
        after=f"{_of_branch(_WHOLE, beyond)} ORDER BY {order} LIMIT ?5",
        stretch_on=f"{_of_stretch(places, _WHOLE)} ORDER BY {order} LIMIT ?6",
        find=f"""
            SELECT s.key_no, m.branch, {_WHOLE}
            FROM sessions s JOIN messages m ON m.session_no = s.session_no AND m.id = ?3 {_MINE}
        """,
    )


def _of_branch(columns: str, rows: str) -> str:
    return f"""
        SELECT s.key_no, {_ASKED}, {columns} FROM sessions s LEFT JOIN messages m ON {rows} {_MINE}
    """


def _of_stretch(places: Places, columns: str) -> str:
    rows = places.between("s.session_no", "?3", above="?4", upto="?5")
    return f"SELECT s.key_no, ?3, {columns} FROM sessions s JOIN messages m ON {rows} {_MINE}"
