"""Who is present in one request or socket: looked up when first asked for, made at the first write."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sojourn.backends.stepping import run
from sojourn.core import accounts, ids, passes, promises
from sojourn.errors import NotFound, SessionNotStarted, SignedOut
from sojourn.integrations.arriving import Arriving
from sojourn.integrations.crossing import Here, Loop, Stores, Way, cross, crosses
from sojourn.integrations.threshold import Entered, Plan, enter
from sojourn.integrations.visit import CrossOrigin
from sojourn.ports import Entry, KnownDevice, Operation, Records, Tx

T = TypeVar("T")

Work = Callable[[Tx, Entered], Awaitable[T]]
"""What a write does, once it is known where."""

LATE = (
    "This visitor is new and the answer's headers are gone, so no cookie can reach them any more. "
    "Write a key, or call session.start(), before the first byte of the answer."
)
GONE = "The answer's headers are gone, so no new cookie can reach the visitor: rotate before the first byte."


class Presence(Arriving):
    """One visitor, as far as the request asked about them: what they read and write, and what goes back."""

    _noted = False
    _writing = 0

    # -- reading ----------------------------------------------------------------------------------

    def entry(self, key: str) -> Entry | None:
        """One key of the session's state, as it is now."""
        ref = self.ref
        return None if ref is None else self._read(lambda tx: tx.state.get(ref, key))

    def entries(self) -> list[Entry]:
        """All keys of the session's state, as they are now."""
        ref = self.ref
        return [] if ref is None else self._read(lambda tx: tx.state.all(ref)) or []

    def _read(self, operation: Callable[[Tx], Awaitable[T]]) -> T | None:
        assert self.ref is not None, "there is a session to read"
        home = self.host.stores.home(self.ref.id)
        try:
            return None if home is None else home.read(self.reading(operation, home))
        except SignedOut:
            self.leave(dead=True)
            return None

    def reading(self, operation: Callable[[Tx], Awaitable[T]], home: Records) -> Operation[T]:
        """The operation; once the headers are gone, which may be long ago, with a look at the device."""
        if not self.sent:
            return operation
        if home is not self.host.records:
            self.host.records.read(self.reading(_nothing, self.host.records))
            return operation
        token_hash, now = self._hash(), self.host.clock.now()

        async def work(tx: Tx) -> T:
            known = await tx.devices.find(token_hash)
            if known is None or not accounts.alive(known, now):
                raise SignedOut
            return await operation(tx)

        return work

    # -- writing ----------------------------------------------------------------------------------

    def write(self, work: Work[T], *, starts: bool = True, home: Records | None = None) -> T:
        """Does it in one transaction with what must be there first; `starts` a session if there is none.

        `home` is the store that the work is done in, None for the session's. Raises `SignedOut` when
        the device has ended, and `SessionNotStarted` for a newcomer once the headers are gone.
        """
        plan = self._plan(starts)
        epoch = self.epoch
        self._writing += 1
        try:
            entered, answer = run(_entering(self.host.stores, plan, work, home, Here()))
        finally:
            self._writing -= 1
        self._settle(entered, epoch)
        return answer

    async def awrite(self, work: Work[T], *, starts: bool = True, home: Records | None = None) -> T:
        """The same, awaited."""
        plan = self._plan(starts)
        epoch = self.epoch
        self._writing += 1
        try:
            entered, answer = await _entering(self.host.stores, plan, work, home, Loop())
        finally:
            self._writing -= 1
        self._settle(entered, epoch)
        return answer

    def _plan(self, starts: bool) -> Plan:
        self.look()
        now = self.host.clock.now()
        if self.dead:
            raise SignedOut
        if self.late:
            raise SessionNotStarted(LATE)
        if self.known is None and self.crossed:
            raise CrossOrigin
        return Plan(
            token_hash=self._hash(),
            now=now,
            settings=self.host.settings,
            newcomer=self._newcomer,
            bound=self.ref,
            fresh=self.fresh() if starts and self.ref is None else None,
            joins=not self._shown,
            seen=self.known is not None and not self._noted and self.host.due(self.known, now),
            alone=self.alone.get(self.ref.id) if self.ref is not None else None,
            left=self._left,
        )

    def _settle(self, entered: Entered, epoch: int) -> None:
        if epoch != self.epoch:
            return  # whoever wrote that is gone by now
        self.known = entered.known
        if self._token is None and self._newcomer is not None:
            self._token = self._newcomer.token
        self._noted = True
        self._left = None
        if self.ref is None and entered.ref is not None:
            self.ref, self.record = entered.ref, entered.record

    def note(self) -> None:
        """Writes what is left at the end of a request: that the visitor was here."""
        if (plan := self._last()) is not None:
            run(_entering(self.host.stores, plan, _nobody, self.host.records, Here()))

    async def anote(self) -> None:
        """The same, awaited."""
        if (plan := self._last()) is not None:
            await _entering(self.host.stores, plan, _nobody, self.host.records, Loop())

    def _last(self) -> Plan | None:
        if self.known is None or self.dead or not self._looked:
            return None
        if self._left is None and (self._noted or not self.host.due(self.known, self.host.clock.now())):
            return None
        plan = self._plan(starts=False)
        self._noted, self._left = True, None
        return plan

    # -- going out --------------------------------------------------------------------------------

    def promise(self) -> None:
        """Has a cookie go out with these headers, before it is known whether anything will be written.

        A known visitor's goes out once more, so that it lasts as long as the device.
        """
        self.look()
        if self.known is not None:
            self.recast = True
        elif not self.dead:
            if not self.promised:
                host = self.host
                self._newcomer = self._arriving(promises.make(host.records.sign, host.clock.now()))
            self.promised = self._promising = True

    @property
    def greets(self) -> bool:
        """Whether a cookie with a token goes out with the headers."""
        if self._newcomer is not None:
            return self._promising or self.known is not None or self._writing > 0
        return self.recast and self.known is not None and not self.arrival.bearer

    def cookie(self) -> str | None:
        """The value of the Set-Cookie header that must go back now, None when there is none."""
        if self.greets and self._newcomer is not None:
            device = self._newcomer.device
            return self._set_cookie(self._newcomer.token, device.expires_ms - device.created_ms)
        if self.greets and self._token is not None and self.known is not None:
            return self._set_cookie(self._token, self.known.device.expires_ms - self.host.clock.now())
        return self.arrival.delete_cookie() if self._forget else None

    def _set_cookie(self, token: str, ms: int) -> str:
        policy = self.host.door.policy
        persistent = policy.persistent if self.persistent is None else self.persistent
        return self.arrival.set_cookie(token, ms // 1000 if persistent else None)

    def rotate(self) -> tuple[str, Operation[KnownDevice]] | None:
        """A new token and what makes it the device's; None when nobody is here, or they are new.

        A token that was only promised is nobody's from here on, if nothing was written; else it is
        replaced like any other.
        Raises `SessionNotStarted` once the headers are gone, since no cookie can follow, and `SignedOut`
        for who came with a pass.
        """
        self.look()
        if self.passed:
            raise SignedOut
        if not self.promised and (self.known is None or self._token is None or self._newcomer is not None):
            return None
        if self.sent:
            raise SessionNotStarted(GONE)
        if self.known is None or self._token is None:
            self._newcomer, self.promised, self._promising = None, False, False
            return None
        old, fresh, now = ids.token_hash(self._token), ids.new_token(), self.host.clock.now()
        return fresh, lambda tx: accounts.rotate(tx, old, ids.token_hash(fresh), now)

    def forward(self, seconds: int) -> passes.PassHeaders:
        """What lets another process act for the visitor, who is known by now."""
        if self.passed and self._token is not None:
            return passes.PassHeaders(self._token)
        until_ms = self.host.clock.now() + seconds * 1000
        return passes.PassHeaders(passes.issue(self.host.records.sign, self._hash(), until_ms))

    def rotated(self, fresh: str) -> None:
        """The new token is the device's; a cookie brings it to the browser."""
        self._token, self._newcomer = fresh, None
        self.promised = self._promising = False
        self.recast = True

    def sign_out(self) -> Operation[None] | None:
        """Ends the device, for everybody; None when nobody is here to be signed out."""
        self.look()
        known, now = self.known, self.host.clock.now()
        if known is None:
            return None

        async def work(tx: Tx) -> None:
            try:
                await accounts.revoke(tx, known.owner.no, known.device.id, now)
            except NotFound:  # swept meanwhile, which is what was wanted
                return

        return work


async def _entering(
    stores: Stores, plan: Plan, work: Work[T], home: Records | None, way: Way
) -> tuple[Entered, T]:
    if crosses(stores, plan, home):
        return await cross(stores, plan, work, home, way)

    async def operation(tx: Tx) -> tuple[Entered, T]:
        entered = await enter(tx, plan)
        return entered, await work(tx, entered)

    return await way.write(stores.records, operation)


async def _nothing(tx: Tx) -> None:
    return None


async def _nobody(tx: Tx, entered: Entered) -> None:
    return None
