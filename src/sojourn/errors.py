"""Every error sojourn raises on purpose.

A class's docstring is its default message. `code` is stable: it is the HTTP
problem type, and `status` its HTTP status. Whatever is not in this tree is a
bug in sojourn or in the caller, never an answer.
"""

from typing import Any, ClassVar


class SojournError(Exception):
    """Something went wrong in sojourn."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500

    def __init__(self, message: str = "", **facts: Any) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())
        self.facts = facts
        """What a program may want to know: the field, the limit, the version found."""


class ConfigError(SojournError, ValueError):
    """A setting or an address is not valid."""

    code = "config"


class MissingExtra(SojournError, ImportError):
    """An optional part is not installed."""

    code = "missing_extra"
    status = 501


class Invalid(SojournError, ValueError):
    """A value does not fit its place."""

    code = "invalid"
    status = 422


class UnsupportedType(Invalid):
    """These bytes are of a kind that is not taken here, or not what their name says."""

    code = "unsupported_type"
    status = 415


class NotFound(SojournError, LookupError):
    """There is nothing here by that name."""

    code = "not_found"
    status = 404


class SignedOut(SojournError):
    """This device is signed out, expired or revoked."""

    code = "signed_out"
    status = 401


class SessionGone(SojournError):
    """This session was erased; nothing of it is left."""

    code = "session_gone"
    status = 410


class Conflict(SojournError):
    """Somebody else changed this first."""

    code = "conflict"
    status = 409


class SessionClosed(Conflict):
    """This session is closed: it can be read, not written."""

    code = "session_closed"


class SessionDeleted(Conflict):
    """This session is in the trash: restore it to write to it."""

    code = "session_deleted"


class MessageChanged(Conflict):
    """A message with this id is already kept, and says something else."""

    code = "message_changed"


class StateConflict(Conflict):
    """This key was changed between the read and the write."""

    code = "state_conflict"


class KeyReused(Conflict):
    """This Idempotency-Key was used before for another request."""

    code = "idempotency_key_reused"


class LeaseHeld(Conflict):
    """Somebody else may be doing this now."""

    code = "lease_held"


class PreconditionFailed(SojournError):
    """The object is no longer the one you read."""

    code = "precondition_failed"
    status = 412


class SessionNotStarted(SojournError):
    """The answer is already on its way: write to the session before the first byte of it."""

    code = "session_not_started"


class LimitExceeded(SojournError):
    """This is more than is allowed here."""

    code = "limit_exceeded"
    status = 413


class Overfull(LimitExceeded):
    """More lies inside this file than may be taken out of it."""

    code = "overfull"
    status = 422


class Unsupported(SojournError):
    """This backend cannot do that."""

    code = "unsupported"
    status = 501


class BackendError(SojournError):
    """The storage failed; nothing was kept of this call."""

    code = "storage"
    status = 503


class Unavailable(BackendError):
    """The storage is busy; nothing was written, try again."""

    code = "unavailable"


class StorageFull(BackendError):
    """The storage is full; nothing was written, reading and erasing still work."""

    code = "storage_full"
    status = 507


class Corrupt(SojournError):
    """The bytes of this file are not those that were kept."""

    code = "corrupt"


class SchemaMismatch(BackendError):
    """The data was written by another version of sojourn."""

    code = "schema_mismatch"


class ReaderFailed(SojournError):
    """This file could not be read as what it is; its bytes are kept."""

    code = "reader_failed"
    status = 422
