# mypy: disable-error-code="import-not-found, import-untyped"
"""google-adk: `DatabaseSessionService` on SQLite.

Who has the session in hand appends to it as the service answered it; who comes with an id
loads it first, without its events. A refusal is not tried again: it is counted.
"""

from pathlib import Path
from typing import Any

from google.adk.events import Event, EventActions
from google.adk.sessions import DatabaseSessionService, Session
from google.adk.sessions.base_session_service import GetSessionConfig
from google.genai import types

WHO: dict[str, Any] = {"app_name": "benchmark", "user_id": "ada"}


class Adapter:
    threads = False

    async def open(self, folder: Path) -> None:
        self._service = DatabaseSessionService(f"sqlite+aiosqlite:///{folder / 'adk.db'}")
        self._held: dict[str, Session] = {}

    async def close(self) -> None:
        await self._service.close()

    async def _load(self, name: str, events: int = 0) -> Session:
        config = GetSessionConfig(num_recent_events=events)
        found = await self._service.get_session(**WHO, session_id=name, config=config)
        return found or await self._service.create_session(**WHO, session_id=name)

    async def _session(self, name: str) -> Session:
        if name not in self._held:
            self._held[name] = await self._load(name)
        return self._held[name]

    async def fill(self, session: str, messages: int, text: str) -> None:
        for _ in range(messages):
            await self.append(session, text)

    async def append(self, session: str, text: str) -> None:
        await self._service.append_event(await self._session(session), _said(text))

    async def request(self, session: str, text: str) -> None:
        await self._service.append_event(await self._load(session), _said(text))

    async def last(self, session: str, count: int) -> int:
        return len((await self._load(session, count)).events)

    async def texts(self, session: str) -> list[str]:
        events: list[Any] = (await self._load(session, 100_000)).events
        return [event.content.parts[0].text for event in events]

    async def create(self, session: str) -> None:
        await self._service.create_session(**WHO, session_id=session, state={"title": session})

    async def newest(self, count: int) -> int:
        found = (await self._service.list_sessions(**WHO)).sessions
        return len(sorted(found, key=lambda one: one.last_update_time, reverse=True)[:count])

    async def increment(self, session: str) -> None:
        loaded = await self._load(session)
        actions = EventActions(state_delta={"total": loaded.state.get("total", 0) + 1})
        await self._service.append_event(loaded, Event(author="user", actions=actions))

    async def total(self, session: str) -> int:
        kept: int = (await self._load(session)).state.get("total", 0)
        return kept


def _said(text: str) -> Event:
    return Event(author="user", content=types.Content(role="user", parts=[types.Part(text=text)]))
