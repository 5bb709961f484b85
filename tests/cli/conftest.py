"""The command line, as somebody's shell runs it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sojourn import Sojourn

COMMAND = [sys.executable, "-W", "error", "-c", "from sojourn.cli import main; main()"]

Ended = subprocess.CompletedProcess[str]


@pytest.fixture
def environment() -> dict[str, str]:
    """Variables as they are here, but for those that sojourn reads, and what changes its output."""
    changing = ("SOJOURN_", "OPENAI_", "PYTHONUNBUFFERED", "PYTHONIOENCODING", "FORCE_COLOR", "COLUMNS")
    return {name: value for name, value in os.environ.items() if not name.startswith(changing)}


@pytest.fixture
def sojourn(tmp_path: Path, environment: dict[str, str]) -> Callable[..., Ended]:
    """Runs one command line in an empty folder, to its end."""

    def run(*args: str | Path, env: dict[str, str] | None = None, **more: Any) -> Ended:
        return subprocess.run(
            [*COMMAND, *map(str, args)],
            cwd=tmp_path,
            env=environment | (env or {}),
            text=True,
            encoding="utf-8",
            timeout=60,
            **({"stdin": subprocess.DEVNULL, "capture_output": True} | more),
        )

    return run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Where the command line looks for a store by itself. Nothing is there yet."""
    return tmp_path / "sojourn-data"


@pytest.fixture
def store(data: Path) -> Sojourn:
    """The store there, made at its first use."""
    return Sojourn.open(f"sqlite:///{data}")


def sentence(ended: Ended) -> str:
    """The one line that a command which failed has to say."""
    assert ended.returncode != 0
    assert ended.stdout == ""
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith("Error: ")
    return lines[0].removeprefix("Error: ")
