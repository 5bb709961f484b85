"""One store in the memory of one process: transactions take turns, one that fails undoes what it wrote."""

import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident
from typing import TypeVar

from sojourn import ports
from sojourn.backends.memory.audit import MemoryAudit
from sojourn.backends.memory.branches import MemoryBranches
from sojourn.backends.memory.bus import MemoryBus
from sojourn.backends.memory.devices import MemoryDevices
from sojourn.backends.memory.events import MemoryEvents
from sojourn.backends.memory.files import MemoryFiles
from sojourn.backends.memory.intents import MemoryIntents
from sojourn.backends.memory.leases import MemoryLeases
from sojourn.backends.memory.messages import MemoryMessages
from sojourn.backends.memory.once import MemoryOnce
from sojourn.backends.memory.pictures import MemoryPictures
from sojourn.backends.memory.rows import Rows
from sojourn.backends.memory.sessions import MemorySessions
from sojourn.backends.memory.state import MemoryState
from sojourn.backends.memory.store import MemoryStore
from sojourn.backends.memory.summaries import MemorySummaries
from sojourn.backends.memory.users import MemoryUsers
from sojourn.backends.stepping import run
from sojourn.config import Settings
from sojourn.errors import Unavailable

T = TypeVar("T")


class MemoryTx:
    """The verbs, by noun, over one set of tables."""

    def __init__(self, rows: Rows, settings: Settings) -> None:
        self.users: ports.UserRows = MemoryUsers(rows)
        self.devices: ports.DeviceRows = MemoryDevices(rows)
        self.sessions: ports.SessionRows = MemorySessions(rows)
        self.state: ports.StateRows = MemoryState(rows)
        self.messages: ports.MessageRows = MemoryMessages(rows)
        self.branches: ports.BranchRows = MemoryBranches(rows)
        self.summaries: ports.SummaryRows = MemorySummaries(rows)
        self.files: ports.FileRows = MemoryFiles(rows)
        self.pictures: ports.PictureRows = MemoryPictures(rows, self.files)
        self.intents: ports.IntentRows = MemoryIntents(rows)
        self.once: ports.OnceRows = MemoryOnce(rows)
        self.events: ports.EventRows = MemoryEvents(rows, settings)
        self.leases: ports.LeaseRows = MemoryLeases(rows)
        self.store: ports.StoreRows = MemoryStore(rows)
        self.audit: ports.AuditRows = MemoryAudit(rows)


class MemoryRecords:
    """The rows of one process, gone with it. Threads and event loops may share it."""

    def __init__(self, settings: Settings) -> None:
        self.store_id = secrets.token_hex(16)
        self._key = secrets.token_bytes(32)
        self._busy_seconds = settings.busy_seconds
        self._rows = Rows()
        self._tx = MemoryTx(self._rows, settings)
        self.bus = MemoryBus()
        self._commits = 0
        self._lock = Lock()
        self._holder: int | None = None

    def read(self, operation: ports.Operation[T]) -> T:
        with self._turn():
            return run(operation(self._tx))

    def write(self, operation: ports.Operation[T]) -> T:
        journal = self._rows.journal
        with self._turn():
            journal.begin()
            self._rows.noted.clear()
            try:
                result = run(operation(self._tx))
            except BaseException:
                journal.roll_back()
                raise
            journal.commit()
            self._commits += 1
            noted = set(self._rows.noted)
        if noted:
            self.bus.tell(noted)
        return result

    async def aread(self, operation: ports.Operation[T]) -> T:
        return self.read(operation)

    async def awrite(self, operation: ports.Operation[T]) -> T:
        return self.write(operation)

    def stamp(self) -> object:
        return self._commits

    def sign(self, purpose: str, data: bytes) -> bytes:
        named = purpose.encode()
        return hmac.digest(self._key, len(named).to_bytes(8, "big") + named + data, "sha256")

    def forget(self, tomb: ports.Tomb) -> None:
        """Nothing here is sealed, so there is no key to destroy."""

    def settle(self) -> None:
        """There is no log that erased rows could linger in."""

    def make_room(self) -> bool:
        """Nothing is held back."""
        return False

    def close(self) -> None:
        """Nothing is held open; the rows live as long as this object."""

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Alone with the rows. Raises `Unavailable` when the turn does not come in time."""
        if self._holder == get_ident():
            raise RuntimeError("An operation must not begin another on the same store.")
        if not self._lock.acquire(timeout=self._busy_seconds):
            raise Unavailable
        try:
            self._holder = get_ident()
            yield
        finally:
            self._holder = None
            self._lock.release()
