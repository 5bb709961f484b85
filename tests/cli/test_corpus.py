"""`sojourn corpus` builds what every session may be searched together with."""

import fcntl
import json
import os
import signal
import subprocess
import termios
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.cli.conftest import COMMAND, Ended, sentence

from sojourn import Sojourn

Run = Callable[..., Ended]


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A folder with two documents that can be read and one that has no words."""
    folder = tmp_path / "docs"
    (folder / "deep").mkdir(parents=True)
    (folder / "tides.md").write_text("# Tides\n\nThe moon pulls at the sea.\n")
    (folder / "deep/harbours.txt").write_text("A harbour shelters boats.\n")
    (folder / "noise.bin").write_bytes(bytes(range(256)) * 8)
    return folder


def found(store: Sojourn, query: str) -> list[str]:
    with store:
        hits = store.user("ada").sessions.create().search(query, corpora=["handbook"])
    return [hit.document_name for hit in hits]


def test_files_and_folders_become_a_corpus(sojourn: Run, store: Sojourn, documents: Path) -> None:
    ended = sojourn("corpus", "add", "handbook", "docs")
    assert (ended.returncode, ended.stderr) == (0, "")
    skipped, counts, made = ended.stdout.splitlines()
    assert skipped.split() == ["skipped", "docs/noise.bin"]
    assert sorted(counts.removesuffix(".").split(", ")) == ["1 skipped", "2 read"]
    assert made.startswith("handbook: 2 documents, 2 chunks, version ")
    assert found(store, "moon")
    heading, row = sojourn("corpus", "list").stdout.splitlines()
    assert heading.split() == ["name", "documents", "chunks", "version"]
    assert row.split()[:3] == ["handbook", "2", "2"]


def test_json_has_what_became_of_each_file(sojourn: Run, documents: Path) -> None:
    made = json.loads(sojourn("corpus", "add", "handbook", "docs", "--json").stdout)
    assert made["corpus"]["documents"] == 2
    assert {Path(file["path"]).name: file["outcome"] for file in made["files"]} == {
        "tides.md": "read",
        "harbours.txt": "read",
        "noise.bin": "skipped",
    }
    assert json.loads(sojourn("corpus", "list", "--json").stdout) == [made["corpus"]]


def test_the_same_command_again_brings_it_up_to_date(sojourn: Run, store: Sojourn, documents: Path) -> None:
    for _ in range(2):
        assert sojourn("corpus", "add", "handbook", "docs").returncode == 0
        assert len(found(store, "moon")) == 1
    (documents / "tides.md").unlink()
    (documents / "winds.txt").write_text("The trade winds blow west.\n")
    assert sojourn("corpus", "add", "handbook", "docs").returncode == 0
    assert found(store, "moon") == []
    assert len(found(store, "winds")) == 1
    assert len(json.loads(sojourn("corpus", "list", "--json").stdout)) == 1


def test_a_file_that_cannot_be_read_does_not_stop_the_others(sojourn: Run, documents: Path) -> None:
    (documents / "torn.pdf").write_bytes(b"%PDF-1.7\n" + b"nothing that is a PDF\n" * 40)
    ended = sojourn("corpus", "add", "handbook", "docs")
    assert ended.returncode == 0
    (failed,) = [line for line in ended.stdout.splitlines() if "torn.pdf" in line]
    assert failed.startswith("  failed   docs/torn.pdf: ")
    assert "1 failed" in ended.stdout
    assert "handbook: 2 documents" in ended.stdout


def test_a_corpus_without_words_is_refused_and_the_old_one_stays(
    sojourn: Run, store: Sojourn, documents: Path
) -> None:
    assert sojourn("corpus", "add", "handbook", "docs/tides.md").returncode == 0
    ended = sojourn("corpus", "add", "handbook", "docs/noise.bin")
    assert ended.returncode == 2
    assert "None of these files" in sentence(ended)
    assert len(found(store, "moon")) == 1


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a\x1b[31m", "x" * 5000])
def test_a_name_that_no_corpus_can_have_is_refused(
    sojourn: Run, data: Path, documents: Path, name: str
) -> None:
    ended = sojourn("corpus", "add", name, "docs/tides.md")
    assert ended.returncode == 2
    assert "\x1b" not in sentence(ended)
    assert json.loads(sojourn("corpus", "list", "--json").stdout) == []
    assert {path.name for path in data.parent.iterdir()} == {"docs", "sojourn-data"}


def test_odd_file_names_are_read_and_shown_safely(sojourn: Run, tmp_path: Path) -> None:
    for name in ("-draft.md", "*.md", "new\nline\x1b[31m.bin"):
        (tmp_path / name).write_text("The moon pulls at the sea." if name.endswith("md") else "\0" * 9000)
    ended = sojourn("corpus", "add", "handbook", "--", "-draft.md", "*.md", "new\nline\x1b[31m.bin")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "  skipped  new\\nline\\x1b[31m.bin\n" in ended.stdout
    assert "handbook: 2 documents" in ended.stdout


@pytest.mark.parametrize("folder", ["file", "file/below"])
def test_a_data_folder_that_cannot_be_is_refused_with_2(
    sojourn: Run, tmp_path: Path, documents: Path, folder: str
) -> None:
    (tmp_path / "file").write_text("")
    ended = sojourn("corpus", "add", "handbook", "docs", "--data", folder)
    assert ended.returncode == 2
    assert f"The data folder {folder} cannot be written" in sentence(ended)


def test_no_corpus_yet_is_no_error(sojourn: Run, store: Sojourn) -> None:
    with store:
        store.user("ada").sessions.create()
    ended = sojourn("corpus", "list")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "corpus add NAME" in ended.stdout
    assert json.loads(sojourn("corpus", "list", "--json").stdout) == []


@contextmanager
def held_up(fifo: Path) -> Iterator[None]:
    """Lasts while somebody reads from the pipe and waits for more than the first words."""
    writer = -1
    for _ in range(6000):
        with suppress(OSError):  # nobody has opened the other end yet
            writer = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
            break
        time.sleep(0.01)
    try:
        os.write(writer, b"The trade winds")
        waiting = array("i", [1])
        for _ in range(6000):
            fcntl.ioctl(writer, termios.FIONREAD, waiting)
            if not waiting[0]:
                break
            time.sleep(0.01)
        yield
    finally:
        os.close(writer)


def test_ctrl_c_ends_it_with_130_and_the_old_corpus_stays(
    sojourn: Run, store: Sojourn, tmp_path: Path, documents: Path, environment: dict[str, str]
) -> None:
    assert sojourn("corpus", "add", "handbook", "docs/tides.md").returncode == 0
    before = sojourn("corpus", "list", "--json").stdout
    fifo = tmp_path / "pipe.txt"
    os.mkfifo(fifo)
    adding = subprocess.Popen(
        [*COMMAND, "corpus", "add", "handbook", "docs/deep", "pipe.txt"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with held_up(fifo):
        adding.send_signal(signal.SIGINT)
        said, complaint = adding.communicate(timeout=60)
    assert adding.returncode == 130
    assert said == ""
    assert complaint.split() == ["Stopped."]
    assert sojourn("corpus", "list", "--json").stdout == before
    assert len(found(store, "moon")) == 1
    assert found(store, "harbour") == []


def test_a_corpus_of_another_folder_is_not_touched(sojourn: Run, data: Path, documents: Path) -> None:
    assert sojourn("corpus", "add", "handbook", "docs", "--data", "other").returncode == 0
    assert not data.exists()
