"""sojourn by its sync facade; many at once are threads."""

from pathlib import Path
from uuid import UUID

from sojourn import NotFound, Settings, Sojourn
from sojourn.sync.session import Session


class Adapter:
    """Sessions are found by a client_key: the names that the figures give them."""

    threads = True

    async def open(self, folder: Path) -> None:
        self._store = Sojourn.open(f"sqlite:///{folder}", settings=Settings(client_key_idle_seconds=10**9))
        self._user = self._store.user("ada")
        self._held: dict[str, Session] = {}

    async def close(self) -> None:
        self._store.close()

    def _session(self, name: str) -> Session:
        held = self._held.get(name)
        if held is None:
            held = self._held[name] = self._user.sessions.get_or_create(client_key=name)
        return held

    async def fill(self, session: str, messages: int, text: str) -> None:
        held = self._session(session)
        have = held.refresh().last_seq
        ids = (str(UUID(int=have + n)) for n in range(messages))
        held.messages.merge([held.messages.draft(id, "user", text) for id in ids])

    async def append(self, session: str, text: str) -> None:
        self._session(session).messages.append("user", text)

    async def request(self, session: str, text: str) -> None:
        self._user.sessions.get(self._session(session).id).messages.append("user", text)

    async def last(self, session: str, count: int) -> int:
        return len(self._session(session).messages.last(count))

    async def texts(self, session: str) -> list[str]:
        return [message.text for message in self._session(session).messages.after(0, limit=10_000)]

    async def create(self, session: str) -> None:
        self._user.sessions.create(title=session)

    async def newest(self, count: int) -> int:
        return len(self._user.sessions.list(limit=count).items)

    async def increment(self, session: str) -> None:
        self._session(session).state.incr("total")

    async def total(self, session: str) -> int:
        kept = self._session(session).state.get("total", 0)
        if not isinstance(kept, int):
            raise NotFound("There is no such counter.")
        return kept
