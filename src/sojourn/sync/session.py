# Generated from src/sojourn/aio/session.py by tools/generate_sync.py. Change that file, then run it.
"""One session: the owner of everything a visit produces."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from msgspec import UNSET, UnsetType

from sojourn import models
from sojourn.core import checks, lifecycle, search
from sojourn.core.shapes import Shape
from sojourn.errors import NotFound
from sojourn.models import Hit, Receipt
from sojourn.ports import Index, SessionRef
from sojourn.sync.engine import Engine
from sojourn.sync.erase import end, erase
from sojourn.sync.exclusive import Exclusive
from sojourn.sync.files import Files
from sojourn.sync.images import Images
from sojourn.sync.messages import Messages
from sojourn.sync.reading import Reading
from sojourn.sync.state import State
from sojourn.sync.typed import Typed

T = TypeVar("T")


class Session:
    """A handle on one session of one user.

    `record` is what was known when the handle was made; `refresh` reads it again. Every call
    checks owner and session anew, so a handle of an erased session raises `SessionGone`.
    """

    def __init__(self, engine: Engine, ref: SessionRef, record: models.Session) -> None:
        self._engine = engine
        self._ref = ref
        self.record = record

    @property
    def id(self) -> str:
        """A name, never a credential."""
        return self._ref.id

    @property
    def title(self) -> str:
        return self.record.title

    @property
    def messages(self) -> Messages:
        return Messages(self._engine, self._ref)

    @property
    def state(self) -> State:
        return State(self._engine, self._ref)

    @property
    def files(self) -> Files:
        return Files(self._engine, self._ref)

    @property
    def images(self) -> Images:
        return Images(self._engine, self._ref)

    def exclusive(self, *, wait_seconds: float = 10, hold_seconds: float = 60) -> Exclusive:
        """Being in this session alone, among all who ask for that: one at a time, over all processes.

            with session.exclusive():
                ...

        Who does not come in within `wait_seconds` is told by `LeaseHeld`. A process that dies keeps
        others out for `hold_seconds` at most; in a request of a web app each write renews that.
        """
        return Exclusive(self._engine, self._ref, wait_seconds=wait_seconds, hold_seconds=hold_seconds)

    def refresh(self) -> models.Session:
        """Reads the record again."""
        self.record = self._engine.drive.read(
            lifecycle.get, self._ref, self._engine.clock.now(), self._engine.settings
        )
        return self.record

    def update(
        self,
        *,
        title: str | UnsetType = UNSET,
        tags: Sequence[str] | UnsetType = UNSET,
        topics: Sequence[str] | UnsetType = UNSET,
        metadata: dict[str, Any] | UnsetType = UNSET,
        pinned: bool | UnsetType = UNSET,
        archived: bool | UnsetType = UNSET,
        if_revision: int | None = None,
    ) -> models.Session:
        """Changes what is given and nothing else. An archived session is left out of the default list.

        Raises `PreconditionFailed` when `if_revision` is no longer the session's.
        """
        return self._change(
            title=title,
            tags=tags,
            topics=topics,
            metadata=metadata,
            pinned=pinned,
            archived=archived,
            if_revision=if_revision,
        )

    def close(self, *, if_revision: int | None = None) -> models.Session:
        """From here it is read, not written. Closing twice is not an error.

        For an ephemeral session it is the end: everything it owns is erased, and whatever is asked of
        it afterwards raises `SessionGone`.
        """
        if self.record.ephemeral:
            engine = self._engine
            self.record = end(engine, self._ref, if_revision)
            return self.record
        return self._change(closed_ms=self._engine.clock.now(), if_revision=if_revision)

    def delete(self, *, if_revision: int | None = None) -> models.Session:
        """Puts it into the trash: hidden from lists, whole, until `restore` or `erase`."""
        return self._change(deleted_ms=self._engine.clock.now(), if_revision=if_revision)

    def restore(self, *, if_revision: int | None = None) -> models.Session:
        """Takes it out of the trash. Comes back closed when its client_key has a newer open session."""
        return self._change(deleted_ms=None, if_revision=if_revision)

    def _change(self, **fields: Any) -> models.Session:
        self.record = self._engine.drive.write(
            lifecycle.change, self._ref, self._engine.clock.now(), self._engine.settings, **fields
        )
        return self.record

    def erase(self) -> Receipt:
        """Removes everything it owns, for good; the receipt counts what went.

        Once it returns, no byte of the content can be read from the store's files: its key is
        destroyed, its rows are deleted, its folder is unlinked. Cut off by a crash it is finished
        by the next `sweep`. Raises `SessionGone` the second time.
        """
        return erase(self._engine, self._ref)

    def search(self, query: str, *, k: int = 10, corpora: Sequence[str] = ()) -> list[Hit]:
        """The passages of this session's files and of the named corpora that answer the query best.

        One ranking; each hit says where it is from. Files that no Reader has seen yet are read
        first, unless the host reads them itself. Nothing found is an empty list, not an error.
        Raises `NotFound` for a corpus that does not stand.
        """
        settings = self._engine.settings
        checks.text(query, "query", settings.query_chars)
        checks.whole(k, "k", 1, settings.search_hits)
        self.refresh()
        if not self._engine.read_by_host:
            Reading(self._engine).settle(self._ref)
        return self._engine.drive.hop(self._search, query, k, tuple(corpora))

    def _search(self, query: str, k: int, corpora: tuple[str, ...]) -> list[Hit]:
        indexes: list[tuple[str | None, Index]] = []
        own = self._engine.indexes.session(self.id)
        if own is not None:
            indexes.append((None, own))
        for name in dict.fromkeys(corpora):
            corpus = self._engine.indexes.corpus(name)
            if corpus is None:
                raise NotFound("There is no such corpus.", field="corpora")
            indexes.append((name, corpus))
        return search.search(indexes, query, k)


class TypedSession(Session, Generic[T]):
    """A session whose state is seen as instances of one class."""

    def __init__(self, engine: Engine, ref: SessionRef, record: models.Session, shape: Shape[T]) -> None:
        super().__init__(engine, ref, record)
        self._shape = shape

    @property
    def state(self) -> Typed[T]:
        return Typed(self._engine, self._ref, self._shape)
