"""State by item: what the blocking facade has and the awaited one cannot."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

from sojourn import codec
from sojourn.ports import Entry


class Items(ABC):
    """State by item, for whoever need not await: `state["topic"] = "tides"`.

    Each access reads or writes the store. What is changed inside a value that was read is not kept.
    """

    @abstractmethod
    def entry(self, key: str) -> Entry | None: ...
    @abstractmethod
    def entries(self) -> list[Entry]: ...
    @abstractmethod
    def set(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> None: ...
    @abstractmethod
    def delete(self, *keys: str) -> None: ...

    def __getitem__(self, key: str) -> Any:
        entry = self.entry(key)
        if entry is None:
            raise KeyError(key)
        return codec.decode(entry.body)

    def __setitem__(self, key: str, value: Any) -> None:
        self.set({key: value})

    def __delitem__(self, key: str) -> None:
        if self.entry(key) is None:
            raise KeyError(key)
        self.delete(key)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.entry(key) is not None

    def __iter__(self) -> Iterator[str]:
        """The keys as they are now, in order."""
        return iter([entry.key for entry in self.entries()])


class AsyncItems:
    """Nothing: an item cannot be awaited."""
