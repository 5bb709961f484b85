"""Idempotency keys: doing something again under the same key does it once.

Kept is an HMAC of the key, one of the request's digest, and the id of the object made,
never the answer: it is rendered again from the object.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec import Struct

from sojourn.config import IDEMPOTENCY_MS
from sojourn.core import checks
from sojourn.errors import KeyReused
from sojourn.ports import Tx

T = TypeVar("T")

KEY_CHARS = 255


def key(value: str) -> str:
    """An Idempotency-Key: 1 to 255 characters."""
    return checks.text(value, "Idempotency-Key", KEY_CHARS, least=1)


class Use(Struct, frozen=True):
    """One use of a key: for which operation, and the HMAC of what was asked."""

    operation: str
    key: str
    digest: bytes


async def once(
    tx: Tx,
    owner: int,
    use: Use,
    now: int,
    do: Callable[[], Awaitable[T]],
    again: Callable[[str], Awaitable[T]],
    name: Callable[[T], str],
) -> T:
    """Runs `do` the first time, `again` with the object's id later. Another request raises `KeyReused`."""
    seen = await tx.once.seen(owner, use.operation, use.key, now - IDEMPOTENCY_MS)
    if seen is not None:
        if seen[0] != use.digest:
            raise KeyReused
        return await again(seen[1])
    done = await do()
    await tx.once.remember(owner, use.operation, use.key, use.digest, name(done), now)
    return done


async def known(tx: Tx, owner: int, use: Use, now: int) -> bool:
    """Whether the key was used here."""
    return await tx.once.seen(owner, use.operation, use.key, now - IDEMPOTENCY_MS) is not None
