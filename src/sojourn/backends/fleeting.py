"""`memory://`: records in this process alone, bytes and words in a folder that goes with it."""

import shutil
import tempfile
import weakref
from pathlib import Path

from sojourn.backends import Parts
from sojourn.backends.clock import SystemClock
from sojourn.backends.localfiles import LocalFiles
from sojourn.backends.memory.records import MemoryRecords
from sojourn.backends.sqlite.indexes import SqliteIndexes
from sojourn.config import Settings
from sojourn.errors import ConfigError
from sojourn.ports import Clock


def connect(url: str, settings: Settings, clock: Clock | None) -> Parts:
    """A store of its own, each time."""
    if url != "memory://":
        raise ConfigError(f"The address {url!r} is not memory://.")
    records = MemoryRecords(settings)
    folder = Path(tempfile.mkdtemp(prefix="sojourn-"))
    weakref.finalize(records, shutil.rmtree, folder, ignore_errors=True)
    return Parts(
        records, LocalFiles(folder), SqliteIndexes(folder), records.bus, clock or SystemClock(), fleeting=True
    )
