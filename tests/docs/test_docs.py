"""What the documentation shows is what happens."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])

FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")


def blocks(page: Path, language: str) -> list[tuple[int, str]]:
    """The fenced blocks in a language, with the line each begins on."""
    text = page.read_text("utf-8")
    return [
        (text.count("\n", 0, found.start(2)), found[2])
        for found in FENCE.finditer(text)
        if found[1] == language
    ]


def commands() -> list[list[str]]:
    """What README says to type, without the prompt."""
    lines = [line for _, text in blocks(ROOT / "README.md", "console") for line in text.splitlines()]
    return [shlex.split(line[2:], comments=True) for line in lines if line.startswith("$ ")]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=name)
def test_every_python_block_runs(page: Path, tmp_path: Path) -> None:
    """In order, as one program, each line at its number on the page."""
    script = ""
    for line, text in blocks(page, "python"):
        script += "\n" * (line - script.count("\n")) + text
    program = tmp_path / f"{page.stem}_page.py"  # a page named like a module must not stand in its way
    program.write_text(script, "utf-8")
    folder = tmp_path / "empty"
    folder.mkdir()
    answer = subprocess.run(
        [sys.executable, "-W", "error", program], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text("utf-8"))
    missing = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_says_its_language(page: Path) -> None:
    languages = {found[1] for found in FENCE.finditer(page.read_text("utf-8"))}
    assert languages <= {"python", "console", "bash", "text", "json", "toml", "html", "typescript", "sql"}


def test_readme_begins_with_the_two_commands() -> None:
    assert commands()[:2] == [["./dev", "sojourn", "serve"], ["./dev", "pytest"]]


def test_ci_ends_with_the_second_command_of_readme() -> None:
    last = (ROOT / ".ci/run").read_text("utf-8").rstrip().splitlines()[-1]
    assert last.split() == commands()[1]


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_of_readme_is_there(command: list[str]) -> None:
    while command[0] in ("./dev", "python3", "dev", "uv", "run"):
        command = command[1:]
    tool, *arguments = command
    if tool == "sojourn":
        line = [sys.executable, "-c", "from sojourn.cli import main; main()", *arguments, "--help"]
    else:
        line = [sys.executable, "-m", tool, "--version"]
    answer = subprocess.run(line, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_launcher_can_be_run() -> None:
    assert (ROOT / "dev").stat().st_mode & 0o111
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
    compile((ROOT / "dev").read_text("utf-8"), "dev", "exec")


def test_every_extra_that_a_page_names_exists() -> None:
    toml = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = set(toml["project"]["optional-dependencies"])
    named = {
        extra
        for page in PAGES
        for found in re.findall(r"sojourn\[([\w,]+)\]", page.read_text("utf-8"))
        for extra in found.split(",")
    }
    assert named <= extras
