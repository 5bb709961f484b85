"""What the requests of one application share: its store, its door, and its rules. No framework."""

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any, Literal

from msgspec import Struct

from sojourn.aio import AsyncSojourn
from sojourn.core import ids, lifecycle
from sojourn.errors import ConfigError
from sojourn.integrations.crossing import Stores
from sojourn.integrations.visit import Door, Policy
from sojourn.models import Session
from sojourn.ports import KnownDevice
from sojourn.sync import Sojourn

Brought = tuple[str, str | None, Iterable[tuple[str, str]]]
"""A request's scheme, the address it came from, and its headers by their lower-case names."""


class Shared(Struct, frozen=True):
    """A session of the host's own that visitors without one read instead: `Shared("house", "default")`."""

    user: str
    client_key: str


OnConflict = Literal["raise", "log"]

_SEEN_MS = 60_000


class Host:
    """One application."""

    def __init__(
        self,
        store: Sojourn | AsyncSojourn,
        brought: Callable[[Any], Brought],
        *,
        policy: Policy | None = None,
        idle_seconds: float | None = None,
        on_conflict: OnConflict = "raise",
        shared: Shared | None = None,
    ) -> None:
        if on_conflict not in ("raise", "log"):
            raise ConfigError(f"on_conflict is raise or log, not {on_conflict!r}.", field="on_conflict")
        if idle_seconds is not None and idle_seconds <= 0:
            raise ConfigError("The idle limit must be more than 0 seconds.", field="idle_seconds")
        self.engine = store._engine  # noqa: SLF001 - the ports of a store have no other door
        self.bus = self.engine.drive._bus  # noqa: SLF001
        self.records = self.engine.records
        self.stores = Stores(self.engine.records, self.engine.second)
        self.clock = self.engine.clock
        self.settings = self.engine.settings
        self.door = Door(policy or Policy(), lambda: store.id)
        self.brought = brought
        self.idle_ms = None if idle_seconds is None else max(1, int(idle_seconds * 1000))
        self.on_conflict = on_conflict
        self.shared = shared
        self.conflicts = 0
        """How many changes gave way to another's, in this process."""
        self.lock = Lock()

    def draft(self, now: int, *, client_key: str | None = None) -> Session:
        """A new session, of the kind that the settings say."""
        apart = self.settings.sessions == "ephemeral"
        id = ids.new_ephemeral_id(now) if apart else ids.new_id(ids.SESSION, now)
        return lifecycle.draft(self.settings, id, now, client_key=client_key)

    def due(self, known: KnownDevice, now: int) -> bool:
        """Whether the device's last visit is long enough ago to be noted again."""
        often = _SEEN_MS if self.idle_ms is None else min(_SEEN_MS, self.idle_ms // 20)
        return now - known.device.seen_ms >= often

    def idle(self, known: KnownDevice, session: Session, now: int) -> bool:
        """Whether the visitor was away for longer than the idle limit."""
        last = max(known.device.seen_ms, session.active_ms)
        return self.idle_ms is not None and now - last > self.idle_ms
