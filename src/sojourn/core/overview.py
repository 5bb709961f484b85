"""The store as a whole, for whoever runs it: numbers, no names."""

from sojourn.ports import Tx


async def counts(tx: Tx) -> dict[str, int]:
    """How much of what the store holds."""
    return await tx.store.counts()
