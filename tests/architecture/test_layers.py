"""Layers point down: import-linter's contracts hold, and would notice a breach."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*LINT, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "PATH": "", "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )


def test_every_contract_is_kept() -> None:
    answer = lint(ROOT)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project as far as import-linter sees it."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("web", "__pycache__", "*.pyc")
    )
    return tmp_path


BREACHES = {
    "layers point down": {"ingest/breach.py": "from sojourn import drive\n"},
    "backends stand beside each other": {
        "backends/memory/breach.py": "def f():\n    from sojourn.backends import sql\n"
    },
    "memory is nobody's backend": {"backends/sqlite/breach.py": "from sojourn.backends import memory\n"},
    "integrations do not know each other": {
        "integrations/flask.py": "from sojourn.integrations import starlette\n",
        "integrations/starlette.py": "",
    },
    "rules and verbs await ports": {"backends/sql/breach.py": "def f():\n    import time\n"},
    "nothing stored is code": {"ingest/breach.py": "from pickle import loads\n"},
}


@pytest.mark.parametrize("contract", BREACHES)
def test_a_breach_is_noticed(copy: Path, contract: str) -> None:
    for file, text in BREACHES[contract].items():
        (copy / "src/sojourn" / file).write_text(text)
    answer = lint(copy)
    broken = [line for line in answer.stdout.splitlines() if " BROKEN" in line]
    assert any(line.startswith(contract) for line in broken), answer.stdout + answer.stderr


def test_a_module_without_a_layer_is_noticed(copy: Path) -> None:
    (copy / "src/sojourn/elsewhere.py").write_text("")
    assert "layers point down BROKEN" in lint(copy).stdout
