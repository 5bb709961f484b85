"""Bytes → values. The bytes may be anybody's: whatever is not the work of `encode` is refused."""

from collections.abc import Callable, Sized
from math import isfinite
from typing import Any, Final, TypeVar

from msgspec import msgpack
from msgspec.msgpack import Ext

from sojourn.codec import wire
from sojourn.codec.plain import plain
from sojourn.codec.registry import Registry
from sojourn.codec.scalar import lift_scalar
from sojourn.errors import Invalid

_OPENING: Final = frozenset((*range(0x80, 0xA0), *range(0xDC, 0xE0)))
_NOT_OPENING: Final = bytes(byte for byte in range(256) if byte not in _OPENING)

S = TypeVar("S", bound=Sized)


def decode(data: bytes, *, registry: Registry | None = None) -> Any:
    """The value that `encode` was given. Raises `Invalid` for any other bytes, and for a tag not registered.

    Nothing is imported or called by name: a tag leads only to a class of `registry`.
    """
    marks = Marks()
    try:
        tree = msgpack.decode(data, ext_hook=marks)
        if not marks.seen and (_harmless(data) or plain(tree, wire.DEEPEST, len(data) + 1)):
            return tree
        return Lifting(registry).lift(tree, 0)
    except Invalid:
        raise
    except Exception as problem:
        raise Invalid(f"These bytes are not a value that was kept here: {problem}") from problem


def _harmless(data: bytes) -> bool:
    """True when, for want of the bytes that open floats and containers, none can be infinite or too deep."""
    return (
        0xCB not in data
        and 0xCA not in data
        and (len(data) <= wire.DEEPEST or len(data.translate(None, _NOT_OPENING)) <= wire.DEEPEST)
    )


class Marks:
    """Keeps extension values as they come, for `Lifting` to judge where they stand.

    Unhashable as they are, none can be a key before its hash is known to be harmless.
    """

    def __init__(self) -> None:
        self.seen = False

    def __call__(self, code: int, payload: memoryview) -> Ext:
        self.seen = True
        return Ext(code, bytes(payload))


class Lifting:
    """One value on its way back from what MessagePack has. Raises `Invalid`; changes the tree in place."""

    def __init__(self, registry: Registry | None) -> None:
        self._registry = registry

    def lift(self, node: Any, depth: int) -> Any:
        """The value of `node`; `depth` containers lie around it."""
        kind = type(node)
        if kind is list:
            _enter(depth)
            if node and type(node[0]) is Ext and node[0].code in wire.BOXES:
                return self._box(node[0].code, bytes(node[0].data), node[1:], depth)
            for at, item in enumerate(node):
                node[at] = self.lift(item, depth + 1)
        elif kind is dict:
            _enter(depth)
            for key, item in node.items():
                if type(key) is not str:
                    raise Invalid("These bytes hold a map whose keys are not all text.")
                node[key] = self.lift(item, depth + 1)
        elif kind is Ext:
            return lift_scalar(node.code, bytes(node.data))
        elif kind is float and not isfinite(node):
            raise Invalid("These bytes hold a number that is not finite.")
        return node

    def _box(self, code: int, payload: bytes, nodes: list[Any], depth: int) -> Any:
        if code == wire.OBJECT:
            return self._object(payload, nodes, depth)
        if payload:
            raise Invalid(f"These bytes hold a malformed mark of code {code}.")
        items = [self.lift(node, depth + 1) for node in nodes]
        if code == wire.TUPLE:
            return tuple(items)
        if code == wire.SET:
            return _distinct(items, set)
        if code == wire.FROZENSET:
            return _distinct(items, frozenset)
        keys = items[::2]
        _distinct(keys, frozenset)
        return dict(zip(keys, items[1::2], strict=True))

    def _object(self, payload: bytes, nodes: list[Any], depth: int) -> Any:
        tag = payload.decode("ascii")
        shape = None if self._registry is None else self._registry.by_tag(tag)
        if shape is None:
            raise Invalid(f"The tag {tag[:64]!r} is not registered here.", tag=tag)
        if len(nodes) != 1:
            raise Invalid(f"These bytes hold a malformed value of the tag {tag!r}.", tag=tag)
        state = self.lift(nodes[0], depth)
        try:
            value = shape.make(state)
        except Exception as problem:
            raise Invalid(f"What is kept under the tag {tag!r} does not fit its class.", tag=tag) from problem
        if type(value) is not shape.cls:
            raise Invalid(f"The class of the tag {tag!r} made something else.", tag=tag)
        return value


def _distinct(items: list[Any], make: Callable[[list[Any]], S]) -> S:
    """The set of the items; refuses equal ones, and those chosen so that their hashes are equal."""
    if wire.crowded(items):
        raise Invalid("These bytes hold too many keys with the same hash.")
    made = make(items)
    if len(made) != len(items):
        raise Invalid("These bytes hold the same key twice.")
    return made


def _enter(depth: int) -> None:
    if depth >= wire.DEEPEST:
        raise Invalid(f"These bytes hold more than {wire.DEEPEST} levels of nesting.")
