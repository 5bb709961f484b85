"""Passes: for a short time, another process of the host's own acts for a device that it has no token of.

A pass names the device by the hash of its token and says until when, under the store's HMAC. It is kept
nowhere. Each use asks for the device's row, so a pass dies with the device: signed out, revoked or rotated.
"""

import base64
import hmac
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import NoReturn

Sign = Callable[[str, bytes], bytes]
"""Answers the store's HMAC of a purpose and some bytes."""

MOST_SECONDS = 600

_PURPOSE = "forward"
_SHAPE = struct.Struct(">q32s")
_TEXT = re.compile(r"fwd_[A-Za-z0-9_-]{96}", re.ASCII)


def is_one(token: str) -> bool:
    """Whether it has the shape of a pass. No device's token has."""
    return _TEXT.fullmatch(token) is not None


def issue(sign: Sign, token_hash: bytes, until_ms: int) -> str:
    """A pass for the device whose token has this hash."""
    packed = _SHAPE.pack(until_ms, token_hash)
    return "fwd_" + base64.urlsafe_b64encode(packed + sign(_PURPOSE, packed)).decode()


def opened(sign: Sign, text: str, now: int) -> bytes | None:
    """The hash of the token that it stands for; None when the store did not issue it, or it ran out."""
    if not is_one(text):
        return None
    raw = base64.urlsafe_b64decode(text[4:])
    packed, mark = raw[: _SHAPE.size], raw[_SHAPE.size :]
    if not hmac.compare_digest(mark, sign(_PURPOSE, packed)):
        return None
    until_ms, token_hash = _SHAPE.unpack(packed)
    return bytes(token_hash) if now < until_ms else None


class PassHeaders(Mapping[str, str]):
    """The headers of a request with a pass. It is no dict, shows nothing of itself and is not pickled,
    so that it gets into no log and no state by accident.
    """

    __slots__ = ("_headers",)

    def __init__(self, text: str) -> None:
        self._headers = {"Authorization": f"Bearer {text}"}

    def __getitem__(self, name: str) -> str:
        return self._headers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers)

    def __len__(self) -> int:
        return len(self._headers)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("Headers with a pass are not kept; ask for new ones.")
