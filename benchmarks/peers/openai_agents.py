# mypy: disable-error-code="import-not-found, import-untyped"
"""openai-agents: `SQLiteSession`. It keeps items; it has no state and no list of sessions."""

from pathlib import Path
from typing import Any

from agents import SQLiteSession


class Adapter:
    threads = False

    async def open(self, folder: Path) -> None:
        self._path = folder / "agents.db"
        self._held: dict[str, SQLiteSession] = {}

    async def close(self) -> None:
        for held in self._held.values():
            held.close()

    def _session(self, name: str) -> SQLiteSession:
        if name not in self._held:
            self._held[name] = SQLiteSession(name, self._path)
        return self._held[name]

    async def fill(self, session: str, messages: int, text: str) -> None:
        await self._session(session).add_items([{"role": "user", "content": text}] * messages)

    async def append(self, session: str, text: str) -> None:
        await self._session(session).add_items([{"role": "user", "content": text}])

    request = append

    async def last(self, session: str, count: int) -> int:
        return len(await self._session(session).get_items(limit=count))

    async def texts(self, session: str) -> list[str]:
        items: list[Any] = await self._session(session).get_items()
        return [item["content"] for item in items]

    async def create(self, session: str) -> None:
        raise NotImplementedError

    async def newest(self, count: int) -> int:
        raise NotImplementedError

    async def increment(self, session: str) -> None:
        raise NotImplementedError

    async def total(self, session: str) -> int:
        raise NotImplementedError
