"""Pictures: measured from their bytes before any decoder, then decoded in a process that may be killed."""

from sojourn.ingest.images.derive import Darkroom, Pixels, require
from sojourn.ingest.images.flights import Flights
from sojourn.ingest.images.header import Header, measured, read_header, readable
from sojourn.ingest.images.rooms import Darkrooms
from sojourn.ingest.images.source import DEFAULT, Limits

__all__ = [
    "DEFAULT",
    "Darkroom",
    "Darkrooms",
    "Flights",
    "Header",
    "Limits",
    "Pixels",
    "measured",
    "read_header",
    "readable",
    "require",
]
