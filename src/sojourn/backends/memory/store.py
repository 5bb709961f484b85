"""The store as a whole, counted."""

from sojourn.backends.memory.rows import Rows


class MemoryStore:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def counts(self) -> dict[str, int]:
        sessions = [row.session for row in self._rows.sessions]
        return {
            "users": len(self._rows.owners),
            "sessions": len(sessions),
            "messages": sum(session.last_seq for session in sessions),
            "files": sum(session.file_count for session in sessions),
            "bytes": sum(session.file_bytes for session in sessions),
            "tombstones": len(self._rows.tombs),
        }
