"""Doing something once, however often it is asked: a header has the key, the digest says what was asked."""

import json
from hashlib import sha256
from typing import Annotated

from fastapi import Header
from pydantic import BaseModel

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key")]


def digest(body: BaseModel) -> bytes:
    """What a request asks for, whatever the order and spacing of its JSON."""
    asked = body.model_dump(exclude_unset=True)
    return sha256(json.dumps(asked, sort_keys=True, separators=(",", ":")).encode()).digest()
