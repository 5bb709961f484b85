"""One app on a real store for each file of tests, and the visitors that come to it.

A test that looks into the folder, or changes the app, says `ada` of its own over `app`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from tests.http.visitors import Visitor, another, app_of, visited

from sojourn import AsyncSojourn, Settings


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Small limits, so that tests reach them."""
    return Settings(
        durability="process",
        file_bytes=200_000,
        session_bytes=300_000,
        session_files=5,
        message_bytes=50_000,
        state_keys=20,
    )


@pytest.fixture(scope="module")
def open_house(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[Visitor]:
    """An app that is up, and a visitor who does nothing."""
    folder = tmp_path_factory.mktemp("house") / "data"
    with visited(app_of(AsyncSojourn.open(f"sqlite:///{folder}", settings=settings))) as visitor:
        yield visitor


@pytest.fixture
def ada(open_house: Visitor) -> Visitor:
    return another(open_house)


@pytest.fixture
def arrive(ada: Visitor) -> Callable[[], Visitor]:
    """Lets somebody else come."""
    return lambda: another(ada)


@pytest.fixture
def bob(arrive: Callable[[], Visitor]) -> Visitor:
    return arrive()


# -- an app of a test's own ---------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def app(folder: Path, settings: Settings) -> FastAPI:
    return app_of(AsyncSojourn.open(f"sqlite:///{folder}", settings=settings))
