"""Values of every kind that the codec keeps, the classes they are of, and what makes two of them equal."""

import math
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum, IntEnum, IntFlag, StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pydantic
from hypothesis import strategies as st

from sojourn.codec import Registry, decode, encode, wire

registry = Registry()


@registry.register("color")
class Color(Enum):
    RED = "r"
    BLUE = ("b", 2)
    AZURE = BLUE


@registry.register("level")
class Level(IntEnum):
    LOW = 1
    HIGH = 2


@registry.register("mood")
class Mood(StrEnum):
    CALM = "calm"


@registry.register("may")
class May(IntFlag):
    READ = 1
    WRITE = 2


@registry.register("tide")
@dataclass(frozen=True)
class Tide:
    at: Any
    height: Any = 0.0


@registry.register("log")
@dataclass(slots=True)
class Log:
    lines: list[Any] = field(default_factory=list)
    count: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.count = len(self.lines)


@registry.register("moon")
class Moon(msgspec.Struct, rename="camel", kw_only=True):
    phase_name: Any
    light: Any = None


@registry.register("harbour")
class Harbour(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow", arbitrary_types_allowed=True)

    name: Any = pydantic.Field(alias="portName")
    depth: Any = None


@registry.register("names")
class Names(pydantic.RootModel[list[str]]):
    pass


def exact(value: Any) -> Any:
    """Something that is equal for two values only when they agree in every type, sign, order and zone."""
    kind = type(value)
    if kind is float:
        return kind, value, math.copysign(1, value)
    if kind in (list, tuple):
        return kind, [exact(item) for item in value]
    if kind in (set, frozenset):
        return kind, sorted(repr(exact(item)) for item in value)
    if kind is dict:
        return kind, [(exact(key), exact(item)) for key, item in value.items()]
    if kind is Decimal:
        return kind, value.as_tuple()
    if kind in (datetime, time):
        zone = value.tzinfo
        name = zone.tzname(None) if type(zone) is timezone else str(zone)
        return kind, value.replace(tzinfo=None).isoformat(), value.fold, type(zone), name
    if isinstance(value, Enum):
        return kind, value.value
    if kind in (Tide, Log):
        return kind, [exact(getattr(value, name)) for name in kind.__dataclass_fields__]
    if kind is Moon:
        return kind, [exact(value.phase_name), exact(value.light)]
    if kind is Harbour:
        return kind, [exact(value.name), exact(value.depth), exact(value.model_extra)]
    return kind, value


def comes_back(value: Any) -> None:
    back = decode(encode(value, max_depth=wire.DEEPEST, registry=registry), registry=registry)
    assert exact(back) == exact(value)
    assert back == value


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
floats = st.floats(allow_nan=False, allow_infinity=False)
integers = st.integers() | st.integers(-(2**70), 2**70) | st.sampled_from([2**63, 2**64 - 1, 2**64, -(2**63)])
json_values = st.recursive(
    st.none() | st.booleans() | integers | floats | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)

fixed_zones = st.builds(
    timezone,
    st.timedeltas(timedelta(hours=-23, minutes=-59), timedelta(hours=23, minutes=59)),
) | st.builds(timezone, st.integers(-86399, 86399).map(lambda s: timedelta(seconds=s)), texts)
zones: st.SearchStrategy[tzinfo | None] = (
    st.none()
    | st.just(UTC)
    | fixed_zones
    | st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Etc/GMT+5", "UTC"]).map(ZoneInfo)
)
folds = st.sampled_from([0, 1])
moments = st.builds(lambda at, zone, fold: at.replace(tzinfo=zone, fold=fold), st.datetimes(), zones, folds)
times = st.builds(lambda at, zone, fold: at.replace(tzinfo=zone, fold=fold), st.times(), zones, folds)
members = st.sampled_from(
    [Color.RED, Color.AZURE, Level.HIGH, Mood.CALM, May.READ, May.READ | May.WRITE, May(0)]
)

hashable_scalars = (
    st.none()
    | st.booleans()
    | integers
    | floats
    | texts
    | st.binary(max_size=20)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.uuids()
    | st.dates()
    | times
    | moments
    | st.timedeltas()
    | members
)
hashables = st.recursive(
    hashable_scalars,
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple)
        | st.frozensets(inner, max_size=4)
        | st.builds(Tide, inner, inner)
    ),
    max_leaves=6,
)
values = st.recursive(
    hashables,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(texts, inner, max_size=5)
        | st.dictionaries(hashables, inner, max_size=4)
        | st.sets(hashables, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.builds(Tide, inner)
        | st.builds(Log, st.lists(inner, max_size=3))
        | st.builds(Moon, phase_name=inner, light=inner)
        | st.builds(lambda name, more: Harbour(portName=name, depth=1, more=more), inner, inner)
    ),
    max_leaves=15,
)


class Plainest:
    pass


class Unregistered(Enum):
    ONE = 1


@dataclass
class Loose:
    at: int = 0


class LooseModel(pydantic.BaseModel):
    at: int = 0


class LooseStruct(msgspec.Struct):
    at: int = 0


class Text(str):
    __slots__ = ()


class Number(int):
    pass


class Late(datetime):
    pass


class Elsewhere(tzinfo):
    pass


Pair = namedtuple("Pair", "a b")


def nested(levels: int, innermost: Any, wrap: Callable[[Any], Any]) -> Any:
    for _ in range(levels):
        innermost = wrap(innermost)
    return innermost


WRAPS: list[Callable[[Any], Any]] = [
    lambda inner: [inner],
    lambda inner: {"a": inner},
    lambda inner: (inner,),
    lambda inner: {1: inner},
    lambda inner: frozenset((inner,)),
    Tide,
    lambda inner: Log([inner]),
    lambda inner: Moon(phase_name=inner),
    lambda inner: Harbour(portName=inner),
]
