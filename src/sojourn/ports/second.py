"""The second store: where ephemeral sessions are."""

from typing import Protocol

from msgspec import Struct

from sojourn.ports.blobs import Blobs
from sojourn.ports.records import Records
from sojourn.ports.words import Indexes


class Rooms(Struct, frozen=True):
    """What the sessions of one store lie in."""

    records: Records
    blobs: Blobs
    indexes: Indexes
    """Corpora are those of the first store."""


class Second(Protocol):
    """A store of the same kind beside the first, for every process of this machine that has that open.

    It comes about with the first ephemeral session, and is gone with the last of these processes.
    """

    @property
    def held(self) -> Rooms | None:
        """The one that this process is in already; never waits."""
        ...

    @property
    def named(self) -> bool:
        """Whether there may be one: `find` looks. Never waits."""
        ...

    def find(self) -> Rooms | None:
        """The one that stands; what processes that are gone have left is removed instead."""
        ...

    def make(self) -> Rooms:
        """The one that stands, made now if there is none."""
        ...

    def clear(self) -> int:
        """Removes what processes that are gone have left; answers how many there were."""
        ...

    def close(self) -> None:
        """Leaves it; whoever leaves last takes it down."""
        ...
