"""Pictures: files with a size, and thumbnails of a few sizes beside them."""

from sojourn.core import checks, lifecycle
from sojourn.models import File, Thumbnail
from sojourn.ports import SessionRef, Tx

SMALLEST, LARGEST = 16, 1024
STEPS = (64, 128, 256, 512, LARGEST)
"""The sizes that thumbnails are made in: a file has no more of them than these."""


def step(px: int) -> int:
    """The size that is made for whoever asks for `px`: the next of a few. Raises `Invalid`."""
    checks.whole(px, "px", SMALLEST, LARGEST)
    return next(size for size in STEPS if size >= px)


async def ids(tx: Tx, ref: SessionRef) -> list[str]:
    """The ids of the session's pictures, in the order they came."""
    found = await tx.pictures.ids(ref)
    if not found and await tx.sessions.get(ref) is None:
        raise await lifecycle.refusal(tx, ref)
    return found


async def page(tx: Tx, ref: SessionRef, after: int, limit: int) -> tuple[list[File], int | None]:
    """A page of the session's pictures, in the order they came."""
    found, position = await tx.pictures.page(ref, after, limit)
    if not found and await tx.sessions.get(ref) is None:
        raise await lifecycle.refusal(tx, ref)
    return found, position


async def thumbnail(tx: Tx, ref: SessionRef, file_id: str, px: int) -> Thumbnail | None:
    """The one that is kept, if there is one."""
    return await tx.pictures.thumbnail(ref, file_id, px)


async def keep(tx: Tx, ref: SessionRef, file_id: str, px: int, made: Thumbnail) -> bool:
    """Keeps a thumbnail beside its file. It is no change of the session: no event, and no new `active_ms`."""
    return await tx.pictures.keep(ref, file_id, px, made)
