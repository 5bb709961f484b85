"""A store by each facade over each backend."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.facade.either import Awaited

from sojourn import AsyncSojourn, Settings, Sojourn
from sojourn.testing.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings() -> Settings:
    """A test says otherwise by a fixture of its own."""
    return Settings(durability="process")


@pytest.fixture(params=["sqlite", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return "memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'data'}"


@pytest.fixture(params=["sync", "async"])
async def store(
    request: pytest.FixtureRequest, url: str, settings: Settings, clock: FakeClock, anyio_backend: str
) -> AsyncIterator[Any]:
    """Awaited in either case."""
    if request.param == "sync":
        opened: Any = Awaited(Sojourn.open(url, settings=settings, clock=clock))
    else:
        opened = AsyncSojourn.open(url, settings=settings, clock=clock)
    yield opened
    await opened.close()
