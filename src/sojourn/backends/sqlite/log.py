"""The write-ahead log, kept short by the process's own writer, while nobody waits for it."""

import time

import apsw

_PASSIVE_PAGES = 1000
_TRUNCATE_PAGES = 2048
_RETRY = 0.0002
"""Seconds between two tries while readers hold on to the log."""


class Log:
    """How long the log is, as of this process's last commit, and from what length on it is shortened."""

    def __init__(self) -> None:
        self._pages = 0
        self._due = _PASSIVE_PAGES

    def note(self, raw: apsw.Connection, name: str, pages: int) -> int:
        """Called by SQLite at each commit."""
        self._pages = pages
        return 0

    @property
    def long(self) -> bool:
        return self._pages > self._due

    def shorten(self, raw: apsw.Connection) -> None:
        """Writes what can be written without waiting; a very long log is emptied.

        While a reader holds on to it, it is tried again only when the log has grown by as much again:
        writers must not wait for a reader that does not end.
        """
        grown = self._pages + _PASSIVE_PAGES
        done = self._truncated(raw) if self._pages > _TRUNCATE_PAGES else self._passive(raw)
        self._due = _PASSIVE_PAGES if done else grown

    def _passive(self, raw: apsw.Connection) -> bool:
        """True when all of it was written into the file."""
        try:
            held, written = raw.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.Error:
            return False  # another process is at it, or the disk refuses: whoever writes next is told
        return held == written

    def _truncated(self, raw: apsw.Connection) -> bool:
        try:
            return self.truncate(raw, 0.05)
        except apsw.Error:
            return False

    def truncate(self, raw: apsw.Connection, seconds: float) -> bool:
        """Writes all of it into the file and empties it; False when readers held on to it for so long."""
        end = time.monotonic() + seconds
        while True:
            try:
                raw.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            except apsw.BusyError:
                if time.monotonic() > end:
                    return False
                time.sleep(_RETRY)
            else:
                self._pages, self._due = 0, _PASSIVE_PAGES
                return True
