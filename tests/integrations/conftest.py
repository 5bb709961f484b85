"""An app by each framework, over a store of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
from fastapi import FastAPI, Request
from tests.integrations.sites import SITES, Browser, Site

from sojourn import AsyncSojourn, Settings, Sojourn
from sojourn.integrations.flask import FlaskSojourn
from sojourn.integrations.starlette import SojournMiddleware
from sojourn.testing.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings() -> Settings:
    return Settings(durability="process")


@pytest.fixture(params=SITES)
def build(
    request: pytest.FixtureRequest, tmp_path: Path, settings: Settings, clock: FakeClock
) -> Iterator[Callable[..., Site]]:
    """Makes the app, with the options of the test."""
    made: list[Site] = []

    def make(**options: Any) -> Site:
        site: Site = SITES[request.param](tmp_path / "data", settings, clock, **options)
        made.append(site)
        return site

    yield make
    for site in made:
        site.close()


@pytest.fixture
def site(build: Callable[..., Site]) -> Site:
    return build()


@pytest.fixture
def ada(site: Site) -> Browser:
    return site.browser()


# -- apps in their frameworks' own words ----------------------------------------------------------


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'data'}"


@pytest.fixture
def outside(url: str, settings: Settings, clock: FakeClock) -> Iterator[Sojourn]:
    """The store as another process has it."""
    with Sojourn.open(url, settings=settings, clock=clock) as opened:
        yield opened


@pytest.fixture
def flask_app(url: str, settings: Settings, clock: FakeClock) -> Iterator[flask.Flask]:
    app = flask.Flask("app")
    app.testing = True
    store = Sojourn.open(url, settings=settings, clock=clock)
    FlaskSojourn(app, store)

    @app.get("/set/<key>/<value>")
    def put(key: str, value: str) -> str:
        flask.session[key] = value
        return "set"

    @app.get("/all")
    def everything() -> dict[str, Any]:
        return dict(flask.session)

    with store:
        yield app


@pytest.fixture
def fastapi_app(url: str, settings: Settings, clock: FakeClock) -> FastAPI:
    app = FastAPI()
    store = AsyncSojourn.open(url, settings=settings, clock=clock)
    app.add_middleware(SojournMiddleware, store=store)

    @app.get("/set/{key}/{value}")
    async def put(request: Request, key: str, value: str) -> str:
        request.session[key] = value
        return "set"

    @app.get("/all")
    async def everything(request: Request) -> dict[str, Any]:
        return dict(request.session)

    return app
