"""What a request is told that cannot be done as it was asked: a status and an `application/problem+json`."""

from typing import ClassVar

from msgspec import json

from sojourn.errors import (
    Conflict,
    Invalid,
    LeaseHeld,
    NotFound,
    SessionGone,
    SignedOut,
    SojournError,
    StateConflict,
)
from sojourn.integrations.visit import CrossOrigin

MEDIA_TYPE = "application/problem+json"


class WrongName(Invalid):
    """This is no name of a session."""


class SharedSession(Conflict):
    """This session is everybody's: here it can be read, not written."""

    code: ClassVar[str] = "shared_session"


TOLD = (CrossOrigin, SignedOut, NotFound, SessionGone, Conflict, WrongName)
"""Errors that answer a request when the app does not catch them. Any other is the app's own to explain."""


def headers(error: SojournError) -> dict[str, str]:
    """The headers of the answer."""
    again = {"Retry-After": "1"} if isinstance(error, LeaseHeld) else {}
    return {"Content-Type": MEDIA_TYPE, "Cache-Control": "private, no-store", **again}


def problem(error: SojournError) -> bytes:
    """The body of the answer. Which key was lost to another request is for the log alone."""
    kind = type(error)
    lost = isinstance(error, StateConflict)
    said = {
        "type": f"about:blank#{kind.code}",
        "title": (kind.__doc__ or "").strip(),
        "status": kind.status,
        "code": kind.code,
        "detail": "Nothing of this request was saved in the session. Try again." if lost else str(error),
    }
    if isinstance(error, WrongName):
        said["field"] = error.facts.get("field")
    return json.encode(said)
