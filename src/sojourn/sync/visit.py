# Generated from src/sojourn/aio/visit.py by tools/generate_sync.py. Change that file, then run it.
"""A visit: a token in, and out of it the user, the device, and the current session."""

from __future__ import annotations

from sojourn import models
from sojourn.core import accounts, ids
from sojourn.errors import NotFound, SessionGone, SignedOut
from sojourn.models import Device
from sojourn.ports import KnownDevice, Owner, SessionRef
from sojourn.sync.engine import Engine
from sojourn.sync.session import Session
from sojourn.sync.user import User


class Visit:
    """Who came, for as long as one request lasts.

    Reads create nothing. The first write makes user and device; then `issued` is the token to
    hand to the client, and the first session made is the current one.
    """

    def __init__(self, engine: Engine, token: str | None, *, label: str = "") -> None:
        self._engine = engine
        self._token = token
        self._label = label
        self._known: KnownDevice | None = None
        self.signed_out = False
        """The token was good once: it is signed out, expired or revoked. Writes raise `SignedOut`."""
        self.late = False
        """The token was rotated just now: the client may have the new one already, so take nothing away."""
        self.issued: str | None = None
        """The token made in this visit, for a newcomer or by `rotate`: to be handed to the client."""

    def look(self) -> None:
        """Reads who the token belongs to."""
        if not self._token or len(self._token) > 512:
            return
        engine = self._engine
        known = engine.drive.read(accounts.known, ids.token_hash(self._token))
        if known is None:
            return
        now = engine.clock.now()
        if not accounts.alive(known, now):
            self.signed_out, self.late = True, accounts.late(known, now)
            return
        self._known = known
        if accounts.due(known, now):
            engine.drive.write(accounts.seen, known.owner.no, known.device.id, now)

    def find(self, engine: Engine) -> Owner | None:
        """The owner, None for a newcomer."""
        return self._known.owner if self._known else None

    def make(self, engine: Engine) -> Owner:
        """The owner; a newcomer becomes one now. Raises `SignedOut` for a dead device."""
        if self.signed_out:
            raise SignedOut
        if self._known is None:
            now = engine.clock.now()
            token = ids.new_token()
            user = models.User(id=ids.new_id(ids.USER, now), name=None, created_ms=now)
            device = accounts.device(engine.settings, ids.new_id(ids.DEVICE, now), self._label, now)
            owner = engine.drive.write(accounts.arrive, user, device, ids.token_hash(token))
            self._known = KnownDevice(owner, device, ended=False)
            self.issued = token
        return self._known.owner

    @property
    def user(self) -> User:
        """The visitor, whether or not anything of theirs was written yet."""
        return User(self._engine, self)

    @property
    def device(self) -> Device | None:
        """The device the token names, None for a newcomer."""
        return self._known.device if self._known else None

    @property
    def device_id(self) -> str | None:
        return self._known.device.id if self._known else None

    def session(self) -> Session | None:
        """The current session, None while there is none. One that was erased or deleted is none."""
        known = self._fresh()
        if known is None or known.device.session_id is None:
            return None
        try:
            session = self.user.sessions.get(known.device.session_id)
        except (NotFound, SessionGone):
            return None
        return None if session.record.deleted_ms is not None else session

    def start(self) -> Session:
        """The current session, made now if there is none."""
        session = self.session()
        if session is not None:
            return session
        session = self.user.sessions.create()
        self.switch(session.id)
        return session

    def switch(self, session_id: str) -> Session:
        """Makes one of the visitor's sessions the current one. Raises `NotFound`."""
        engine = self._engine
        if self._known is None:
            raise NotFound("There is no such session.")
        ref = SessionRef(self._known.owner.no, session_id)
        record = engine.drive.write(accounts.switch, ref, self._known.device.id)
        return Session(engine, ref, record)

    def rotate(self) -> None:
        """Gives this device a new token, `issued`; the old one is dead with the same commit.

        For every change of privilege, above all a sign-in of the application's own: whoever knew the
        token before is out. The user, the sessions and the device's limit stay as they are. A newcomer
        has no token to lose: not an error. Raises `SignedOut` when another was faster.
        """
        if self.signed_out:
            raise SignedOut
        token = self.issued or self._token
        if self._known is None or token is None:
            return
        engine = self._engine
        fresh = ids.new_token()
        engine.drive.write(accounts.rotate, ids.token_hash(token), ids.token_hash(fresh), engine.clock.now())
        self.issued = fresh

    def sign_out(self) -> None:
        """Ends this device at once, everywhere. A newcomer has nothing to sign out of: not an error."""
        if self._known is not None:
            engine = self._engine
            engine.drive.write(
                accounts.revoke, self._known.owner.no, self._known.device.id, engine.clock.now()
            )
            self._known = None
            self.signed_out = True

    def _fresh(self) -> KnownDevice | None:
        """The device as it is now: its current session may have moved since the visit began."""
        token = self.issued or self._token
        if self._known is None or token is None:
            return None
        return self._engine.drive.read(accounts.known, ids.token_hash(token))
