"""The place of a message in one whole number: 33 bits of session, 10 of branch, 20 of seq.

SQLite keeps a table in the order of such a number, and lays a long row into its page; a table with
a composite key would spill it into pages of its own.
"""

from sojourn.ports import MOST_BRANCHES, MOST_MESSAGES, MOST_SESSIONS

_SEQ = MOST_MESSAGES.bit_length()
_SESSION = _SEQ + MOST_BRANCHES.bit_length()
assert _SESSION + MOST_SESSIONS.bit_length() == 63, "a place is a positive number of SQLite's"


class Packed:
    """The column `place`, from which the table computes the three."""

    order = "m.place"
    key = ("place", f"(?1 << {_SESSION}) + (?2 << {_SEQ}) + ?3")

    def at(self, session: str, branch: str, seq: str) -> str:
        return f"m.place = {_branch(session, branch)} + ({seq} & {MOST_MESSAGES})"

    def between(self, session: str, branch: str, *, above: str, upto: str) -> str:
        start = _branch(session, branch)
        return f"""
            m.place > {start} + min(max({above}, 0), {MOST_MESSAGES})
            AND m.place <= {start} + min({upto}, {MOST_MESSAGES})
        """

    def within(self, session: str) -> str:
        first = f"({session} << {_SESSION})"
        return f"m.place >= {first} AND m.place <= {first} + {(1 << _SESSION) - 1}"


PACKED = Packed()


def _branch(session: str, branch: str) -> str:
    """Where a branch begins. A number that no branch has stays within the session."""
    return f"(({session} << {_SESSION}) + (({branch} & {MOST_BRANCHES}) << {_SEQ}))"
