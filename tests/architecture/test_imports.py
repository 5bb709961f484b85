"""What importing sojourn costs and starts, told by what is loaded, never by time."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = (
    "apsw",
    "asyncio",
    "cryptography",
    "fastapi",
    "msgspec",
    "openai",
    "pydantic",
    "starlette",
    "streamlit",
)


def loaded_after(statement: str, folder: Path) -> set[str]:
    """The modules that an interpreter holds after the statement and did not hold before it."""
    script = f"import sys; before = set(sys.modules)\n{statement}\nprint(*set(sys.modules) - before)"
    answer = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return set(answer.stdout.split())


def test_importing_sojourn_loads_next_to_nothing(tmp_path: Path) -> None:
    loaded = loaded_after("import sojourn", tmp_path)
    assert not loaded & {*HEAVY}
    assert {name for name in loaded if name.startswith("sojourn")} == {"sojourn"}


def test_the_blocking_store_brings_no_event_loop_and_no_web_framework(tmp_path: Path) -> None:
    loaded = loaded_after("from sojourn import Sojourn; Sojourn.open('memory://')", tmp_path)
    assert not loaded & {
        "asyncio",
        "fastapi",
        "openai",
        "pydantic",
        "starlette",
        "streamlit",
        "rich",
        "click",
    }


def test_each_public_name_is_what_it_says(tmp_path: Path) -> None:
    import sojourn

    for name in sojourn.__all__:
        assert getattr(sojourn, name).__name__ == name
    assert sojourn.Sojourn.__module__.startswith("sojourn.sync")
    assert sojourn.AsyncSojourn.__module__.startswith("sojourn.aio")
    assert set(sojourn.__all__) <= set(dir(sojourn))


def test_every_error_is_public() -> None:
    import sojourn
    from sojourn import errors

    defined = {name for name, kind in vars(errors).items() if isinstance(kind, type) and kind is not object}
    assert {name for name in defined if issubclass(getattr(errors, name), Exception)} <= set(sojourn.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    import sojourn

    with pytest.raises(AttributeError, match="Soujourn"):
        sojourn.Soujourn  # noqa: B018


EVERY_MODULE = """
import os, pkgutil, sys, threading
seen = []
start = threading.Thread.start

def started(thread):
    seen.append(f"thread {thread.name}")
    start(thread)

def watch(event, args):
    if event == "open":
        writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
        if not isinstance(args[0], int) and isinstance(args[2], int) and args[2] & writes:
            seen.append(f"{event} {args[0]}")
    elif event in ("os.mkdir", "os.rename", "os.remove", "subprocess.Popen"):
        seen.append(f"{event} {args[:1]}")

threading.Thread.start = started
sys.addaudithook(watch)
import sojourn
for module in pkgutil.walk_packages(sojourn.__path__, "sojourn."):
    if not module.name.endswith("__main__"):
        __import__(module.name)
print(sum(name.startswith("sojourn.") for name in sys.modules), *seen, sep="\\n")
"""


def seen_at_import(folder: Path, **env: str) -> tuple[int, list[str]]:
    """How many modules there are, and what they did."""
    command = [sys.executable, "-B", "-c", EVERY_MODULE]
    answer = subprocess.run(command, cwd=folder, env=os.environ | env, capture_output=True, text=True)
    assert answer.returncode == 0, (answer.returncode, answer.stderr)
    count, *seen = answer.stdout.splitlines()
    return int(count), seen


def test_importing_every_module_starts_no_thread_and_writes_no_file(tmp_path: Path) -> None:
    """Told by the interpreter as it happens: a thread that has ended by the time one looks counts, too."""
    count, seen = seen_at_import(tmp_path)
    assert seen == []
    assert count > 20
    assert not list(tmp_path.iterdir())


def test_a_module_that_does_something_would_be_seen(tmp_path: Path) -> None:
    package = tmp_path / "planted" / "sojourn"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "busy.py").write_text(
        "import threading; thread = threading.Thread(target=int); thread.start(); thread.join()\n"
        "open('left', 'w').close()\n"
    )
    count, seen = seen_at_import(tmp_path, PYTHONPATH=str(tmp_path / "planted"))
    assert count == 1
    assert [line.split()[0] for line in seen] == ["thread", "open"]


def imported(text: str) -> set[str]:
    """The first names of everything a module imports."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


def plain(name: str) -> str:
    """One spelling of a distribution's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_everything_the_package_imports_is_declared(modules: dict[str, str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    declared = {plain(re.split(r"[^\w.-]", item)[0]) for one in lists for item in one}
    homes = packages_distributions()
    foreign = set().union(*map(imported, modules.values())) - sys.stdlib_module_names - {"sojourn"}
    assert not {name for name in foreign if not set(map(plain, homes.get(name, [name]))) & declared}
