"""The place of a message: its session, its branch and its seq, as a database keys them.

One with composite keys keeps the three as they are. One whose tables lie in the order of a single
number packs them into it. Either way `m.session_no`, `m.branch` and `m.seq` can be read.
"""

from collections.abc import Hashable
from typing import Protocol


class Places(Hashable, Protocol):
    """Conditions on the rows of `messages m`, made of SQL expressions.

    None of them meets a message of another session, whatever the numbers are.
    """

    @property
    def order(self) -> str:
        """What the messages of one branch are ordered by."""
        ...

    @property
    def key(self) -> tuple[str, str]:
        """The columns of the key, and their values of the session ?1, the branch ?2 and the seq ?3."""
        ...

    def at(self, session: str, branch: str, seq: str) -> str:
        """The one message that stands there."""
        ...

    def between(self, session: str, branch: str, *, above: str, upto: str) -> str:
        """Those of one branch with a seq above the first and up to the second."""
        ...

    def within(self, session: str) -> str:
        """All of a session."""
        ...


class Columns:
    """Three columns, in this order the primary key."""

    order = "m.seq"
    key = ("session_no, branch, seq", "?1, ?2, ?3")

    def at(self, session: str, branch: str, seq: str) -> str:
        return f"m.session_no = {session} AND m.branch = {branch} AND m.seq = {seq}"

    def between(self, session: str, branch: str, *, above: str, upto: str) -> str:
        return f"m.session_no = {session} AND m.branch = {branch} AND m.seq > {above} AND m.seq <= {upto}"

    def within(self, session: str) -> str:
        return f"m.session_no = {session}"


COLUMNS = Columns()
