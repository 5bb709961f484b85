"""Bytes and keys in an object store: S3 and what speaks like it, or Azure. For stores of many machines."""

from sojourn.errors import MissingExtra

try:
    import obstore  # noqa: F401
except ImportError as problem:
    raise MissingExtra(
        "An object store needs the extra `s3`: pip install 'sojourn[s3]', or in a clone pip install '.[s3]'"
    ) from problem

from sojourn.backends.s3 import address
from sojourn.backends.s3.blobs import S3Blobs
from sojourn.backends.s3.bucket import Bucket
from sojourn.backends.s3.keys import S3Keys

__all__ = ["Bucket", "S3Blobs", "S3Keys", "place"]


def place(url: str) -> tuple[S3Blobs, S3Keys]:
    """Where bytes and keys lie at `s3://BUCKET/PREFIX`; asks nobody yet. Raises `ConfigError`.

    The first use looks whether the bucket will do, and raises `ConfigError` when it will not.
    """
    bucket = Bucket(address.parse(url))
    return S3Blobs(bucket), S3Keys(bucket)
