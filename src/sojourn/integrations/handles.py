"""The store's own handles, as one visitor may use them in one request."""

from collections.abc import Mapping

from sojourn.aio import AsyncSession, AsyncVisit
from sojourn.aio.engine import AsyncEngine
from sojourn.core import accounts, checks, passes
from sojourn.errors import NotFound
from sojourn.integrations.drives import AsyncPresentDrive, Place, PresentDrive
from sojourn.integrations.mapping import SessionMapping
from sojourn.integrations.threshold import Entered
from sojourn.models import Device
from sojourn.ports import Owner, Rooms, SessionRef, Tx
from sojourn.sync import Session, Visit
from sojourn.sync.engine import Engine


class Handles:
    """The visitor's handles."""

    def __init__(self, mapping: SessionMapping, place: Place | None = None) -> None:
        host = mapping.presence.host
        given = host.engine
        self._here = place or Place(mapping)
        self.engine = Engine(
            given.records,
            given.blobs,
            given.indexes,
            host.bus,
            given.clock,
            given.settings,
            given.second,
            fleeting=given.fleeting,
        )
        self.engine.drive = PresentDrive(self._here)
        self.engine.read_by_host = given.read_by_host
        self.engine.darkrooms, self.engine.flights = given.darkrooms, given.flights
        self.engine.tidied = given.tidied

    def session(self) -> Session:
        ref, record = self._here.handle()
        return Session(self.home(ref), ref, record)

    def home(self, ref: SessionRef) -> Engine:
        """The engine of the session's store."""
        rooms = _rooms(self._here, ref)
        return self.engine if rooms is None else self.engine.over(rooms)

    def visit(self) -> Visit:
        return PresentVisit(self.engine, self._here, self)


class AsyncHandles:
    """The same, to be awaited."""

    def __init__(self, mapping: SessionMapping, place: Place | None = None) -> None:
        host = mapping.presence.host
        given = host.engine
        self._here = place or Place(mapping)
        self.engine = AsyncEngine(
            given.records,
            given.blobs,
            given.indexes,
            host.bus,
            given.clock,
            given.settings,
            given.second,
            fleeting=given.fleeting,
        )
        self.engine.drive = AsyncPresentDrive(self._here)
        self.engine.read_by_host = given.read_by_host
        self.engine.darkrooms, self.engine.flights = given.darkrooms, given.flights
        self.engine.tidied = given.tidied

    def session(self) -> AsyncSession:
        ref, record = self._here.handle()
        return AsyncSession(self.home(ref), ref, record)

    def home(self, ref: SessionRef) -> AsyncEngine:
        """The engine of the session's store."""
        rooms = _rooms(self._here, ref)
        return self.engine if rooms is None else self.engine.over(rooms)

    def visit(self) -> AsyncVisit:
        return AsyncPresentVisit(self.engine, self._here, self)


def _rooms(here: Place, ref: SessionRef) -> Rooms | None:
    """What an ephemeral session lies in, or will; None for one of the first store."""
    stores = here.presence.host.stores
    if stores.second is None or not stores.apart(ref.id):
        return None
    return stores.rooms() or stores.second.make()


async def _owner(tx: Tx, entered: Entered) -> Owner:
    return entered.known.owner


async def _nothing(tx: Tx, entered: Entered) -> None:
    return None


def _found(here: Place) -> Owner | None:
    here.presence.look()
    return here.presence.known.owner if here.presence.known else None


def _device(here: Place) -> Device | None:
    here.presence.look()
    return here.presence.known.device if here.presence.known else None


class PresentVisit(Visit):
    """The visit of this request; its cookie goes out with the answer."""

    def __init__(self, engine: Engine, here: Place, handles: Handles) -> None:
        super().__init__(engine, None)
        self._here = here
        self._handles = handles

    def look(self) -> None:
        self._here.presence.look()

    def find(self, engine: Engine) -> Owner | None:
        return _found(self._here)

    def make(self, engine: Engine) -> Owner:
        found = _found(self._here)
        return found if found is not None else self._here.presence.write(_owner, starts=False)

    @property
    def device(self) -> Device | None:
        return _device(self._here)

    @property
    def device_id(self) -> str | None:
        device = _device(self._here)
        return device.id if device else None

    def session(self) -> Session | None:
        self.look()
        return self._handles.session() if self._here.presence.ref else None

    def start(self) -> Session:
        self._here.presence.write(_nothing)
        return self._handles.session()

    def switch(self, session_id: str) -> Session:
        here = self._here
        here.mapping.save()
        device, owner = _device(here), _found(here)
        if device is None or owner is None:
            raise NotFound("There is no such session.")
        ref = SessionRef(owner.no, session_id)
        home = self._engine.home(session_id)
        if home is self._engine:
            record = home.drive.write(accounts.switch, ref, device.id)
        else:
            record = home.drive.read(accounts.standing, ref)
            self._engine.drive.write(accounts.aim, ref.owner, device.id, ref.id)
        here.presence.look_again()
        return Session(home, ref, record)

    def forward_headers(self, *, seconds: int = 60) -> Mapping[str, str]:
        checks.whole(seconds, "seconds", 1, passes.MOST_SECONDS)
        self.make(self._engine)
        return self._here.presence.forward(seconds)

    def rotate(self) -> None:
        presence = self._here.presence
        if (found := presence.rotate()) is not None:
            fresh, work = found
            presence.host.records.write(work)
            presence.rotated(fresh)
            self.issued = fresh

    def sign_out(self) -> None:
        work = self._here.presence.sign_out()
        if work is not None:
            self._here.presence.host.records.write(work)
            self._here.presence.leave(dead=False)


class AsyncPresentVisit(AsyncVisit):
    """The same, to be awaited."""

    def __init__(self, engine: AsyncEngine, here: Place, handles: AsyncHandles) -> None:
        super().__init__(engine, None)
        self._here = here
        self._handles = handles

    async def look(self) -> None:
        self._here.presence.look()

    async def find(self, engine: AsyncEngine) -> Owner | None:
        return _found(self._here)

    async def make(self, engine: AsyncEngine) -> Owner:
        found = _found(self._here)
        return found if found is not None else await self._here.presence.awrite(_owner, starts=False)

    @property
    def device(self) -> Device | None:
        return _device(self._here)

    @property
    def device_id(self) -> str | None:
        device = _device(self._here)
        return device.id if device else None

    async def session(self) -> AsyncSession | None:
        await self.look()
        return self._handles.session() if self._here.presence.ref else None

    async def start(self) -> AsyncSession:
        await self._here.presence.awrite(_nothing)
        return self._handles.session()

    async def switch(self, session_id: str) -> AsyncSession:
        here = self._here
        await here.mapping.asave()
        device, owner = _device(here), _found(here)
        if device is None or owner is None:
            raise NotFound("There is no such session.")
        ref = SessionRef(owner.no, session_id)
        home = await self._engine.home(session_id)
        if home is self._engine:
            record = await home.drive.write(accounts.switch, ref, device.id)
        else:
            record = await home.drive.read(accounts.standing, ref)
            await self._engine.drive.write(accounts.aim, ref.owner, device.id, ref.id)
        here.presence.look_again()
        return AsyncSession(home, ref, record)

    async def forward_headers(self, *, seconds: int = 60) -> Mapping[str, str]:
        checks.whole(seconds, "seconds", 1, passes.MOST_SECONDS)
        await self.make(self._engine)
        return self._here.presence.forward(seconds)

    async def rotate(self) -> None:
        presence = self._here.presence
        if (found := presence.rotate()) is not None:
            fresh, work = found
            await presence.host.records.awrite(work)
            presence.rotated(fresh)
            self.issued = fresh

    async def sign_out(self) -> None:
        work = self._here.presence.sign_out()
        if work is not None:
            await self._here.presence.host.records.awrite(work)
            self._here.presence.leave(dead=False)
