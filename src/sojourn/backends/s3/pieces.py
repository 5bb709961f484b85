"""A blob in pieces: the objects `<blob>.pieces/…`, and what a list of them says.

    p<offset>.<turn>  bytes
    t<turn>           it is somebody's turn to write; made once, so that nobody takes another's
    r<turn>           the turn goes on
    o<turn>           the turn is over
    end               the blob is finished, of these pieces; without it there is none

A writer that was taken for dead may still write a piece. It is of an earlier turn, and begins where the
later writer began or after that: of two pieces at one place the later turn's stands, and along a blob turns
never fall.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from sojourn.backends.s3.bucket import Lying
from sojourn.errors import BackendError

END = "end"
MOST = 10_000
"""Pieces of one blob."""


class Piece(Struct, frozen=True, array_like=True):
    """A stretch of a blob, and the turn in which it was written."""

    offset: int
    turn: int
    size: int

    @property
    def name(self) -> str:
        return f"p{self.offset:013}.{self.turn:06}"

    @property
    def end(self) -> int:
        return self.offset + self.size


class Turn(Struct, frozen=True):
    """The last that was taken; number 0 is none."""

    number: int = 0
    over: bool = True
    since: datetime | None = None
    """When it was heard of last, by the clock of the object store."""


class Standing(Struct, frozen=True):
    """What lies in the folder of a blob."""

    pieces: tuple[Piece, ...]
    turn: Turn
    ended: bool
    spare: tuple[str, ...]
    """Names of what nobody needs any more."""


def turn_name(kind: str, number: int) -> str:
    """`kind` is t, r or o."""
    return f"{kind}{number:06}"


def size_of(pieces: Sequence[Piece]) -> int:
    return pieces[-1].end if pieces else 0


def standing(lying: Iterable[Lying]) -> Standing:
    """What a list of the folder says."""
    found: list[Piece] = []
    marks: dict[str, Lying] = {}
    ended = False
    for one in lying:
        name = one.name.rpartition("/")[2]
        if name == END:
            ended = True
        elif name[0] in "tro":
            marks[name] = one
        elif name[0] == "p":
            offset, _, number = name[1:].partition(".")
            found.append(Piece(int(offset), int(number), one.size))
    last = max((int(name[1:]) for name in marks if name[0] == "t"), default=0)
    turn = Turn()
    if last:
        heard = [marks[name].modified for kind in "tr" if (name := turn_name(kind, last)) in marks]
        turn = Turn(last, turn_name("o", last) in marks, max(heard))
    pieces = _chain(found)
    spare = [piece.name for piece in found if piece not in pieces]
    spare += [name for name in marks if int(name[1:]) < last]
    return Standing(tuple(pieces), turn, ended, tuple(spare))


def written(pieces: Sequence[Piece]) -> bytes:
    """What `end` says."""
    return msgspec.json.encode(pieces)


def read(content: bytes) -> tuple[Piece, ...]:
    try:
        return msgspec.json.decode(content, type=tuple[Piece, ...])
    except msgspec.MsgspecError:
        raise BackendError("The list of a blob's pieces cannot be read.") from None


def _chain(found: list[Piece]) -> list[Piece]:
    """The pieces that follow each other from the beginning."""
    at: dict[int, Piece] = {}
    for piece in sorted(found, key=lambda piece: piece.turn):
        at[piece.offset] = piece  # the last is of the latest turn
    chain: list[Piece] = []
    offset = turn = 0
    while offset in at and at[offset].turn >= turn and at[offset].size:
        chain.append(at[offset])
        offset, turn = chain[-1].end, chain[-1].turn
    return chain
