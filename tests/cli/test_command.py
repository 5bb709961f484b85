"""What holds for every verb: exit codes, one sentence for a failure, and help that teaches."""

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from tests.cli.conftest import Ended, sentence

VERBS = [["serve"], ["corpus"], ["corpus", "add"], ["corpus", "list"], ["show"], ["sweep"]]
Run = Callable[..., Ended]


def without(module: str, folder: Path) -> Ended:
    """The command, where a module cannot be imported."""
    script = f"import sys; sys.modules[{module!r}] = None; from sojourn.cli import main; main()"
    return subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize("module", ["click", "rich"])
def test_a_base_install_says_in_one_sentence_what_to_install(module: str, tmp_path: Path) -> None:
    ended = without(module, tmp_path)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert "'.[server]'" in ended.stderr


def test_an_import_that_fails_inside_the_command_is_no_missing_extra(tmp_path: Path) -> None:
    ended = without("sojourn.cli.app", tmp_path)
    assert ended.returncode == 1
    assert "ModuleNotFoundError" in ended.stderr
    assert "'.[server]'" not in ended.stderr


def test_it_tells_its_version(sojourn: Run) -> None:
    try:
        known = version("sojourn")
    except PackageNotFoundError:
        known = "(not installed)"
    ended = sojourn("--version")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"sojourn {known}\n", "")


@pytest.mark.parametrize("verb", [[], *VERBS], ids=" ".join)
def test_every_help_text_shows_examples(sojourn: Run, verb: list[str]) -> None:
    ended = sojourn(*verb, "--help")
    assert (ended.returncode, ended.stderr) == (0, "")
    _, examples = ended.stdout.split("Examples:\n")
    assert " ".join(["  sojourn", *verb]) in examples


def test_help_loads_no_store_and_no_server(tmp_path: Path) -> None:
    script = """
import sys
from sojourn.cli.app import run
run(["serve", "--help"])
sys.stderr.write(" ".join(sys.modules))
"""
    ended = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 0
    assert not {"apsw", "fastapi", "uvicorn", "openai", "asyncio"} & set(ended.stderr.split())


def test_without_a_verb_it_shows_the_verbs_and_fails(sojourn: Run) -> None:
    ended = sojourn()
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Commands:" in ended.stderr


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (["shoow"], "No such command 'shoow'"),
        (["show", "--colour"], "No such option"),
        (["show", "--last", "0"], "'--last'"),
        (["show", "--deleted"], "--user"),
        (["show", "--deleted", "--user", "ada", "ses_x"], "--deleted"),
        (["show", "--limit", "many"], "'--limit'"),
        (["corpus", "add", "handbook"], "Missing argument"),
        (["corpus", "add", "handbook", "absent.md"], "'absent.md' does not exist"),
        (["show", "\x1b[2J", "--no\x1b[31m"], "\\x1b[31m"),
    ],
)
def test_what_was_typed_wrongly_is_refused_with_2(sojourn: Run, typed: list[str], says: str) -> None:
    ended = sojourn(*typed)
    assert ended.returncode == 2
    assert says in sentence(ended)
    assert "\x1b" not in ended.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("durability = 'sometimes'", "durability"),
        ("colour = 'red'", "colour"),
        ("file_bytes = ", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_settings_that_do_not_fit_are_refused_with_2(
    sojourn: Run, tmp_path: Path, text: str | None, says: str
) -> None:
    if text is not None:
        (tmp_path / "settings.toml").write_text(text)
    ended = sojourn("show", "--settings", "settings.toml")
    assert ended.returncode == 2
    assert says in sentence(ended)


@pytest.mark.parametrize(
    ("verb", "folder"),
    [
        (["sweep"], "absent"),
        (["corpus", "list"], "absent"),
        *((["show"], folder) for folder in ("absent", "new\nline", "--glob*", "what?", "file", "file/below")),
    ],
)
def test_a_folder_without_a_store_is_refused_with_2_and_stays_as_it_is(
    sojourn: Run, tmp_path: Path, verb: list[str], folder: str
) -> None:
    (tmp_path / "file").write_text("")
    ended = sojourn(*verb, f"--data={folder}")
    assert ended.returncode == 2
    assert folder.replace("\n", "\\n") in sentence(ended)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_folder_may_be_named_by_a_variable(sojourn: Run, tmp_path: Path) -> None:
    assert "elsewhere" in sentence(sojourn("show", env={"SOJOURN_DATA": "elsewhere"}))
    assert "nearer" in sentence(sojourn("show", "--data", "nearer", env={"SOJOURN_DATA": "elsewhere"}))
