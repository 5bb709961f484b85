"""Starlette with each of its sessions. What a request does is the same everywhere."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

Made = tuple[str, Any, Any]
Load = Callable[[Request], Awaitable[Any]]


async def there(request: Request) -> Any:
    """The session of who has it at hand."""
    return request.session


def app_of(load: Load | None, more: tuple[Route, ...] = ()) -> Starlette:
    numbers = iter(range(1, 10**9))

    async def untouched(request: Request) -> PlainTextResponse:
        return PlainTextResponse("ok")

    async def read(request: Request) -> PlainTextResponse:
        if load is None:
            return PlainTextResponse("ok")
        return PlainTextResponse(str((await load(request)).get("n")))

    async def write(request: Request) -> PlainTextResponse:
        number = next(numbers)
        if load is not None:
            (await load(request))["n"] = number
        return PlainTextResponse("ok")

    async def fill(request: Request) -> PlainTextResponse:
        assert load is not None
        session = await load(request)
        for key in range(int(request.path_params["keys"])):
            session[f"filled{key}"] = os.urandom(int(request.path_params["chars"]) // 2).hex()
        session["n"] = 0
        return PlainTextResponse("ok")

    async def add(request: Request) -> PlainTextResponse:
        assert load is not None
        session, key = await load(request), request.path_params["key"]
        value = session.get(key, 0)
        await asyncio.sleep(0.002)
        session[key] = value + 1
        return PlainTextResponse("ok")

    async def total(request: Request) -> PlainTextResponse:
        assert load is not None
        values = dict(await load(request)).values()
        return PlainTextResponse(str(sum(value for value in values if type(value) is int)))

    return Starlette(
        routes=[
            Route("/untouched", untouched),
            Route("/read", read),
            Route("/write", write),
            Route("/fill/{keys}/{chars}", fill),
            Route("/add/{key}", add),
            Route("/sum", total),
            *more,
        ]
    )


def _made(app: Starlette) -> Made:
    return "asgi", app_of(None), app


def cookie(folder: Path) -> Made:
    from starlette.middleware.sessions import SessionMiddleware

    app = app_of(there)
    app.add_middleware(SessionMiddleware, secret_key="of no importance")
    return _made(app)


def memory(folder: Path) -> Made:
    from starsessions import InMemoryStore

    return _starsessions(InMemoryStore())


def redis(folder: Path) -> Made:
    from starsessions.stores.redis import RedisStore

    return _starsessions(RedisStore(os.environ["BENCH_REDIS"]))


def _starsessions(store: Any) -> Made:
    from starsessions import SessionMiddleware, load_session

    async def load(request: Request) -> Any:
        await load_session(request)
        return request.session

    app = app_of(load)
    app.add_middleware(SessionMiddleware, store=store, cookie_https_only=False, lifetime=3600)
    return _made(app)


def sojourn_process(folder: Path) -> Made:
    return _sojourn(folder, "process")


def sojourn_power(folder: Path) -> Made:
    return _sojourn(folder, "power")


def _sojourn(folder: Path, durability: Any) -> Made:
    from sojourn import AsyncSojourn, Settings
    from sojourn.integrations.starlette import SojournMiddleware, exclusive

    async def incr(request: Request) -> PlainTextResponse:
        request.session.incr(request.path_params["key"])
        return PlainTextResponse("ok")

    async def alone(request: Request) -> PlainTextResponse:
        key = request.path_params["key"]
        async with exclusive(wait_seconds=60):
            value = request.session.get(key, 0)
            await asyncio.sleep(0.002)
            request.session[key] = value + 1
        return PlainTextResponse("ok")

    app = app_of(there, (Route("/incr/{key}", incr), Route("/alone/{key}", alone)))
    store = AsyncSojourn.open(f"sqlite:///{folder / 'data'}", settings=Settings(durability=durability))
    app.add_middleware(SojournMiddleware, store=store)
    return _made(app)
