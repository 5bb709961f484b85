"""Who a request comes from: by its headers, its token or its pass. Looked up when first asked for."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from sojourn import models
from sojourn.core import accounts, ids, passes, promises
from sojourn.errors import SignedOut
from sojourn.integrations.host import Host
from sojourn.integrations.threshold import Holding, Newcomer, look, open_now
from sojourn.integrations.visit import Arrival, CrossOrigin, InsecureHttp
from sojourn.models import Session
from sojourn.ports import KnownDevice, SessionRef

OVER = "These headers are no longer good: they ran out, or the visitor's device has ended."
_TOKEN = re.compile(r"bearer +(?:[A-Za-z0-9_-]{43}|fwd_[A-Za-z0-9_-]{96})", re.IGNORECASE)
"""An Authorization of ours, by a token or a pass; any other one is the application's own affair."""


class Arriving:
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
    crossed = False
    """A page of another site sent this, without a cookie: nobody is made of it."""
    shared = False
    """The answer is made of a session that is everybody's."""
    new = True
    """There was no session when the request first asked."""
    known: KnownDevice | None = None
    ref: SessionRef | None = None
    """The session the request is in, None while there is none."""
    record: Session | None = None
    _arrival: Arrival | None = None
    _token: str | None = None
    _digest: bytes | None = None
    """Of the token that a pass stands for."""
    passed = False
    """Who came has a pass, not the device's token."""
    _newcomer: Newcomer | None = None
    _fresh: Session | None = None
    _shown = False
    _left: Session | None = None
    _looked = False
    _met = False
    _forget = False
    _promising = False

    def __init__(self, host: Host, raw: Any) -> None:
        self.host = host
        self.raw = raw

    @cached_property
    def alone(self) -> dict[str, Holding]:
        """The sessions that the request is in alone."""
        return {}

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

    def guard(self, method: str) -> None:
        """Before the app sees a request that may write. Raises `CrossOrigin` when it carries the visitor's
        cookie, and a page of another site sent it; without a cookie, it only cannot become a visitor.
        """
        try:
            arrival = self.arrival
        except InsecureHttp:
            return  # no session can be reached, so there is nothing to guard
        try:
            self.host.door.same_origin(arrival, method)
        except CrossOrigin:
            if arrival.token is not None:
                raise
            self.crossed = True

    def look(self) -> None:
        """Reads once who this is. Whose token is dead, or was never issued, is a newcomer.

        Raises `SignedOut` for a pass that is no longer good: who sends it is no browser, and wants to know.
        """
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
            if passes.is_one(self._token):
                self.passed, self._digest = True, passes.opened(host.records.sign, self._token, now)
                if self._digest is None:
                    raise SignedOut(OVER)
            token_hash = self._hash()
            known, record = host.records.read(lambda tx: look(tx, token_hash))
            if known is not None and record is None:
                record = self._elsewhere(known)
            if known is None or not accounts.alive(known, now):
                if self.passed:
                    raise SignedOut(OVER)
                if known is not None:
                    self.dead = accounts.late(known, now)
                elif promises.holds(host.records.sign, self._token, now, host.settings.anonymous_seconds):
                    self._newcomer, self.promised = self._arriving(self._token), True
                self._token = known = None
        self._place(known, record, now)
        self._looked = True

    def _elsewhere(self, known: KnownDevice) -> Session | None:
        """The ephemeral session that the device is in, if it is in one that stands."""
        stores, current = self.host.stores, known.device.session_id
        if current is None or not stores.apart(current) or known.ended:
            return None
        home = stores.home(current)
        ref = SessionRef(known.owner.no, current)
        return None if home is None else home.read(lambda tx: tx.sessions.get(ref))

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
        self._token = self._digest = self.known = self.ref = self.record = None
        self._newcomer = self._fresh = self._left = None
        self._shown = self.promised = self._promising = False
        self.epoch += 1

    # -- what a newcomer will be ---------------------------------------------------------------

    def _hash(self) -> bytes:
        """Of the visitor's token; a newcomer's is made now."""
        if self._digest is not None:
            return self._digest
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
                self._fresh = self.host.draft(self.host.clock.now())
            self._shown = self._shown or shown
            return self._fresh
