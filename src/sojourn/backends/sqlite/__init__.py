"""SQLite and local files, in one folder: the default, with nothing to install beside it."""

from pathlib import Path

from sojourn.backends import Parts
from sojourn.backends.clock import SystemClock
from sojourn.backends.localfiles import LocalFiles
from sojourn.backends.sqlite.both import BothBuses
from sojourn.backends.sqlite.indexes import SqliteIndexes
from sojourn.backends.sqlite.place import Place
from sojourn.backends.sqlite.records import SqliteRecords
from sojourn.backends.sqlite.second import SqliteSecond
from sojourn.config import Settings
from sojourn.errors import ConfigError
from sojourn.ports import Clock


def connect(url: str, settings: Settings, clock: Clock | None) -> Parts:
    """`sqlite:///FOLDER` is relative to the working directory, `sqlite:////FOLDER` absolute."""
    name = url.removeprefix("sqlite:///")
    if name == url or not name or "?" in name:
        raise ConfigError(f"The address {url!r} is not sqlite:///FOLDER.")
    folder = Path(name).absolute()
    place = Place(folder, settings.runtime_folder)
    records = SqliteRecords(folder, settings, opens=place.clear)
    second = SqliteSecond(records, place, settings)
    bus = BothBuses(records.bus, second)
    return Parts(
        records, LocalFiles(folder), SqliteIndexes(folder), bus, clock or SystemClock(), second=second
    )
