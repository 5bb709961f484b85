"""Every backend keeps the contract of `Blobs`."""

from pathlib import Path

import pytest

pytest.register_assert_rewrite("sojourn.testing.blobs")

from sojourn.backends.localfiles import LocalFiles  # noqa: E402
from sojourn.ports import Blobs  # noqa: E402
from sojourn.testing.blobs import BlobsContract  # noqa: E402


class TestLocalFiles(BlobsContract):
    """Of stores in a folder, and of those in memory, whose bytes lie in a folder that goes with them."""

    @pytest.fixture
    def blobs(self, tmp_path: Path) -> Blobs:
        return LocalFiles(tmp_path)

    @pytest.fixture
    def elsewhere(self, tmp_path: Path) -> Blobs:
        return LocalFiles(tmp_path)
