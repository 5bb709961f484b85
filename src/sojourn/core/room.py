"""What there is still room for, asked before the work: the promise is made when bytes are kept."""

from typing import NamedTuple

from sojourn.config import Settings
from sojourn.core import lifecycle
from sojourn.errors import LimitExceeded
from sojourn.ports import SessionRef, Tx


class Room(NamedTuple):
    """So many files, and so many bytes in all of them together."""

    files: int
    bytes: int

    def check(self, files: int, size: int) -> None:
        """Raises `LimitExceeded` when so many are too many."""
        if files > self.files:
            message = f"The session has room for {self.files} more files; {files} would come."
            raise LimitExceeded(message, limit=self.files)
        if size > self.bytes:
            message = f"The session has room for {self.bytes} more bytes; {size} would come."
            raise LimitExceeded(message, limit=self.bytes)


async def room(tx: Tx, ref: SessionRef, now: int, settings: Settings) -> Room:
    """Raises what keeps a session from being written to."""
    session = await lifecycle.get(tx, ref, now, settings)
    await lifecycle.writable(tx, ref, now, settings)
    coming, reserved = await tx.intents.reserved(ref, now)
    theirs = await tx.files.taken(ref.owner)
    return Room(
        max(min(settings.session_files - session.file_count - coming, settings.user_files - theirs[0]), 0),
        max(min(settings.session_bytes - session.file_bytes - reserved, settings.user_bytes - theirs[1]), 0),
    )
