"""What one mounted router shares, and what runs beside its requests for as long as the app is up."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from starlette.requests import Request

from sojourn.aio import AsyncSojourn
from sojourn.integrations.visit import Door, HostDoor, Policy
from sojourn.ports import Responder
from sojourn.server.runs import Runs

T = TypeVar("T")

log = logging.getLogger("sojourn")

Principal = Callable[[Request], str | None | Awaitable[str | None]]
"""The host's own: the name of the user who is signed in, None for nobody."""

SWEEP_SECONDS = 600.0
IDLE_SECONDS = 30.0
"""How long new files made elsewhere may wait to be noticed; those that come in here are read at once."""
FIRST_PAUSE = 0.5
READING_SECONDS = 10.0
"""How long an answer waits for the session's new files to be read."""
PATIENCE = 20.0
"""How long answers under way may take to end when the app stops."""


class Site:
    """The store, its door, its answers, and the reading of new files."""

    def __init__(
        self, store: AsyncSojourn, responder: Responder, policy: Policy, principal: Principal | None
    ) -> None:
        self.store = store
        self.responder = responder
        self.principal = principal
        kind = Door if principal is None else HostDoor
        self.door = kind(policy, lambda: store.id)
        self.runs = Runs(store, responder)
        self._fresh = asyncio.Event()
        self._tended: set[asyncio.Task[Any]] = set()

    def tend(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Runs what undoes itself when it is cancelled, and is not to be left half done."""
        task = asyncio.create_task(work)
        self._tended.add(task)
        task.add_done_callback(self._tended.discard)
        return task

    def wake(self) -> None:
        """Says that a new file is there to be read."""
        self._fresh.set()

    def stop(self) -> None:
        """Ends every open stream; answers under way go on being made. Safe from a signal's frame."""
        self.runs.stop()
        for task in list(self._tended):
            task.cancel()

    @asynccontextmanager
    async def lifespan(self, app: Any) -> AsyncIterator[None]:
        """Reads new files and sweeps while the app is up; at its end waits for the answers under way."""
        self._fresh = asyncio.Event()
        self.store.reading.host()
        self.runs.resume(reading_seconds=READING_SECONDS)
        tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._sweep())]
        try:
            yield
        finally:
            self.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, *self._tended, return_exceptions=True)
            await self.runs.finish(PATIENCE)
            self.runs.reading_seconds = 0.0
            self.store.reading.host(False)

    async def _read(self) -> None:
        """Reads files one by one; looks again when one came in, and now and then for those of others."""
        pause = FIRST_PAUSE
        while True:
            self._fresh.clear()
            try:
                if await self.store.reading.step():
                    pause = FIRST_PAUSE
                    continue
            except Exception:
                log.exception("Reading new files failed; trying again in %s s", pause)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._fresh.wait(), pause)
                pause = FIRST_PAUSE
                continue
            pause = min(2 * pause, IDLE_SECONDS)

    async def _sweep(self) -> None:
        while True:
            try:
                await self.store.sweep()
            except Exception:
                log.exception("Sweeping failed; trying again in %s s", SWEEP_SECONDS)
            await asyncio.sleep(SWEEP_SECONDS)
