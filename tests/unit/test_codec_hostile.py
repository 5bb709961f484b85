"""Bytes of anybody: refused, or a value like any other; nothing is opened, imported or run."""

import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.msgpack import Ext
from tests.unit.codec_values import (
    WRAPS,
    comes_back,
    nested,
    registry,
    values,
)

from sojourn.codec import decode, encode, wire
from sojourn.errors import Invalid


def refused_or_whole(data: bytes) -> None:
    """Either `Invalid`, or a value that `encode` would have taken and that then comes back."""
    try:
        value = decode(data, registry=registry)
    except Invalid:
        return
    comes_back(value)


@settings(max_examples=1000)
@given(st.binary(max_size=60))
@example(b"")
@example(b"\xc1")
@example(b"\xd7\xff" + b"\x00" * 8)
@example(b"\xcb\x7f\xf0" + b"\x00" * 6)
def test_random_bytes_are_refused_or_a_value(data: bytes) -> None:
    refused_or_whole(data)


@settings(max_examples=1000)
@given(values, st.data())
def test_changed_bytes_are_refused_or_a_value(value: Any, draw: st.DataObject) -> None:
    data = bytearray(encode(value, max_depth=wire.DEEPEST, registry=registry))
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, len(data)))
        end = at + draw.draw(st.integers(0, 3))
        data[at:end] = draw.draw(st.binary(max_size=3))
    refused_or_whole(bytes(data))


@settings(max_examples=1000)
@given(
    st.integers(-128, 127), st.binary(max_size=24), st.sampled_from([b"", b"\x91", b"\x92", b"\x93", b"\x81"])
)
def test_any_extension_value_is_refused_or_a_value(code: int, payload: bytes, around: bytes) -> None:
    refused_or_whole(around + msgspec.msgpack.encode(Ext(code, payload)) + b"\x01" * 2)
    refused_or_whole(around + msgspec.msgpack.encode(Ext(code, payload)))


@given(values)
def test_bytes_cut_short_or_with_more_after_them_are_refused(value: Any) -> None:
    data = encode(value, max_depth=wire.DEEPEST, registry=registry)
    for changed in (data[:-1], data[: len(data) // 2], data + b"\x00", data + data):
        with pytest.raises(Invalid):
            decode(changed, registry=registry)


def packed(tree: Any) -> bytes:
    return msgspec.msgpack.encode(tree)


def box(code: int, *items: Any, payload: bytes = b"") -> bytes:
    return packed([Ext(code, payload), *items])


HOSTILE = {
    "nothing": b"",
    "arrays 10^5 deep": b"\x91" * 100_000,
    "arrays 10^5 deep, whole": b"\x91" * 100_000 + b"\xc0",
    "maps 10^5 deep": b"\x81\xa1a" * 100_000,
    "maps as keys": b"\x81\x80\x00",
    "arrays as keys 10^5 deep": b"\x81\x91" * 100_000,
    "tuples 10^5 deep": b"\x92\xc7\x00\x10" * 100_000 + b"\xc0",
    "objects 10^5 deep": b"\x92\xc7\x04\x14tide" * 100_000 + b"\xc0",
    "129 levels": b"\x91" * 129 + b"\xc0",
    "500 levels after a long text": packed(["x" * 10_000, nested(500, 7, WRAPS[0])]),
    "a float under 129 levels": b"\x91" * 129 + packed(1.5),
    "a text of 4 GiB": b"\xdb\xff\xff\xff\xffabc",
    "bytes of 4 GiB": b"\xc6\xff\xff\xff\xffabc",
    "an array of 2^32": b"\xdd\xff\xff\xff\xff\x00",
    "arrays of 2^32 in one another": b"\xdd\xff\xff\xff\xff" * 200,
    "a map of 2^32": b"\xdf\xff\xff\xff\xff\xa1a\x00",
    "an extension of 4 GiB": b"\xc9\xff\xff\xff\xff\x01a",
    "never used byte": b"\xc1",
    "text that is not utf-8": b"\xa2\xc3\x28",
    "overlong text": b"\xa2\xc0\x80",
    "a surrogate in text": b"\xa3\xed\xa0\x80",
    "a surrogate in a key": b"\x81\xa3\xed\xa0\x80\x00",
    "more after the end": b"\x00\x00",
    "NaN": b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00",
    "short NaN": b"\xca\x7f\xc0\x00\x00",
    "-inf in a list": packed([1, float("-inf")]),
    "inf in a key": packed({float("inf"): 1}),
    "many infinities": packed([float("inf")] * 100),
    "unknown code": packed(Ext(8, b"")),
    "unknown code in a map": packed({"a": [Ext(99, b"x")]}),
    "negative code": packed(Ext(-2, b"x")),
    "a time stamp of no length": b"\xc7\x00\xff",
    "a time stamp past the last year": b"\xc7\x0c\xff" + b"\x00" * 4 + b"\x7f" * 8,
    "an extension as a key": b"\x81" + packed(Ext(wire.UUID, b"0" * 16)) + b"\x00",
    "a mark alone": packed(Ext(wire.TUPLE, b"")),
    "a mark in the middle": packed([1, Ext(wire.TUPLE, b"")]),
    "a mark that carries something": box(wire.TUPLE, 1, payload=b"x"),
    "an empty int": packed(Ext(wire.INT, b"")),
    "an int with leading zeros": packed(Ext(wire.INT, b"\x00\x00\x01")),
    "a uuid too short": packed(Ext(wire.UUID, b"0" * 15)),
    "an infinite decimal": packed(Ext(wire.DECIMAL, b"Infinity")),
    "a decimal that is none": packed(Ext(wire.DECIMAL, b"NaN")),
    "a decimal of another form": packed(Ext(wire.DECIMAL, b" 1_0.0 ")),
    "a decimal past every exponent": packed(Ext(wire.DECIMAL, b"1E+9999999999999999999999")),
    "a decimal in other digits": packed(Ext(wire.DECIMAL, "١".encode())),
    "a date of another form": packed(Ext(wire.DATE, b"20240101")),
    "a date that is none": packed(Ext(wire.DATE, b"2024-02-30")),
    "a span that is too long": packed(Ext(wire.TIMEDELTA, packed((10**12, 0, 0)))),
    "a span of another form": packed(Ext(wire.TIMEDELTA, packed((0, 86400, 0)))),
    "a span of texts": packed(Ext(wire.TIMEDELTA, packed(("a", 0, 0)))),
    "a datetime of bytes": packed(Ext(wire.DATETIME, b"\xc4\x01\x00")),
    "a datetime with two zones": packed(
        Ext(wire.DATETIME, packed(("2024-01-01T00:00:00", False, "Europe/Berlin", 0, None)))
    ),
    "a datetime that holds its offset twice": packed(
        Ext(wire.DATETIME, packed(("2024-01-01T00:00:00+01:00", False, None, 0, None)))
    ),
    "an offset of two days": packed(
        Ext(wire.DATETIME, packed(("2024-01-01T00:00:00", False, None, 172800 * 10**6, None)))
    ),
    "a zone that is none": packed(
        Ext(wire.DATETIME, packed(("2024-01-01T00:00:00", False, "Mars/Base", None, None)))
    ),
    "a zone that is a path": packed(
        Ext(wire.DATETIME, packed(("2024-01-01T00:00:00", False, "../../../etc/passwd", None, None)))
    ),
    "a set with the same twice": box(wire.SET, 1, 1.0),
    "a set of lists": box(wire.SET, []),
    "a set of equal hashes": box(
        wire.SET, *(Ext(wire.UUID, uuid.UUID(int=k * (2**61 - 1)).bytes) for k in range(1, 60_000))
    ),
    "a dict with the same key twice": box(wire.DICT, 1, "a", True, "b"),
    "a dict that ends in a key": box(wire.DICT, 1, "a", 2),
    "a dict with a list as a key": box(wire.DICT, [], 1),
    "a dict of equal hashes": box(
        wire.DICT,
        *(x for k in range(60_000) for x in (Ext(wire.INT, (k * (2**61 - 1)).to_bytes(12, "big")), 0)),
    ),
    "an object without a state": box(wire.OBJECT, payload=b"tide"),
    "an object with two states": box(wire.OBJECT, {"at": 1}, {"at": 1}, payload=b"tide"),
    "an object of no tag": box(wire.OBJECT, {}),
    "an object of an unknown tag": box(wire.OBJECT, {}, payload=b"os.system"),
    "an object of a tag that is no text": box(wire.OBJECT, {}, payload=b"\xff\xfe"),
    "a dataclass from a list": box(wire.OBJECT, [1, 2], payload=b"tide"),
    "a dataclass without its field": box(wire.OBJECT, {}, payload=b"tide"),
    "a dataclass with another field": box(wire.OBJECT, {"at": 1, "__class__": 2}, payload=b"tide"),
    "a dataclass whose constructor fails": box(wire.OBJECT, {"lines": 5}, payload=b"log"),
    "a struct with another field": box(wire.OBJECT, {"phase_name": 1, "self": 2}, payload=b"moon"),
    "a model that is not valid": box(wire.OBJECT, {"root": [5]}, payload=b"names"),
    "an enum member of no name": box(wire.OBJECT, "GREEN", payload=b"color"),
    "an enum member named by a private part": box(wire.OBJECT, "__class__", payload=b"color"),
    "an enum member by a list": box(wire.OBJECT, [], payload=b"color"),
    "a flag by its name": box(wire.OBJECT, "READ", payload=b"may"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_refused(name: str) -> None:
    with pytest.raises(Invalid):
        decode(HOSTILE[name], registry=registry)


def test_what_chosen_keys_would_make_unreadable_is_not_written_either() -> None:
    keys = [uuid.UUID(int=k * (2**61 - 1)) for k in range(1, wire.MOST_EQUAL_HASHES + 2)]
    comes_back([dict.fromkeys(keys[:-1]), set(keys[:-1])])
    for value in (dict.fromkeys(keys), set(keys), frozenset(keys)):
        with pytest.raises(Invalid, match=r"`a` has more than 512 keys with the same hash"):
            encode({"a": value})


SOURCES = Path(__file__).parents[2] / "src"


def run(script: str) -> str:
    """What a fresh interpreter prints."""
    env = os.environ | {"PYTHONPATH": str(SOURCES)}
    answer = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_decoding_hostile_names_opens_imports_and_runs_nothing() -> None:
    done = run("""
import sys
from datetime import datetime, UTC
from zoneinfo import ZoneInfo
from msgspec.msgpack import Ext, encode as packed
from sojourn.codec import Registry, decode, encode, wire
from sojourn.errors import Invalid

decode(encode(datetime(2024, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))))
names = ["os.system", "os", "subprocess", "builtins.eval", "../../etc/passwd", "antigravity", "a/b"]
hostile = [packed([Ext(wire.OBJECT, name.encode()), {"args": ["true"]}]) for name in names]
for code in (wire.TIME, wire.DATETIME):
    for name in names:
        hostile.append(packed(Ext(code, packed(("2024-01-01T00:00:00", False, name, None, None)))))
gadget = b"cos\\nsystem\\n(S'true'\\ntR."
hostile += [packed(Ext(code, gadget)) for code in range(-128, 128) if code != wire.INT]
seen = []
watched = ("open", "import", "exec", "compile", "os.", "subprocess", "socket", "ctypes", "pickle", "marshal")
sys.addaudithook(lambda event, args: seen.append((event, args[:1])) if event.startswith(watched) else None)
refused = 0
for data in hostile:
    try:
        decode(data, registry=Registry())
    except Invalid:
        refused += 1
print(refused == len(hostile), [event for event in seen if event[1] != ("zoneinfo",)])
""")
    assert done == "True []"


def test_importing_the_codec_loads_nothing_but_itself_and_msgspec() -> None:
    # A bare package stands in for sojourn's own __init__, so that only the codec's imports count.
    loaded = run("""
import os, sys, types
import msgspec
bare = types.ModuleType("sojourn")
bare.__path__ = [os.path.join(os.environ["PYTHONPATH"], "sojourn")]
sys.modules["sojourn"] = bare
before = set(sys.modules)
import sojourn.codec
print([name for name in set(sys.modules) - before if not name.startswith("sojourn.")])
print([name for name in sys.modules if name in ("asyncio", "dataclasses", "pydantic", "zoneinfo")])
""")
    assert loaded.splitlines() == ["[]", "[]"]


def test_pydantic_is_loaded_by_whoever_registers_a_model_and_nobody_else() -> None:
    loaded = run("""
import sys
from dataclasses import dataclass
from sojourn.codec import Registry, decode, encode
from sojourn.errors import Invalid

known = Registry()

@known.register("tide")
@dataclass
class Tide:
    at: int

class Other:
    pass

assert decode(encode([Tide(1)], registry=known), registry=known) == [Tide(1)]
try:
    encode(Other())
except Invalid:
    print("pydantic" in sys.modules, "numpy" in sys.modules)
""")
    assert loaded == "False False"
