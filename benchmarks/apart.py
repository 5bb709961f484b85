"""An environment apart, for what the project itself must not depend on."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_OWN_UV = Path(__file__).resolve().parent.parent / ".uv" / "bin" / "uv"


def environment(folder: Path, requirements: Sequence[str]) -> Path:
    """The interpreter of a new environment with these installed: by uv where it is, else by pip.

    The project's own pins do not count there: peers may need other versions of what both use.
    Raises `CalledProcessError` when they cannot be had.
    """
    uv = os.environ.get("UV") or shutil.which("uv") or (str(_OWN_UV) if _OWN_UV.exists() else None)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if uv is None:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *requirements], check=True)
    else:
        quietly = ["--no-config", "--quiet", "--python"]
        subprocess.run([uv, "venv", *quietly, sys.executable, str(folder)], check=True)
        subprocess.run([uv, "pip", "install", *quietly, str(python), *requirements], check=True)
    return python
