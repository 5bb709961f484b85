"""Standard streams that are closed, cut off or narrow."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from tests.cli.conftest import COMMAND, Ended

from sojourn import Sojourn

Run = Callable[..., Ended]


@pytest.fixture
def full(store: Sojourn) -> None:
    """More sessions than a pipe takes in at once."""
    with store:
        for number in range(800):
            store.user("ada").sessions.create(title=f"Évolution {number} " + "x" * 200)


def in_shell(
    redirection: str, folder: Path, environment: dict[str, str], *args: str
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", *COMMAND, *args],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("json", [[], ["--json"]], ids=["text", "json"])
@pytest.mark.usefixtures("full")
def test_a_reader_who_goes_away_is_no_news(
    tmp_path: Path, environment: dict[str, str], json: list[str]
) -> None:
    shown = in_shell("", tmp_path, environment, "show", "--user", "ada", "--limit", "800", *json)
    assert shown.stdout is not None
    assert shown.stderr is not None
    assert shown.stdout.read(10)
    shown.stdout.close()
    assert shown.stderr.read() == b""
    assert shown.wait(60) == 1
    shown.stderr.close()


@pytest.mark.parametrize(
    ("stream", "verb"),
    [
        ("stdout", ["--version"]),
        ("stdout", ["show", "--help"]),
        ("stderr", ["show", "--colour"]),
        ("stderr", []),
    ],
)
def test_a_reader_who_was_never_there_is_no_news(sojourn: Run, stream: str, verb: list[str]) -> None:
    theirs, ours = os.pipe()
    os.close(theirs)
    others = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    try:
        ended = sojourn(*verb, capture_output=False, **others | {stream: ours})
    finally:
        os.close(ours)
    assert (ended.returncode, ended.stdout or "", ended.stderr or "") == (1, "", "")


@pytest.mark.parametrize(
    ("verb", "redirection"),
    [
        *((["show", "--user", "ada"], redirection) for redirection in (">&-", "2>&-", "<&-")),
        *((verb, "<&- >&- 2>&-") for verb in (["show"], ["sweep"], ["show", "--user", "ada", "--json"])),
    ],
)
def test_closed_streams_are_no_error(
    tmp_path: Path, environment: dict[str, str], store: Sojourn, verb: list[str], redirection: str
) -> None:
    with store:
        store.user("ada").sessions.create(title="Tides")
    ended = in_shell(redirection, tmp_path, environment, *verb)
    _, complaint = ended.communicate(timeout=60)
    assert complaint == b""
    assert ended.returncode == 0


def test_no_file_takes_the_place_of_a_closed_stream(tmp_path: Path) -> None:
    script = """
import os
from pathlib import Path
from sojourn.cli import streams
streams.prepare()
with Path("kept").open("wb") as kept:
    os.system("echo this is not for the file")
    print("nor this", flush=True)
    assert kept.fileno() > 2
"""
    program = ["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-c", script]
    assert subprocess.run(program, cwd=tmp_path).returncode == 0
    assert (tmp_path / "kept").read_bytes() == b""


def test_what_an_encoding_lacks_is_escaped(sojourn: Run, store: Sojourn) -> None:
    with store:
        store.user("ada").sessions.create(title="Évolution")
    ended = sojourn("show", "--user", "ada", env={"PYTHONIOENCODING": "ascii"})
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "\\xc9volution" in ended.stdout


def test_a_title_cannot_steer_the_terminal(
    tmp_path: Path, environment: dict[str, str], store: Sojourn
) -> None:
    with store:
        store.user("ada").sessions.create(title="\x1b]0;owned\x07 \x9b31m \u202etac [bold]cat")
    text = on_terminal(tmp_path, environment | {"COLUMNS": "200"}, "show", "--user", "ada")
    assert "\\x1b]0;owned\\x07 \\x9b31m \\u202etac [bold]cat" in text
    assert "\x1b]" not in text
    assert not {"\x07", "\x9b", "\u202e"} & set(text)


def test_a_narrow_terminal_cuts_titles_and_no_ids(
    tmp_path: Path, environment: dict[str, str], store: Sojourn
) -> None:
    with store:
        session = store.user("ada").sessions.create(title="Tides " * 20)
    text = on_terminal(tmp_path, environment | {"COLUMNS": "80"}, "show", "--user", "ada")
    assert session.id in text
    assert "Tides" in text
    assert session.title not in text


def on_terminal(folder: Path, environment: dict[str, str], *args: str) -> str:
    """All that the command writes to a terminal."""
    ours, theirs = os.openpty()
    shown = subprocess.Popen(
        [*COMMAND, *args],
        cwd=folder,
        env=environment | {"TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    # A terminal says by this error that the other end is closed.
    with suppress(OSError):
        while chunk := os.read(ours, 65536):
            seen += chunk
    os.close(ours)
    assert shown.wait(60) == 0
    return seen.decode("utf-8")
