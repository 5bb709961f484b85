"""Names and secrets. A name sorts by the time it was made; a secret tells nothing."""

import os
import secrets
from hashlib import sha256

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

SESSION, USER, DEVICE, FILE = "ses", "usr", "dev", "fil"


def new_id(kind: str, now: int) -> str:
    """`kind_` and 26 characters: 48 bits of milliseconds, then 80 random bits, in Crockford's base 32."""
    number = (now << 80) | int.from_bytes(os.urandom(10), "big")
    return kind + "_" + "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


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
