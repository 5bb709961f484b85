"""ZIP archives: judged from their directory before a byte is written, then taken out under a counter."""

from sojourn.ingest.archive.judge import Archive, judge
from sojourn.ingest.archive.limits import DEFAULT, Entry, Limits
from sojourn.ingest.archive.names import shown

__all__ = ["DEFAULT", "Archive", "Entry", "Limits", "judge", "shown"]
