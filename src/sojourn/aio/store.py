"""The store: the door to everything."""

from types import TracebackType
from typing import Any, Self

from sojourn import backends
from sojourn.aio.audit import AsyncAuditor
from sojourn.aio.corpora import AsyncCorpora
from sojourn.aio.engine import AsyncEngine
from sojourn.aio.lease import AsyncLease
from sojourn.aio.reading import AsyncReading
from sojourn.aio.sweep import sweep
from sojourn.aio.user import AsyncUser, Named
from sojourn.aio.visit import AsyncVisit
from sojourn.config import Settings
from sojourn.core import checks, overview
from sojourn.errors import ConfigError
from sojourn.models import Audit
from sojourn.ports import Clock


class AsyncSojourn:
    """All sessions of an application.

    Opening touches nothing: files are made and connections opened at the first use, so a
    store may be opened before a fork. Handles may be shared by threads and tasks.

        async with AsyncSojourn.open("sqlite:///sojourn-data") as store:
            ada = store.user("ada")
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str, *, settings: Settings | None = None, clock: Clock | None = None) -> Self:
        """The store at `sqlite:///FOLDER` (relative), `sqlite:////FOLDER` (absolute) or `memory://`.

        Raises `ConfigError` when the address is not one of these, or what lies there cannot do what
        the settings ask for.
        """
        settings = settings or Settings()
        parts = backends.connect(url, settings, clock)
        if settings.sessions == "ephemeral" and parts.second is None and not parts.fleeting:
            raise ConfigError("This store cannot hold ephemeral sessions.", field="sessions")
        engine = AsyncEngine(
            parts.records,
            parts.blobs,
            parts.indexes,
            parts.bus,
            parts.clock,
            settings,
            parts.second,
            fleeting=parts.fleeting,
        )
        return cls(engine)

    @property
    def settings(self) -> Settings:
        return self._engine.settings

    @property
    def id(self) -> str:
        """Names this store; made with it."""
        return self._engine.records.store_id

    @property
    def engine(self) -> AsyncEngine:
        """The ports below the store: for an adapter to a framework, which answers for whom it acts.

        An application has no use for it. `engine.records.stamp()` tells whether anything was
        committed since, in 3 µs; the `glance` verbs read who a token belongs to and where a session
        stands without unsealing anything.
        """
        return self._engine

    def sign(self, purpose: str, data: bytes) -> bytes:
        """HMAC-SHA256 of the data under the store's own key: 32 bytes that nobody else can make."""
        return self._engine.records.sign(purpose, data)

    def user(self, name: str) -> AsyncUser:
        """The user whom the application knows by this name; everything below it is theirs.

        Nothing is written before their first session. The caller vouches for the name.
        """
        return AsyncUser(self._engine, Named(checks.text(name, "name", 500, least=1)))

    async def visit(self, token: str | None, *, label: str = "") -> AsyncVisit:
        """Who comes with this token: a newcomer when there is none, or it was never issued.

        `label` is what a device list shows for a newcomer (their browser's name). Reading
        creates nothing.
        """
        visit = AsyncVisit(self._engine, token, label=label)
        await visit.look()
        return visit

    @property
    def corpora(self) -> AsyncCorpora:
        """Shared bodies of documents, searched together with a session's own."""
        return AsyncCorpora(self._engine)

    @property
    def reading(self) -> AsyncReading:
        """Turns new files into words; without a host that calls it, `search` does so itself."""
        return AsyncReading(self._engine)

    async def counts(self) -> dict[str, int]:
        """What the store holds: users, sessions, messages, files, their bytes, and tombstones.

        For whoever runs the store; it names nobody. It reads every session's row once.
        """
        return await self._engine.drive.hop(self._engine.records.read, overview.counts)

    def lease(self, name: str, *, seconds: float) -> AsyncLease:
        """The right to do the thing of this name alone: among all processes one holds it at a time.

        It lasts `seconds` from when it is taken or renewed, by the store's clock, so that one whose
        holder is gone comes free. Raises `LeaseHeld` while another holds it.

            async with store.lease("nightly", seconds=30) as lease:
                await lease.renew()
        """
        return AsyncLease(self._engine, checks.text(name, "name", 500, least=1), seconds)

    async def sweep(self, *, limit: int = 100) -> dict[str, Any]:
        """Finishes erases that were cut off, clears uploads past their deadline, and ends ephemeral
        sessions that were left alone for too long; answers counts.
        """
        return await sweep(self._engine, limit)

    async def audit(self, *, deep: bool = False, repair: bool = False) -> Audit:
        """Proves that every file has its bytes, and that whatever lies outside the records is known to them.

        Sizes are compared; with `deep` every byte is read and held against its digest. Counters of files
        and bytes are counted anew. With `repair` what nobody knows is removed and counters are put right:
        a file whose bytes are lost stays, and says so when it is opened. For whoever runs the store; others
        may use it meanwhile.
        """
        found = await AsyncAuditor(self._engine, deep, repair).run()
        beside = await self._engine.beside()
        return found if beside is None else found.plus(await AsyncAuditor(beside, deep, repair).run())

    async def close(self) -> None:
        """Ends what is under way, writes it, and closes every file. Closing twice is not an error.

        The last process to close the store ends all ephemeral sessions.
        """
        self._engine.drive.close()
        await self._engine.drive.hop(self._engine.darkrooms.close)
        if self._engine.second is not None:
            await self._engine.drive.hop(self._engine.second.close)
        await self._engine.drive.hop(self._engine.records.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
