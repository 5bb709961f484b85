"""Whether anything was committed since: one connection of the process that looks, and nothing else.

`PRAGMA data_version` moves with the commits of every other connection, of this process or of another.
It means something within one connection only; so all threads ask the same one, in turn.
"""

import threading

import apsw

from sojourn.backends.sqlite.connection import translated
from sojourn.backends.sqlite.database import Database


class Stamp:
    """Opens at the first look, and anew after a fork or a close; then no earlier stamp comes again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._raw: apsw.Connection | None = None
        self._opened = 0

    def look(self) -> object:
        """Equal to another look's answer only if nothing was committed in between."""
        with self._lock:
            if self._raw is None:
                self._raw = self._database.watcher()
                self._look = self._raw.cursor().execute
                self._opened += 1
            try:
                return self._opened, self._look("PRAGMA data_version").fetchall()[0][0]
            except apsw.BusyError:
                return object()  # nobody can tell just now: equal to no other
            except apsw.Error as problem:
                raise translated(problem) from problem

    def close(self) -> None:
        """Closes the connection; it opens again for the next look."""
        with self._lock:
            self._shut()

    def _shut(self) -> None:
        if self._raw is not None:
            self._raw.close()
            self._raw = None

    def before_fork(self) -> None:
        self._lock.acquire()
        self._shut()

    def after_fork(self, *, child: bool) -> None:
        if child:
            self._lock = threading.Lock()
        else:
            self._lock.release()
