"""A token that goes out before anything is written, as a socket's must: nobody has to remember it.

It carries the time and the store's own signature. So every process knows it again, it costs no row
until the first write, and a token that the store never issued is still nobody's.
"""

import re
from collections.abc import Callable
from hmac import compare_digest

from sojourn.core import ids

Sign = Callable[[str, bytes], bytes]
"""HMAC-SHA256 of the bytes for a purpose, under the store's own key."""

_FORM = re.compile(r"([A-Za-z0-9_-]{43}\.([0-9a-f]{1,12}))\.([0-9a-f]{64})", re.ASCII)


def make(sign: Sign, now: int) -> str:
    """A token: 256 random bits, the time, and the signature of both."""
    said = f"{ids.new_token()}.{now:x}"
    return f"{said}.{_seal(sign, said)}"


def holds(sign: Sign, token: str, now: int, seconds: int) -> bool:
    """Whether this store issued the token, and no longer ago than this."""
    found = _FORM.fullmatch(token)
    if found is None or not compare_digest(_seal(sign, found[1]), found[3]):
        return False
    return now - int(found[2], 16) < seconds * 1000


def _seal(sign: Sign, said: str) -> str:
    return sign("promise", said.encode()).hex()
