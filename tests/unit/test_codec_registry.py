"""Classes are kept by a tag that the code gives them, and by no other name."""

from collections import OrderedDict
from dataclasses import InitVar, dataclass
from enum import EJECT, Enum, Flag
from typing import Any

import pydantic
import pytest
from tests.unit.codec_values import (
    Level,
    Log,
    Loose,
    LooseModel,
    Pair,
    Plainest,
    Tide,
    comes_back,
    registry,
)

from sojourn.codec import Registry, decode, encode
from sojourn.errors import Invalid


def test_the_tag_is_what_is_stored_so_a_class_may_move() -> None:
    data = encode(Tide(1, 2.5), registry=registry)
    assert b"Tide" not in data

    @dataclass(frozen=True)
    class Renamed:
        at: int
        height: float
        since_then: str = "new"

    later = Registry()
    later.register("tide", Renamed)
    assert decode(data, registry=later) == Renamed(1, 2.5, "new")


def test_a_field_that_the_class_no_longer_has_is_refused() -> None:
    later = Registry()

    @later.register("tide")
    @dataclass
    class Shorter:
        at: int

    with pytest.raises(Invalid, match="'tide' does not fit its class"):
        decode(encode(Tide(1, 2), registry=registry), registry=later)


def test_a_tag_that_is_not_registered_here_is_refused() -> None:
    data = encode([Tide(1)], registry=registry)
    for known in (None, Registry()):
        with pytest.raises(Invalid, match="'tide' is not registered"):
            decode(data, registry=known)


def test_a_class_is_kept_only_by_a_registry_that_knows_it() -> None:
    for known in (None, Registry()):
        with pytest.raises(Invalid, match=r"register\('tide', Tide\)"):
            encode(Tide(1), registry=known)


def test_a_subclass_of_a_registered_class_is_another_class() -> None:
    class Neap(Tide):
        pass

    with pytest.raises(Invalid, match="Neap"):
        encode(Neap(1), registry=registry)


def test_a_model_of_a_model_keeps_the_class_that_it_has() -> None:
    class Outer(pydantic.BaseModel):
        inner: LooseModel

    class Special(LooseModel):
        more: int = 1

    known = Registry()
    known.register("outer", Outer)
    known.register("loose", LooseModel)
    with pytest.raises(Invalid, match=r"`inner` .*Special"):
        encode(Outer(inner=Special()), registry=known)
    known.register("special", Special)
    for inner in (LooseModel(at=3), Special(at=3, more=4)):
        back = decode(encode(Outer(inner=inner), registry=known), registry=known)
        assert back == Outer(inner=inner)
        assert type(back.inner) is type(inner)


def test_a_stored_model_is_validated_when_it_comes_back() -> None:
    known = Registry()
    known.register("harbour", LooseModel)
    data = encode(LooseModel.model_construct(at="deep"), registry=known)
    with pytest.raises(Invalid, match="'harbour' does not fit"):
        decode(data, registry=known)


def test_an_object_without_one_of_its_fields_is_refused() -> None:
    whole = Log(["a"])
    del whole.count
    with pytest.raises(Invalid, match=r"`\[0\]` is not whole"):
        encode([whole], registry=registry)


def test_register_answers_the_class_in_both_forms() -> None:
    known = Registry()

    class One(Enum):
        A = 1

    class Two(Enum):
        A = 1

    assert known.register("one", One) is One
    assert known.register("two")(Two) is Two
    assert decode(encode([One.A, Two.A], registry=known), registry=known) == [One.A, Two.A]


@pytest.mark.parametrize("tag", ["", "A", "a b", "é", "x" * 65, "a\n", "a/b", 7, None, b"a"])
def test_a_malformed_tag_is_refused(tag: Any) -> None:
    with pytest.raises(Invalid, match="is no tag"):
        Registry().register(tag, Loose)


def test_a_tag_and_a_class_are_registered_once() -> None:
    known = Registry()
    known.register("a-z_0.9", Loose)
    with pytest.raises(Invalid, match=r"already has the tag 'a-z_0\.9'"):
        known.register("other", Loose)
    with pytest.raises(Invalid, match=r"'a-z_0\.9' is taken by Loose"):
        known.register("a-z_0.9", Level)
    known.register("other", Level)


def test_only_classes_that_come_back_whole_are_registered() -> None:
    @dataclass
    class Primed:
        at: int
        start: InitVar[int]

    class Secret(pydantic.BaseModel):
        _hidden: int = 1

    for cls in (Plainest, dict, Pair, OrderedDict, Primed, Secret, "os.system", print):
        with pytest.raises(Invalid):
            Registry().register("x", cls)


def test_an_enum_member_without_a_name_is_refused() -> None:
    class Open(Enum):
        ONE = 1

        @classmethod
        def _missing_(cls, value: object) -> Any:
            made = object.__new__(cls)
            made._name_, made._value_ = "MADE", value
            return made

    known = Registry()
    known.register("open", Open)
    assert decode(encode(Open(1), registry=known), registry=known) is Open.ONE
    with pytest.raises(Invalid, match="named members"):
        encode(Open(2), registry=known)


def test_flags_of_every_sort_come_back_by_value() -> None:
    class Side(Flag):
        LEFT = 1
        RIGHT = 2

    known = Registry()
    known.register("side", Side)
    for side in (Side.LEFT, Side.LEFT | Side.RIGHT, Side(0), ~Side.LEFT):
        assert decode(encode(side, registry=known), registry=known) is side


def test_a_stored_number_that_is_no_flag_is_refused() -> None:
    class Side(Flag, boundary=EJECT):
        LEFT = 1

    class Wider(Flag):
        LEFT = 1
        FAR = 1024

    known, wider = Registry(), Registry()
    known.register("side", Side)
    wider.register("side", Wider)
    with pytest.raises(Invalid, match="'side' made something else"):
        decode(encode(Wider.FAR, registry=wider), registry=known)


def test_a_field_outside_the_constructor_comes_back_as_it_was_left() -> None:
    log = Log(["a", "b"])
    log.count = 99
    comes_back(log)
    assert decode(encode(log, registry=registry), registry=registry).count == 99
