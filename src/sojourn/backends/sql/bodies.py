"""What is kept of a message beside its place: a body, sealed, and of a long one its first words apart."""

from typing import Any

import msgspec
from msgspec import Struct

from sojourn.backends.sql.seals import Opener, Seals
from sojourn.models import Message, Part, Role, Text
from sojourn.ports.previews import SPOKEN, preview

LONG = 8192
"""Bytes of a body that a list of sessions does not unseal."""


class Body(Struct, frozen=True, array_like=True):
    """What is kept of a message that is more than one text."""

    parts: tuple[Part, ...]
    metadata: dict[str, Any] | None


_encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(str | Body).decode


def sealed(seals: Seals, key_no: int, id: bytes, message: Message) -> tuple[bytes, bytes | None]:
    """The body, and the head of a long one that has words."""
    parts = message.parts
    if len(parts) == 1 and type(parts[0]) is Text and message.metadata is None:
        body = _encode(parts[0].text)
    else:
        body = _encode(Body(parts, message.metadata))
    head = None
    if len(body) > LONG:
        words = preview(message.text) if message.role in SPOKEN else ""
        head = seals.seal(key_no, head_place(key_no) + id, words.encode())
    return seals.seal(key_no, body_place(key_no) + id, body), head


def beginning(
    opened: Opener, key_no: int, id: bytes, role: Role, body: bytes | None, head: bytes | None
) -> str:
    """The preview that a message makes, empty for one that makes none. A long one needs its head only."""
    if role not in SPOKEN:
        return ""
    if head is not None:
        return opened(head_place(key_no) + id, head).decode()
    assert body is not None, "what has no head is short"
    kept = decode(opened(body_place(key_no) + id, body))
    if isinstance(kept, str):
        return preview(kept)
    return preview("".join(part.text for part in kept.parts if type(part) is Text))


def body_place(key_no: int) -> bytes:
    return b"messages|%d|body|" % key_no


def head_place(key_no: int) -> bytes:
    return b"messages|%d|head|" % key_no
