"""The bytes of one file, wherever they lie. Everything here may wait for a disk."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from sojourn.core.proof import Proven, prove
from sojourn.ports import Blobs, Held


def opened(blobs: Blobs, session_id: str, held: Held) -> BinaryIO:
    """To be read; proven by the time the last byte is read, see `Proven`. Raises `NotFound`, `Corrupt`."""
    file = held.file
    source = blobs.open(session_id, held.blob) if held.body is None else io.BytesIO(held.body)
    return cast(BinaryIO, Proven(source, file.size, file.digest))


@contextmanager
def local(blobs: Blobs, session_id: str, held: Held) -> Iterator[Path]:
    """A path that a process of this user may open while the context lasts; what it leads to is proven.

    Raises `FileNotFoundError` when the bytes went meanwhile, `Corrupt` when they are not those that were
    kept.
    """
    file = held.file
    if held.body is not None:
        prove(io.BytesIO(held.body), file.size, file.digest)
        with blobs.lend(session_id, held.body) as path:
            yield path
        return
    with blobs.local(session_id, held.blob) as path:
        prove(path.open("rb"), file.size, file.digest)
        yield path
