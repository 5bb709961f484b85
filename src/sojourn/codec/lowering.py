"""Values → bytes."""

from collections.abc import Iterable, Iterator
from itertools import repeat
from math import isfinite
from typing import Any

from msgspec.msgpack import Ext

from sojourn.codec import wire
from sojourn.codec.plain import QUICK_SIZE, plain
from sojourn.codec.refusal import Refused, Unnamed, step, unknown
from sojourn.codec.registry import Registry
from sojourn.codec.scalar import lower_scalar
from sojourn.errors import ConfigError, LimitExceeded


def encode(
    value: Any, *, max_bytes: int | None = None, max_depth: int = 64, registry: Registry | None = None
) -> bytes:
    """The bytes from which `decode` makes an equal value of the same type.

    `max_bytes` bounds the answer, and the work done to find that it is too long;
    without it only memory does. `max_depth` counts containers within one another.

    Raises `Invalid` naming the path (`a.b[3]`, also in its fact `field`) and the cure when something
    cannot come back as it is, `LimitExceeded` when it is too large. Nothing is changed on the way.
    """
    size = QUICK_SIZE if max_bytes is None else min(max_bytes + 1, QUICK_SIZE)
    data = encode_plain(value, max_depth, size)
    if data is None:
        try:
            data = wire.ENCODER.encode(Lowering(registry, max_depth, max_bytes).lower(value, 0))
        except Refused as refused:
            raise refused.invalid() from None
    if max_bytes is not None and len(data) > max_bytes:
        raise _too_large(max_bytes)
    return data


def encode_plain(value: Any, max_depth: int, size: int) -> bytes | None:
    """The bytes of a value that needs no lowering; None when a closer look is needed."""
    if max_depth > wire.DEEPEST:
        raise ConfigError(f"max_depth is at most {wire.DEEPEST}, not {max_depth}.")
    if not plain(value, max_depth, size):
        return None
    try:
        return wire.ENCODER.encode(value)
    except (OverflowError, UnicodeEncodeError):
        return None


class Lowering:
    """One value on its way to what MessagePack has. Raises `Refused`."""

    def __init__(self, registry: Registry | None, max_depth: int, max_bytes: int | None) -> None:
        self._registry = registry
        self._max_depth = max_depth
        self._max_bytes = max_bytes
        self._left = 0 if max_bytes is None else max_bytes

    def lower(self, value: Any, depth: int) -> Any:
        """`value` as the encoder can write it; `depth` containers lie around it."""
        kind = type(value)
        if kind is str:
            return self._text(value)
        if value is None or kind is bool or (kind is int and -(1 << 63) <= value < 1 << 64):
            self._spend(1)
            return value
        if kind is float:
            if not isfinite(value):
                raise Refused(f"is {value}; only finite numbers are kept.")
            self._spend(9)
            return value
        if kind is bytes:
            self._spend(len(value))
            return value
        if kind is dict:
            return self._dict(value, depth)
        if kind is list:
            return list(self._items(enumerate(value), depth))
        if kind is tuple:
            return [wire.mark(wire.TUPLE), *self._items(enumerate(value), depth)]
        if kind is set or kind is frozenset:
            _check_crowd(value)
            elements = zip(repeat(Unnamed.ELEMENT), value, strict=False)
            return [wire.mark(wire.SET if kind is set else wire.FROZENSET), *self._items(elements, depth)]
        scalar = lower_scalar(value)
        if scalar is not None:
            self._spend(len(bytes(scalar.data)) if isinstance(scalar, Ext) else 6)
            return scalar
        return self._object(value, depth)

    def _text(self, value: str) -> str:
        self._spend(len(value))
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as problem:
            raise Refused(
                f"holds a lone surrogate, half a character, at position {problem.start}: it is not text."
            ) from None
        return value

    def _dict(self, value: dict[Any, Any], depth: int) -> dict[str, Any] | list[Any]:
        self._enter(depth)
        keys = list(self._each(zip(repeat(Unnamed.KEY), value, strict=False), depth))
        items = list(self._each(value.items(), depth))
        if all(type(key) is str for key in value):
            return dict(zip(keys, items, strict=True))
        _check_crowd(value)
        by_turns = [part for pair in zip(keys, items, strict=True) for part in pair]
        return [wire.mark(wire.DICT), *by_turns]

    def _items(self, items: Iterable[tuple[object, Any]], depth: int) -> Iterator[Any]:
        self._enter(depth)
        return self._each(items, depth)

    def _each(self, items: Iterable[tuple[object, Any]], depth: int) -> Iterator[Any]:
        """The parts of a container, lowered; each comes with its step of the path."""
        for key, item in items:
            try:
                lowered = self.lower(item, depth + 1)
            except Refused as refused:
                refused.within(step(key))
                raise
            yield lowered

    def _object(self, value: Any, depth: int) -> list[Any]:
        shape = None if self._registry is None else self._registry.by_class(type(value))
        if shape is None:
            raise unknown(type(value))
        try:
            state = shape.take(value)
        except AttributeError as problem:
            raise Refused(f"is not whole: {problem}.") from problem
        self._spend(len(shape.tag))
        return [Ext(wire.OBJECT, shape.tag.encode("ascii")), self.lower(state, depth)]

    def _enter(self, depth: int) -> None:
        self._spend(1)
        if depth >= self._max_depth:
            raise Refused(f"is nested deeper than {self._max_depth} levels, or holds itself.")

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._max_bytes is not None and self._left < 0:
            raise _too_large(self._max_bytes)


def _check_crowd(keys: Iterable[Any]) -> None:
    if wire.crowded(keys):
        raise Refused(f"has more than {wire.MOST_EQUAL_HASHES} keys with the same hash.")


def _too_large(limit: int) -> LimitExceeded:
    return LimitExceeded(f"This value is larger than the {limit} bytes that are allowed here.", limit=limit)
