"""The decoding process: killed when it must be, replaced, and gone with whoever started it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.pictures import png, saved, scene

from sojourn.errors import LimitExceeded, MissingExtra, ReaderFailed
from sojourn.ingest.images import Darkroom, Limits
from sojourn.ingest.images import worker as workers
from sojourn.ingest.images.orders import Answer

SMALL = png(1, 1, pixels=b"\0abc")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small"
    path.write_bytes(SMALL)
    return path


def pid_of(darkroom: Darkroom) -> int:
    assert darkroom._worker is not None
    return darkroom._worker.pid


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


def soon(condition: Callable[[], bool]) -> bool:
    """Whether it comes true within half a minute."""
    return any(condition() or time.sleep(0.05) for _ in range(600))


def test_one_process_serves_many_pictures_and_close_ends_it(small: Path) -> None:
    with Darkroom() as darkroom:
        assert darkroom._worker is None
        darkroom.pixels(small)
        first = pid_of(darkroom)
        assert first != os.getpid()
        darkroom.thumbnail(small, 10)
        assert pid_of(darkroom) == first
    assert is_gone(first)
    darkroom.close()
    assert darkroom.pixels(small).data == b"abc"
    second = pid_of(darkroom)
    darkroom.close()
    assert second != first and is_gone(second)


def test_a_process_that_is_late_is_killed_and_replaced(small: Path) -> None:
    with Darkroom(Limits(seconds=2)) as darkroom:
        darkroom.pixels(small)
        stopped = pid_of(darkroom)
        os.kill(stopped, signal.SIGSTOP)
        with pytest.raises(LimitExceeded, match="takes longer than 2 seconds") as caught:
            darkroom.pixels(small)
        assert caught.value.facts["reason"] == "image.time"
        assert is_gone(stopped)
    with Darkroom() as other:
        assert other.pixels(small).data == b"abc"


def test_a_decoder_that_is_at_work_is_killed_in_the_midst(tmp_path: Path) -> None:
    """81 million pixels take longer than ten milliseconds, on any machine."""
    path = tmp_path / "large"
    path.write_bytes(saved(scene(9000, 9000, "L"), "PNG", compress_level=1))
    with Darkroom(Limits(seconds=0.01)) as darkroom:
        with pytest.raises(LimitExceeded) as caught:
            darkroom.pixels(path)
        assert caught.value.facts["reason"] == "image.time"
        assert darkroom._worker is None


def test_a_process_that_died_while_it_waited_is_replaced(small: Path) -> None:
    with Darkroom() as darkroom:
        darkroom.pixels(small)
        dead = pid_of(darkroom)
        os.kill(dead, signal.SIGKILL)
        assert soon(lambda: is_gone(dead))
        assert darkroom.pixels(small).data == b"abc"
        assert pid_of(darkroom) != dead


def test_more_memory_than_allowed_is_told_and_the_next_picture_is_served(tmp_path: Path, small: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(saved(scene(9000, 9000), "PNG", compress_level=1))
    with Darkroom(Limits(memory_bytes=450 << 20)) as darkroom:
        with pytest.raises(LimitExceeded, match="too much memory") as caught:
            darkroom.pixels(path)
        assert caught.value.facts["reason"] == "image.memory"
        assert darkroom.pixels(small).data == b"abc"


def test_without_pillow_the_extra_is_named(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)  # as when it is not installed
    with Darkroom() as darkroom, pytest.raises(MissingExtra, match=r"pip install 'sojourn\[images\]'"):
        darkroom.pixels(small)


def test_a_process_that_cannot_start_is_told(
    tmp_path: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", os.devnull)
    with Darkroom() as darkroom, pytest.raises(ReaderFailed) as caught:
        darkroom.pixels(small)
    assert caught.value.facts["reason"] == "image.process"
    failing = tmp_path / "failing"
    failing.write_text("#!/bin/sh\nexit 3\n")
    failing.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(failing))
    with Darkroom() as darkroom, pytest.raises(ReaderFailed, match="while it started"):
        darkroom.pixels(small)


def test_an_answer_that_promises_too_much_is_not_read(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder that was taken over may say anything; its process is ended."""
    receive = workers.receive

    def boastful(stream: object, kind: type[Answer]) -> Answer | None:
        answer = receive(stream, kind)  # type: ignore[arg-type]
        return answer if answer is None or answer.size == 0 else Answer(size=1 << 40)

    monkeypatch.setattr(workers, "receive", boastful)
    with Darkroom() as darkroom:
        with pytest.raises(ValueError, match="cannot be decoded"):
            darkroom.pixels(small)
        assert darkroom._worker is None


def test_importing_and_measuring_loads_no_pillow(small: Path) -> None:
    script = (
        "import sys; from sojourn.ingest.images import Darkroom, read_header\n"
        f"read_header(open({str(small)!r}, 'rb')); room = Darkroom()\n"
        f"room.pixels(__import__('pathlib').Path({str(small)!r})); room.close()\n"
        "print('PIL' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True)
    assert answer.stdout == "False\n", answer.stderr


def test_the_process_has_no_secret_of_ours_and_none_of_our_files(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOJOURN_TEST_SECRET", "s3cret")
    with small.open("rb"), Darkroom() as darkroom:
        darkroom.pixels(small)
        process = Path(f"/proc/{pid_of(darkroom)}")
        if process.exists():
            assert b"s3cret" not in (process / "environ").read_bytes()
            opened = {str(link.readlink()) for link in (process / "fd").iterdir()}
            assert str(small) not in opened
            limits = (process / "limits").read_text()
            assert "Max core file size        0 " in limits and "Max file size             0 " in limits


def test_a_file_named_like_a_module_is_not_run(
    tmp_path: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIL.py", "msgspec.py", "struct.py"):
        (tmp_path / name).write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    with Darkroom() as darkroom:
        assert darkroom.pixels(small).data == b"abc"


def test_threads_share_one_process(small: Path) -> None:
    found: list[bytes] = []
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    before = set(children.read_text().split()) if children.exists() else set()
    with Darkroom() as darkroom:
        threads = [
            threading.Thread(target=lambda: found.append(darkroom.pixels(small).data)) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [b"abc"] * 8
        if children.exists():
            assert len(set(children.read_text().split()) - before) <= 1


PARENT = """
import sys
from pathlib import Path
from sojourn.ingest.images import Darkroom
room = Darkroom()
room.pixels(Path(sys.argv[1]))
print(room._worker.pid, flush=True)
sys.stdin.read()
"""


def test_the_process_ends_with_the_one_that_started_it(small: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(small)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None and parent.stdin is not None
    with parent:
        child = int(parent.stdout.readline())
        assert not is_gone(child)
        parent.kill()
    assert soon(lambda: is_gone(child))


FORKING = """
import os, sys
from pathlib import Path
from sojourn.ingest.images import Darkroom
room, path = Darkroom(), Path(sys.argv[1])
room.pixels(path)
before = room._worker.pid
child = os.fork()
same = room.pixels(path).data == b"abc"
own = (room._worker.pid == before) is (child != 0)
room.close()
if child == 0:
    os._exit(0 if same and own else 1)
print(same and own, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_after_a_fork_each_side_has_its_own_process(small: Path) -> None:
    answer = subprocess.run([sys.executable, "-c", FORKING, str(small)], capture_output=True, text=True)
    assert answer.stdout == "True 0\n", answer.stderr
