"""A write into an ephemeral session: the device is in the first store, the session in the second.

No transaction spans two stores. So the device is looked at first, then the session is written; a sign-out
that comes between the two is in time for the next write. What is made is made in an order that leaves
nothing behind that anybody could be led to: the visitor, the session, and only then the way to it.
"""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from msgspec.structs import replace

from sojourn.core import accounts, lifecycle
from sojourn.core.ids import is_ephemeral
from sojourn.errors import Conflict, NotFound, SessionGone
from sojourn.integrations.threshold import Entered, Plan, enter, open_now, stay
from sojourn.models import Session
from sojourn.ports import KnownDevice, Operation, Records, Rooms, Second, SessionRef, Tx

T = TypeVar("T")


class Way(Protocol):
    """How operations are run."""

    async def read(self, records: Records, operation: Operation[T]) -> T: ...
    async def write(self, records: Records, operation: Operation[T]) -> T: ...
    async def hop(self, work: Callable[..., T], *args: Any) -> T: ...


class Here:
    """In this thread; it never suspends."""

    async def read(self, records: Records, operation: Operation[T]) -> T:
        return records.read(operation)

    async def write(self, records: Records, operation: Operation[T]) -> T:
        return records.write(operation)

    async def hop(self, work: Callable[..., T], *args: Any) -> T:
        return work(*args)


class Loop:
    """Awaited."""

    async def read(self, records: Records, operation: Operation[T]) -> T:
        return await records.aread(operation)

    async def write(self, records: Records, operation: Operation[T]) -> T:
        return await records.awrite(operation)

    async def hop(self, work: Callable[..., T], *args: Any) -> T:
        return await to_thread(work, *args)


class Stores:
    """The two stores of an application, and which of them a session is in."""

    def __init__(self, records: Records, second: Second | None) -> None:
        self.records = records
        self.second = second

    def apart(self, session_id: str) -> bool:
        """Whether it would be in the second store."""
        return self.second is not None and is_ephemeral(session_id)

    def rooms(self) -> Rooms | None:
        """Of the second store, None while that does not stand."""
        second = self.second
        if second is None:
            return None
        return second.held or (second.find() if second.named else None)

    def standing(self) -> list[Records]:
        """The stores that there are."""
        rooms = self.rooms()
        return [self.records] if rooms is None else [self.records, rooms.records]

    def home(self, session_id: str) -> Records | None:
        """Where a session of this id would be; None while that does not stand."""
        if not self.apart(session_id):
            return self.records
        rooms = self.rooms()
        return None if rooms is None else rooms.records


def crosses(stores: Stores, plan: Plan, home: Records | None) -> bool:
    """Whether one transaction is not enough; `home` is where the work is done, if that is known."""
    if stores.second is None:
        return False
    if home is not None and home is not stores.records:
        return True
    begun = home is None or plan.alone is not None
    named = (plan.left, plan.bound if begun else None, plan.fresh if home is None else None)
    return any(one is not None and is_ephemeral(one.id) for one in named)


async def cross(
    stores: Stores,
    plan: Plan,
    work: Callable[[Tx, Entered], Awaitable[T]],
    home: Records | None,
    way: Way,
) -> tuple[Entered, T]:
    """Enters, then works. Raises `SignedOut` and `LeaseHeld` as `enter` does, `NotFound` when the session's
    store is gone.

    A stay alone is a row beside its session: it is renewed with the work, where that is done there.
    """
    known = await _admit(stores, plan, way)
    if plan.left is not None and stores.apart(plan.left.id):
        await end(stores, SessionRef(known.owner.no, plan.left.id), plan, way)
    if plan.bound is not None or plan.fresh is None:
        entered = Entered(known, plan.bound)
    else:
        entered = await _start(stores, known, plan, plan.fresh, way)
    if home is None:
        home = stores.records if entered.ref is None else await way.hop(stores.home, entered.ref.id)
    if home is None:
        raise NotFound("There is no such session.")
    alone, bound = plan.alone, plan.bound
    if alone is None or bound is None or not stores.apart(bound.id):
        return entered, await way.write(home, lambda tx: work(tx, entered))
    own = await way.hop(stores.home, bound.id)
    if own is None:
        raise NotFound("There is no such session.")
    if own is not home:
        await way.write(own, lambda tx: stay(tx, bound, alone, plan.now))
        return entered, await way.write(home, lambda tx: work(tx, entered))

    async def working(tx: Tx) -> T:
        await stay(tx, bound, alone, plan.now)
        return await work(tx, entered)

    return entered, await way.write(home, working)


async def _admit(stores: Stores, plan: Plan, way: Way) -> KnownDevice:
    left = plan.left if plan.left is not None and not stores.apart(plan.left.id) else None
    alone = plan.bound if plan.alone and plan.bound and not stores.apart(plan.bound.id) else None
    device = replace(plan, bound=alone, fresh=None, left=left)
    if plan.newcomer is None and not plan.seen and left is None and alone is None:
        return (await way.read(stores.records, lambda tx: enter(tx, device))).known
    return (await way.write(stores.records, lambda tx: enter(tx, device))).known


async def _start(stores: Stores, known: KnownDevice, plan: Plan, fresh: Session, way: Way) -> Entered:
    """Makes the session, unless one was made meanwhile and the visitor is in that."""
    owner = known.owner
    own = SessionRef(owner.no, fresh.id)
    made = await _found(stores, own, way)
    if made is not None:
        return Entered(known, own, made)
    try:
        if stores.second is not None and stores.apart(fresh.id):
            rooms = await way.hop(stores.second.make)
            await way.write(rooms.records, lambda tx: lifecycle.create_apart(tx, owner, fresh))
        else:
            await way.write(stores.records, lambda tx: lifecycle.create(tx, owner.no, fresh, None))
    except Conflict:  # another task of this request was faster
        return Entered(known, own, fresh)
    gone: str | None = None
    while True:
        at = await _aimed(stores, own, known.device.id, gone, way)
        if at == fresh.id:
            return Entered(known, own, fresh)
        current = await _found(stores, SessionRef(owner.no, at), way)
        if current is not None and open_now(current, plan.now, plan.settings):
            break
        gone = at
    if not plan.joins:
        return Entered(known, own, fresh)
    await end(stores, own, plan, way)
    return Entered(known, SessionRef(owner.no, at), current)


async def _aimed(stores: Stores, ref: SessionRef, device_id: str, gone: str | None, way: Way) -> str:
    return await way.write(
        stores.records, lambda tx: accounts.aim_first(tx, ref.owner, device_id, ref.id, gone)
    )


async def _found(stores: Stores, ref: SessionRef, way: Way) -> Session | None:
    home = await way.hop(stores.home, ref.id)
    return None if home is None else await way.read(home, lambda tx: tx.sessions.get(ref))


async def end(stores: Stores, ref: SessionRef, plan: Plan, way: Way) -> None:
    """Erases a session nobody is to come back to. One that has ended is not an error."""
    rooms = await way.hop(stores.rooms)
    if rooms is None or not stores.apart(ref.id):
        return
    try:
        tomb = await way.write(rooms.records, lambda tx: lifecycle.entomb(tx, ref, plan.now))
    except (NotFound, SessionGone):
        return
    await way.hop(rooms.records.forget, tomb)
    await way.hop(rooms.blobs.drop, ref.id)
    await way.write(rooms.records, lambda tx: lifecycle.empty(tx, tomb))
    await way.hop(rooms.records.settle)
