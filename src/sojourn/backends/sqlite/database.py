"""The file `sojourn.db` within one process: its connections, from the first use to a fork or the end."""

import os
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

from sojourn.backends.folders import create, sync, told
from sojourn.backends.sql.seals import Seals
from sojourn.backends.sql.tx import SqlTx
from sojourn.backends.sqlite import folder, schema
from sojourn.backends.sqlite.ballast import Ballast
from sojourn.backends.sqlite.connection import SqliteConnection, open_connection, translated
from sojourn.backends.sqlite.keys import KeyFile
from sojourn.backends.sqlite.turns import begin
from sojourn.config import Settings
from sojourn.errors import BackendError, StorageFull

_BLOCK = 256


class Channel:
    """A connection with its verbs, and whether a call is using it now."""

    def __init__(self, raw: apsw.Connection, seals: Seals, settings: Settings) -> None:
        self.raw = raw
        connection = SqliteConnection(raw)
        self.execute = connection.execute
        self.tx = SqlTx(connection, seals, settings)
        self.busy = False


class _Mine(threading.local):
    """What one thread holds; its connection closes when the thread ends."""

    reader: Channel | None = None
    generation = -1


class Database:
    """Opens lazily, a connection for each thread that reads and one that writes.

    SQLite's locks do not survive a fork, and a connection inherited by a child loses data. So every
    connection is closed before a fork, and opened anew on both sides by the next use.
    """

    def __init__(self, place: Path, settings: Settings, *, opens: Callable[[], object] | None = None) -> None:
        self._opens = opens
        self.folder = place
        self.path = place / "sojourn.db"
        self.settings = settings
        self.ballast = Ballast(place / "ballast", settings.ballast_bytes)
        self._lock = threading.Lock()
        self._mine = _Mine()
        self._readers: weakref.WeakSet[Channel] = weakref.WeakSet()
        self._writer: Channel | None = None
        self._seals: Seals | None = None
        self._store_id = ""
        self._generation = 0
        self._forked_busy: list[Channel] = []
        self._dead = False

    @property
    def seals(self) -> Seals:
        if self._seals is None:
            self.writer()
        assert self._seals is not None
        return self._seals

    @property
    def store_id(self) -> str:
        if not self._store_id:
            self.writer()
        return self._store_id

    @property
    def is_open(self) -> bool:
        """Whether the connection that writes stands: to open it may take long."""
        return self._writer is not None

    def reader(self) -> Channel:
        """This thread's connection."""
        mine = self._mine
        if mine.reader is None or mine.generation != self._generation:
            self._alive()
            self.writer()
            with self._lock:
                mine.reader = self._channel(writes=False)
                mine.generation = self._generation
                self._readers.add(mine.reader)
        return mine.reader

    def writer(self) -> Channel:
        """The connection that writes; its caller holds the turn to write, or opens it for the first time."""
        if self._writer is None:
            self._alive()
            with self._lock:
                if self._writer is None:
                    self._open()
        assert self._writer is not None
        return self._writer

    def watcher(self) -> apsw.Connection:
        """A connection that reads. Whoever asks for it closes it, before a fork too."""
        self._alive()
        self.writer()
        return open_connection(self.path, self.settings.durability, writes=False)

    def log_bytes(self) -> int:
        """How long the log is on the disk."""
        try:
            return self.path.with_name("sojourn.db-wal").stat().st_size
        except OSError:
            return 0

    def _open(self) -> None:
        """Makes the folder and the schema where they are missing, and checks what is there."""
        if self._opens is not None:
            self._opens()
        folder.prepare(self.folder, network=self.settings.network_folder)
        with told(f"The data folder {self.folder} cannot be written"):
            if not self.path.exists():
                os.close(create(self.path))
                sync(self.folder)
        try:
            self._writer = self._opened()
        except StorageFull:
            if not self.ballast.release():
                raise
            self._writer = self._opened()  # reading works on a full disk, also for a process that begins
        self.ballast.keep()

    def _opened(self) -> Channel:
        raw = open_connection(self.path, self.settings.durability, writes=True)
        try:
            return self._checked(raw)
        except BaseException as problem:
            raw.close(True)
            if isinstance(problem, apsw.Error):
                raise translated(problem) from problem
            raise

    def _checked(self, raw: apsw.Connection) -> Channel:
        keys = KeyFile(self.folder / "keys.bin")
        raw.set_busy_timeout(5000)  # the first to open a file shuts the others out for a moment
        if schema.applied(raw) < schema.migrations()[-1][0]:
            self._migrate(raw, keys)
        elif schema.applied(raw) > schema.migrations()[-1][0]:
            schema.migrate(raw)
        row: tuple[Any, ...] = raw.execute("SELECT id, sealed, key_ceiling FROM store").fetchall()[0]
        self._store_id, sealed, ceiling = row
        keys.check(ceiling)
        raw.set_busy_timeout(0)
        self._seals = self._seals or Seals(keys, sealed=bool(sealed))
        return Channel(raw, self._seals, self.settings)

    def _migrate(self, raw: apsw.Connection, keys: KeyFile) -> None:
        begin(raw, time.monotonic() + 30)
        try:
            if schema.migrate(raw) == 0:
                keys.fill(0, _BLOCK)
                schema.make_store(
                    raw, sealed=self.settings.sealed, now=time.time_ns() // 1_000_000, ceiling=_BLOCK
                )
            raw.execute("COMMIT").fetchall()
        except BaseException:
            if not raw.get_autocommit():
                raw.execute("ROLLBACK").fetchall()
            raise

    def _channel(self, *, writes: bool) -> Channel:
        assert self._seals is not None
        raw = open_connection(self.path, self.settings.durability, writes=writes)
        return Channel(raw, self._seals, self.settings)

    def _alive(self) -> None:
        if self._dead:
            raise BackendError(
                "Another thread was using this store while the process forked: open it again in the child."
            )

    def before_fork(self) -> None:
        """Closes every connection; one that is in use just now cannot be, and the child must not use it."""
        self._lock.acquire()
        self._close_all([reader for reader in self._readers if reader.busy])
        self._forked_busy = list(self._readers)

    def after_fork(self, *, child: bool) -> None:
        """Both sides open anew; a child that inherited a connection in use never uses the store."""
        if child:
            self._lock = threading.Lock()
            self._dead = bool(self._forked_busy)
        else:
            self._forked_busy = []
            self._lock.release()

    def close(self) -> None:
        """Closes every connection of the process. The store opens again at the next use.

        One that another thread is reading with closes when that thread reads again, or ends.
        """
        with self._lock:
            self._close_all([reader for reader in self._readers if reader.busy])

    def _close_all(self, kept: list[Channel]) -> None:
        for reader in list(self._readers):
            if reader not in kept:
                try:
                    reader.raw.close()
                except apsw.ThreadingViolationError:
                    continue  # it began to read just now
                self._readers.discard(reader)
        if self._writer is not None:
            self._writer.raw.close()
            self._writer = None
        self._generation += 1
