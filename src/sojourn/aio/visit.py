"""A visit: a token in, and out of it the user, the device, and the current session."""

from __future__ import annotations

from collections.abc import Mapping

from sojourn import models
from sojourn.aio.engine import AsyncEngine
from sojourn.aio.session import AsyncSession
from sojourn.aio.user import AsyncUser
from sojourn.core import accounts, checks, ids, passes, promises
from sojourn.errors import NotFound, SessionGone, SignedOut
from sojourn.models import Device
from sojourn.ports import KnownDevice, Owner, SessionRef


class AsyncVisit:
    """Who came, for as long as one request lasts.

    Reads create nothing. The first write makes user and device; then `issued` is the token to
    hand to the client, and the first session made is the current one.
    """

    def __init__(self, engine: AsyncEngine, token: str | None, *, label: str = "") -> None:
        self._engine = engine
        self._token = token
        self._label = label
        self._known: KnownDevice | None = None
        self._hash: bytes | None = None
        self._passed = token is not None and passes.is_one(token)
        self._promised: str | None = None
        self.signed_out = False
        """The token was good once: it is signed out, expired or revoked. Writes raise `SignedOut`."""
        self.late = False
        """The token was rotated just now: the client may have the new one already, so take nothing away."""
        self.issued: str | None = None
        """The token made in this visit, for a newcomer or by `rotate`: to be handed to the client."""

    async def look(self) -> None:
        """Reads who the token belongs to."""
        if not self._token or len(self._token) > 512:
            return
        engine = self._engine
        now = engine.clock.now()
        self._hash = ids.token_hash(self._token)
        if self._passed:
            self._hash = passes.opened(engine.records.sign, self._token, now)
        known = None if self._hash is None else await engine.drive.read(accounts.known, self._hash)
        if known is None:
            self.signed_out = self._passed
            if promises.holds(engine.records.sign, self._token, now, engine.settings.anonymous_seconds):
                self._promised = self._token
            return
        if not accounts.alive(known, now):
            self.signed_out, self.late = True, accounts.late(known, now)
            return
        self._known = known
        if accounts.due(known, now):
            await engine.drive.write(accounts.seen, known.owner.no, known.device.id, now)

    async def find(self, engine: AsyncEngine) -> Owner | None:
        """The owner, None for a newcomer."""
        return self._known.owner if self._known else None

    async def make(self, engine: AsyncEngine) -> Owner:
        """The owner; a newcomer becomes one now. Raises `SignedOut` for a dead device."""
        if self.signed_out:
            raise SignedOut
        if self._known is None:
            now = engine.clock.now()
            token = self._promised or ids.new_token()
            token_hash = ids.token_hash(token)
            user = models.User(id=ids.new_id(ids.USER, now), name=None, created_ms=now)
            device = accounts.device(engine.settings, ids.new_id(ids.DEVICE, now), self._label, now)
            self._known = await engine.drive.write(accounts.arrive_by, user, device, token_hash)
            self._hash, self.issued = token_hash, token
        return self._known.owner

    @property
    def user(self) -> AsyncUser:
        """The visitor, whether or not anything of theirs was written yet."""
        return AsyncUser(self._engine, self)

    @property
    def device(self) -> Device | None:
        """The device the token names, None for a newcomer."""
        return self._known.device if self._known else None

    @property
    def device_id(self) -> str | None:
        return self._known.device.id if self._known else None

    async def session(self) -> AsyncSession | None:
        """The current session, None while there is none. One that was erased or deleted is none."""
        known = await self._fresh()
        if known is None or known.device.session_id is None:
            return None
        try:
            session = await self.user.sessions.get(known.device.session_id)
        except (NotFound, SessionGone):
            return None
        return None if session.record.deleted_ms is not None else session

    async def start(self) -> AsyncSession:
        """The current session, made now if there is none."""
        session = await self.session()
        if session is not None:
            return session
        session = await self.user.sessions.create()
        await self.switch(session.id)
        return session

    async def switch(self, session_id: str) -> AsyncSession:
        """Makes one of the visitor's sessions the current one. Raises `NotFound`."""
        engine = self._engine
        if self._known is None:
            raise NotFound("There is no such session.")
        ref = SessionRef(self._known.owner.no, session_id)
        home = await engine.home(session_id)
        if home is engine:
            record = await engine.drive.write(accounts.switch, ref, self._known.device.id)
        else:
            record = await home.drive.read(accounts.standing, ref)
            await engine.drive.write(accounts.aim, ref.owner, self._known.device.id, ref.id)
        return AsyncSession(home, ref, record)

    async def rotate(self) -> None:
        """Gives this device a new token, `issued`; the old one is dead with the same commit.

        For every change of privilege, above all a sign-in of the application's own: whoever knew the
        token before is out. The user, the sessions and the device's limit stay as they are. A newcomer
        has no token to lose, which is not an error; one that was only promised is nobody's from here on.
        Raises `SignedOut` when another was faster, and for who came with a pass (`forward_headers`).
        """
        if self.signed_out or self._passed:
            raise SignedOut
        if self._known is None or self._hash is None:
            self._promised = None
            return
        engine = self._engine
        fresh = ids.new_token()
        await engine.drive.write(accounts.rotate, self._hash, ids.token_hash(fresh), engine.clock.now())
        self._hash = ids.token_hash(fresh)
        self.issued = fresh

    async def forward_headers(self, *, seconds: int = 60) -> Mapping[str, str]:
        """Headers with which another process of one's own acts for this visitor, over the same store.

        Good for `seconds`, 600 at most, and no longer than the device: a sign-out, a revocation or
        `rotate` ends them at once. Who came with such headers passes on the same ones, with what is left
        of their time. A newcomer is made a visitor by this. Whoever has the headers is the visitor: send
        them to nobody else. Raises `SignedOut`.
        """
        checks.whole(seconds, "seconds", 1, passes.MOST_SECONDS)
        await self.make(self._engine)
        if self._passed and self._token is not None:
            return passes.PassHeaders(self._token)
        if self._hash is None:
            raise SignedOut
        engine = self._engine
        until_ms = engine.clock.now() + seconds * 1000
        return passes.PassHeaders(passes.issue(engine.records.sign, self._hash, until_ms))

    async def sign_out(self) -> None:
        """Ends this device at once, everywhere. A newcomer has nothing to sign out of: not an error."""
        if self._known is not None:
            engine = self._engine
            await engine.drive.write(
                accounts.revoke, self._known.owner.no, self._known.device.id, engine.clock.now()
            )
            self._known = None
            self.signed_out = True

    async def _fresh(self) -> KnownDevice | None:
        """The device as it is now: its current session may have moved since the visit began."""
        if self._known is None or self._hash is None:
            return None
        return await self._engine.drive.read(accounts.known, self._hash)
