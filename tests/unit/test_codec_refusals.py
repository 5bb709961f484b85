"""What the codec refuses to keep: it says where it stands, why, and what to do instead."""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from tests.unit.codec_values import (
    WRAPS,
    Elsewhere,
    Harbour,
    Late,
    Loose,
    LooseModel,
    LooseStruct,
    Moon,
    Number,
    Pair,
    Plainest,
    Text,
    Tide,
    Unregistered,
    nested,
    registry,
    values,
)

from sojourn.codec import decode, encode, wire
from sojourn.errors import ConfigError, Invalid, LimitExceeded

NO_ZONE = b"TZif" + bytes(32) + b"\0\0\0\1\0\0\0\4" + bytes(6) + b"UTC\0"
"""A zone file of one offset."""


def stand_in(module: str, name: str, base: type = object) -> Any:
    """An instance of a class that says it is of that module."""
    return type(name, (base,), {"__module__": module})()


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [
        (float("nan"), "", "only finite numbers"),
        ({"a": {"b": [0, 1, 2, float("inf")]}}, "a.b[3]", "is inf; only finite"),
        ([1.0, float("-inf")] * 9, "[1]", "is -inf; only finite"),
        ([1e308] * 20 + [float("nan")], "[20]", "is nan"),
        ({"a": (0, {float("nan")})}, "a[1]{…}", "only finite"),
        ({"a": {float("nan"): 1}}, "a.keys()", "only finite"),
        ([Decimal("NaN")], "[0]", "is NaN; only finite"),
        ([Decimal("sNaN")], "[0]", "only finite"),
        ([Decimal("-Infinity")], "[0]", "only finite"),
        ({"a b": ["\ud800"]}, "['a b'][0]", "lone surrogate"),
        ({"ok": {"x\udfff": 1}}, "ok.keys()", "lone surrogate.*position 1"),
        ([datetime(2024, 1, 1, tzinfo=timezone(timedelta(0), "\ud800"))], "[0]", "name is not text"),
        ([datetime(2024, 1, 1, tzinfo=Elsewhere())], "[0]", "Elsewhere, which is not kept: use"),
        ({"a": Plainest()}, "a", "Plainest, which is not kept .* store plain values"),
        ({1: {"x": Plainest()}}, "[1].x", "Plainest"),
        ({(1, 2): Plainest()}, "[tuple]", "Plainest"),
        ({10**5000: Plainest()}, "[int]", "Plainest"),
        ([1j], "[0]", "builtins.complex"),
        ([bytearray(b"x")], "[0]", r"bytes\(…\)"),
        ([memoryview(b"x")], "[0]", r"bytes\(…\)"),
        ([Unregistered.ONE], "[0]", r"registry.register\('unregistered', Unregistered\)"),
        ([Loose()], "[0]", r"registry.register\('loose', Loose\)"),
        ([LooseModel()], "[0]", r"registry.register\('loosemodel', LooseModel\)"),
        ([LooseStruct()], "[0]", r"registry.register\('loosestruct', LooseStruct\)"),
        ([Tide(Loose())], "[0].at", "Loose"),
        ([Moon(phase_name=[Loose()])], "[0].phase_name[0]", "Loose"),
        ([Harbour(portName={1j})], "[0].name{…}", "complex"),
        ([OrderedDict(a=1)], "[0]", "plain dict"),
        ([defaultdict(int)], "[0]", "plain dict"),
        ([Counter("aa")], "[0]", "plain dict"),
        ([Pair(1, 2)], "[0]", "plain tuple"),
        ([Text("x")], "[0]", "plain str"),
        ({Text("x"): 1}, "keys()", "plain str"),
        ([Number(1)], "[0]", "plain int"),
        ([Late(2024, 1, 1)], "[0]", "Late"),
        ([range(3)], "[0]", "range"),
        ([print], "[0]", "builtin_function_or_method"),
        ([Tide], "[0]", "builtins.type"),
        ([...], "[0]", "ellipsis"),
        ({"x" * 500: float("nan")}, "['" + "x" * 198 + "…", "only finite"),
        (
            time(tzinfo=ZoneInfo.from_file(BytesIO(NO_ZONE), "Mars/Base")),
            "",
            "'Mars/Base', which this machine",
        ),
        (time(tzinfo=ZoneInfo.from_file(BytesIO(NO_ZONE))), "", "time zone None"),
    ],
)
def test_what_cannot_come_back_is_refused_by_its_path(value: Any, path: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason) as caught:
        encode(value, registry=registry)
    assert caught.value.facts["field"] == path
    assert str(caught.value).startswith(f"`{path}` " if path else "This value ")


@pytest.mark.parametrize(
    "value",
    [
        stand_in("numpy", "ndarray"),
        stand_in("numpy", "float64", float),
        stand_in("pandas.core.frame", "DataFrame"),
        stand_in("polars.dataframe.frame", "DataFrame"),
        stand_in("pyarrow.lib", "Table"),
        stand_in("geography", "Frame", type("DataFrame", (), {"__module__": "pandas.core.frame"})),
    ],
    ids=lambda value: f"{type(value).__module__}.{type(value).__name__}",
)
def test_an_array_or_frame_belongs_into_an_artifact(value: Any) -> None:
    with pytest.raises(Invalid, match=r"`sales` .* keep this as an artifact"):
        encode({"sales": value})


@pytest.mark.parametrize("wrap", WRAPS, ids=range(len(WRAPS)))
def test_depth_is_counted_in_containers_of_every_sort(wrap: Callable[[Any], Any]) -> None:
    step = 2 if wrap is WRAPS[6] else 1
    for limit in (2, 64, wire.DEEPEST):
        fits = nested(limit // step, 7, wrap)
        data = encode(fits, max_depth=limit, registry=registry)
        assert decode(data, registry=registry) == fits
        with pytest.raises(Invalid, match=f"deeper than {limit} levels"):
            encode(wrap(fits), max_depth=limit, registry=registry)


def test_the_depth_of_a_key_counts_like_any_other() -> None:
    key = {((1,),): 0}
    assert decode(encode(key, max_depth=3)) == key
    with pytest.raises(Invalid, match=r"`keys\(\)\[0\]` is nested deeper than 2"):
        encode(key, max_depth=2)


def test_the_default_depth_is_64_and_nobody_may_go_past_what_is_ever_read() -> None:
    encode(nested(64, 7, WRAPS[0]))
    with pytest.raises(Invalid, match="deeper than 64"):
        encode(nested(65, 7, WRAPS[0]))
    with pytest.raises(ConfigError):
        encode(1, max_depth=wire.DEEPEST + 1)


def test_a_value_that_holds_itself_is_refused() -> None:
    row: list[Any] = []
    row += [row, row]
    box: dict[str, Any] = {"a": {"b": [1, "x"]}}
    box["a"]["b"].append(box)
    wide: list[Any] = []
    wide += [wide] * 1000
    for value in (row, box, wide, {"w": (wide,)}):
        for max_bytes in (None, 10_000):
            with pytest.raises(Invalid, match="or holds itself"):
                encode(value, max_bytes=max_bytes)


@given(values)
@example([*[0.5] * 50, 2**64])
@example([datetime(2024, 1, 1, tzinfo=UTC)] * 50)
@example([{"a": "b"}, {}, [], "", b"", None, True, 7, "é"] * 50)
@example(([{"a": "b"}, {}, [], "", b"", None, True, 7, "é"] * 50,))
def test_the_limit_is_the_length_of_the_answer_and_exact(value: Any) -> None:
    size = len(encode(value, max_depth=wire.DEEPEST, registry=registry))
    assert size == len(encode(value, max_bytes=size, max_depth=wire.DEEPEST, registry=registry))
    with pytest.raises(LimitExceeded) as caught:
        encode(value, max_bytes=size - 1, max_depth=wire.DEEPEST, registry=registry)
    assert caught.value.facts["limit"] == size - 1


@pytest.mark.parametrize("wrap", [list, tuple, lambda items: {"a": items}, lambda items: [*items, 1j]])
@pytest.mark.parametrize(
    "item",
    ["x" * 1_000_000, b"x" * 1_000_000, 1 << 8_000_000, [0.5] * 1_000_000],
    ids=["text", "bytes", "int", "floats"],
)
def test_one_large_thing_held_often_is_refused_before_it_is_written_often(
    item: Any, wrap: Callable[[list[Any]], Any]
) -> None:
    with pytest.raises(LimitExceeded, match="larger than the 4096 bytes"):
        encode(wrap([item] * 1_000_000), max_bytes=4096)


@pytest.mark.parametrize("wrap", [lambda inner: [inner] * 2, lambda inner: (inner, inner)])
def test_a_small_value_that_unfolds_without_end_is_refused(wrap: Callable[[Any], Any]) -> None:
    with pytest.raises(LimitExceeded):
        encode(nested(60, 7, wrap), max_bytes=100_000)


def test_a_key_held_often_counts_as_often() -> None:
    for item in (1, "v"):
        rows = [{"k" * 1_000_000: item}] * 1_000_000
        for value in (rows, (rows,)):
            with pytest.raises(LimitExceeded):
                encode(value, max_bytes=1 << 22)
