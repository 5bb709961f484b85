"""Blobs in a bucket: against obstore by itself, on the same server.

The server is the one that SOJOURN_TEST_S3 names, else one of the tests' own.
"""

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path

import obstore
from tests.s3 import radosgw, signed

from benchmarks.bars import held, slower
from benchmarks.measure import BY_TURNS, Row, Times, by_turns, scratch, table, write
from sojourn.backends.s3 import address, place
from sojourn.testing.drafts import new_id

SMALL, LARGE = 20_000, 20_000_000
BATCH = 1 << 20
BARE, HASHED, BLOBS = "obstore", "obstore, sha256", "sojourn"
MOST = 1.1
QUICK = {"rounds": 5, "large": 3}


@contextmanager
def server() -> Iterator[str]:
    named = os.environ.get("SOJOURN_TEST_S3")
    if named:
        yield named
        return
    folder = Path(tempfile.mkdtemp(prefix="s3-"))
    try:
        yield radosgw.up(folder)
    finally:
        radosgw.down(folder)


def turns(endpoint: str, size: int, rounds: int) -> tuple[dict[str, Times], dict[str, Times]]:
    """Of writing and of reading."""
    bucket = f"bench-{secrets.token_hex(4)}"
    signed.make_bucket(endpoint, bucket)
    url = f"s3://{bucket}/bench?endpoint={endpoint}"
    bare = address.connect(address.parse(url))
    blobs, _ = place(url)
    data = os.urandom(size)
    batches = [data[at : at + BATCH] for at in range(0, size, BATCH)]
    ses, numbers = new_id("ses"), count()

    def hashed() -> None:
        sha256(data).hexdigest()
        obstore.put(bare, f"bare/{next(numbers)}", data)

    def sojourn() -> None:
        writer = blobs.writer(ses, f"fil_{next(numbers)}")
        for batch in batches:
            writer.write(batch)
        writer.finish()

    def read() -> None:
        with blobs.open(ses, "fil_read") as opened:
            while opened.read(BATCH):
                pass

    puts: dict[str, Callable[[], object]] = {
        HASHED: hashed,
        BARE: lambda: obstore.put(bare, f"bare/{next(numbers)}", data),
        BLOBS: sojourn,
    }
    written = by_turns(puts, rounds=rounds)
    obstore.put(bare, "bare/read", data)
    writer = blobs.writer(ses, "fil_read")
    writer.write(data)
    writer.finish()
    gets: dict[str, Callable[[], object]] = {
        BARE: lambda: obstore.get(bare, "bare/read").bytes(),
        BLOBS: read,
    }
    return written, by_turns(gets, rounds=rounds)


def main(rounds: int = 200, large: int = 25) -> Path:
    os.environ.setdefault("AWS_ACCESS_KEY_ID", radosgw.KEY)
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", radosgw.SECRET)
    with server() as endpoint, scratch() as folder:
        small_put, small_get = turns(endpoint, SMALL, rounds)
        large_put, large_get = turns(endpoint, LARGE, large)
        bars = [
            slower("put 20 KB", small_put[HASHED], small_put[BLOBS], MOST),
            slower("put 20 MB", large_put[HASHED], large_put[BLOBS], MOST),
            slower("get 20 KB", small_get[BARE], small_get[BLOBS], MOST),
            slower("get 20 MB", large_get[BARE], large_get[BLOBS], MOST),
        ]
        sections = {
            "Bars": held(bars),
            "Put": table([Row("20 KB", small_put), Row("20 MB", large_put)], limit=HASHED),
            "Get": table([Row("20 KB", small_get), Row("20 MB", large_get)], limit=BARE),
        }
        return write(
            "s3",
            "Bytes in a bucket",
            sections,
            folder=folder,
            note=f"""A blob is written and read at a Ceph radosgw on this machine, which shares its cores. \
obstore has all 20 MB at hand and sends parts at the same time; sojourn gets them by the MiB, holds 8 MiB, \
hashes, makes each piece once and looks at the end whether all are there. {BY_TURNS}""",
        )
