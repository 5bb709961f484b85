"""The change log of a user."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from sojourn.aio.engine import AsyncEngine
from sojourn.core import checks, events
from sojourn.errors import BackendError
from sojourn.models import Event, EventPage
from sojourn.ports import Owner

if TYPE_CHECKING:
    from sojourn.aio.user import AsyncPrincipal

_BATCH = 100


class AsyncEvents:
    """What changed, by any process, in the order in which it became visible: names, no content."""

    def __init__(self, engine: AsyncEngine, principal: AsyncPrincipal) -> None:
        self._engine = engine
        self._principal = principal

    async def newest(self) -> int:
        """The last entry's `n`, 0 while there is none. What is read after it is at least as new."""
        owner = await self._principal.find(self._engine)
        if owner is None:
            return 0
        newest = await self._engine.drive.read(events.newest, owner.no)
        beside = await self._engine.beside()
        return (
            newest
            if beside is None
            else events.both(newest, await beside.drive.read(events.newest, owner.no))
        )

    async def after(self, n: int, *, limit: int = 100) -> EventPage:
        """The first entries after `n`, oldest first.

        `reset` is True when some of them are gone, or `n` is not of this log: then read everything
        anew, and go on from `newest`. Entries go by age and number, see `Settings`.
        """
        checks.whole(n, "after", 0, events.MOST)
        checks.whole(limit, "limit", 1, self._engine.settings.page_items)
        return await self._page(await self._principal.find(self._engine), n, limit)

    async def _page(self, owner: Owner | None, n: int, limit: int) -> EventPage:
        if owner is None:
            return EventPage([], 0, reset=n > 0)
        kept_n, apart_n = events.parted(n)
        kept = await self._engine.drive.read(events.after, owner.no, kept_n, limit)
        beside = await self._engine.beside()
        apart = None
        if beside is not None:
            apart = await beside.drive.read(events.after_apart, owner.no, apart_n, limit)
        return events.joined(n, kept, apart, limit)

    async def watch(self, *, after: int | None = None) -> AsyncGenerator[Event, None]:
        """Every entry after `after`, each once and in order, those to come too; it waits for them.

        Without `after` it begins with what comes once the first entry is asked for. Where entries are
        gone stands one of the kind `reset`, as for `after`. Goes on from any `n` that it gave, also in
        another process. Ends when the store is closed, or when the caller stops.
        """
        if after is not None:
            checks.whole(after, "after", 0, events.MOST)
        engine = self._engine
        owner = await self._principal.find(engine)
        listener = engine.drive.listen(owner.no if owner else None)
        try:
            while not listener.over:
                if owner is None and (owner := await self._principal.find(engine)) is not None:
                    listener.end()
                    listener = engine.drive.listen(owner.no)
                if after is None:
                    after = await self.newest()
                page = await self._page(owner, after, _BATCH)
                if page.reset:
                    yield events.gap(page, engine.clock.now())
                for event in page:
                    after = event.n
                    yield event
                if not page.items and not page.reset:
                    await listener.hear()
                after = page.cursor
        except BackendError:
            if not listener.over:  # else the store was closed while this was reading it
                raise
        finally:
            listener.end()
