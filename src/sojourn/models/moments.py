"""Times: whole milliseconds since 1970 UTC."""

from datetime import UTC, datetime


def moment(ms: int) -> datetime:
    """The aware UTC datetime of whole milliseconds since 1970."""
    return datetime.fromtimestamp(ms / 1000, UTC)
