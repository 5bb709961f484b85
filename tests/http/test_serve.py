"""`serve`: one process or several, an address that can be reached, and an end that loses nothing."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from tests.http.test_journeys import events
from tests.http.visitors import made, mine

from sojourn import ConfigError, Sojourn
from sojourn.server.serve import Serving, address, serve

SCRIPT = """
import asyncio, sys
from sojourn.ports import Delta
from sojourn.server import serve

class Slow:
    title = "Slow"
    async def respond(self, question):
        yield Delta("begun")
        await asyncio.sleep(1)
        yield Delta(" and ended")

if sys.argv[3] == "slow":  # in worker processes too
    serve.responders.from_settings = lambda *settings: Slow()

if __name__ == "__main__":
    serving = serve.Serving(store=sys.argv[1])
    serve.serve(
        serving, port=0, workers=int(sys.argv[2]), listening=lambda url: print(url, flush=True)
    )
"""


@contextmanager
def served(folder: Path, *, workers: int = 1, responder: str = "quotes") -> Iterator[subprocess.Popen[str]]:
    """A server in a process of its own; it is told to end by SIGTERM."""
    program = folder.parent / "program.py"
    program.write_text(SCRIPT)
    command = [sys.executable, str(program), f"sqlite:///{folder}", str(workers), responder]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder.parent
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGTERM)
            _, errors = process.communicate(timeout=60)
            assert "Traceback" not in errors, errors


@contextmanager
def browsing(process: subprocess.Popen[str]) -> Iterator[httpx2.Client]:
    assert process.stdout is not None
    with httpx2.Client(base_url=process.stdout.readline().strip(), timeout=30) as client:
        yield client


def test_one_process_serves_and_ends_when_told(folder: Path) -> None:
    with served(folder) as process, browsing(process) as browser:
        session = made(browser.post("/v1/sessions/me", json={"title": "Tides"}))
        assert browser.get("/v1/sessions/me").json()["items"] == [session]
    assert process.returncode == -signal.SIGTERM


def test_several_processes_serve_the_same_visitors(folder: Path) -> None:
    with served(folder, workers=2) as process, browsing(process) as browser:
        session = made(browser.post("/v1/sessions/me", json={}))
        path = mine(session["id"])
        for number in range(20):
            headers = {"Connection": "close"}
            made(browser.post(f"{path}/messages", json={"text": str(number)}, headers=headers))
        kept = browser.get(f"{path}/messages").json()["items"]
    assert [message["text"] for message in kept] == [str(number) for number in range(20)]
    assert process.returncode in (0, -signal.SIGTERM)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_open_stream_ends_at_once_and_its_answer_is_kept(folder: Path, workers: int) -> None:
    with served(folder, workers=workers, responder="slow") as process, browsing(process) as browser:
        session = made(browser.post("/v1/sessions/me", json={}))
        path = mine(session["id"])
        made(browser.post(f"{path}/messages", json={"text": "go on"}))
        stream = {"Accept": "text/event-stream"}
        with browser.stream("POST", f"{path}/runs", json={}, headers=stream) as run:
            chunks = run.iter_text()
            told = next(chunk for chunk in chunks if "delta" in chunk)
            os.kill(process.pid, signal.SIGTERM)
            told += "".join(chunks)
        assert events(told)[-1][1]["code"] == "unavailable"
        [token] = [cookie.value for cookie in browser.cookies.jar]
    with Sojourn.open(f"sqlite:///{folder}") as store:
        messages = store.visit(token).user.sessions.get(session["id"]).messages.last(2)
    assert messages[1].text == "begun and ended"


def test_a_port_that_is_taken_is_told_in_one_sentence(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            ConfigError, match=f"Port {port} on 127.0.0.1 cannot be had .*: choose another one"
        ):
            serve(Serving(store=f"sqlite:///{folder}"), port=port)


def test_an_address_of_no_machine_is_told_in_one_sentence(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"not\.invalid is not one of this machine's"):
        serve(Serving(store=f"sqlite:///{folder}"), host="not.invalid")


def test_a_folder_that_cannot_be_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="cannot be opened"):
        serve(Serving(store=f"sqlite:///{tmp_path}/file/data"), port=0)


def test_what_cannot_be_served_is_told_before_anything_is(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing"):
        serve(Serving(store="nothing://"), port=0)
    with pytest.raises(ConfigError, match="no model"):
        serve(Serving(store=f"sqlite:///{tmp_path}/d", base_url="http://127.0.0.1"), port=0)
    with pytest.raises(ConfigError, match="one process"):
        serve(Serving(store="memory://"), port=0, workers=2)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_the_address_told_is_one_that_leads_there(host: str, url: str) -> None:
    assert address(host, 8000) == url
