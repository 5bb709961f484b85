"""The kernel's calls about files, by what they do; and how a process hands them to another to decide.

A filter of seccomp(2) stops each such call of this process until the one who holds the other end says
whether it happens or fails. So an error comes from the kernel itself, whoever made the call.
"""

import ctypes
import json
import os
import platform
import socket
from typing import Any

_X86 = {
    "open": (2, 257),
    "read": (0, 17),
    "write": (1, 18),
    "sync": (74, 75),
    "truncate": (77,),
    "rename": (82, 264, 316),
    "unlink": (84, 87, 263),
    "mkdir": (83, 258),
    "allocate": (285,),
}
_ARM = {
    "open": (56,),
    "read": (63, 67),
    "write": (64, 68),
    "sync": (82, 83),
    "truncate": (46,),
    "rename": (38, 276),
    "unlink": (35,),
    "mkdir": (34,),
    "allocate": (47,),
}
NUMBERS: dict[str, tuple[int, ...]] = {"x86_64": _X86, "aarch64": _ARM}.get(platform.machine(), {})
"""The calls that a filter stops; none where the machine is another."""
_SECCOMP = {"x86_64": 317, "aarch64": 277}

PATHS = {2: 0, 257: 1, 82: 0, 264: 1, 316: 1, 84: 0, 87: 0, 263: 1, 83: 0, 258: 1}
if platform.machine() == "aarch64":
    PATHS = {56: 1, 38: 1, 276: 1, 35: 1, 34: 1}
"""Which argument is a path; of the other calls the first argument is a handle."""

_LOAD, _JUMP_IF, _ANSWER = 0x20, 0x15, 0x06
_ALLOW, _ASK = 0x7FFF0000, 0x7FC00000
_NO_NEW_PRIVILEGES = 38


class _Step(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_ushort),
        ("yes", ctypes.c_ubyte),
        ("no", ctypes.c_ubyte),
        ("k", ctypes.c_uint),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.POINTER(_Step))]


def install() -> int:
    """Stops the calls of this thread and of those it starts; answers the handle that decides. Linux."""
    numbers = [number for kind in NUMBERS.values() for number in kind]
    steps = [_Step(_LOAD, 0, 0, 0)]
    steps += [_Step(_JUMP_IF, len(numbers) - at, 0, number) for at, number in enumerate(numbers)]
    steps += [_Step(_ANSWER, 0, 0, _ALLOW), _Step(_ANSWER, 0, 0, _ASK)]
    program = _Program(len(steps), (_Step * len(steps))(*steps))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    handle: int = libc.syscall(_SECCOMP[platform.machine()], 1, 8, ctypes.byref(program))
    if handle < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return handle


class Faults:
    """The end of the process whose calls are to fail."""

    def __init__(self, control: int) -> None:
        self._socket = socket.socket(fileno=control)
        handle = install()
        socket.send_fds(self._socket, [b"."], [handle])
        os.close(handle)
        self._answer()

    def arm(self, call: str, nth: int, errno: int, *, every: bool = False, name: str = "") -> None:
        """From here on the nth such call on a path of the folder fails, or with `every` all from it on.

        With a `name` only those count whose path ends so.
        """
        self._say({"call": call, "nth": nth, "errno": errno, "every": every, "name": name})

    def disarm(self) -> bool:
        """Whether it came to that."""
        return bool(self._say({})["fired"])

    def _say(self, order: dict[str, Any]) -> Any:
        self._socket.sendall(json.dumps(order).encode())
        return self._answer()

    def _answer(self) -> Any:
        return json.loads(self._socket.recv(4096))
