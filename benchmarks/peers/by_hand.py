"""Raw SQLite among several processes: its own way of waiting for the lock."""

from pathlib import Path

from benchmarks.raw import RawLog


class Adapter:
    """Sessions are numbers, and stand already."""

    threads = True

    async def open(self, folder: Path) -> None:
        self._log = RawLog(folder / "raw.db", synchronous="FULL", busy_seconds=10)

    async def close(self) -> None:
        self._log.close()

    async def append(self, session: str, text: str) -> None:
        self._log.append(int(session), text.encode())
