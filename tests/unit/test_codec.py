"""What the codec promises: equal in, equal out, of the same type, to the last bit."""

import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from msgspec.msgpack import Ext
from tests.unit.codec_values import (
    WRAPS,
    Level,
    Mood,
    Names,
    comes_back,
    json_values,
    nested,
    registry,
    values,
)

from sojourn.codec import decode, encode, json_bounds, wire
from sojourn.errors import Invalid


@settings(max_examples=400)
@given(values)
def test_what_comes_back_is_equal_and_of_the_same_type(value: Any) -> None:
    comes_back(value)


@given(json_values)
def test_a_json_tree_comes_back(value: Any) -> None:
    comes_back(value)


@given(json_values)
def test_a_json_tree_of_ordinary_numbers_is_plain_messagepack(value: Any) -> None:
    data = encode(value)
    try:
        assert data == msgspec.msgpack.encode(value)
    except OverflowError:
        assert decode(data) == value


@pytest.mark.parametrize(
    "value",
    [
        -0.0,
        [True, 1, 1.0, False, 0, 0.0],
        {"b": 1, "a": 2, "": 3},
        {True: 1, 2: 1, None: 3, b"x": 4, (1, "a", (None,)): 5, frozenset((1, 2)): 6, 2.5: 7, "2.5": 8},
        {1: "int"},
        {1.0: "float"},
        [10**5000, -(10**5000)],
        [2**64, 2**64 - 1, -(2**63), -(2**63) - 1],
        [1.7e308, 1.7e308, -1.7e308] * 9,
        5e-324,
        Decimal("-0E-50"),
        Decimal("1.2300"),
        Decimal("9" * 100),
        datetime.min,  # noqa: DTZ901
        datetime.max.replace(tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(2024, 10, 27, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1),
        datetime(2024, 10, 27, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=0),
        datetime(2024, 1, 1, tzinfo=UTC, fold=1),
        datetime(2024, 1, 1, tzinfo=timezone(timedelta(seconds=-1, microseconds=7), "a b")),
        time(1, 2, 3, 4, tzinfo=ZoneInfo("Asia/Kolkata")),
        timedelta.min,
        timedelta.max,
        set(),
        (),
        [()],
        [[], {}, (), frozenset()],
        b"\x00\xff" * 100,
        "\x00 é 😀 \u202e",
        Names(["a"]),
        {Mood.CALM: Level.LOW},
    ],
)
def test_values_at_the_edges_come_back(value: Any) -> None:
    comes_back(value)


@pytest.mark.parametrize(
    "value",
    [
        {"__class__": "os.system", "args": ["true"]},
        {"$type": "tide", "at": 1},
        {"py/object": "builtins.eval"},
        [wire.OBJECT, "tide", {"at": 1}],
        {"tag": "tide", "state": {"at": 1, "height": 2}},
        [b"\xd4\x10\x00", "\xd4"],
        {"Ext": [16, ""]},
        [None, wire.TUPLE],
        {"_codec": {"lc": 1, "type": "constructor", "id": ["os", "system"]}},
    ],
)
def test_a_callers_dict_that_looks_like_a_marker_is_only_data(value: Any) -> None:
    comes_back(value)


@given(values.map(lambda value: encode(value, max_depth=wire.DEEPEST, registry=registry)))
def test_bytes_of_the_codec_are_a_value_like_any_other(data: bytes) -> None:
    comes_back([data, {"data": data}])


def test_extension_values_of_the_encoding_itself_are_refused() -> None:
    for value in (Ext(wire.TUPLE, b""), Ext(wire.OBJECT, b"tide"), msgspec.Raw(b"\x01")):
        with pytest.raises(Invalid, match=r"`a\[0\]` is a msgspec"):
            encode({"a": [value]})


def test_dates_and_times_are_told_apart() -> None:
    for value in (date(2024, 1, 1), datetime(2024, 1, 1), time(0), timedelta(0)):  # noqa: DTZ001
        comes_back([value, {value: value}])


@given(json_values)
def test_a_decoded_json_tree_is_within_its_bounds(value: Any) -> None:
    json_bounds(value, max_depth=wire.DEEPEST, where="metadata")


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [
        ({"a": {"b": [1, 2, 3, math.nan]}}, "body.a.b[3]", "nan; only finite"),
        (math.inf, "body", "inf; only finite"),
        ({"a": [10**400, {"t": "x\ud83d"}]}, "body.a[1].t", "lone surrogate"),
        ({"a": {"\udc00": 1}}, "body.a.keys()", "lone surrogate"),
        ([[[[1]]]], "body[0][0][0]", "deeper than 3 levels"),
        ({"a": {"b": {"c": {}}}}, "body.a.b.c", "deeper than 3 levels"),
        (nested(900, 7, WRAPS[1]), "body.a.a.a", "deeper than 3 levels"),
    ],
)
def test_json_past_its_bounds_is_refused_by_its_path(value: Any, path: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason) as caught:
        json_bounds(value, max_depth=3, where="body")
    assert caught.value.facts["field"] == path


def test_json_bounds_need_no_name_around_the_value() -> None:
    json_bounds([[[1e300, 10**400, "é", None, True]]], max_depth=3, where="")
    with pytest.raises(Invalid, match=r"^`a` is nan"):
        json_bounds({"a": math.nan}, max_depth=3, where="")
