"""The rows, in two forms: `read` and `write` for a caller with no event loop, `aread` and `awrite`
for one that has.

Both run the same operation, a plain `async def` that awaits nothing but the verbs of its transaction.
"""

from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sojourn.ports.audit import AuditRows
from sojourn.ports.filing import FileRows, IntentRows, PictureRows
from sojourn.ports.rows import Tomb
from sojourn.ports.verbs import (
    BranchRows,
    DeviceRows,
    EventRows,
    LeaseRows,
    MessageRows,
    OnceRows,
    SessionRows,
    StateRows,
    StoreRows,
    SummaryRows,
    UserRows,
)

P = ParamSpec("P")
T = TypeVar("T")


class Tx(Protocol):
    """One transaction: the verbs, by noun. Everything in it happens, or nothing."""

    @property
    def users(self) -> UserRows: ...
    @property
    def devices(self) -> DeviceRows: ...
    @property
    def sessions(self) -> SessionRows: ...
    @property
    def state(self) -> StateRows: ...
    @property
    def messages(self) -> MessageRows: ...
    @property
    def branches(self) -> BranchRows: ...
    @property
    def summaries(self) -> SummaryRows: ...
    @property
    def files(self) -> FileRows: ...
    @property
    def pictures(self) -> PictureRows: ...
    @property
    def intents(self) -> IntentRows: ...
    @property
    def once(self) -> OnceRows: ...
    @property
    def events(self) -> EventRows: ...
    @property
    def leases(self) -> LeaseRows: ...
    @property
    def store(self) -> StoreRows: ...
    @property
    def audit(self) -> AuditRows: ...


Rule = Callable[Concatenate[Tx, P], Awaitable[T]]
"""An operation that still wants its arguments."""

Operation = Callable[[Tx], Awaitable[T]]
"""Awaits verbs and nothing else, and may be run again: ids and times are made outside it."""


class Records(Protocol):
    """The rows. An acknowledged write is durable and readable by every other process."""

    @property
    def store_id(self) -> str:
        """Names this store; random, made with it."""
        ...

    def read(self, operation: Operation[T]) -> T:
        """Each verb sees what is committed when it runs; a write refuses with an error."""
        ...

    def write(self, operation: Operation[T]) -> T: ...
    async def aread(self, operation: Operation[T]) -> T: ...
    async def awrite(self, operation: Operation[T]) -> T:
        """Once begun, it is waited for even when the caller is cancelled."""
        ...

    def stamp(self) -> object:
        """An opaque value, to be compared by `==` with another of this process.

        Equal stamps: nothing at all was committed in between, by this process or by another. So what
        was read after one of them still stands while the next are equal to it. Unequal ones say
        nothing: not whose write it was, nor whether it mattered.
        """
        ...

    def sign(self, purpose: str, data: bytes) -> bytes:
        """HMAC-SHA256 under the store's own key; 32 bytes."""
        ...

    def forget(self, tomb: Tomb) -> None:
        """Destroys the erased session's data key, for good and durably."""
        ...

    def settle(self) -> None:
        """Brings erased rows out of every log of the store."""
        ...

    def make_room(self) -> bool:
        """Gives up what is held back for an erase on a full disk; False when there is nothing more."""
        ...

    def close(self) -> None: ...
