"""A process that does as it is told: a JSON object a line in, one a line out.

The other end is `peers/worker.py`, in this environment or in one of its own.
"""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_ROOT = Path(__file__).resolve().parent.parent
_WORKER = Path(__file__).resolve().parent / "peers" / "worker.py"


class Absent(Exception):
    """What was asked for is not in what the adapter speaks to."""


class Failed(Exception):
    """It was tried and went wrong; the text is one line."""


class Child:
    """One worker. Asking waits for its answer, or sends first and waits later.

    `python` is an interpreter that has what the adapter needs; this one when it is None. `more` is what
    its environment has beside this one's.
    """

    def __init__(
        self,
        adapter: str,
        folder: Path,
        *,
        python: Path | None = None,
        before: Sequence[str] = (),
        worker: Path = _WORKER,
        more: Mapping[str, str] | None = None,
    ) -> None:
        environment = {**os.environ, **(more or {})}
        if python is None:
            environment["PYTHONPATH"] = os.pathsep.join(
                filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")])
            )
        else:
            environment.pop("PYTHONPATH", None)
        self.adapter = adapter
        folder.mkdir(parents=True, exist_ok=True)
        self._log = (folder.parent / f"{adapter}.log").open("ab")
        self._process = subprocess.Popen(
            [*before, str(python or sys.executable), str(worker), adapter, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment,
        )
        self._received = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def send(self, do: str, **given: Any) -> None:
        """Tells it to begin. Raises `Failed` when the process is gone."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **given}).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as problem:
            raise Failed("the process is gone") from problem

    def answer(self, seconds: float = 120.0) -> dict[str, Any]:
        """What came of it. Raises `Absent` or `Failed`; past the time the process is killed."""
        assert self._process.stdout is not None
        out = self._process.stdout.fileno()
        end = time.monotonic() + seconds
        while b"\n" not in self._received:
            ready, _, _ = select.select([out], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                self._process.kill()
                raise Failed(f"cut off after {seconds:.0f} s")
            piece = os.read(out, 1 << 16)
            if not piece:
                raise Failed("the process is gone")
            self._received += piece
        line, _, self._received = self._received.partition(b"\n")
        told: dict[str, Any] = json.loads(line)
        if told.get("absent"):
            raise Absent
        if "failed" in told:
            raise Failed(str(told["failed"]))
        return told

    def ask(self, do: str, *, within: float = 120.0, **given: Any) -> dict[str, Any]:
        """Tells it, and waits for what came of it."""
        self.send(do, **given)
        return self.answer(within)

    def end(self) -> None:
        """Lets it finish; a process that will not is killed."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.close()
        except OSError:
            self._process.kill()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=20)
        self._process.stdout.close()
        self._log.close()
