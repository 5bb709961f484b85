"""Requests that obstore has no word for, signed by hand (AWS Signature, version 4)."""

import hashlib
import hmac
import urllib.error
import urllib.request
from datetime import UTC, datetime
from urllib.parse import urlsplit

from tests.s3.radosgw import KEY, SECRET

VERSIONED = (
    b'<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    b"<Status>Enabled</Status></VersioningConfiguration>"
)
_SIGNED = "host;x-amz-content-sha256;x-amz-date"


def ask(endpoint: str, method: str, path: str, query: str = "", body: bytes = b"") -> bytes:
    """What is answered; anything but success raises."""
    host = urlsplit(endpoint).netloc
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    digest = hashlib.sha256(body).hexdigest()
    asked = f"{method}\n{path}\n{query}\nhost:{host}\nx-amz-content-sha256:{digest}\nx-amz-date:{stamp}\n"
    asked += f"\n{_SIGNED}\n{digest}"
    scope = f"{stamp[:8]}/us-east-1/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    headers = {
        "x-amz-date": stamp,
        "x-amz-content-sha256": digest,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={_SIGNED}, "
        f"Signature={signature}",
    }
    url = f"{endpoint}{path}" + (f"?{query}" if query else "")
    request = urllib.request.Request(url, data=body or None, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: bytes = answer.read()
            return found
    except urllib.error.HTTPError as problem:
        with problem:
            raise RuntimeError(f"{method} {path}: {problem.code} {problem.read()!r}") from None


def make_bucket(endpoint: str, name: str, *, versioned: bool = False) -> None:
    ask(endpoint, "PUT", f"/{name}")
    if versioned:
        ask(endpoint, "PUT", f"/{name}", "versioning=", VERSIONED)
