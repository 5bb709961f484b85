"""Taking the turn to write among several processes.

SQLite's own waiting starves: it sleeps ever longer while others run past. Waiting a short
random time, and pausing after long possession, lets four saturated processes share evenly.
"""

import random
import time

import apsw

from sojourn.backends.sqlite.connection import translated
from sojourn.errors import Unavailable

_WAIT = 0.0008
"""The longest sleep between two tries, in seconds."""


def try_begin(connection: apsw.Connection) -> bool:
    """Opens a write transaction if nobody else holds one."""
    try:
        connection.execute("BEGIN IMMEDIATE").fetchall()
    except apsw.BusyError:
        return False
    except apsw.Error as problem:
        raise translated(problem) from problem
    return True


def begin(connection: apsw.Connection, deadline: float) -> bool:
    """Opens a write transaction; True when it had to wait. Raises `Unavailable` past the deadline."""
    waited = False
    while not try_begin(connection):
        if time.monotonic() > deadline:
            raise Unavailable("Another process has held the records for too long; nothing was written.")
        waited = True
        time.sleep(random.random() * _WAIT)
    return waited
