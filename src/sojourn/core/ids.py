"""Names and secrets. A name sorts by the time it was made; a secret tells nothing."""

import os
import secrets
from hashlib import sha256

from sojourn.models import EPHEMERAL

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

_TIME = (1 << 48) - 1

SESSION, USER, DEVICE, FILE = "ses", "usr", "dev", "fil"


def new_id(kind: str, now: int) -> str:
    """`kind_` and 26 characters: 48 bits of milliseconds, then 80 random bits, in Crockford's base 32.

    26 characters would hold two bits more. Those are 0, so the first one is a digit up to 7, never `e`.
    """
    return f"{kind}_{_written(now & _TIME, 26)}"


def new_ephemeral_id(now: int) -> str:
    """The id of an ephemeral session: as long, and by time among its like. `e` stands for three bits,
    which the time has no need of before the year 3084.
    """
    return EPHEMERAL + _written(now & _TIME >> 3, 25)


def is_ephemeral(session_id: str) -> bool:
    """Whether it names an ephemeral session, if any."""
    return session_id.startswith(EPHEMERAL)


def _written(now: int, characters: int) -> str:
    number = (now << 80) | int.from_bytes(os.urandom(10), "big")
    return "".join(_ALPHABET[(number >> 5 * place) & 31] for place in range(characters - 1, -1, -1))


def new_uuid(now: int) -> str:
    """A UUID of version 7 (RFC 9562), as text."""
    number = (now << 80) | int.from_bytes(os.urandom(10), "big")
    number = number & ~(0xF << 76) | (7 << 76)
    number = number & ~(0x3 << 62) | (2 << 62)
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def new_token() -> str:
    """A device's secret: 256 random bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is kept of a token."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
