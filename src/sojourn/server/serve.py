"""Serving a store by uvicorn: in this process, or in several that share one socket."""

import asyncio
import contextlib
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import Any

import msgspec
import uvicorn
from fastapi import FastAPI
from msgspec import Struct
from uvicorn.supervisors import Multiprocess

from sojourn import responders
from sojourn.aio import AsyncSojourn
from sojourn.config import Settings
from sojourn.errors import ConfigError, SojournError
from sojourn.integrations.visit import Policy
from sojourn.server.app import create_app
from sojourn.server.prompt import Prompt
from sojourn.server.site import Site

VARIABLE = "SOJOURN_SERVE"
"""Carries `Serving` to the worker processes, as JSON."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE_SECONDS = 30


class Serving(Struct, frozen=True, kw_only=True):
    """What to serve, and how: all that a worker process must know."""

    store: str
    """The address of the store, as for `Sojourn.open`."""
    settings: Settings = Settings()
    policy: Policy = Policy()
    model: str | None = None
    base_url: str | None = None
    api_key: str | None = None


def serve(
    serving: Serving,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = 1,
    log_level: str = "warning",
    listening: Callable[[str], None] = lambda url: None,
) -> None:
    """Serves until a signal ends it; streams that are open then end at once, answers under way are kept.

    `port` 0 takes a free one. `listening` is told the address as soon as it can be reached. Raises
    `ConfigError`, in one sentence, when the address cannot be had or the store cannot be opened.
    """
    if workers > 1 and serving.store.startswith("memory:"):
        raise ConfigError("A store in memory lives in one process: serve it by one.", field="workers")
    app = _app(serving)
    _probe(serving)
    with bound(host, port) as listener:
        url = address(host, listener.getsockname()[1])
        config = uvicorn.Config(
            app if workers == 1 else f"{__name__}:from_environment",
            factory=workers > 1,
            workers=workers,
            log_level=log_level,
            access_log=False,
            proxy_headers=False,  # the policy names who is believed
            server_header=False,
            http=Prompt,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        with contextlib.suppress(KeyboardInterrupt):
            if workers == 1:
                _Server(config, lambda: listening(url)).run(sockets=[listener])
            else:
                os.environ[VARIABLE] = msgspec.json.encode(serving).decode()
                listener.listen(config.backlog)
                listening(url)
                Multiprocess(config, sockets=[listener]).run()


def from_environment() -> FastAPI:
    """The app of a worker process."""
    return _app(msgspec.json.decode(os.environ[VARIABLE], type=Serving))


def _app(serving: Serving) -> FastAPI:
    """The app of one process; it opens the store, and closes it when it ends."""
    store = AsyncSojourn.open(serving.store, settings=serving.settings)
    responder = responders.from_settings(serving.model, serving.base_url, serving.api_key)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with store:
            with stopped_by_signals(app.state.site):
                yield

    return create_app(store, responder=responder, policy=serving.policy, lifespan=lifespan)


@contextmanager
def stopped_by_signals(site: Site) -> Iterator[None]:
    """Ends open streams as soon as the process is told to stop.

    The server waits for streams before the lifespan ends, so a lifespan alone is too late. What
    handled the signal before handles it after.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def stop(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(site.stop)
        then: Any = before[signal.Signals(number)]
        if callable(then):
            then(number, frame)

    for number in SIGNALS:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, then in before.items():
            signal.signal(number, then)


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """A socket at the address. Raises `ConfigError` when it cannot be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family)
    except OSError as problem:
        raise ConfigError(
            f"The address {host} is not one of this machine's: {problem.strerror}."
        ) from problem
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as problem:
            raise ConfigError(
                f"Port {port} on {host} cannot be had ({problem.strerror}): choose another one."
            ) from problem
        listener.set_inheritable(True)
        yield listener


def address(host: str, port: int) -> str:
    """Where a browser on this machine finds it."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def _probe(serving: Serving) -> None:
    """Opens the store once, so that what is wrong with it is told here and not in a log."""

    async def look() -> None:
        async with AsyncSojourn.open(serving.store, settings=serving.settings) as store:
            await store.user("nobody").record()

    try:
        asyncio.run(look())
    except (OSError, SojournError) as problem:
        raise ConfigError(f"The store {serving.store} cannot be opened: {problem}") from problem


class _Server(uvicorn.Server):
    """Tells when it can be reached."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._listening()
