"""Running a process whose calls about files fail when it is told so."""

import ctypes
import fcntl
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.faults.calls import NUMBERS, PATHS, install

ROOT = Path(__file__).parents[2]

_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_NOTICE, _ANSWER = 80, struct.Struct("QqiI")
_GO_ON = 1

Ended = subprocess.CompletedProcess[str]


def available() -> bool:
    """Whether the kernel lets one process decide about another's calls."""
    if not NUMBERS or not hasattr(socket, "send_fds"):
        return False
    pid = os.fork()
    if pid == 0:
        try:
            os.close(install())
        except (OSError, KeyError):
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


def run(module: str, folder: Path, *args: object, seconds: float = 300) -> Ended:
    """Runs `python -m module FOLDER CONTROL args…` to its end; calls on what lies in the folder may fail.

    CONTROL is the number of a socket, for `Faults`.
    """
    ours, theirs = socket.socketpair()
    with (folder.parent / f"{folder.name}.out").open("w+") as out, ours:
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(folder), str(theirs.fileno()), *map(str, args)],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        try:
            _Judge(ours, folder.resolve()).sit(time.monotonic() + seconds)
            process.wait(60)
        finally:
            process.kill()
            process.wait()
        out.seek(0)
        return subprocess.CompletedProcess(process.args, process.returncode, out.read(), "")


class _Judge:
    """Decides about each call of one process."""

    def __init__(self, control: socket.socket, folder: Path) -> None:
        self._control = control
        self._folder = str(folder)
        self._order: dict[str, Any] = {}
        self._seen = 0
        self._fired = False

    def sit(self, end: float) -> None:
        """Until the process ends. Raises `TimeoutError`."""
        _, handles, _, _ = socket.recv_fds(self._control, 10, 1)
        if not handles:
            return  # it ended before it asked
        listener = handles[0]
        try:
            self._control.sendall(b"{}")
            poll = select.poll()
            poll.register(listener, select.POLLIN)
            poll.register(self._control, select.POLLIN)
            while time.monotonic() < end:
                for handle, what in poll.poll(1000):
                    if what & select.POLLIN == 0:
                        return
                    if handle == listener:
                        self._decide(listener)
                    elif not self._obey():
                        return
            raise TimeoutError("The process did not end.")
        finally:
            os.close(listener)

    def _obey(self) -> bool:
        said = self._control.recv(4096)
        if not said:
            return False
        answer = {"fired": self._fired}
        self._order = json.loads(said)
        self._seen, self._fired = 0, False
        self._control.sendall(json.dumps(answer).encode())
        return True

    def _decide(self, listener: int) -> None:
        notice = bytearray(_NOTICE)
        try:
            fcntl.ioctl(listener, _RECEIVE, notice)
        except OSError:
            return  # the caller is gone
        cookie, pid, _ = struct.unpack_from("QII", notice)
        (number,) = struct.unpack_from("i", notice, 16)
        args = struct.unpack_from("6Q", notice, 32)
        errno = self._verdict(pid, number, args)
        answer = _ANSWER.pack(cookie, 0, -errno, 0 if errno else _GO_ON)
        try:
            fcntl.ioctl(listener, _SEND, bytearray(answer))
        except OSError:
            return

    def _verdict(self, pid: int, number: int, args: tuple[int, ...]) -> int:
        """The error the call fails with, 0 when it happens."""
        order = self._order
        if not order or number not in NUMBERS[order["call"]]:
            return 0
        path = _path(pid, number, args)
        if not path.startswith(self._folder) or not path.endswith(order["name"]):
            return 0
        self._seen += 1
        if self._seen == order["nth"] or (order["every"] and self._seen > order["nth"]):
            self._fired = True
            return int(order["errno"])
        return 0


def _path(pid: int, number: int, args: tuple[int, ...]) -> str:
    """What the call is about."""
    try:
        if number not in PATHS:
            return _opened(pid, args[0])
        text = _text(pid, args[PATHS[number]])
        if text.startswith("/") or PATHS[number] == 0:
            return text
        return f"{_opened(pid, args[0])}/{text}"
    except OSError:
        return ""


def _opened(pid: int, handle: int) -> str:
    return str(Path(f"/proc/{pid}/fd/{ctypes.c_int(handle).value}").readlink())


def _text(pid: int, address: int) -> str:
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:  # noqa: PTH123
        return os.pread(memory.fileno(), 4096, address).split(b"\0")[0].decode(errors="replace")
