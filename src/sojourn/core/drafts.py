"""A draft: several state keys changed in memory, then saved at once if nobody was faster."""

from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any

from sojourn import codec
from sojourn.config import Settings
from sojourn.core.changes import Change, Remove, Set, encoded, key
from sojourn.ports import Entry


class Draft(MutableMapping[str, Any]):
    """State as it was read, to be changed like a dict.

    What was changed is found by comparing, so `draft["cart"].append(item)` counts too.
    """

    def __init__(self, settings: Settings, entries: Sequence[Entry]) -> None:
        self._settings = settings
        self._entries = {entry.key: entry for entry in entries}
        self._values: dict[str, Any] = {}
        self._removed: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            if name in self._removed:
                raise KeyError(name)
            self._values[name] = codec.decode(self._entries[name].body)
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._values[key(self._settings, name)] = value
        self._removed.discard(name)

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        self._values.pop(name, None)
        if name in self._entries:
            self._removed.add(name)

    def __contains__(self, name: object) -> bool:
        return name in self._values or (name in self._entries and name not in self._removed)

    def __iter__(self) -> Iterator[str]:
        yield from (name for name in self._entries if name not in self._removed)
        yield from (name for name in self._values if name not in self._entries)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def changes(self) -> tuple[list[Change], dict[str, int]]:
        """What differs from what was read, and the versions it rests on.

        Raises `Invalid` naming the place of a value that cannot be kept.
        """
        changes: list[Change] = [Remove(name) for name in sorted(self._removed)]
        for name, value in self._values.items():
            body = encoded(self._settings, value)
            if name not in self._entries or self._entries[name].body != body:
                changes.append(Set(name, body))
        versions = {
            change.key: self._entries[change.key].version if change.key in self._entries else 0
            for change in changes
        }
        return changes, versions
