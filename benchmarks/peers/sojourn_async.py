"""sojourn by its facade for asyncio; many at once are tasks."""

from pathlib import Path
from uuid import UUID

from sojourn import AsyncSojourn, NotFound, Settings
from sojourn.aio.session import AsyncSession


class Adapter:
    """Sessions are found by a client_key: the names that the figures give them."""

    threads = False

    async def open(self, folder: Path) -> None:
        settings = Settings(client_key_idle_seconds=10**9)
        self._store = AsyncSojourn.open(f"sqlite:///{folder}", settings=settings)
        self._user = self._store.user("ada")
        self._held: dict[str, AsyncSession] = {}

    async def close(self) -> None:
        await self._store.close()

    async def _session(self, name: str) -> AsyncSession:
        held = self._held.get(name)
        if held is None:
            held = self._held[name] = await self._user.sessions.get_or_create(client_key=name)
        return held

    async def fill(self, session: str, messages: int, text: str) -> None:
        held = await self._session(session)
        have = (await held.refresh()).last_seq
        ids = (str(UUID(int=have + n)) for n in range(messages))
        await held.messages.merge([held.messages.draft(id, "user", text) for id in ids])

    async def append(self, session: str, text: str) -> None:
        await (await self._session(session)).messages.append("user", text)

    async def request(self, session: str, text: str) -> None:
        id = (await self._session(session)).id
        await (await self._user.sessions.get(id)).messages.append("user", text)

    async def last(self, session: str, count: int) -> int:
        return len(await (await self._session(session)).messages.last(count))

    async def texts(self, session: str) -> list[str]:
        held = await self._session(session)
        return [message.text for message in await held.messages.after(0, limit=10_000)]

    async def create(self, session: str) -> None:
        await self._user.sessions.create(title=session)

    async def newest(self, count: int) -> int:
        return len((await self._user.sessions.list(limit=count)).items)

    async def increment(self, session: str) -> None:
        await (await self._session(session)).state.incr("total")

    async def total(self, session: str) -> int:
        kept = await (await self._session(session)).state.get("total", 0)
        if not isinstance(kept, int):
            raise NotFound("There is no such counter.")
        return kept
