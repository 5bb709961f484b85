"""What every handle of one store shares."""

from sojourn.config import Settings
from sojourn.core import checks, ids
from sojourn.drive import AsyncDrive
from sojourn.errors import NotFound, SojournError, Unsupported
from sojourn.ingest import images
from sojourn.models import Thumbnail
from sojourn.ports import Blobs, Bus, Clock, Indexes, Records, Rooms, Second


class AsyncEngine:
    """The ports of one open store, and the drive that runs operations over them.

    What stands between a store and a framework may use it, see `AsyncSojourn.engine`; it finds no
    owner for a session id, and checks none.
    Ephemeral sessions have an engine of their own, over the second store; a session's handles hold
    the one of its store and need not know which it is. Users and devices are in the first alone.
    """

    def __init__(
        self,
        records: Records,
        blobs: Blobs,
        indexes: Indexes,
        bus: Bus,
        clock: Clock,
        settings: Settings,
        second: Second | None = None,
        *,
        fleeting: bool = False,
    ) -> None:
        self.records = records
        self.blobs = blobs
        self.indexes = indexes
        self.bus = bus
        self.clock = clock
        self.settings = settings
        self.second = second
        self.fleeting = fleeting
        """Ephemeral sessions are in this very store."""
        self.drive = AsyncDrive(records, bus)
        limits = images.Limits(
            bytes=settings.image_bytes, pixels=settings.image_pixels, seconds=settings.image_seconds
        )
        self.darkrooms = images.Darkrooms(settings.image_workers, limits)
        self.flights: images.Flights[Thumbnail | SojournError] = images.Flights()
        """Thumbnails being made."""
        self.tidied: dict[Records, float] = {}
        """When a slice of a sweep of these records rode on a write last, see `tidy`."""
        self._read_by_host = False
        self._beside: tuple[Rooms, AsyncEngine] | None = None

    @property
    def read_by_host(self) -> bool:
        """True while the host reads new files itself, see `AsyncReading`."""
        return self._read_by_host

    @read_by_host.setter
    def read_by_host(self, here: bool) -> None:
        self._read_by_host = here
        if self._beside is not None:
            self._beside[1].read_by_host = here

    async def beside(self) -> "AsyncEngine | None":
        """Of the ephemeral sessions; None while there are none, or where they are in this store."""
        if self.second is None:
            return None
        rooms = self.second.held
        if rooms is None and self.second.named:
            rooms = await self.drive.hop(self.second.find)
        return None if rooms is None else self.over(rooms)

    async def ephemeral(self) -> "AsyncEngine":
        """The one that a new ephemeral session goes to. Raises `Unsupported` where there can be none."""
        if self.fleeting:
            return self
        if self.second is None:
            raise Unsupported("This store cannot hold ephemeral sessions.", field="ephemeral")
        rooms = self.second.held
        if rooms is None:
            rooms = await self.drive.hop(self.second.make)
        return self.over(rooms)

    async def home(self, session_id: str) -> "AsyncEngine":
        """The one that a session of this id would be in. Raises `NotFound` while that does not stand."""
        if self.second is None or not ids.is_ephemeral(checks.name(session_id, "session")):
            return self
        beside = await self.beside()
        if beside is None:
            raise NotFound("There is no such session.")
        return beside

    def over(self, rooms: Rooms) -> "AsyncEngine":
        """One for what lies in the second store."""
        if self._beside is None or self._beside[0] is not rooms:
            engine = AsyncEngine(
                rooms.records, rooms.blobs, rooms.indexes, self.bus, self.clock, self.settings
            )
            engine.drive = self.drive.over(rooms.records)
            engine.darkrooms, engine.flights = self.darkrooms, self.flights
            engine.tidied = self.tidied
            engine.read_by_host = self.read_by_host
            self._beside = rooms, engine
        return self._beside[1]
