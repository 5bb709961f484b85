"""Why a value is not kept, where it stands, and what to do instead."""

from enum import Enum
from typing import Any

from sojourn.errors import Invalid

ARRAYS = frozenset(("numpy", "pandas", "polars", "pyarrow"))
REGISTRABLE = ("__dataclass_fields__", "__struct_fields__", "model_validate")
PLAIN_BASES: dict[type, str] = {
    dict: "dict", list: "list", tuple: "tuple", set: "set", frozenset: "frozenset",
    str: "str", bytes: "bytes", int: "int", float: "float",
}  # fmt: skip
LONGEST = 200


class Unnamed(Enum):
    """Steps of a path that have neither a name nor a number."""

    KEY = ".keys()"
    ELEMENT = "{…}"


class Refused(Exception):
    """A value is not kept; gathers the way to it while it passes the containers around it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.steps: list[str] = []

    def within(self, step: str) -> None:
        """Notes that it lies under this step of the container around it."""
        self.steps.append(step)

    def invalid(self, where: str = "") -> Invalid:
        """The error for the caller; it names the path, such as `a.b[3]`, below `where`."""
        path = where + "".join(reversed(self.steps))
        path = path.removeprefix(".")
        if len(path) > LONGEST:
            path = path[:LONGEST] + "…"
        subject = f"`{path}`" if path else "This value"
        return Invalid(f"{subject} {self.reason}", field=path)


def step(key: object) -> str:
    """One step of a path: `.name`, `['any text']` or `[3]`."""
    if type(key) is Unnamed:
        return key.value
    if type(key) is str:
        if key.isidentifier() and len(key) <= LONGEST:
            return f".{key}"
        return f"[{key[:LONGEST]!r}]"
    short = type(key) is bool or (type(key) is int and key.bit_length() <= 64)
    return f"[{key}]" if short else f"[{type(key).__name__}]"


def unknown(kind: type) -> Refused:
    """The refusal of a type that is not on the list, with its cure."""
    return Refused(f"is a {kind.__module__}.{kind.__qualname__}, which is not kept as it is: {_cure(kind)}")


def _cure(kind: type[Any]) -> str:
    homes = {str(base.__module__).partition(".")[0] for base in kind.__mro__}
    if homes & ARRAYS:
        return "keep this as an artifact, or store plain values of it (`.tolist()`, `.item()`)."
    if issubclass(kind, Enum) or any(hasattr(kind, name) for name in REGISTRABLE):
        return f"register its class by a tag: registry.register({kind.__name__.lower()!r}, {kind.__name__})."
    for base, name in PLAIN_BASES.items():
        if issubclass(kind, base):
            return f"it would come back as a plain {name}, so store {name}(…) of it."
    if issubclass(kind, bytearray | memoryview):
        return "store bytes(…) of it."
    return "store plain values, or a registered dataclass that holds them."
