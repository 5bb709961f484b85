"""Addresses of buckets. What proves who we are is never part of one: it comes from the environment."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct
from obstore.store import AzureStore, S3Store

from sojourn.errors import ConfigError

_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}", re.IGNORECASE)
_PREFIX = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
_TAKEN = {"s3": ("endpoint", "region", "timeout"), "az": ("account", "endpoint", "timeout")}
_TIMEOUT = 30.0
_CONNECT = timedelta(seconds=5)

Store = S3Store | AzureStore


class Address(Struct, frozen=True):
    """A place in a bucket. Its text may be shown."""

    scheme: str
    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    account: str | None = None
    timeout: float = _TIMEOUT
    """Seconds one request may take, its bytes included."""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")

    def name(self, *parts: str) -> str:
        """The whole name of an object."""
        return "/".join((self.prefix, *parts) if self.prefix else parts)


def parse(url: str) -> Address:
    """`s3://BUCKET/PREFIX?endpoint=…&region=…` or `az://CONTAINER/PREFIX?account=…`. Raises `ConfigError`.

    The message never shows the address: there may be a password in it.
    """
    parts = urlsplit(url)
    taken = _TAKEN.get(parts.scheme)
    if taken is None:
        raise _refused(f"begins with {parts.scheme!r}; known are s3:// and az://")
    if "@" in parts.netloc:
        raise _refused("names an account or a password; those belong into the environment")
    prefix = unquote(parts.path).strip("/")
    if not _BUCKET.fullmatch(parts.netloc) or parts.fragment or (prefix and not _PREFIX.fullmatch(prefix)):
        raise _refused(f"is not {parts.scheme}://BUCKET/PREFIX")
    if not {".", ".."}.isdisjoint(prefix.split("/")):
        raise _refused("has a prefix that goes up")
    given: dict[str, Any] = {}
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key not in taken or key in given or not value:
            raise _refused(
                f"takes {', '.join(taken)}, each once and not empty; credentials are no part of it"
            )
        given[key] = value
    if "timeout" in given:
        given["timeout"] = _seconds(given["timeout"])
    if "endpoint" in given:
        endpoint = urlsplit(given["endpoint"])
        if endpoint.scheme not in ("http", "https") or not endpoint.hostname or "@" in endpoint.netloc:
            raise _refused("has an endpoint that is not https://HOST or http://HOST")
    return Address(parts.scheme, parts.netloc, prefix, **given)


def connect(where: Address) -> Store:
    """The store of this bucket. Whatever proves who we are, obstore finds where such things are kept."""
    client: dict[str, Any] = {"timeout": timedelta(seconds=where.timeout), "connect_timeout": _CONNECT}
    if where.endpoint is not None and where.endpoint.startswith("http://"):
        client["allow_http"] = True
    config: dict[str, Any] = {"endpoint": where.endpoint, "region": where.region}
    kind: Any = S3Store
    if where.scheme == "az":
        kind, config = AzureStore, {"endpoint": where.endpoint, "account_name": where.account}
    given = {key: value for key, value in config.items() if value is not None}
    # obstore would try again by itself, and not say that it did.
    store: Store = kind(where.bucket, client_options=client, retry_config={"max_retries": 0}, **given)
    return store


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 3600:
        raise _refused("has a timeout that is not a number of seconds from 0.1 to 3600")
    return seconds


def _refused(why: str) -> ConfigError:
    return ConfigError(f"The address of the bytes {why}.", field="blobs")
