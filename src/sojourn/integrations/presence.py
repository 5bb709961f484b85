"""Who is present in one request or socket: looked up when first asked for, made at the first write."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sojourn import models
from sojourn.core import accounts, ids, lifecycle
from sojourn.errors import NotFound, SessionNotStarted, SignedOut
from sojourn.integrations.host import Host
from sojourn.integrations.promise import promise, promised
from sojourn.integrations.threshold import Entered, Newcomer, Plan, enter, look, open_now
from sojourn.integrations.visit import Arrival
from sojourn.models import Session
from sojourn.ports import Entry, KnownDevice, Operation, SessionRef, Tx

T = TypeVar("T")

Work = Callable[[Tx, Entered], Awaitable[T]]
"""What a write does, once it is known where."""

LATE = (
    "This visitor is new and the answer's headers are gone, so no cookie can reach them any more. "
    "Write a key, or call session.start(), before the first byte of the answer."
)
_TOKEN = re.compile(r"bearer +[A-Za-z0-9_-]{43}", re.IGNORECASE)
"""An Authorization of ours; any other one is the application's own affair."""


class Presence:
    """One visitor, as far as the request asked about them.

    What it begins with stands in the class: a request that asks nothing pays for nothing.
    """

    touched = False
    """Something was asked, so the answer is personal."""
    sent = False
    """The headers are gone."""
    dead = False
    """The device was signed out while the request ran: what it writes is dropped."""
    persistent: bool | None = None
    """Whether the cookie outlives the browser's window; None is as the policy says."""
    recast = False
    """The cookie of a known visitor goes back once more, to outlive the window, or no longer to."""
    promised = False
    """The visitor has a token though nothing was written: a first write may come at any time."""
    epoch = 0
    """Goes up when the visitor is in another session than before."""
    new = True
    """There was no session when the request first asked."""
    known: KnownDevice | None = None
    ref: SessionRef | None = None
    """The session the request is in, None while there is none."""
    record: Session | None = None
    _arrival: Arrival | None = None
    _token: str | None = None
    _newcomer: Newcomer | None = None
    _fresh: Session | None = None
    _shown = False
    _left: Session | None = None
    _looked = False
    _met = False
    _noted = False
    _writing = 0
    _forget = False
    _promising = False

    def __init__(self, host: Host, raw: Any) -> None:
        self.host = host
        self.raw = raw

    # -- who --------------------------------------------------------------------------------------

    @property
    def arrival(self) -> Arrival:
        """What the request brought. Raises `InsecureHttp` where no session can be kept."""
        return self._arrival or self._arrive()

    def _arrive(self) -> Arrival:
        scheme, peer, headers = self.host.brought(self.raw)
        held = [pair for pair in headers if pair[0] != "authorization" or _TOKEN.fullmatch(pair[1])]
        try:
            arrival = self.host.door.arrive(scheme, peer, held)
        except SignedOut:  # several tokens: nobody can tell which is the visitor's, so none is
            held = [pair for pair in held if pair[0] not in ("authorization", "cookie")]
            arrival = self.host.door.arrive(scheme, peer, held)
        self._token = arrival.token if arrival.token and len(arrival.token) <= 512 else None
        self._arrival = arrival
        return arrival

    @property
    def late(self) -> bool:
        """Nothing was written, and no cookie can reach the visitor any more."""
        return self.sent and self.known is None and not self.promised

    @property
    def token(self) -> str | None:
        """The visitor's token, also one that was only promised yet."""
        return self._token or (self._newcomer.token if self._newcomer else None)

    def look(self) -> None:
        """Reads once who this is. Whose token is dead, or was never issued, is a newcomer."""
        self.touched = True
        if self._looked or self.dead:
            return
        host = self.host
        if self._arrival is None:
            self._arrive()
        known: KnownDevice | None = None
        record: Session | None = None
        now = host.clock.now()
        if self._token is not None:
            token_hash = ids.token_hash(self._token)
            known, record = host.records.read(lambda tx: look(tx, token_hash))
            if known is None or not accounts.alive(known, now):
                seconds = host.settings.anonymous_seconds
                if known is None and promised(host.records.sign, self._token, now, seconds):
                    self._newcomer, self.promised = self._arriving(self._token), True
                self._token = known = None
        self._place(known, record, now)
        self._looked = True

    def _place(self, known: KnownDevice | None, record: Session | None, now: int) -> None:
        self._left = None
        if known is None or record is None:
            record = None
        elif self.host.idle(known, record, now):
            self._left, record = record, None
        elif not open_now(record, now, self.host.settings):
            record = None
        before, self.known, self.record = self.ref, known, record
        self.ref = SessionRef(known.owner.no, record.id) if known and record else None
        if not self._met:
            self._met, self.new = True, record is None
        elif before != self.ref:
            self.epoch += 1

    def look_again(self) -> None:
        """The visitor may be in another session now."""
        self._looked = False

    def leave(self, *, dead: bool) -> None:
        """Nobody is present any more: signed out by this request, or by another one (`dead`)."""
        self.dead = dead
        self._forget = not dead and self._token is not None
        self._token = self.known = self.ref = self.record = None
        self._newcomer = self._fresh = self._left = None
        self._shown = self.promised = self._promising = False
        self.epoch += 1

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
        try:
            return self.host.records.read(self.reading(operation))
        except SignedOut:
            self.leave(dead=True)
            return None

    def reading(self, operation: Callable[[Tx], Awaitable[T]]) -> Operation[T]:
        """The operation; once the headers are gone, which may be long ago, with a look at the device."""
        if not self.sent:
            return operation
        token_hash, now = self._hash(), self.host.clock.now()

        async def work(tx: Tx) -> T:
            known = await tx.devices.find(token_hash)
            if known is None or not accounts.alive(known, now):
                raise SignedOut
            return await operation(tx)

        return work

    # -- writing ----------------------------------------------------------------------------------

    def write(self, work: Work[T], *, starts: bool = True) -> T:
        """Does it in one transaction with what must be there first; `starts` a session if there is none.

        Raises `SignedOut` when the device has ended, and `SessionNotStarted` for a newcomer once the
        headers are gone.
        """
        operation = self._entering(work, starts)
        epoch = self.epoch
        self._writing += 1
        try:
            entered, answer = self.host.records.write(operation)
        finally:
            self._writing -= 1
        self._settle(entered, epoch)
        return answer

    async def awrite(self, work: Work[T], *, starts: bool = True) -> T:
        """The same, awaited."""
        operation = self._entering(work, starts)
        epoch = self.epoch
        self._writing += 1
        try:
            entered, answer = await self.host.records.awrite(operation)
        finally:
            self._writing -= 1
        self._settle(entered, epoch)
        return answer

    def _entering(self, work: Work[T], starts: bool) -> Operation[tuple[Entered, T]]:
        plan = self._plan(starts)

        async def operation(tx: Tx) -> tuple[Entered, T]:
            entered = await enter(tx, plan)
            return entered, await work(tx, entered)

        return operation

    def _plan(self, starts: bool) -> Plan:
        self.look()
        now = self.host.clock.now()
        if self.dead:
            raise SignedOut
        if self.late:
            raise SessionNotStarted(LATE)
        return Plan(
            token_hash=self._hash(),
            now=now,
            settings=self.host.settings,
            newcomer=self._newcomer,
            bound=self.ref,
            fresh=self.fresh() if starts and self.ref is None else None,
            joins=not self._shown,
            seen=self.known is not None and not self._noted and self.host.due(self.known, now),
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

    def _hash(self) -> bytes:
        """Of the visitor's token; a newcomer's is made now."""
        if self._token is not None:
            return ids.token_hash(self._token)
        with self.host.lock:
            if self._newcomer is None:
                self._newcomer = self._arriving(ids.new_token())
            return ids.token_hash(self._newcomer.token)

    def _arriving(self, token: str) -> Newcomer:
        """What is made of this visitor at the first write."""
        now = self.host.clock.now()
        return Newcomer(
            token,
            models.User(id=ids.new_id(ids.USER, now), name=None, created_ms=now),
            accounts.device(self.host.settings, ids.new_id(ids.DEVICE, now), self.arrival.label, now),
        )

    def fresh(self, *, shown: bool = False) -> Session:
        """The session to be made at the first write. `shown`: its id is known outside, and so final."""
        with self.host.lock:
            if self._fresh is None:
                now = self.host.clock.now()
                self._fresh = lifecycle.draft(self.host.settings, ids.new_id(ids.SESSION, now), now)
            self._shown = self._shown or shown
            return self._fresh

    def last(self) -> Operation[Entered] | None:
        """What is left to be written at the end of a request: that the visitor was here."""
        if self.known is None or self.dead or not self._looked:
            return None
        if self._left is None and (self._noted or not self.host.due(self.known, self.host.clock.now())):
            return None
        plan = self._plan(starts=False)
        self._noted, self._left = True, None
        return lambda tx: enter(tx, plan)

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
                self._newcomer = self._arriving(promise(host.records.sign, host.clock.now()))
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
