"""A data folder, a folder for what is not kept, and processes that share both."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sojourn import Settings, Sojourn
from sojourn.ports import Clock

VISITOR = Path(__file__).parent / "visitor.py"
PATIENCE = 60.0


class Process:
    """One that does what it is told."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, str(VISITOR), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={name: value for name, value in (os.environ | environment).items() if value},
        )
        assert self._line() == "ready"

    def _line(self) -> str:
        assert self._popen.stdout is not None
        return self._popen.stdout.readline().rstrip("\n")

    def do(self, *words: str) -> str:
        assert self._popen.stdin is not None
        self._popen.stdin.write(" ".join(words) + "\n")
        self._popen.stdin.flush()
        return self._line()

    def kill(self) -> None:
        self._popen.send_signal(signal.SIGKILL)
        self.end()

    def end(self) -> None:
        """Lets it come to its end by itself."""
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        try:
            self._popen.stdin.close()
        except BrokenPipeError:
            pass
        finally:
            self._popen.wait(PATIENCE)
            self._popen.stdout.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where places are made, by this process and by those it starts."""
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    return runtime / "sojourn"


@pytest.fixture
def start(folder: Path, runtime: Path) -> Iterator[Callable[..., Process]]:
    """Starts a process."""
    started: list[Process] = []

    def new(**environment: str) -> Process:
        started.append(Process(folder, **environment))
        return started[-1]

    yield new
    for process in started:
        process.kill()


@pytest.fixture
def opened(folder: Path, runtime: Path) -> Iterator[Callable[..., Sojourn]]:
    """Opens the store in this process."""
    stores: list[Sojourn] = []

    def new(at: Path = folder, clock: Clock | None = None) -> Sojourn:
        stores.append(Sojourn.open(f"sqlite:///{at}", settings=Settings(durability="process"), clock=clock))
        return stores[-1]

    yield new
    for store in stores:
        store.close()
