"""sojourn: the session layer for AI web apps.

One session owns everything a visit produces, keeps it apart from everybody
else's, follows its owner, and leaves nothing behind when it ends. Importing
this package loads none of it: a name is loaded when it is first asked for.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sojourn.aio import AsyncSojourn
    from sojourn.config import Settings
    from sojourn.errors import (
        BackendError,
        ConfigError,
        Conflict,
        Corrupt,
        Invalid,
        KeyReused,
        LeaseHeld,
        LimitExceeded,
        MessageChanged,
        MissingExtra,
        NotFound,
        Overfull,
        PreconditionFailed,
        ReaderFailed,
        SchemaMismatch,
        SessionClosed,
        SessionDeleted,
        SessionGone,
        SessionNotStarted,
        SignedOut,
        SojournError,
        StateConflict,
        StorageFull,
        Unavailable,
        Unsupported,
        UnsupportedType,
    )
    from sojourn.integrations.current import current_async_session, current_session
    from sojourn.sync import Sojourn
else:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if name == "Sojourn":
            from sojourn.sync import Sojourn

            return Sojourn
        if name == "AsyncSojourn":
            from sojourn.aio import AsyncSojourn

            return AsyncSojourn
        if name == "Settings":
            from sojourn.config import Settings

            return Settings
        if name in ("current_async_session", "current_session"):
            from sojourn.integrations import current

            return getattr(current, name)
        from sojourn import errors

        return getattr(errors, name)

    def __dir__() -> list[str]:
        return sorted(globals() | dict.fromkeys(__all__))


__all__ = [
    "AsyncSojourn",
    "BackendError",
    "ConfigError",
    "Conflict",
    "Corrupt",
    "Invalid",
    "KeyReused",
    "LeaseHeld",
    "LimitExceeded",
    "MessageChanged",
    "MissingExtra",
    "NotFound",
    "Overfull",
    "PreconditionFailed",
    "ReaderFailed",
    "SchemaMismatch",
    "SessionClosed",
    "SessionDeleted",
    "SessionGone",
    "SessionNotStarted",
    "Settings",
    "SignedOut",
    "Sojourn",
    "SojournError",
    "StateConflict",
    "StorageFull",
    "Unavailable",
    "Unsupported",
    "UnsupportedType",
    "current_async_session",
    "current_session",
]
