"""Places in buckets of a real S3 server."""

import secrets

import pytest
from tests.s3 import radosgw, signed


@pytest.fixture(scope="session")
def bucket(s3_endpoint: str) -> str:
    name = f"tests-{secrets.token_hex(4)}"
    signed.make_bucket(s3_endpoint, name)
    return name


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", radosgw.KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", radosgw.SECRET)
    monkeypatch.setenv("AWS_REGION", "us-east-1")


@pytest.fixture
def url(s3_endpoint: str, bucket: str) -> str:
    """The address of a place that is empty."""
    return f"s3://{bucket}/{secrets.token_hex(6)}?endpoint={s3_endpoint}"
