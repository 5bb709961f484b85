"""Keys of sessions and users, one object of 32 bytes each: `keys/<number>`."""

from sojourn.backends.s3.bucket import Bucket
from sojourn.errors import BackendError

_SIZE = 32


class S3Keys:
    """What is deleted is gone when that returns: the bucket has no versions, and it is looked for again."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def get(self, key_no: int) -> bytes | None:
        key = self._bucket.get(self._name(key_no))
        if key is not None and len(key) != _SIZE:
            raise BackendError(f"Key {key_no} is not one: it has {len(key)} bytes.")
        return key

    def put(self, key_no: int, key: bytes) -> bool:
        """False when there is one already, which stays."""
        return self._bucket.create(self._name(key_no), [key])

    def delete(self, key_no: int) -> None:
        """Absent is not an error."""
        name = self._name(key_no)
        self._bucket.delete([name])
        if self._bucket.size(name) is not None:
            raise BackendError(f"Key {key_no} is still there: the bucket keeps what is removed.")

    def _name(self, key_no: int) -> str:
        return self._bucket.where.name("keys", str(key_no))
