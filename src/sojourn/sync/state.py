# Generated from src/sojourn/aio/state.py by tools/generate_sync.py. Change that file, then run it.
"""State: named values of a session, or of a user."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from sojourn import codec
from sojourn.core import changes, checks, shapes, state
from sojourn.core.drafts import Draft
from sojourn.core.shapes import Migrate
from sojourn.errors import Invalid, StateConflict
from sojourn.items import Items
from sojourn.ports import Entry, Scope, SessionRef
from sojourn.sync.engine import Engine

if TYPE_CHECKING:
    from sojourn.sync.typed import Typed
    from sojourn.sync.user import Principal

T = TypeVar("T")

_TRIES = 100
"""How often `update` reads again when others are faster."""


class State(Items):
    """One row per key: changes of different keys cannot collide, `incr` loses no count."""

    def __init__(self, engine: Engine, whose: SessionRef | Principal) -> None:
        self._engine = engine
        self._whose = whose

    def _find(self) -> Scope | None:
        if isinstance(self._whose, SessionRef):
            return self._whose
        owner = self._whose.find(self._engine)
        return owner.no if owner else None

    def _make(self) -> Scope:
        if isinstance(self._whose, SessionRef):
            return self._whose
        return self._whose.make(self._engine).no

    def get(self, key: str, default: Any = None) -> Any:
        """The value, equal to what was set and of its type; `default` when the key is not set."""
        entry = self.entry(key)
        return default if entry is None else codec.decode(entry.body)

    def entry(self, key: str) -> Entry | None:
        """The encoded value with its version, None when the key is not set."""
        name = changes.key(self._engine.settings, key)
        scope = self._find()
        return None if scope is None else self._engine.drive.read(state.entry, scope, name)

    def all(self) -> dict[str, Any]:
        """Every key and its value, by key."""
        return {entry.key: codec.decode(entry.body) for entry in self.entries()}

    def entries(self) -> list[Entry]:
        """Every key with its version, by key."""
        scope = self._find()
        return [] if scope is None else self._engine.drive.read(state.entries, scope)

    def set(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> None:
        """Sets keys, all in one transaction; the others stay.

        Raises `Invalid` naming the place of what cannot be kept, `LimitExceeded` when it is too much.
        """
        self.change(set={**(values or {}), **named})

    def incr(self, key: str, by: int | float = 1) -> int | float:
        """Adds to a number (0 when not set) and answers the sum; concurrent calls all count.

        Raises `Invalid` when the key holds something else.
        """
        written = self.change(increment={key: by})
        total = codec.decode(written[key].body)
        assert isinstance(total, int | float)
        return total

    def append(self, key: str, item: Any) -> None:
        """Adds an item to a list (empty when not set); concurrent calls all count."""
        self.change(append={key: item})

    def merge(self, key: str, entries: Mapping[str, Any]) -> None:
        """Adds entries to a dict (empty when not set), and replaces those of the same name."""
        self.change(merge={key: entries})

    def delete(self, *keys: str) -> None:
        """Unsets keys, all in one transaction. A key that is not set is not an error."""
        self.change(remove=keys)

    def compare_and_set(self, key: str, value: Any, *, version: int) -> int:
        """Sets the key if it still has the version (0: not set); answers the new one.

        Raises `StateConflict` when somebody else was first.
        """
        written = self.change(set={key: value}, if_versions={key: version})
        return written[key].version

    def update(self, key: str, fn: Callable[[Any], T], *, default: Any = None) -> T:
        """Sets the key to `fn(value)`, and answers that; when another was faster, reads and calls again.

        `fn` runs outside any transaction, may run several times, and may change its argument in place
        and return it. Raises `StateConflict` when others were faster each of many times.
        """
        for _ in range(_TRIES):
            entry = self.entry(key)
            value = fn(default if entry is None else codec.decode(entry.body))
            try:
                self.compare_and_set(key, value, version=entry.version if entry else 0)
            except StateConflict:
                continue
            return value
        raise StateConflict(f"The key {key!r} is changed faster than it can be read.", field=key)

    def typed(self, kind: type[T], *, version: int = 1, migrate: Migrate | None = None) -> Typed[T]:
        """The state as a dataclass, TypedDict, msgspec Struct or pydantic model whose fields are keys.

        When the class changes, raise its `version`: `migrate(fields, version)` gets what was kept in an
        earlier one, and answers it for today's. Raises `ConfigError` when the class has no fields.
        """
        from sojourn.sync.typed import Typed

        return Typed(self._engine, self._whose, shapes.shape(kind, version, migrate))

    @contextmanager
    def edit(self) -> Iterator[Draft]:
        """Several keys at once, like a dict: `with state.edit() as draft: draft["cart"].append(1)`.

        Saved at the end of the block in one transaction, and only what differs from what was read.
        An error inside the block saves nothing. Raises `StateConflict` when a changed key was changed
        by another since, and nothing is saved.
        """
        draft = Draft(self._engine.settings, self.entries())
        yield draft
        steps, versions = draft.changes()
        if steps:
            self._change(steps, versions)

    def change(
        self,
        *,
        set: Mapping[str, Any] | None = None,
        remove: Sequence[str] = (),
        increment: Mapping[str, int | float] | None = None,
        append: Mapping[str, Any] | None = None,
        merge: Mapping[str, Mapping[str, Any]] | None = None,
        if_versions: Mapping[str, int] | None = None,
    ) -> dict[str, Entry]:
        """Many changes in one transaction, in the order of the arguments; answers what stands, by key."""
        limits = self._engine.settings
        steps: list[changes.Change] = [
            changes.Set(changes.key(limits, key), changes.encoded(limits, value))
            for key, value in (set or {}).items()
        ]
        for key, by in (increment or {}).items():
            if isinstance(by, bool) or not isinstance(by, int | float):
                raise Invalid(f"{key!r} can only be incremented by a number.", field=f"increment.{key}")
            steps.append(changes.Increment(changes.key(limits, key), by))
        for key, item in (append or {}).items():
            steps.append(changes.Append(changes.key(limits, key), changes.encoded(limits, item)))
        for key, entries in (merge or {}).items():
            steps.append(changes.Merge(changes.key(limits, key), changes.encoded(limits, dict(entries))))
        steps += [changes.Remove(changes.key(limits, key)) for key in remove]
        for key, version in (if_versions or {}).items():
            checks.whole(version, f"if_versions.{key}", 0, 2**62)
        return self._change(steps, if_versions or {})

    def _change(self, steps: Sequence[changes.Change], if_versions: Mapping[str, int]) -> dict[str, Entry]:
        scope = self._make()
        engine = self._engine
        return engine.drive.write(
            state.change, scope, engine.clock.now(), engine.settings, steps, if_versions
        )
