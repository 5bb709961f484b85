"""The port `Bus` on one SQLite file: own commits are told, those of other processes are looked for.

`PRAGMA data_version` moves with every commit of any other connection, the writer's included, and says
nothing of whose it was: so each move is followed by one look at the logs that are listened to.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterable
from json import dumps
from typing import Any

import apsw

from sojourn.backends.sqlite.connection import translated
from sojourn.backends.sqlite.database import Database

_SHORTEST = 0.02
"""Seconds between two looks while something moves."""
_LONGEST = 0.5
_SLOWER = 1.25

_NEWEST = "SELECT user_no, last_event FROM users WHERE user_no IN (SELECT value FROM json_each(?1))"

Tell = Callable[[], object]


class SqliteBus:
    """One for a process and a file. Its connection stands while anybody listens."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._ears: dict[int | None, list[Tell]] = {}
        """Who listens to whose log; None is everybody's."""
        self._newest: dict[int | None, int] = {}
        """The newest entry of each log, as of the last look at it."""
        self._raw: apsw.Connection | None = None
        self._version: int | None = None
        self._pause = _SHORTEST
        self._due = 0.0

    def listen(self, owner: int | None, tell: Tell) -> Callable[[], None]:
        with self._lock:
            try:
                if self._raw is None:
                    self._open()
                if owner not in self._ears:
                    self._newest.update(self._look([owner]))
            except apsw.Error as problem:
                raise translated(problem) from problem
            self._ears.setdefault(owner, []).append(tell)
        held = [tell]

        def end() -> None:
            with self._lock:
                if held and held.pop() in self._ears.get(owner, ()):
                    self._drop(owner, tell)

        return end

    def tell(self, owners: Iterable[int]) -> None:
        """Tells what this process has just committed."""
        if self._ears:
            with self._lock:
                heard = [tell for owner in (None, *owners) for tell in self._ears.get(owner, ())]
            for tell in heard:
                tell()

    def poll(self) -> float | None:
        with self._lock:
            now = time.monotonic()
            heard: list[Tell] = []
            if now >= self._due and self._ears:
                moved, heard = self._moved()
                self._pause = _SHORTEST if moved else min(self._pause * _SLOWER, _LONGEST)
                self._due = now + self._pause
            seconds = max(self._due - now, 0.001)
        for tell in heard:
            tell()
        return seconds

    def _moved(self) -> tuple[bool, list[Tell]]:
        """Whether anything moved since the last look, and who is to be told."""
        try:
            if self._raw is None:
                self._open()
            version = self._data_version()
            if version == self._version:
                return False, []
            newest = self._look(self._ears)
        except apsw.BusyError:
            return False, []
        except apsw.Error as problem:
            raise translated(problem) from problem
        self._version = version
        grown = [owner for owner in self._ears if owner is None or newest[owner] > self._newest[owner]]
        self._newest = newest
        return True, [tell for owner in grown for tell in self._ears[owner]]

    def _look(self, owners: Collection[int | None]) -> dict[int | None, int]:
        """The newest entry of each log."""
        assert self._raw is not None, "somebody listens"
        numbers = [owner for owner in owners if owner is not None]
        newest: dict[int | None, int] = dict.fromkeys(owners, 0)
        if numbers:
            rows: list[Any] = self._raw.execute(_NEWEST, (dumps(numbers),)).fetchall()
            newest.update(rows)
        return newest

    def _open(self) -> None:
        """Opens the connection; with somebody listening already, nobody knows what moved meanwhile."""
        self._version = None
        self._raw = self._database.watcher()
        if not self._ears:
            self._version = self._data_version()
        self._pause = _SHORTEST
        self._due = time.monotonic() + self._pause

    def _data_version(self) -> int:
        assert self._raw is not None, "somebody listens"
        row: tuple[Any, ...] = self._raw.execute("PRAGMA data_version").fetchall()[0]
        version: int = row[0]
        return version

    def _drop(self, owner: int | None, tell: Tell) -> None:
        self._ears[owner].remove(tell)
        if not self._ears[owner]:
            del self._ears[owner]
            self._newest.pop(owner, None)
        if not self._ears:
            self._shut()

    def _shut(self) -> None:
        if self._raw is not None:
            self._raw.close()
            self._raw = None

    def close(self) -> None:
        """Closes the connection; it opens again for the next look."""
        with self._lock:
            self._shut()

    def before_fork(self) -> None:
        self._lock.acquire()
        self._shut()

    def after_fork(self, *, child: bool) -> None:
        """Who listened in the parent is nobody in the child."""
        if child:
            self._lock = threading.Lock()
            self._ears = {}
            self._newest = {}
        else:
            self._lock.release()
