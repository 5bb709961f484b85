"""Keys as objects."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from sojourn.backends.s3 import Bucket, S3Keys, address
from sojourn.errors import BackendError


@pytest.fixture
def keys(url: str) -> S3Keys:
    return S3Keys(Bucket(address.parse(url)))


def test_a_key_is_there_until_it_is_deleted(keys: S3Keys, url: str) -> None:
    elsewhere = S3Keys(Bucket(address.parse(url)))
    key = os.urandom(32)
    assert keys.get(3) is None
    assert keys.put(3, key)
    assert elsewhere.get(3) == key
    elsewhere.delete(3)
    elsewhere.delete(3)
    assert keys.get(3) is None
    assert elsewhere.get(4) is None


def test_a_key_that_is_there_stays(keys: S3Keys) -> None:
    assert keys.put(0, bytes(32))
    assert not keys.put(0, bytes(32))
    assert not keys.put(0, b"\1" * 32)
    assert keys.get(0) == bytes(32)


def test_of_many_who_make_one_key_one_does(url: str) -> None:
    makers = [S3Keys(Bucket(address.parse(url))) for _ in range(8)]
    for maker in makers:
        maker.get(0)
    for number in range(10):
        made = [os.urandom(32) for _ in makers]
        with ThreadPoolExecutor(8) as threads:
            won = list(threads.map(S3Keys.put, makers, [number] * 8, made))
        assert won.count(True) == 1
        assert makers[0].get(number) == made[won.index(True)]


def test_what_is_no_key_is_not_taken_for_one(keys: S3Keys, url: str) -> None:
    bucket = Bucket(address.parse(url))
    bucket.put(bucket.where.name("keys", "5"), b"short")
    with pytest.raises(BackendError, match="5 bytes"):
        keys.get(5)
