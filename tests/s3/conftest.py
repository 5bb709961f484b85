"""Places in buckets of a real S3 server."""

import secrets
from collections.abc import Callable, Iterator

import pytest
from tests.s3 import radosgw, signed
from tests.s3.proxy import Proxy


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


@pytest.fixture
def proxy(s3_endpoint: str) -> Iterator[Proxy]:
    made = Proxy(s3_endpoint)
    yield made
    made.close()


@pytest.fixture
def spoilt_url(url: str, proxy: Proxy) -> str:
    """The same place, through the proxy. Nobody waits for an answer for more than a second."""
    return f"{url.partition('?')[0]}?endpoint={proxy.endpoint}&timeout=1"


@pytest.fixture
def multiparts(s3_endpoint: str, bucket: str) -> Callable[[], int]:
    """How many uploads there are that no list of objects shows."""
    return lambda: signed.ask(s3_endpoint, "GET", f"/{bucket}", "uploads=").count(b"<UploadId>")
