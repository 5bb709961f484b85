"""The few words of an object store that sojourn needs. What writes is durable when it returns, or raises."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import obstore
from msgspec import Struct

from sojourn.backends.s3 import address
from sojourn.backends.s3.address import Address, Store
from sojourn.backends.s3.tries import PROBLEMS, Exists, NoObject, meaning, tried
from sojourn.errors import BackendError, ConfigError, NotFound, Unavailable

_UNWRITTEN = "The bytes could not be written"
_UNREAD = "The bytes could not be read"
_LEFT = "The bytes could not be removed"
Buffer = bytes | memoryview

_PLAIN: dict[str, str] = {"Content-Type": "application/octet-stream", "Content-Disposition": "attachment"}
"""No browser shows what lies here as a page."""
_GONE = "The bytes of this file are gone."
_PAGE = 1000
_CHUNK = 1 << 19
_ROUNDS = 20
_LINK_SECONDS = 3600


_RUN_BY: list[int] = []
"""The process that obstore's threads are in, once there are any: one that is forked after that has none."""


class Lying(Struct, frozen=True):
    """An object, as a list tells of it."""

    name: str
    size: int
    modified: datetime


class Bucket:
    """A place in a bucket. Its first use looks whether the bucket will do."""

    def __init__(self, where: Address) -> None:
        self.where = where
        self._lock = threading.Lock()
        self._made: Store | None = None

    @property
    def _store(self) -> Store:
        _of_this_process()
        if self._made is None:
            with self._lock:
                if self._made is None:
                    store = address.connect(self.where)
                    self._examine(store)
                    self._made = store
        return self._made

    def create(self, name: str, data: Sequence[Buffer]) -> bool:
        """False when there is one already, which stays. What an unheard answer had written counts as ours.

        The bytes are given in as many parts as they came in: nobody copies them.
        """
        store, unsure = self._store, False

        def once() -> bool:
            nonlocal unsure
            try:
                _put(store, name, data, "create")
            except PROBLEMS as problem:
                if not isinstance(meaning(_UNWRITTEN, problem), Exists):
                    unsure = True
                    raise
                return unsure and self.get(name) == b"".join(data)
            return True

        return tried(_UNWRITTEN, once)

    def put(self, name: str, data: bytes) -> None:
        """In place of what may be there."""
        store = self._store
        tried(_UNWRITTEN, lambda: _put(store, name, [data], "overwrite"))

    def get(self, name: str) -> bytes | None:
        begun = self.begin(name)
        return None if begun is None else b"".join(begun[1])

    def begin(self, name: str) -> tuple[int, Iterator[Buffer]] | None:
        """How many bytes an object has, and the bytes; None when there is none."""
        store = self._store
        try:
            answer = tried(_UNREAD, lambda: obstore.get(store, name))
        except NoObject:
            return None
        size = answer.meta["size"]
        return size, _chunks(store, name, 0, size, answer)

    def stream(self, name: str, start: int, end: int) -> Iterator[Buffer]:
        """A stretch of an object that has it, as it comes. Raises `NotFound`."""
        return _chunks(self._store, name, start, end, None)

    def read(self, name: str, start: int, end: int) -> Buffer:
        """A stretch of an object that has it. Raises `NotFound`."""
        store = self._store

        def once() -> Buffer:
            return _exactly(obstore.get_range(store, name, start=start, end=end), end - start)

        try:
            return tried(
                _UNREAD,
                lambda: _exactly(
                    obstore.get_range(store, name, start=start, end=end).to_bytes(), end - start
                ),
            )
        except NoObject:
            raise NotFound(_GONE) from None

    def size(self, name: str) -> int | None:
        store = self._store
        try:
            return tried(_UNREAD, lambda: obstore.head(store, name)["size"])
        except NoObject:
            return None

    def below(self, prefix: str) -> Iterator[Lying]:
        """What lies below a prefix, in order of its name on S3."""
        store, after = self._store, None
        while True:
            page = tried(_UNREAD, lambda after=after: _page(store, prefix, after))  # type: ignore[misc]
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1].name

    def delete(self, names: list[str]) -> None:
        """Absent is not an error."""
        store = self._store
        for at in range(0, len(names), _PAGE):
            some = names[at : at + _PAGE]
            try:
                tried(_LEFT, lambda some=some: obstore.delete(store, some))  # type: ignore[misc]
            except NoObject:
                continue

    def clear(self, prefix: str) -> None:
        """Removes all below a prefix, also what comes meanwhile."""
        for _ in range(_ROUNDS):
            names = [lying.name for lying in islice(self.below(prefix), _PAGE)]
            while len(names) == _PAGE:
                self.delete(names)
                names = [lying.name for lying in islice(self.below(prefix), _PAGE)]
            if not names:
                return
            self.delete(names)
        raise BackendError(f"{_LEFT}: there are always more.")

    def link(self, name: str, seconds: float) -> str:
        """An address that whoever has it may read the object by, for so long."""
        store = self._store
        lasting = timedelta(seconds=max(1.0, min(seconds, _LINK_SECONDS)))
        return tried(_UNREAD, lambda: obstore.sign(store, "GET", name, lasting))

    def _examine(self, store: Store) -> None:
        """Raises `ConfigError` for a bucket that keeps what is removed, or gives one name twice."""
        name = self.where.name("check", secrets.token_hex(8))
        try:
            version = tried(_UNWRITTEN, lambda: _put(store, name, [b"sojourn"], "overwrite"))
            if version not in (None, "null"):
                raise ConfigError(
                    f"{self.where} keeps versions: what is erased would stay. Use a bucket without them.",
                    field="blobs",
                )
            try:
                tried(_UNWRITTEN, lambda: _put(store, name, [b"sojourn"], "create"))
            except Exists:
                return
            raise ConfigError(
                f"{self.where} lets two make the same object (If-None-Match is not honoured):"
                " keys would not be safe in it.",
                field="blobs",
            )
        finally:
            tried(_LEFT, lambda: obstore.delete(store, name))


def _of_this_process() -> None:
    """Without obstore's threads a call would never come back."""
    if not _RUN_BY:
        _RUN_BY.append(os.getpid())
    if _RUN_BY[0] != os.getpid():
        raise BackendError("The object store was used before this process was forked: use it after that.")


def _put(store: Store, name: str, data: Sequence[Buffer], mode: Any) -> str | None:
    """The version that was made, where there are versions."""
    attributes: Any = _PLAIN
    return obstore.put(store, name, data, mode=mode, attributes=attributes, use_multipart=False)["version"]


def _chunks(
    store: Store, name: str, start: int, end: int, begun: obstore.GetResult | None
) -> Iterator[Buffer]:
    """Goes on where an answer broke off."""
    at = start
    coming = None if begun is None else iter(begun.stream(_CHUNK))

    def following() -> Buffer:
        nonlocal coming
        try:
            if coming is None:
                coming = iter(obstore.get(store, name, options={"range": (at, end)}).stream(_CHUNK))
            return memoryview(next(coming))
        except StopIteration:
            coming = None
            raise Unavailable(f"{_UNREAD}: {at - start} came of {end - start}.") from None
        except PROBLEMS:
            coming = None
            raise

    while at < end:
        try:
            chunk = tried(_UNREAD, following)
        except NoObject:
            raise NotFound(_GONE) from None
        at += len(chunk)
        yield chunk


def _page(store: Store, prefix: str, after: str | None) -> list[Lying]:
    found: list[Lying] = []
    for chunk in obstore.list(store, prefix, offset=after, chunk_size=_PAGE):
        found += [Lying(meta["path"], meta["size"], meta["last_modified"]) for meta in chunk]
        if len(found) >= _PAGE:
            break
    return found[:_PAGE]


def _exactly(data: bytes | obstore.Bytes, size: int) -> Buffer:
    if len(data) != size:
        raise Unavailable(f"{_UNREAD}: {len(data)} came of {size}.")
    return memoryview(data)
