"""Reading apart: hostile bytes cost a process, never this one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sojourn import ingest
from sojourn.config import Settings
from sojourn.errors import MissingExtra, ReaderFailed
from sojourn.models import Place

LONG = "Twice a day the water rises. " * 5000


def written(folder: Path, content: bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("text", ["Twice a day.", LONG])
def test_small_and_large_texts_are_read_alike(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text.encode())
    chunks = ingest.read(path, "text/plain", settings=Settings())
    assert " ".join(" ".join(chunk.text for chunk in chunks).split()) == text.strip()
    assert chunks == list(ingest.READERS["text/plain"].read(path, "text/plain"))


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("text/markdown", b"# Tides\n\nTwice a day."),
        ("text/html", b"<h1>Tides</h1><p>Twice a day."),
        ("application/json", b"Twice a day."),
    ],
)
def test_every_kind_comes_back_from_its_process(tmp_path: Path, media_type: str, content: bytes) -> None:
    (chunk,) = ingest.read(written(tmp_path, content), media_type, settings=Settings())
    assert chunk.text == "Twice a day."


def test_places_come_back_whole(tmp_path: Path) -> None:
    (chunk,) = ingest.read(written(tmp_path, b"a\n1\n2\n"), "text/csv", settings=Settings())
    assert chunk.place == Place(row=1, last_row=2)


def test_more_time_than_allowed_is_told_and_the_process_is_gone(tmp_path: Path) -> None:
    path = written(tmp_path, b"<div>" * 300_000)
    with pytest.raises(
        ReaderFailed, match=r"^Reading this file takes longer than 1 seconds. The bytes are kept\.$"
    ):
        ingest.read(path, "text/html", settings=Settings(read_seconds=1))
    assert path.stat().st_size == 5 * 300_000
    if Path("/proc/self/task").exists():
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        commands = [Path(f"/proc/{child}/cmdline").read_bytes() for child in children]
        assert not [command for command in commands if b"sojourn.ingest" in command]


@pytest.mark.parametrize("size", [100, 100_000])
def test_more_passages_than_allowed_are_told(tmp_path: Path, size: int) -> None:
    path = written(tmp_path, b"word\f" * size)
    with pytest.raises(ReaderFailed, match=r"^This file has more than 10 passages\. The bytes are kept\.$"):
        ingest.read(path, "text/plain", settings=Settings(read_chunks=10))


def test_a_file_that_is_not_what_it_is_called_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, b"not a pdf at all")
    with pytest.raises(ReaderFailed, match=r"^This PDF is damaged\. The bytes are kept\.$") as caught:
        ingest.read(path, "application/pdf", settings=Settings())
    assert caught.value.facts["media_type"] == "application/pdf"


def test_a_kind_without_a_reader_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReaderFailed, match="image/png"):
        ingest.read(written(tmp_path, b"x"), "image/png", settings=Settings())


@pytest.mark.parametrize("media_type", ["text/plain", "application/pdf"])
def test_a_file_that_is_gone_is_not_found(tmp_path: Path, media_type: str) -> None:
    with pytest.raises(FileNotFoundError):
        ingest.read(tmp_path / "gone", media_type, settings=Settings())


def test_a_reader_that_takes_too_much_memory_is_stopped(tmp_path: Path) -> None:
    """A hole in a file costs no disk; its zeros would cost memory."""
    path = tmp_path / "huge.html"
    with path.open("wb") as file:
        file.truncate(3 << 30)
    with pytest.raises(ReaderFailed, match=r"too much memory|cannot be read|takes longer"):
        ingest.read(path, "text/html", settings=Settings(read_seconds=20))


def test_a_missing_library_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)  # as when it is not installed
    with pytest.raises(MissingExtra, match=r"needs pypdf: install sojourn\[ingest\]\.$"):
        ingest.read(written(tmp_path, b"%PDF-1.7"), "application/pdf", settings=Settings())


def test_the_reading_process_is_told_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOJOURN_TEST_SECRET", "s3cret")
    seen: dict[str, str] = {}
    run = subprocess.run

    def watched(*args: object, **kwargs: object) -> object:
        seen.update(kwargs["env"])  # type: ignore[call-overload]
        return run(*args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", watched)
    assert ingest.read(written(tmp_path, b"# Tides\n\nwords"), "text/markdown", settings=Settings())
    assert "PYTHONPATH" in seen and "s3cret" not in seen.values()


def test_a_sibling_file_named_like_a_module_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, b"raise SystemExit(3)", "msgspec.py")
    written(tmp_path, b"raise SystemExit(3)", "pypdf.py")
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, b"# Tides\n\nwords")
    assert [chunk.text for chunk in ingest.read(path, "text/markdown", settings=Settings())] == ["words"]
