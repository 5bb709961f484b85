# Generated from src/sojourn/aio/store.py by tools/generate_sync.py. Change that file, then run it.
"""The store: the door to everything."""

from types import TracebackType
from typing import Any, Self

from sojourn import backends
from sojourn.config import Settings
from sojourn.core import checks, overview
from sojourn.errors import ConfigError
from sojourn.models import Audit
from sojourn.ports import Clock
from sojourn.sync.audit import Auditor
from sojourn.sync.corpora import Corpora
from sojourn.sync.engine import Engine
from sojourn.sync.lease import Lease
from sojourn.sync.reading import Reading
from sojourn.sync.sweep import sweep
from sojourn.sync.user import Named, User
from sojourn.sync.visit import Visit


class Sojourn:
    """All sessions of an application.

    Opening touches nothing: files are made and connections opened at the first use, so a
    store may be opened before a fork. Handles may be shared by threads and tasks.

        with Sojourn.open("sqlite:///sojourn-data") as store:
            ada = store.user("ada")
    """

    def __init__(self, engine: Engine) -> None:
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
        engine = Engine(
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
    def engine(self) -> Engine:
        """The ports below the store: for an adapter to a framework, which answers for whom it acts.

        An application has no use for it. `engine.records.stamp()` tells whether anything was
        committed since, in 3 µs; the `glance` verbs read who a token belongs to and where a session
        stands without unsealing anything.
        """
        return self._engine

    def sign(self, purpose: str, data: bytes) -> bytes:
        """HMAC-SHA256 of the data under the store's own key: 32 bytes that nobody else can make."""
        return self._engine.records.sign(purpose, data)

    def user(self, name: str) -> User:
        """The user whom the application knows by this name; everything below it is theirs.

        Nothing is written before their first session. The caller vouches for the name.
        """
        return User(self._engine, Named(checks.text(name, "name", 500, least=1)))

    def visit(self, token: str | None, *, label: str = "") -> Visit:
        """Who comes with this token: a newcomer when there is none, or it was never issued.

        `label` is what a device list shows for a newcomer (their browser's name). Reading
        creates nothing.
        """
        visit = Visit(self._engine, token, label=label)
        visit.look()
        return visit

    @property
    def corpora(self) -> Corpora:
        """Shared bodies of documents, searched together with a session's own."""
        return Corpora(self._engine)

    @property
    def reading(self) -> Reading:
        """Turns new files into words; without a host that calls it, `search` does so itself."""
        return Reading(self._engine)

    def counts(self) -> dict[str, int]:
        """What the store holds: users, sessions, messages, files, their bytes, and tombstones.

        For whoever runs the store; it names nobody. It reads every session's row once.
        """
        return self._engine.drive.hop(self._engine.records.read, overview.counts)

    def lease(self, name: str, *, seconds: float) -> Lease:
        """The right to do the thing of this name alone: among all processes one holds it at a time.

        It lasts `seconds` from when it is taken or renewed, by the store's clock, so that one whose
        holder is gone comes free. Raises `LeaseHeld` while another holds it.

            with store.lease("nightly", seconds=30) as lease:
                lease.renew()
        """
        return Lease(self._engine, checks.text(name, "name", 500, least=1), seconds)

    def sweep(self, *, limit: int = 100) -> dict[str, Any]:
        """Finishes erases that were cut off, clears uploads past their deadline, and ends ephemeral
        sessions that were left alone for too long; answers counts.
        """
        return sweep(self._engine, limit)

    def audit(self, *, deep: bool = False, repair: bool = False) -> Audit:
        """Proves that every file has its bytes, and that whatever lies outside the records is known to them.

        Sizes are compared; with `deep` every byte is read and held against its digest. Counters of files
        and bytes are counted anew. With `repair` what nobody knows is removed and counters are put right:
        a file whose bytes are lost stays, and says so when it is opened. For whoever runs the store; others
        may use it meanwhile.
        """
        found = Auditor(self._engine, deep, repair).run()
        beside = self._engine.beside()
        return found if beside is None else found.plus(Auditor(beside, deep, repair).run())

    def close(self) -> None:
        """Ends what is under way, writes it, and closes every file. Closing twice is not an error.

        The last process to close the store ends all ephemeral sessions.
        """
        self._engine.drive.close()
        self._engine.drive.hop(self._engine.darkrooms.close)
        if self._engine.second is not None:
            self._engine.drive.hop(self._engine.second.close)
        self._engine.drive.hop(self._engine.records.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
