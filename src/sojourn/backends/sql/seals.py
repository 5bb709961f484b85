"""Sealing: AES-256-GCM with a key per session, or per user for what is theirs.

A value is bound to its place (table, key number, object, column), so that no row can be
passed off as another. Strings that must be found stand beside it as HMAC-SHA256.
NIST SP 800-38D; 96 random nonce bits a value.
"""

import hmac
import os
from collections.abc import Callable, Sequence
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sojourn.errors import BackendError, SessionGone
from sojourn.ports import Tomb

_NONCE = 12
_CACHED = 4096
MAC_BYTES = 16
_CHANGED = "A stored value was changed outside sojourn, or keys.bin is not its own."


Opener = Callable[[bytes, bytes], bytes]
"""Opens what was sealed at a place, under one key."""


class Keys(Protocol):
    """Keys of 32 bytes by number; number 0 is the store's own."""

    def get(self, key_no: int) -> bytes | None:
        """None when the key was destroyed."""
        ...

    def fill(self, first: int, last: int) -> None:
        """Makes sure, durably, that each of these numbers has a key; those that stand are kept."""
        ...

    def destroy(self, key_no: int) -> None:
        """For good, and durably."""
        ...


class Seals:
    """Seals and opens values, and signs what must be found."""

    def __init__(self, keys: Keys, *, sealed: bool) -> None:
        self.keys = keys
        self.sealed = sealed
        self._ciphers: dict[int, AESGCM] = {}
        store_key = keys.get(0)
        if store_key is None:
            raise BackendError("The store's own key is missing from keys.bin.")
        self._store_key = store_key

    def seal(self, key_no: int, place: bytes, plain: bytes) -> bytes:
        """The value, readable only with this key and at this place."""
        if not self.sealed:
            return plain
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher(key_no).encrypt(nonce, plain, place)

    def open(self, key_no: int, place: bytes, kept: bytes) -> bytes:
        """What was sealed. Raises `SessionGone` when its key was destroyed."""
        return self.opener(key_no)(place, kept)

    def opener(self, key_no: int) -> Opener:
        """The same, for many values under one key."""
        if not self.sealed:
            return _as_kept
        decrypt = self._cipher(key_no).decrypt

        def open(place: bytes, kept: bytes) -> bytes:
            try:
                return decrypt(kept[:_NONCE], kept[_NONCE:], place)
            except InvalidTag:
                raise BackendError(_CHANGED) from None

        return open

    def open_all(
        self, key_no: int, place: bytes, ids: Sequence[bytes], kept: Sequence[bytes]
    ) -> Sequence[bytes]:
        """The same of many objects: each value stands at the place that goes on with its object's id."""
        if not self.sealed:
            return kept
        decrypt = self._cipher(key_no).decrypt
        nonces = [value[:_NONCE] for value in kept]
        sealed = [value[_NONCE:] for value in kept]
        try:
            return list(map(decrypt, nonces, sealed, [place + id for id in ids]))
        except InvalidTag:
            raise BackendError(_CHANGED) from None

    def mac(self, purpose: str, text: str) -> bytes:
        """What stands for a string that must be found."""
        return self.sign(purpose, text.encode())[:MAC_BYTES]

    def sign(self, purpose: str, data: bytes) -> bytes:
        """HMAC-SHA256 under the store's key."""
        return hmac.digest(self._store_key, purpose.encode() + b"\0" + data, "sha256")

    def forget(self, tomb: Tomb) -> None:
        """Destroys the key of an erased session."""
        self._ciphers.pop(tomb.key_no, None)
        self.keys.destroy(tomb.key_no)

    def _cipher(self, key_no: int) -> AESGCM:
        cipher = self._ciphers.get(key_no)
        if cipher is None:
            key = self.keys.get(key_no)
            if key is None:
                raise SessionGone
            if len(self._ciphers) >= _CACHED:
                self._ciphers.pop(next(iter(self._ciphers)), None)
            cipher = self._ciphers[key_no] = AESGCM(key)
        return cipher


def place(table: str, key_no: int, column: str, object_id: bytes) -> bytes:
    """Where a value stands, as the associated data of its seal."""
    return b"%s|%d|%s|%s" % (table.encode(), key_no, column.encode(), object_id)


def _as_kept(place: bytes, kept: bytes) -> bytes:
    return kept
