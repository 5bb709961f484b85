"""Bytes on their way into an object store."""

import time
from hashlib import sha256

from sojourn.backends.localwriter import Hashes
from sojourn.backends.s3.pieces import MOST, Piece, Standing, turn_name
from sojourn.backends.s3.room import Room
from sojourn.errors import Conflict, LimitExceeded, NotFound
from sojourn.ports import Blob

PIECE = 8 << 20
"""Bytes of a piece, and what a writer holds in memory."""
_HEAD = 8192
_STRETCH = 16 << 20
_RENEWED = 15.0
_DOUBTFUL = 30.0
"""Seconds after which somebody else might take the turn."""


class S3Writer:
    """What fits into one piece becomes one object; of more, pieces are written one after the other.

    Where others may go on it has a turn; before anything is promised it looks whether all still stands.
    """

    def __init__(
        self, room: Room, hashes: Hashes, *, piece: int = PIECE, kept: tuple[Piece, ...] = (), turn: int = 0
    ) -> None:
        self._room = room
        self._hashes = hashes
        self._piece = piece
        self._pieces = list(kept)
        self._theirs = len(kept)
        self._turn = turn or 1
        self._marked = turn > 0
        self._renewed = time.monotonic()
        self._parts: list[memoryview] = []
        self._held = 0
        self._head = b""
        self._open = True
        self._unsure = False
        self._hashed, self._hash = hashes.get(room.path)
        if self._hashed > self._there:
            self._hashed, self._hash = 0, sha256()
        self._begun = (self._hashed, self._hash.copy())

    @property
    def size(self) -> int:
        return self._there + self._held

    @property
    def _there(self) -> int:
        """Bytes that lie in the bucket."""
        return self._pieces[-1].end if self._pieces else 0

    def write(self, data: bytes) -> None:
        assert self._open, "written to after its end"
        view = memoryview(bytes(data))  # a copy of what might be changed; of bytes, none
        while view:
            some = view[: self._piece - self._held]
            self._add(some)
            view = view[len(some) :]
        if self._marked and time.monotonic() - self._renewed > _RENEWED:
            self._renew()

    def cut(self, size: int) -> None:
        assert self._open, "cut after its end"
        if size >= self._there:
            self._hold(size - self._there)
        else:
            gone = [piece for piece in self._pieces[self._theirs :] if piece.end > size]
            start = gone[0].offset
            again = [memoryview(self._room.read(gone, start, size))] if start < size else []
            self._room.discard([piece.name for piece in gone])
            del self._pieces[-len(gone) :]
            self._parts, self._held = again, size - start
        if self._hashed > size:
            self._hashed, state = self._begun if self._begun[0] <= size else (0, sha256())
            self._hash = state.copy()
        self._head = self._head[:size]

    def pause(self) -> None:
        if not self._open:
            return
        self._flush()
        if self._pieces and not self._marked:
            self._mark("t")
            self._marked = True
        if self._marked:
            self._mark("o")
            self._prove()
            self._hashes.keep(self._room.path, self._hashed, self._hash)
        self._open = False

    def catch_up(self) -> bool:
        end = min(self._hashed + _STRETCH, self.size)
        while self._hashed < end:
            if self._hashed < self._there:
                data = self._room.read(self._pieces, self._hashed, end)
            else:
                data = b"".join(self._parts)[self._hashed - self._there : end - self._there]
            self._hash.update(data)
            self._hashed += len(data)
        return self._hashed < self.size

    def finish(self) -> Blob:
        assert self._open, "finished after its end"
        while self.catch_up():
            pass
        if self._marked or self._pieces:
            self._in_pieces()
        else:
            self._whole()
        blob = Blob(self.size, self._hash.hexdigest(), self._first())
        self._hashes.forget(self._room.path)
        self._open = False
        self._hold(0)
        return blob

    def abort(self) -> None:
        if not self._open:
            return
        self._open = False
        self._hold(0)
        self._hashes.forget(self._room.path)
        if self._unsure or (self._marked and self._room.look().turn.number <= self._turn):
            self._room.clear()

    def _add(self, some: memoryview) -> None:
        """No more than fits. When it cannot be written it is not taken."""
        before = self.size
        self._parts.append(some)
        self._held += len(some)
        if self._held >= self._piece:
            try:
                self._flush()
            except BaseException:
                self._hold(before - self._there)
                raise
        if self._hashed == before:
            self._hash.update(some)
            self._hashed += len(some)
        if len(self._head) == before < _HEAD:
            self._head += bytes(some[: _HEAD - before])

    def _flush(self) -> None:
        """Makes a piece of what is held."""
        if not self._held:
            return
        if len(self._pieces) >= MOST:
            raise LimitExceeded(f"This upload came in more than {MOST} pieces.", limit=MOST)
        self._unsure = not self._marked
        piece = Piece(self._there, self._turn, self._held)
        name = self._room.name(piece.name)
        while not self._room.bucket.create(name, self._parts):
            self._room.bucket.delete([name])  # of this turn: what was written, and never heard of
        self._parts, self._held = [], 0
        self._pieces.append(piece)

    def _whole(self) -> None:
        self._unsure = True
        if not self._room.bucket.create(self._room.whole, self._parts):
            self._unsure = False
            raise Conflict("There is a blob of this name already.")

    def _in_pieces(self) -> None:
        self._flush()
        if self._marked and time.monotonic() - self._renewed > _DOUBTFUL:
            self._renew()
        self._room.end(self._pieces)
        self._prove()

    def _renew(self) -> None:
        self._room.bucket.put(self._room.name(turn_name("r", self._turn)), b"\n")
        if self._prove().turn.number != self._turn:
            raise Conflict("Somebody else goes on with this upload.")
        self._renewed = time.monotonic()

    def _prove(self) -> Standing:
        """Every byte lies where it was written. Raises `NotFound` when they were removed, `Conflict` when
        somebody else wrote others.
        """
        standing = self._room.look()
        found = standing.pieces
        late = [piece for piece in found[len(self._pieces) :] if piece.turn == self._turn]
        self._room.discard([piece.name for piece in late])  # written, and never heard of
        stands = not self._marked or standing.turn.number >= self._turn
        if stands and found[: len(self._pieces)] == tuple(self._pieces):
            return standing
        if standing.turn.number > self._turn:
            raise Conflict("Somebody else goes on with this upload.")
        self._room.clear()
        self._open = False
        raise NotFound("The bytes of this upload were removed meanwhile.")

    def _mark(self, kind: str) -> None:
        self._room.bucket.create(self._room.name(turn_name(kind, self._turn)), [b""])

    def _hold(self, size: int) -> None:
        """No more than the first so many bytes of what is held."""
        held = memoryview(b"".join(self._parts))[:size]
        self._parts, self._held = [held] if size else [], size

    def _first(self) -> bytes:
        size = min(self.size, _HEAD)
        while len(self._head) < size:
            self._head += self._room.read(self._pieces, len(self._head), size)
        return self._head
