"""What runs the operations of a visitor's handles: each write goes over the threshold first.

A session that is not there yet reads as the empty one it would be, and is made by what is first
written to it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Concatenate, ParamSpec, TypeVar

from sojourn import models
from sojourn.backends.memory import MemoryRecords
from sojourn.core import accounts, ids, lifecycle, state
from sojourn.drive import AsyncDrive, AsyncListener, Drive, Listener
from sojourn.errors import NotFound
from sojourn.integrations.mapping import SessionMapping
from sojourn.integrations.presence import Presence
from sojourn.integrations.threshold import Entered
from sojourn.ports import Operation, Records, SessionRef, Tx

T = TypeVar("T")
P = ParamSpec("P")

_NOBODYS = -1
"""The owner of a session that is still to be made."""

_MOVES: frozenset[Any] = frozenset(
    (
        lifecycle.create,
        lifecycle.create_once,
        lifecycle.get_or_create,
        lifecycle.change,
        lifecycle.end,
        lifecycle.entomb,
        accounts.aim,
        accounts.aim_first,
    )
)
"""After these the visitor may be in another session."""


def _unmade(args: Iterable[Any]) -> SessionRef | None:
    """The one among the arguments that is still to be made."""
    return next((arg for arg in args if isinstance(arg, SessionRef) and arg.owner == _NOBODYS), None)


def _placed(args: tuple[Any, ...], ref: SessionRef) -> tuple[Any, ...]:
    return tuple(ref if isinstance(arg, SessionRef) and arg.owner == _NOBODYS else arg for arg in args)


class Place:
    """What both drives do with an operation before and after it runs."""

    def __init__(self, mapping: SessionMapping) -> None:
        self.mapping = mapping
        self.presence: Presence = mapping.presence
        self._empty: tuple[Records, SessionRef] | None = None

    def reading(
        self, home: Records, operation: Callable[..., Awaitable[T]], args: Any, kwargs: Any
    ) -> tuple[Records, Operation[T]]:
        """Which records to read, and what; `home` are those of the handle."""
        presence = self.presence
        unmade = _unmade(args)
        if unmade is None:
            work: Operation[T] = lambda tx: operation(tx, *args, **kwargs)  # noqa: E731
            return home, presence.reading(work, home)
        if presence.ref is not None and presence.ref.id == unmade.id:
            records, ref = home, presence.ref
        else:
            records, ref = self._empty = self._empty or self._none()
        placed = _placed(args, ref)
        return records, lambda tx: operation(tx, *placed, **kwargs)

    def writing(
        self, operation: Callable[..., Awaitable[T]], args: Any, kwargs: Any
    ) -> tuple[Callable[[Tx, Entered], Awaitable[T]], bool]:
        """What to do over the threshold, and whether it starts a session."""
        unmade = _unmade(args)
        if unmade is None:
            return (lambda tx, entered: operation(tx, *args, **kwargs)), False
        expected = self.presence.ref or self.presence.fresh()
        if unmade.id != expected.id:
            raise NotFound("There is no such session.")

        def work(tx: Tx, entered: Entered) -> Awaitable[T]:
            assert entered.ref is not None, "a write starts the session"
            return operation(tx, *_placed(args, entered.ref), **kwargs)

        return work, True

    def wrote(self, operation: Any) -> None:
        if operation in _MOVES:
            self.presence.look_again()
        elif operation is state.change:
            self.mapping.forget()

    def handle(self) -> tuple[SessionRef, models.Session]:
        presence = self.presence
        presence.look()
        if presence.ref is not None and presence.record is not None:
            return presence.ref, presence.record
        fresh = presence.fresh(shown=True)
        return SessionRef(_NOBODYS, fresh.id), fresh

    def _none(self) -> tuple[Records, SessionRef]:
        """A store in which there is the session that would be made, and nothing else."""
        presence = self.presence
        fresh = presence.fresh(shown=True)
        user = models.User(id=ids.new_id(ids.USER, fresh.created_ms), name=None, created_ms=fresh.created_ms)

        async def fill(tx: Tx) -> SessionRef:
            owner = await tx.users.add(user)
            await tx.sessions.add(owner.no, fresh)
            return SessionRef(owner.no, fresh.id)

        records = MemoryRecords(presence.host.settings)
        return records, records.write(fill)


class PresentDrive(Drive):
    def __init__(self, here: Place, records: Records | None = None) -> None:
        super().__init__(records or here.presence.host.records, here.presence.host.bus)
        self._here = here

    def over(self, records: Records) -> Drive:
        return PresentDrive(self._here, records)

    def read(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        records, work = self._here.reading(self._records, operation, args, kwargs)
        return records.read(work)

    def write(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        here = self._here
        if operation is lifecycle.change:
            here.mapping.save()
        work, starts = here.writing(operation, args, kwargs)
        answer = here.presence.write(work, starts=starts, home=None if starts else self._records)
        here.wrote(operation)
        return answer

    def listen(self, owner: int | None) -> Listener:
        drive = self._here.presence.host.engine.drive
        return drive.listen(owner) if isinstance(drive, Drive) else super().listen(owner)


class AsyncPresentDrive(AsyncDrive):
    def __init__(self, here: Place, records: Records | None = None) -> None:
        super().__init__(records or here.presence.host.records, here.presence.host.bus)
        self._here = here

    def over(self, records: Records) -> AsyncDrive:
        return AsyncPresentDrive(self._here, records)

    async def read(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        records, work = self._here.reading(self._records, operation, args, kwargs)
        return await records.aread(work)

    async def write(
        self, operation: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        here = self._here
        if operation is lifecycle.change:
            await here.mapping.asave()
        work, starts = here.writing(operation, args, kwargs)
        answer = await here.presence.awrite(work, starts=starts, home=None if starts else self._records)
        here.wrote(operation)
        return answer

    def listen(self, owner: int | None) -> AsyncListener:
        drive = self._here.presence.host.engine.drive
        return drive.listen(owner) if isinstance(drive, AsyncDrive) else super().listen(owner)
