"""What the decoding process is asked for and what it answers, and how both go through a pipe."""

import struct
from collections.abc import Iterable
from typing import BinaryIO, Literal, TypeVar

import msgspec
from msgspec import Struct

Kind = Literal["webp", "jpeg", "rgb", "nothing"]
"""What is made of a picture; nothing, when it is only to be decoded."""

_LENGTH = struct.Struct(">L")
_MOST = 1 << 16
"""Of a message. The bytes of a picture follow behind it."""


class Order(Struct, frozen=True):
    """A picture to decode: `size` bytes that follow. `px` is the longest side it may have; None leaves it."""

    size: int
    media_type: str
    orientation: int
    pixels: int
    kind: Kind
    px: int | None
    seconds: float


class Answer(Struct, frozen=True):
    """So many bytes follow; or none, and a `reason`."""

    size: int = 0
    width: int = 0
    height: int = 0
    reason: str | None = None


Message = TypeVar("Message", Order, Answer)


def send(stream: BinaryIO, message: Order | Answer, data: Iterable[bytes] = ()) -> None:
    packed = msgspec.msgpack.encode(message)
    stream.write(_LENGTH.pack(len(packed)) + packed)
    stream.writelines(data)
    stream.flush()


def receive(stream: BinaryIO, kind: type[Message]) -> Message | None:
    """The next message; None when there is none, or it is not one."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (size,) = _LENGTH.unpack(head)
    packed = stream.read(size) if size <= _MOST else b""
    try:
        return msgspec.msgpack.decode(packed, type=kind)
    except msgspec.MsgspecError:
        return None
