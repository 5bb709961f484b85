"""Records in dictionaries: what the tests measure other backends by, and `memory://` for one process."""

from sojourn.backends.memory.records import MemoryRecords

__all__ = ["MemoryRecords"]
