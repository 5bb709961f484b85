"""What a session and its owner hold. The owner's counters take part in every change of either, so that
whoever changes them waits for the other, and the sums that follow are right.
"""

from sojourn.backends.sql.connection import Connection
from sojourn.ports import Taken

_COUNT = """
    UPDATE users SET file_count = file_count + ?2, file_bytes = file_bytes + ?3
    WHERE user_no = ?1 RETURNING file_count, file_bytes
"""
_OF_SESSION = """
    SELECT s.file_count + (SELECT count(*) FROM intents i WHERE i.session_no = s.session_no AND i.kind < 2
                           AND i.deadline_ms >= ?3),
           s.file_bytes + (SELECT coalesce(sum(i.reserved), 0) FROM intents i
                           WHERE i.session_no = s.session_no AND i.kind < 2 AND i.deadline_ms >= ?3)
    FROM sessions s WHERE s.session_no = ?1 AND s.user_no = ?2
"""


async def take(connection: Connection, owner: int, session_no: int, files: int, size: int, now: int) -> Taken:
    """Counts for the owner what comes (or, below zero, goes), and answers what is held then."""
    theirs = await connection.one(_COUNT, owner, files, size)
    here = await connection.one(_OF_SESSION, session_no, owner, now)
    assert theirs is not None and here is not None, "the session is theirs: it was asked before"
    return Taken(here[0], here[1], theirs[0], theirs[1])


async def give_back(connection: Connection, owner: int, files: int, size: int) -> None:
    """What is no longer held counts no more."""
    await connection.one(_COUNT, owner, -files, -size)
