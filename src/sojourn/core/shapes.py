"""Shapes: a class whose fields are state keys, and how its values become plain data and back.

A dataclass, a TypedDict, a msgspec Struct or a pydantic model. Each field is a key of its own, so
two requests that change different fields cannot collide.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar, get_type_hints
from uuid import UUID

import msgspec

from sojourn.errors import ConfigError, Invalid

T = TypeVar("T")

Migrate = Callable[[dict[str, Any], int], dict[str, Any]]
"""Gets the fields as they are kept and their version; answers them for the version of today."""

_PLAIN = (bytes, datetime, date, time, timedelta, Decimal, UUID)


class Shape(Generic[T]):
    """What a class says about state: its fields, its version, and the way from earlier versions."""

    def __init__(self, kind: type[T], version: int, migrate: Migrate | None) -> None:
        self.kind = kind
        self.version = version
        self.migrate = migrate
        self._model = hasattr(kind, "model_validate") and hasattr(kind, "model_fields")
        self.fields = tuple(kind.model_fields) if self._model else tuple(_hints(kind))  # type: ignore[attr-defined]
        self.version_key = f"~{kind.__name__}"
        """The state key that holds the version, written once there is more than the first."""

    def build(self, kept: Mapping[str, Any]) -> T:
        """An instance from plain data. Raises `Invalid` naming the field that is missing or does not fit."""
        if self._model:
            try:
                made: T = self.kind.model_validate(dict(kept))  # type: ignore[attr-defined]
            except ValueError as problem:
                raise Invalid(_told(problem), field=_field(problem)) from None
            return made
        try:
            return msgspec.convert(dict(kept), self.kind)
        except msgspec.ValidationError as problem:
            raise Invalid(f"The state is not a {self.kind.__name__}: {problem}") from None

    def plain(self, value: T) -> dict[str, Any]:
        """The fields of an instance as data that can be kept."""
        if self._model:
            data: dict[str, Any] = value.model_dump(mode="python")  # type: ignore[attr-defined]
            return data
        plain = msgspec.to_builtins(value, builtin_types=_PLAIN, str_keys=False)
        if not isinstance(plain, dict):
            raise Invalid(f"{type(value).__name__} has no fields.")
        return plain

    def checked(self, kept: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields given, as plain data, if they fit beside what is kept. Unknown names raise `Invalid`."""
        self.known(fields)
        whole = self.plain(
            self.build({**kept, **{name: self._data(value) for name, value in fields.items()}})
        )
        return {name: whole[name] for name in fields}

    def known(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self.fields:
                raise Invalid(f"{self.kind.__name__} has no field {name!r}.", field=name)

    def _data(self, value: Any) -> Any:
        return value if self._model else msgspec.to_builtins(value, builtin_types=_PLAIN, str_keys=False)


def shape(kind: type[T], version: int, migrate: Migrate | None) -> Shape[T]:
    """The shape of a class. Raises `ConfigError` when its fields cannot be told."""
    if version < 1:
        raise ConfigError("The version of a state type counts from 1.")
    if version > 1 and migrate is None:
        raise ConfigError("A later version of a state type needs a way from the earlier ones: `migrate`.")
    return Shape(kind, version, migrate)


def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    if not hints:
        raise ConfigError(f"{kind.__name__} is not a dataclass, TypedDict, Struct or pydantic model.")
    return hints


def _told(problem: ValueError) -> str:
    """A pydantic error in one sentence, without the value."""
    errors: list[dict[str, Any]] = problem.errors() if hasattr(problem, "errors") else []
    return (
        "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in errors) or "The state does not fit."
    )


def _field(problem: ValueError) -> str:
    errors: list[dict[str, Any]] = problem.errors() if hasattr(problem, "errors") else []
    return str(errors[0]["loc"][0]) if errors and errors[0]["loc"] else ""
