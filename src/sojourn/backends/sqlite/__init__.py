"""SQLite and local files, in one folder: the default, with nothing to install beside it."""

from pathlib import Path

from sojourn.backends import Parts
from sojourn.backends.clock import SystemClock
from sojourn.backends.localfiles import LocalFiles
from sojourn.backends.sqlite.indexes import SqliteIndexes
from sojourn.backends.sqlite.records import SqliteRecords
from sojourn.config import Settings
from sojourn.errors import ConfigError
from sojourn.ports import Clock


def connect(url: str, settings: Settings, clock: Clock | None) -> Parts:
    """`sqlite:///FOLDER` is relative to the working directory, `sqlite:////FOLDER` absolute."""
    name = url.removeprefix("sqlite:///")
    if name == url or not name or "?" in name:
        raise ConfigError(f"The address {url!r} is not sqlite:///FOLDER.")
    folder = Path(name).absolute()
    records = SqliteRecords(folder, settings)
    return Parts(records, LocalFiles(folder), SqliteIndexes(folder), records.bus, clock or SystemClock())
