"""docs/cli.md is what the commands say of themselves."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import Ended

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/cli.md"


def check(root: Path) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "tools/generate_cli.py", "--check"]
    return subprocess.run(program, cwd=root, capture_output=True, text=True)


def examples() -> list[list[str]]:
    return [
        shlex.split(line) for line in re.findall(r"^\$ sojourn (.*)$", PAGE.read_text("utf-8"), re.MULTILINE)
    ]


def test_the_reference_is_what_the_commands_say() -> None:
    answer = check(ROOT)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_a_reference_that_fell_behind_is_noticed(tmp_path: Path) -> None:
    for name in ("tools", "docs"):
        (tmp_path / name).mkdir()
    shutil.copy(ROOT / "tools/generate_cli.py", tmp_path / "tools")
    assert check(tmp_path).returncode == 1
    (tmp_path / "docs/cli.md").write_text(
        PAGE.read_text("utf-8").replace("--user NAME", "--user WHO"), "utf-8"
    )
    answer = check(tmp_path)
    assert answer.returncode == 1
    assert "--user WHO" in answer.stdout


@pytest.mark.parametrize("typed", examples(), ids=" ".join)
def test_every_example_can_be_typed(sojourn: Callable[..., Ended], typed: list[str]) -> None:
    end = typed.index("--") if "--" in typed else len(typed)
    ended = sojourn(*typed[:end], "--help", *typed[end:])
    assert (ended.returncode, ended.stderr) == (0, "")
