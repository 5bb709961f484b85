"""The decoding process, seen from outside."""

import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterable
from typing import BinaryIO, TypeVar

from sojourn.errors import ReaderFailed
from sojourn.ingest.images.orders import Answer, Order, receive, send

_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT", "TMPDIR", "TEMP")
"""What an interpreter may need to start. The rest of the environment may hold secrets."""

_START = 60.0
"""Seconds until a process has started, on a machine that has much else to do."""


T = TypeVar("T")


class Late(Exception):
    """The answer did not come in time; the process is gone."""


class Died(Exception):
    """The process ended without an answer."""


class Worker:
    """One process, started afresh and not forked, that answers one order at a time."""

    def __init__(self, memory: int) -> None:
        """Raises `ReaderFailed` when no process can be started."""
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, filter(None, sys.path)))
        command = [sys.executable, "-P", "-s", "-B", "-X", "utf8", "-m", "sojourn.ingest.images", str(memory)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        except OSError as problem:
            raise _no_process(problem.strerror or "") from problem
        self._ended = weakref.finalize(self, _end, self._process, os.getpid())
        try:
            self._in_time(_START, lambda: self._answer(0))
        except (Late, Died) as problem:
            self.end()
            raise _no_process("it ended while it started") from problem
        except BaseException:
            self.end()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, order: Order, picture: Iterable[bytes], most: int) -> tuple[Answer, bytes]:
        """The answer, and the `most` bytes or fewer that follow it. Raises `Late` and `Died`."""

        def asked() -> tuple[Answer, bytes]:
            try:
                send(self._pipe(self._process.stdin), order, picture)
            except BrokenPipeError as problem:
                raise Died from problem
            return self._answer(most)

        return self._in_time(order.seconds, asked)

    def end(self) -> None:
        """Ends the process, whatever it is doing, and waits until it is gone."""
        self._ended()

    def forget(self) -> None:
        """Lets go of a process that is somebody else's: the one that this one was forked from."""
        self._ended.detach()
        _let_go(self._process)

    def _in_time(self, seconds: float, work: Callable[[], T]) -> T:
        """What comes of it, if it comes in time: else the process is killed, which ends the work."""
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._process.kill()

        watch = threading.Timer(seconds, stop)
        watch.daemon = True
        watch.start()
        try:
            return work()
        except Died as problem:
            if late.is_set():
                raise Late from problem
            raise
        finally:
            watch.cancel()
            watch.join()

    def _answer(self, most: int) -> tuple[Answer, bytes]:
        stream = self._pipe(self._process.stdout)
        answer = receive(stream, Answer)
        if answer is not None and 0 <= answer.size <= most:
            data = stream.read(answer.size)
            if len(data) == answer.size:
                return answer, data
        raise Died

    @staticmethod
    def _pipe(stream: object) -> BinaryIO:
        assert stream is not None
        return stream  # type: ignore[return-value]


def _end(process: "subprocess.Popen[bytes]", owner: int) -> None:
    """Also for one that was forgotten; in a forked child it is not ours to end."""
    if os.getpid() == owner:
        process.kill()
        process.wait()
    _let_go(process)


def _let_go(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        try:
            if pipe is not None:
                pipe.close()
        except OSError:
            continue  # an order that was never read


def _no_process(why: str) -> ReaderFailed:
    message = f"No process could be started to decode this picture: {why}. The bytes are kept."
    return ReaderFailed(message, reason="image.process")
