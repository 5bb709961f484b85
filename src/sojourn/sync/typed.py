# Generated from src/sojourn/aio/typed.py by tools/generate_sync.py. Change that file, then run it.
"""A typed view of state: a class whose fields are keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sojourn import codec
from sojourn.core.shapes import Shape
from sojourn.errors import StateConflict
from sojourn.ports import Entry, SessionRef
from sojourn.sync.engine import Engine
from sojourn.sync.state import State

if TYPE_CHECKING:
    from sojourn.sync.user import Principal

T = TypeVar("T")

_TRIES = 20


class Typed(State, Generic[T]):
    """State seen as an instance of a dataclass, TypedDict, Struct or pydantic model.

    Fields that were never set take the class's defaults. Keys the class does not know stay as they are,
    and everything that can be done with state can be done with it here; `set` and `edit` know the class.
    """

    def __init__(self, engine: Engine, whose: SessionRef | Principal, shape: Shape[T]) -> None:
        super().__init__(engine, whose)
        self._shape = shape

    def load(self) -> T:
        """The state as an instance; one kept in an earlier version is migrated, and kept so.

        Raises `Invalid` naming a field without default that was never set, or that does not fit.
        """
        return self._shape.build(self._kept()[0])

    def set(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> None:
        """Sets fields, all in one transaction, if each fits its type; else `Invalid`, and nothing is set."""
        kept, _ = self._kept()
        self.change(set=self._shape.checked(kept, {**(values or {}), **named}) | self._mark())

    def save(self, value: T) -> None:
        """Writes every field of an instance whose value differs from what is kept.

        Raises `StateConflict` when such a field was changed by another meanwhile.
        """
        kept, versions = self._kept()
        self._write(kept, versions, value)

    @contextmanager
    def edit(self) -> Iterator[T]:  # type: ignore[override]
        """An instance to be changed in place: `with view.edit() as notes: notes.topic = "tides"`.

        What differs at the end of the block is saved in one transaction. An error inside saves nothing.
        Raises `StateConflict` when a changed field was changed by another since.
        """
        kept, versions = self._kept()
        value = self._shape.build(kept)
        yield value
        self._write(self._shape.plain(self._shape.build(kept)), versions, value)

    def _write(self, before: dict[str, Any], versions: dict[str, int], value: T) -> None:
        after = self._shape.plain(value)
        self._shape.known(after)
        changed = {name: after[name] for name in after if name not in before or after[name] != before[name]}
        self._shape.build(after)
        if changed:
            seen = {name: versions.get(name, 0) for name in changed}
            self.change(set=changed | self._mark(), if_versions=seen)

    def _mark(self) -> dict[str, int]:
        """What says in which version the fields are kept; the first one goes without saying."""
        return {} if self._shape.version == 1 else {self._shape.version_key: self._shape.version}

    def _kept(self) -> tuple[dict[str, Any], dict[str, int]]:
        """The kept fields as plain data, and the versions of their keys."""
        for _ in range(_TRIES):
            entries = {entry.key: entry for entry in self.entries()}
            kept = self._fields(entries)
            if not kept or self._version(entries) == self._shape.version:
                return kept, {name: entries[name].version for name in kept}
            try:
                self._migrate(kept, entries)
            except StateConflict:
                continue
        raise StateConflict("The state is changed faster than it can be migrated.")

    def _migrate(self, kept: dict[str, Any], entries: dict[str, Entry]) -> None:
        """Keeps the fields in today's version, and says so."""
        shape = self._shape
        assert shape.migrate is not None, "a later version has a way from the earlier ones"
        migrated = shape.migrate(dict(kept), self._version(entries))
        fields = shape.plain(shape.build(migrated))
        gone = [name for name in kept if name not in migrated]
        names = [*fields, *gone, shape.version_key]
        self.change(
            set={**fields, shape.version_key: shape.version},
            remove=gone,
            if_versions={name: entries[name].version if name in entries else 0 for name in names},
        )

    def _fields(self, entries: dict[str, Entry]) -> dict[str, Any]:
        """Before a migration every key may matter; after it only those of the class do."""
        old = self._version(entries) != self._shape.version
        names = [name for name in entries if (old and not name.startswith("~")) or name in self._shape.fields]
        return {name: codec.decode(entries[name].body) for name in names}

    def _version(self, entries: dict[str, Entry]) -> int:
        kept = entries.get(self._shape.version_key)
        return 1 if kept is None else int(codec.decode(kept.body))
