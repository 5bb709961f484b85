"""The server as its own process, as a person starts it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-c", "import sys; from sojourn.cli import main; sys.exit(main())", "serve"]


class Server:
    """One data folder, served; it can be killed and started again on the same port."""

    def __init__(self, data: Path, *options: str) -> None:
        self._data = data
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [*COMMAND, "--data", str(self._data), "--port", str(self.port), *self._options]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SOJOURN_")}
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:(\d+)", said)
        assert address is not None, f"the server said {said!r}"
        self.port = int(address[1])

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the visitors of a whole file, for those who need it neither empty nor gone."""
    server = Server(tmp_path_factory.mktemp("lasting") / "data")
    server.start()
    yield server
    server.stop()
