"""Bytes in a bucket keep the contract of `Blobs`, whole and in pieces, and keys that of theirs."""

import pytest

pytest.register_assert_rewrite("sojourn.testing.blobs")

from sojourn.backends.s3 import Bucket, S3Blobs, address  # noqa: E402
from sojourn.ports import Blobs  # noqa: E402
from sojourn.testing.blobs import BlobsContract  # noqa: E402


class TestS3(BlobsContract):
    @pytest.fixture
    def blobs(self, url: str) -> Blobs:
        return S3Blobs(Bucket(address.parse(url)))

    @pytest.fixture
    def elsewhere(self, url: str) -> Blobs:
        return S3Blobs(Bucket(address.parse(url)))


class TestS3InShortPieces(BlobsContract):
    @pytest.fixture
    def blobs(self, url: str) -> Blobs:
        return S3Blobs(Bucket(address.parse(url)), piece=70_000)

    @pytest.fixture
    def elsewhere(self, url: str) -> Blobs:
        return S3Blobs(Bucket(address.parse(url)), piece=1 << 20)
