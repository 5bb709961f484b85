"""Where one blob lies: whole in an object of its name, or in pieces in a folder beside it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sojourn.backends.s3 import pieces
from sojourn.backends.s3.bucket import Bucket, Buffer
from sojourn.backends.s3.pieces import END, Piece, Standing, turn_name
from sojourn.errors import BackendError, Conflict

FOLDER = ".pieces"
ABANDONED = timedelta(seconds=60)
"""A turn that was not heard of for so long is over. Where clocks differ that is wrong, and harms nothing."""
_BUSY = "Somebody else is sending this upload just now."


class Room:
    def __init__(self, bucket: Bucket, whole: str) -> None:
        self.bucket = bucket
        self.whole = whole
        self.folder = whole + FOLDER
        self.path = Path(whole)
        """What it is known by in this process."""

    def name(self, part: str) -> str:
        return f"{self.folder}/{part}"

    def look(self) -> Standing:
        return pieces.standing(self.bucket.below(self.folder))

    def kept(self) -> tuple[Piece, ...] | None:
        """The pieces of a blob that is finished; None when it is not."""
        content = self.bucket.get(self.name(END))
        return None if content is None else pieces.read(content)

    def size(self) -> int | None:
        """Of a finished blob."""
        size = self.bucket.size(self.whole)
        if size is None:
            kept = self.kept()
            return None if kept is None else pieces.size_of(kept)
        return size

    def discard(self, parts: Sequence[str]) -> None:
        if parts:
            self.bucket.delete([self.name(part) for part in parts])

    def clear(self) -> None:
        """Leaves nothing: first what makes it a blob, then the rest, which its writers look for."""
        self.bucket.delete([self.whole, self.name(END)])
        self.bucket.clear(self.folder)

    def take_turn(self, standing: Standing) -> int:
        """The number of a new turn. Raises `Conflict` while it is another's."""
        turn = standing.turn
        if not turn.over and turn.since is not None and datetime.now(UTC) - turn.since < ABANDONED:
            raise Conflict(_BUSY)
        number = max([turn.number, *(piece.turn for piece in standing.pieces)]) + 1
        if not self.bucket.create(self.name(turn_name("t", number)), [b"\n"]):
            raise Conflict(_BUSY)
        return number

    def end(self, kept: Sequence[Piece]) -> None:
        """Makes it a blob. Raises `Conflict` when another did, of other pieces."""
        content = pieces.written(kept)
        name = self.name(END)
        if not self.bucket.create(name, [content]) and self.bucket.get(name) != content:
            raise Conflict("Somebody else finished this upload just now.")

    def objects(self, kept: Sequence[Piece]) -> list[tuple[str, int]]:
        return [(self.name(piece.name), piece.size) for piece in kept]

    def read(self, kept: Sequence[Piece], start: int, end: int) -> Buffer:
        """Bytes from `start` on, up to `end` or to the end of their piece."""
        for piece in kept:
            if piece.offset <= start < piece.end:
                upto = min(end, piece.end) - piece.offset
                return self.bucket.read(self.name(piece.name), start - piece.offset, upto)
        raise BackendError("The bytes of this upload are fewer than were written.")
