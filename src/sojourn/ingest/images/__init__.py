"""Pictures: measured from their bytes before any decoder, then decoded in a process that may be killed."""

from sojourn.ingest.images.derive import Darkroom, Pixels
from sojourn.ingest.images.header import Header, read_header
from sojourn.ingest.images.source import DEFAULT, Limits

__all__ = ["DEFAULT", "Darkroom", "Header", "Limits", "Pixels", "read_header"]
