"""Rows as a caller would make them, with fresh ids; any field may be given."""

from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID

from sojourn.models import Device, File, Message, Session, Text, User
from sojourn.ports import Intent

NOW = 1_795_168_800_000
"""When drafts are made."""
HOUR = 3_600_000

_numbers = count(1)


def new_id(kind: str) -> str:
    """An id of the shape that sojourn gives; it never comes twice in one process."""
    return f"{kind}_{next(_numbers):026d}"


def uuid(number: int | None = None) -> str:
    return str(UUID(int=next(_numbers) if number is None else number, version=4))


def user(name: str | None = None) -> User:
    return User(id=new_id("usr"), name=name, created_ms=NOW)


def device(**fields: Any) -> Device:
    given = {"id": new_id("dev"), "label": "A browser", "created_ms": NOW, "seen_ms": NOW}
    return Device(**{**given, "expires_ms": NOW + HOUR, **fields})


def token() -> bytes:
    """What is kept of a token: 32 bytes."""
    return next(_numbers).to_bytes(32, "big")


def session(**fields: Any) -> Session:
    given = {"id": new_id("ses"), "title": "", "created_ms": NOW, "active_ms": NOW, "revision": 1}
    return Session(**{**given, "last_seq": 0, "file_count": 0, "file_bytes": 0, **fields})


def message(text: str = "Hello", **fields: Any) -> Message:
    given = {"id": uuid(), "seq": 0, "role": "user", "parts": (Text(text),), "created_ms": NOW}
    return Message(**{**given, **fields})


def messages(count: int) -> list[Message]:
    return [message(f"Number {n}") for n in range(1, count + 1)]


def intent(session_id: str, **fields: Any) -> Intent:
    """Bytes on their way in."""
    given: dict[str, Any] = {"id": new_id("fil"), "kind": "add", "reserved": 1000, "deadline_ms": NOW + HOUR}
    return Intent(**{"session_id": session_id, **given, **fields})


def file(id: str, **fields: Any) -> File:
    """With bytes of its own; give a `digest` to have the same twice."""
    given: dict[str, Any] = {"name": "paper.pdf", "media_type": "application/pdf", "size": 700}
    digest = sha256(id.encode()).hexdigest()
    return File(**{"id": id, **given, "digest": digest, "created_ms": NOW, **fields})
