"""The port `Second` on SQLite: the schema, keys and files of a data folder once more, in a `Place`."""

import weakref
from collections.abc import Callable
from pathlib import Path
from threading import RLock

from msgspec.structs import replace

from sojourn.backends.localfiles import LocalFiles
from sojourn.backends.sqlite.bus import SqliteBus
from sojourn.backends.sqlite.forks import in_child
from sojourn.backends.sqlite.indexes import SqliteIndexes
from sojourn.backends.sqlite.place import Place
from sojourn.backends.sqlite.records import SqliteRecords
from sojourn.config import Settings
from sojourn.errors import SessionGone
from sojourn.ports import Rooms


class SqliteSecond:
    """Written at `process`: a power cut would empty the place all the same. Sealed as the first is."""

    def __init__(self, first: SqliteRecords, place: Place, settings: Settings) -> None:
        self._first = first
        self._place = place
        self._settings = settings
        self._lock = RLock()
        self._rooms: tuple[Path, Rooms, SqliteRecords] | None = None
        self.entered: Callable[[SqliteBus], object] = lambda bus: None
        """Told the bus of a store that this process has gone into."""
        self._end = weakref.finalize(self, place.leave)
        in_child(weakref.WeakMethod(self.after_fork))

    @property
    def held(self) -> Rooms | None:
        rooms = self._rooms
        return rooms[1] if rooms is not None and self._place.stands and rooms[0] == self._place.path else None

    @property
    def bus(self) -> SqliteBus | None:
        """Of the store that this process is in."""
        rooms = self._rooms
        return rooms[2].bus if rooms is not None and self.held is not None else None

    @property
    def named(self) -> bool:
        return self._place.named

    def find(self) -> Rooms | None:
        with self._lock:
            if (held := self.held) is not None:
                return held
            path = self._place.find()
            return None if path is None else self._enter(path)

    def make(self) -> Rooms:
        with self._lock:
            if (held := self.held) is not None:
                return held
            return self._enter(self._place.make(self._first.store_id))

    def clear(self) -> int:
        with self._lock:
            return self._place.clear()

    def close(self) -> None:
        with self._lock:
            rooms, self._rooms = self._rooms, None
            if rooms is not None:
                rooms[2].close()
            self._place.leave()

    def after_fork(self) -> None:
        """Another thread of the parent may have held the lock."""
        self._lock = RLock()

    def _enter(self, path: Path) -> Rooms:
        place = self._place

        def stays() -> None:
            if place.path != path or not place.stands:
                raise SessionGone

        settings = replace(self._settings, durability="process", sealed=self._first.sealed, ballast_bytes=0)
        records = SqliteRecords(path, settings, opens=stays)
        rooms = Rooms(records, LocalFiles(path), SqliteIndexes(path, corpora=self._first.folder))
        self._rooms = (path, rooms, records)
        self.entered(records.bus)
        return rooms
