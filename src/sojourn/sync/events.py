# Generated from src/sojourn/aio/events.py by tools/generate_sync.py. Change that file, then run it.
"""The change log of a user."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from sojourn.core import checks, events
from sojourn.errors import BackendError
from sojourn.models import Event, EventPage
from sojourn.ports import Owner
from sojourn.sync.engine import Engine

if TYPE_CHECKING:
    from sojourn.sync.user import Principal

_BATCH = 100


class Events:
    """What changed, by any process, in the order in which it became visible: names, no content."""

    def __init__(self, engine: Engine, principal: Principal) -> None:
        self._engine = engine
        self._principal = principal

    def newest(self) -> int:
        """The last entry's `n`, 0 while there is none. What is read after it is at least as new."""
        owner = self._principal.find(self._engine)
        if owner is None:
            return 0
        newest = self._engine.drive.read(events.newest, owner.no)
        beside = self._engine.beside()
        return newest if beside is None else events.both(newest, beside.drive.read(events.newest, owner.no))

    def after(self, n: int, *, limit: int = 100) -> EventPage:
        """The first entries after `n`, oldest first.

        `reset` is True when some of them are gone, or `n` is not of this log: then read everything
        anew, and go on from `newest`. Entries go by age and number, see `Settings`.
        """
        checks.whole(n, "after", 0, events.MOST)
        checks.whole(limit, "limit", 1, self._engine.settings.page_items)
        return self._page(self._principal.find(self._engine), n, limit)

    def _page(self, owner: Owner | None, n: int, limit: int) -> EventPage:
        if owner is None:
            return EventPage([], 0, reset=n > 0)
        kept_n, apart_n = events.parted(n)
        kept = self._engine.drive.read(events.after, owner.no, kept_n, limit)
        beside = self._engine.beside()
        apart = None
        if beside is not None:
            apart = beside.drive.read(events.after_apart, owner.no, apart_n, limit)
        return events.joined(n, kept, apart, limit)

    def watch(self, *, after: int | None = None) -> Generator[Event, None]:
        """Every entry after `after`, each once and in order, those to come too; it waits for them.

        Without `after` it begins with what comes once the first entry is asked for. Where entries are
        gone stands one of the kind `reset`, as for `after`. Goes on from any `n` that it gave, also in
        another process. Ends when the store is closed, or when the caller stops.
        """
        if after is not None:
            checks.whole(after, "after", 0, events.MOST)
        engine = self._engine
        owner = self._principal.find(engine)
        listener = engine.drive.listen(owner.no if owner else None)
        try:
            while not listener.over:
                if owner is None and (owner := self._principal.find(engine)) is not None:
                    listener.end()
                    listener = engine.drive.listen(owner.no)
                if after is None:
                    after = self.newest()
                page = self._page(owner, after, _BATCH)
                if page.reset:
                    yield events.gap(page, engine.clock.now())
                for event in page:
                    after = event.n
                    yield event
                if not page.items and not page.reset:
                    listener.hear()
                after = page.cursor
        except BackendError:
            if not listener.over:  # else the store was closed while this was reading it
                raise
        finally:
            listener.end()
