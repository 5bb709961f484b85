"""tools/pins.py: everything is pinned, exactly, and pip reads what uv obeys."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pins() -> ModuleType:
    spec = spec_from_file_location("pins", ROOT / "tools/pins.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def toml() -> str:
    return (ROOT / "pyproject.toml").read_text("utf-8")


def test_the_pins_stand_as_written(pins: ModuleType, toml: str) -> None:
    assert pins.problems(toml, (ROOT / "constraints.txt").read_text("utf-8")) == []


def test_a_missing_pin_a_loose_pin_and_a_stale_copy_are_named(pins: ModuleType, toml: str) -> None:
    held = pins.listed(toml, "constraint-dependencies")
    fewer = pins.with_list(toml, "constraint-dependencies", [pin for pin in held if "apsw" not in pin])
    assert "apsw has no pin." in pins.problems(fewer, pins.constraints(fewer))
    loose = pins.with_list(toml, "constraint-dependencies", [*held, "tomli>=2"])
    assert pins.problems(loose, pins.constraints(loose)) == ["tomli>=2 is not exact."]
    assert pins.problems(toml, "") == ["constraints.txt differs from pyproject.toml."]


def test_writing_the_pins_again_changes_nothing(pins: ModuleType, toml: str) -> None:
    again = toml
    for key in ("constraint-dependencies", "build-constraint-dependencies"):
        again = pins.with_list(again, key, pins.listed(toml, key))
    assert again == toml


def test_the_build_asks_for_the_node_that_is_pinned(pins: ModuleType) -> None:
    asked = [item for item in pins.BUILD if item.startswith("nodejs")]
    assert [f'NODE = "{item}"' in (ROOT / "hatch_build.py").read_text("utf-8") for item in asked] == [True]
