"""One JSON file a chat, written anew at each message: to a name beside it, then put in its place.

Nothing is synced: it survives a killed process, not a power cut.
"""

import json
import os
import threading
from pathlib import Path
from typing import Any


class Adapter:
    """Many at once are threads, as in a small web server."""

    threads = True

    async def open(self, folder: Path) -> None:
        self._folder = folder

    async def close(self) -> None:
        pass

    def _read(self, session: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self._folder / f"{session}.json").read_text("utf-8"))
        except FileNotFoundError:
            return {"title": session, "messages": [], "total": 0}
        return found

    def _write(self, session: str, chat: dict[str, Any]) -> None:
        beside = self._folder / f"{session}.{os.getpid()}.{threading.get_ident()}"
        beside.write_text(json.dumps(chat), "utf-8")
        beside.replace(self._folder / f"{session}.json")

    async def fill(self, session: str, messages: int, text: str) -> None:
        chat = self._read(session)
        chat["messages"] += [{"role": "user", "content": text}] * messages
        self._write(session, chat)

    async def append(self, session: str, text: str) -> None:
        chat = self._read(session)
        chat["messages"].append({"role": "user", "content": text})
        self._write(session, chat)

    request = append

    async def last(self, session: str, count: int) -> int:
        return len(self._read(session)["messages"][-count:])

    async def texts(self, session: str) -> list[str]:
        return [message["content"] for message in self._read(session)["messages"]]

    async def create(self, session: str) -> None:
        self._write(session, self._read(session))

    async def newest(self, count: int) -> int:
        files = [(entry.stat().st_mtime_ns, entry.name) for entry in os.scandir(self._folder)]
        files.sort(reverse=True)
        return len([self._read(name.removesuffix(".json"))["title"] for _, name in files[:count]])

    async def increment(self, session: str) -> None:
        chat = self._read(session)
        chat["total"] += 1
        self._write(session, chat)

    async def total(self, session: str) -> int:
        kept: int = self._read(session)["total"]
        return kept
