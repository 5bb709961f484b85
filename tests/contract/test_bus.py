"""Both backends keep what the port `Bus` promises."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sojourn.backends.memory import MemoryRecords
from sojourn.backends.sqlite.records import SqliteRecords
from sojourn.config import Settings
from sojourn.testing.bus import BusContract, Store


class TestMemory(BusContract):
    @pytest.fixture
    def store(self) -> Store:
        records = MemoryRecords(Settings())
        return records, records.bus


class TestSqlite(BusContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        records = SqliteRecords(tmp_path, Settings(durability="process"))
        yield records, records.bus
        records.close()
