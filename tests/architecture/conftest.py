"""The project as files."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MADE = {"node_modules", "web", "dist", "build", "__pycache__", "uv.lock"}


def known_to_git() -> list[Path] | None:
    """Every file that git holds or would take in; None where there is no git."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"]
    try:
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return [ROOT / name for name in answer.stdout.split("\0") if name]


def lying_there() -> list[Path]:
    """Every file but those that tools make."""
    found = []
    for folder, names, files in os.walk(ROOT):
        names[:] = [name for name in names if name not in MADE and (name[0] != "." or name == ".ci")]
        found += [Path(folder, name) for name in files if name not in MADE]
    return found


@pytest.fixture(scope="session")
def texts() -> dict[str, str]:
    """Path from the root → text, for every text file of the project."""
    found = {}
    for path in known_to_git() or lying_there():
        if path.is_file() and b"\0" not in (data := path.read_bytes()):
            found[path.relative_to(ROOT).as_posix()] = data.decode("utf-8")
    return found


@pytest.fixture(scope="session")
def modules(texts: dict[str, str]) -> dict[str, str]:
    """The same, for the modules of the package alone."""
    found = {path: text for path, text in texts.items() if path.startswith("src/") and path.endswith(".py")}
    assert len(found) > 20
    return found
