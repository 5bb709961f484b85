"""The port `Records` on one SQLite file."""

import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeVar

import apsw

from sojourn.backends.sqlite.bus import SqliteBus
from sojourn.backends.sqlite.connection import translated
from sojourn.backends.sqlite.database import Database
from sojourn.backends.sqlite.stamp import Stamp
from sojourn.backends.sqlite.writer import Writer
from sojourn.backends.stepping import run
from sojourn.config import Settings
from sojourn.ports import Operation, Tomb

T = TypeVar("T")


class SqliteRecords:
    """Reads run where they are called, on the thread's own connection; writes go through the writer."""

    def __init__(
        self, folder: Path, settings: Settings, *, opens: Callable[[], object] | None = None
    ) -> None:
        """`opens` is called before the file is opened, and may refuse that."""
        self._database = Database(folder, settings, opens=opens)
        self.bus = SqliteBus(self._database)
        self._writer = Writer(self._database, settings, self.bus.tell)
        self._stamp = Stamp(self._database)
        self._end = weakref.finalize(self, _close, self._writer, self.bus, self._stamp, self._database)
        _watch_forks(weakref.ref(self))

    @property
    def store_id(self) -> str:
        return self._database.store_id

    @property
    def folder(self) -> Path:
        return self._database.folder

    @property
    def sealed(self) -> bool:
        """Whether content is, as was decided when the store was made."""
        return self._database.seals.sealed

    def read(self, operation: Operation[T]) -> T:
        channel = self._database.reader()
        channel.busy = True
        try:
            return run(operation(channel.tx))
        except (apsw.Error, MemoryError, UnicodeDecodeError) as problem:
            raise translated(problem) from problem
        finally:
            channel.busy = False

    def write(self, operation: Operation[T]) -> T:
        return self._writer.call(operation)

    async def aread(self, operation: Operation[T]) -> T:
        return self.read(operation)

    async def awrite(self, operation: Operation[T]) -> T:
        return await self._writer.acall(operation)

    def stamp(self) -> object:
        return self._stamp.look()

    def sign(self, purpose: str, data: bytes) -> bytes:
        return self._database.seals.sign(purpose, data)

    def forget(self, tomb: Tomb) -> None:
        self._database.seals.forget(tomb)

    def settle(self) -> None:
        with _told():
            self._writer.settle()
        self._database.ballast.keep()

    def make_room(self) -> bool:
        """Gives up the ballast, and what the log has written into the file already."""
        released = self._database.ballast.release()
        held = self._database.log_bytes()
        with _told():
            self._writer.settle()
        return released or self._database.log_bytes() < held

    def close(self) -> None:
        _close(self._writer, self.bus, self._stamp, self._database)

    def before_fork(self) -> None:
        self._writer.before_fork()
        self.bus.before_fork()
        self._stamp.before_fork()
        self._database.before_fork()

    def after_fork(self, *, child: bool) -> None:
        self._database.after_fork(child=child)
        self._stamp.after_fork(child=child)
        self.bus.after_fork(child=child)
        self._writer.after_fork(child=child)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except apsw.Error as problem:
        raise translated(problem) from problem


def _close(writer: Writer, bus: SqliteBus, stamp: Stamp, database: Database) -> None:
    writer.close()
    bus.close()
    stamp.close()
    database.close()


def _watch_forks(held: "weakref.ref[SqliteRecords]") -> None:
    """Has every connection closed before a fork. The hook outlives the store, and does nothing then."""

    def call(step: Literal["before", "parent", "child"]) -> None:
        records = held()
        if records is None:
            return
        if step == "before":
            records.before_fork()
        else:
            records.after_fork(child=step == "child")

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=lambda: call("before"),
            after_in_parent=lambda: call("parent"),
            after_in_child=lambda: call("child"),
        )
