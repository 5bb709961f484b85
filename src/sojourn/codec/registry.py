"""The classes whose instances are kept, by a tag that the code gives them."""

import re
from collections.abc import Callable
from enum import Enum, Flag
from inspect import signature
from typing import Any, TypeVar, overload

from msgspec import Struct

from sojourn.codec.refusal import Refused
from sojourn.errors import Invalid

C = TypeVar("C", bound=type[Any])

_TAG = re.compile(r"[a-z0-9_.-]{1,64}")


class Shape(Struct, frozen=True):
    """How instances of one class become a state and come back from it."""

    tag: str
    cls: type[Any]
    take: Callable[[Any], Any]
    """Instance → what is kept of it: fields by name, or the name of an Enum member."""
    make: Callable[[Any], Any]
    """The way back; raises what the class raises when the state does not fit it."""


class Registry:
    """Which classes may be kept: Enum, dataclass, pydantic model, msgspec Struct.

    Only a registered class itself counts, not its subclasses. The tag is what is
    stored, so a class may be renamed or moved and its values still come back.
    Coming back runs the class's own constructor or validation, with every field
    given by name; a field that the stored value lacks takes its default.
    """

    def __init__(self) -> None:
        self._by_tag: dict[str, Shape] = {}
        self._by_class: dict[type, Shape] = {}

    @overload
    def register(self, tag: str, cls: C) -> C: ...
    @overload
    def register(self, tag: str) -> Callable[[C], C]: ...
    def register(self, tag: str, cls: Any = None) -> Any:
        """Gives a class its tag and answers the class; without one, a decorator.

        Raises `Invalid` when the tag is malformed (`[a-z0-9_.-]`, 1 to 64 of them), when tag
        or class is taken, and when the class is of another sort or could not come back whole.
        """
        if cls is None:
            return lambda decorated: self.register(tag, decorated)
        if type(tag) is not str or _TAG.fullmatch(tag) is None:
            raise Invalid(f"{tag!r} is no tag: use 1 to 64 of a-z, 0-9, `_`, `.` and `-`.", field="tag")
        if tag in self._by_tag:
            raise Invalid(f"The tag {tag!r} is taken by {self._by_tag[tag].cls.__qualname__}.", field="tag")
        if not isinstance(cls, type):
            raise Invalid(f"{cls!r} is not a class.", field="cls")
        if cls in self._by_class:
            raise Invalid(f"{cls.__qualname__} already has the tag {self._by_class[cls].tag!r}.", field="cls")
        take, make = _way(cls)
        self._by_tag[tag] = self._by_class[cls] = Shape(tag, cls, take, make)
        return cls

    def by_class(self, cls: type) -> Shape | None:
        return self._by_class.get(cls)

    def by_tag(self, tag: str) -> Shape | None:
        return self._by_tag.get(tag)


Way = tuple[Callable[[Any], Any], Callable[[Any], Any]]


def _way(cls: type[Any]) -> Way:
    if issubclass(cls, Flag):
        return (lambda flag: flag.value), (lambda state: _flag(cls, state))
    if issubclass(cls, Enum):
        return _member_name, (lambda state: cls.__members__[state])
    if issubclass(cls, Struct):
        return _fields_of(cls.__struct_fields__), (lambda state: cls(**state))
    if hasattr(cls, "__dataclass_fields__"):
        return _dataclass_way(cls)
    if all(hasattr(cls, name) for name in ("model_fields", "model_dump", "model_validate")):
        return _model_way(cls)
    raise Invalid(
        f"{cls.__qualname__} is no Enum, dataclass, pydantic model or msgspec Struct, so it gets no tag.",
        field="cls",
    )


def _flag(cls: type[Flag], state: Any) -> Flag:
    if type(state) is not int:
        raise TypeError("a flag is kept as a number")
    return cls(state)


def _member_name(member: Enum) -> str:
    if type(member).__members__.get(member.name) is not member:
        raise Refused("is not among the named members of its class.")
    return member.name


def _fields_of(names: tuple[str, ...]) -> Callable[[Any], dict[str, Any]]:
    return lambda value: {name: getattr(value, name) for name in names}


def _dataclass_way(cls: type[Any]) -> Way:
    from dataclasses import fields

    names = tuple(field.name for field in fields(cls))
    given = {field.name for field in fields(cls) if field.init}
    if set(signature(cls).parameters) != given:
        raise Invalid(
            f"{cls.__qualname__} gets no tag: its constructor takes something other than its fields.",
            field="cls",
        )

    def make(state: dict[str, Any]) -> Any:
        value = cls(**{name: item for name, item in state.items() if name in given or name not in names})
        for name in state.keys() - given:
            object.__setattr__(value, name, state[name])
        return value

    return _fields_of(names), make


def _model_way(cls: type[Any]) -> Way:
    names = tuple(cls.model_fields)
    if getattr(cls, "__private_attributes__", None):
        raise Invalid(f"{cls.__qualname__} gets no tag: its private attributes would be lost.", field="cls")
    names_only: dict[str, bool] = {}
    if any(field.validation_alias is not None for field in cls.model_fields.values()):
        names_only = {"by_alias": False, "by_name": True}
        if "by_name" not in signature(cls.model_validate).parameters:
            raise Invalid(f"{cls.__qualname__} gets no tag: its aliases need pydantic 2.11.", field="cls")

    def take(value: Any) -> dict[str, Any]:
        return {name: getattr(value, name) for name in names} | (value.model_extra or {})

    def make(state: dict[str, Any]) -> Any:
        whole = state["root"] if getattr(cls, "__pydantic_root_model__", False) else state
        return cls.model_validate(whole, **names_only)

    return take, make
