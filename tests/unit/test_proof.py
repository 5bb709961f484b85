"""Bytes are proven while they are read; a Reader's path leads to them and leaves nothing behind."""

import io
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.backends.localfiles import LocalFiles
from sojourn.core.held import local
from sojourn.core.proof import Proven
from sojourn.errors import Corrupt
from sojourn.models import File
from sojourn.ports import Held

DATA = bytes(range(256)) * 40


def proven(data: bytes, said: bytes) -> Proven:
    return Proven(io.BytesIO(data), len(said), sha256(said).hexdigest())


steps = st.lists(
    st.tuples(st.sampled_from(["read", "seek", "peek", "into", "line"]), st.integers(0, 11_000)), max_size=30
)


@given(steps)
def test_it_reads_like_any_file(steps: list[tuple[str, int]]) -> None:
    file, plain = proven(DATA, DATA), io.BytesIO(DATA)
    for step, number in steps:
        match step:
            case "read":
                assert file.read(number) == plain.read(number)
            case "seek":
                assert file.seek(number) == plain.seek(number)
            case "peek":
                here = plain.tell()
                assert plain.read(len(file.peek(number))) == file.peek(number)
                plain.seek(here)
            case "into":
                held, expected = bytearray(number), bytearray(number)
                assert file.readinto(held) == plain.readinto(expected)
                assert held == expected
            case "line":
                assert file.readline() == plain.readline()
        assert file.tell() == plain.tell()


@given(steps, st.integers(0, len(DATA) - 1))
def test_however_it_is_read_wrong_bytes_are_never_the_whole(steps: list[tuple[str, int]], place: int) -> None:
    wrong = bytearray(DATA)
    wrong[place] ^= 1
    file = proven(bytes(wrong), DATA)
    try:
        for step, number in steps:
            file.seek(number) if step == "seek" else file.read(number)
    except Corrupt:
        return
    file.seek(0)
    with pytest.raises(Corrupt):
        file.read()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalFiles:
    return LocalFiles(tmp_path)


def held(data: bytes, body: bytes | None) -> Held:
    digest = sha256(data).hexdigest()
    return Held(File("fil_1", "a", "text/plain", len(data), digest, 1), "fil_1", body)


@pytest.mark.parametrize("memory", [True, False])
def test_small_bytes_have_a_path_for_other_processes_and_leave_none(
    blobs: LocalFiles, tmp_path: Path, memory: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not memory:  # a system without it
        monkeypatch.delattr(os, "memfd_create", raising=False)
    with local(blobs, "ses_1", held(DATA, DATA)) as path:
        assert path.stat().st_size == len(DATA)
        for _ in range(2):
            assert path.read_bytes() == DATA
        script = "import sys; sys.stdout.buffer.write(open(sys.argv[1], 'rb').read())"
        told = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, check=True)
        assert told.stdout == DATA
        on_disk = [found for found in tmp_path.rglob("*") if found.is_file()]
        assert (on_disk == []) == memory
        blobs.drop("ses_1")
        assert not [found for found in tmp_path.rglob("*") if found.is_file()]
    assert not path.exists()


def test_a_path_leads_to_no_wrong_bytes(blobs: LocalFiles) -> None:
    with pytest.raises(Corrupt), local(blobs, "ses_1", held(DATA, DATA[:-1] + b"!")):
        pass
    writer = blobs.writer("ses_1", "fil_1")
    writer.write(DATA[:-1] + b"!")
    writer.finish()
    with pytest.raises(Corrupt), local(blobs, "ses_1", held(DATA, None)):
        pass
