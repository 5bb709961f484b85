# Generated from src/sojourn/aio/engine.py by tools/generate_sync.py. Change that file, then run it.
"""What every handle of one store shares."""

from sojourn.config import Settings
from sojourn.drive import Drive
from sojourn.errors import SojournError
from sojourn.ingest import images
from sojourn.models import Thumbnail
from sojourn.ports import Blobs, Bus, Clock, Indexes, Records


class Engine:
    """The ports of one open store, and the drive that runs operations over them.

    What stands between a store and a framework may use it, see `Sojourn.engine`; it finds no
    owner for a session id, and checks none.
    """

    def __init__(
        self, records: Records, blobs: Blobs, indexes: Indexes, bus: Bus, clock: Clock, settings: Settings
    ) -> None:
        self.records = records
        self.blobs = blobs
        self.indexes = indexes
        self.bus = bus
        self.clock = clock
        self.settings = settings
        self.drive = Drive(records, bus)
        limits = images.Limits(
            bytes=settings.image_bytes, pixels=settings.image_pixels, seconds=settings.image_seconds
        )
        self.darkrooms = images.Darkrooms(settings.image_workers, limits)
        self.flights: images.Flights[Thumbnail | SojournError] = images.Flights()
        """Thumbnails being made."""
        self.read_by_host = False
        """True while the host reads new files itself, see `Reading`."""
