"""What runs the operations of a visitor's handles: each write goes over the threshold first.

A session that is not there yet reads as the empty one it would be, and is made by what is first
written to it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sojourn import models
from sojourn.backends.memory import MemoryRecords
from sojourn.core import accounts, ids, leases, lifecycle, state
from sojourn.drive import AsyncDrive, AsyncListener, Drive, Listener
from sojourn.errors import NotFound
from sojourn.integrations.mapping import SessionMapping
from sojourn.integrations.presence import Presence
from sojourn.integrations.threshold import Entered, Holding, stay
from sojourn.ports import Operation, Records, SessionRef, Tx

T = TypeVar("T")
P = ParamSpec("P")

NOBODYS = -1
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

_FREELY: frozenset[Any] = frozenset((leases.release, leases.leave))
"""What ends a stay alone, whoever the visitor is by then."""


def unmade(args: Iterable[Any]) -> SessionRef | None:
    """The one among the arguments that is still to be made."""
    return next((arg for arg in args if isinstance(arg, SessionRef) and arg.owner == NOBODYS), None)


def placed(args: tuple[Any, ...], ref: SessionRef) -> tuple[Any, ...]:
    return tuple(ref if isinstance(arg, SessionRef) and arg.owner == NOBODYS else arg for arg in args)


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
        new = unmade(args)
        if new is None:
            work: Operation[T] = lambda tx: operation(tx, *args, **kwargs)  # noqa: E731
            return home, presence.reading(work, home)
        if (standing := self._standing(new)) is not None:
            records, ref = home, standing
        else:
            records, ref = self._empty = self._empty or self._none()
        put = placed(args, ref)
        return records, lambda tx: operation(tx, *put, **kwargs)

    def writing(
        self, operation: Callable[..., Awaitable[T]], args: Any, kwargs: Any
    ) -> tuple[Callable[[Tx, Entered], Awaitable[T]], bool]:
        """What to do over the threshold, and whether it starts a session."""
        new = unmade(args)
        if new is None:
            return self._kept(operation, self.lease(args), kwargs), False
        expected = self.presence.ref or self.presence.fresh()
        if new.id != expected.id:
            raise NotFound("There is no such session.")

        def work(tx: Tx, entered: Entered) -> Awaitable[T]:
            assert entered.ref is not None, "a write starts the session"
            return operation(tx, *placed(args, entered.ref), **kwargs)

        return work, True

    def _kept(
        self, operation: Callable[..., Awaitable[T]], args: Any, kwargs: Any
    ) -> Callable[[Tx, Entered], Awaitable[T]]:
        """In a session that stands. A stay alone there is renewed with it, or it comes too late."""
        ref = next((arg for arg in args if isinstance(arg, SessionRef)), None)
        alone = None if ref is None or ref == self.presence.ref else self.presence.alone.get(ref.id)
        now = self.presence.host.clock.now()

        async def work(tx: Tx, entered: Entered) -> T:
            if ref is not None and alone is not None:
                await stay(tx, ref, alone, now)
            return await operation(tx, *args, **kwargs)

        return work

    def wrote(self, operation: Any, args: Any = (), answer: Any = None) -> None:
        if operation in _MOVES:
            self.presence.look_again()
        elif operation is state.change:
            self.mapping.forget()
        elif operation is leases.alone:
            ref, _, now, until_ms = args[:4]
            self.presence.alone[ref.id] = Holding(answer, until_ms - now)
            self.mapping.forget()

    def inside(self, ref: SessionRef) -> int | None:
        """The fence of the stay alone in which the request is already: it goes in once more."""
        if (alone := self.presence.alone.get(ref.id)) is None:
            return None
        alone.times += 1
        return alone.fence

    def out(self, name: str) -> bool:
        """Whether the request goes out for the last time."""
        for id, alone in [*self.presence.alone.items()]:
            if leases.of_session(id) == name:
                alone.times -= 1
                if alone.times:
                    return False
                del self.presence.alone[id]
        return True

    def handle(self) -> tuple[SessionRef, models.Session]:
        presence = self.presence
        presence.look()
        if presence.ref is not None and presence.record is not None:
            return presence.ref, presence.record
        fresh = presence.fresh(shown=True)
        return SessionRef(NOBODYS, fresh.id), fresh

    def _draft(self) -> models.Session:
        """What is made by the first write."""
        return self.presence.fresh(shown=True)

    def _standing(self, ref: SessionRef) -> SessionRef | None:
        """The session once it was made."""
        found = self.presence.ref
        return found if found is not None and found.id == ref.id else None

    def lease(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments of what is done to a stay alone."""
        return args

    def _none(self) -> tuple[Records, SessionRef]:
        """A store in which there is the session that would be made, and nothing else."""
        presence = self.presence
        fresh = self._draft()
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
        here: Place = self._here
        if operation in _FREELY:  # also for who was signed out meanwhile
            if operation is leases.release and not here.out(cast("str", args[0])):
                return cast("T", None)
            return super().write(operation, *here.lease(args), **kwargs)
        if operation is leases.alone and (fence := here.inside(cast("SessionRef", args[0]))) is not None:
            return cast("T", fence)
        if operation is lifecycle.change:
            here.mapping.save()
        work, starts = here.writing(operation, args, kwargs)
        answer = here.presence.write(work, starts=starts, home=None if starts else self._records)
        here.wrote(operation, args, answer)
        return answer

    def flush(self) -> None:
        self._here.mapping.save()

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
        here: Place = self._here
        if operation in _FREELY:  # also for who was signed out meanwhile
            if operation is leases.release and not here.out(cast("str", args[0])):
                return cast("T", None)
            return await super().write(operation, *here.lease(args), **kwargs)
        if operation is leases.alone and (fence := here.inside(cast("SessionRef", args[0]))) is not None:
            return cast("T", fence)
        if operation is lifecycle.change:
            await here.mapping.asave()
        work, starts = here.writing(operation, args, kwargs)
        answer = await here.presence.awrite(work, starts=starts, home=None if starts else self._records)
        here.wrote(operation, args, answer)
        return answer

    async def flush(self) -> None:
        await self._here.mapping.asave()

    def listen(self, owner: int | None) -> AsyncListener:
        drive = self._here.presence.host.engine.drive
        return drive.listen(owner) if isinstance(drive, AsyncDrive) else super().listen(owner)
