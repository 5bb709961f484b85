"""`sojourn serve` serves, says where, and says what is in its way."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import COMMAND, Ended, sentence

from sojourn import Sojourn

Run = Callable[..., Ended]
Start = Callable[..., "Serving"]


class Serving:
    """A server that has said where it is."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.line)
        assert found, self.line
        self.port = int(found[1])

    def answer(self, method: str, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request(method, path, body=b"{}" if method == "POST" else None, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@pytest.fixture
def start(tmp_path: Path, environment: dict[str, str]) -> Iterator[Start]:
    """Starts servers, each on a free port, and kills what is left of them."""
    started: list[subprocess.Popen[str]] = []

    def launch(*args: str, env: dict[str, str] | None = None) -> Serving:
        with (tmp_path / "serve.log").open("w") as log:
            process = subprocess.Popen(
                [*COMMAND, "serve", "--port", "0", *args],
                cwd=tmp_path,
                env=environment | (env or {}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        started.append(process)
        deadline = threading.Timer(60, process.kill)
        deadline.start()
        try:
            return Serving(process)
        finally:
            deadline.cancel()

    yield launch
    for process in started:
        process.kill()
        process.communicate(timeout=30)


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_it_says_where_it_is_where_the_data_is_and_how_to_stop_it(start: Start, data: Path) -> None:
    serving = start()
    assert str(data) in serving.line
    assert "ctrl-C" in serving.line
    assert data.stat().st_mode & 0o777 == 0o700
    status, body = serving.answer("GET", "/v1/me")
    assert (status, json.loads(body)["user"]) == (200, None)


def test_what_it_is_told_is_in_the_folder(start: Start, sojourn: Run) -> None:
    serving = start("--durability", "process")
    assert serving.answer("POST", "/v1/sessions/me")[0] == 201
    assert json.loads(sojourn("show", "--json").stdout)["sessions"] == 1
    serving.process.terminate()
    serving.process.communicate(timeout=60)
    assert json.loads(sojourn("show", "--json").stdout)["sessions"] == 1


def test_ctrl_c_ends_it_well(start: Start, tmp_path: Path) -> None:
    serving = start()
    assert serving.answer("GET", "/v1/me")[0] == 200
    serving.process.send_signal(signal.SIGINT)
    said, _ = serving.process.communicate(timeout=60)
    assert (serving.process.returncode, said) == (0, "")
    assert "Traceback" not in (tmp_path / "serve.log").read_text()


def test_several_processes_serve_one_folder(start: Start, sojourn: Run) -> None:
    serving = start("--workers", "2")
    for _ in range(4):
        assert serving.answer("POST", "/v1/sessions/me")[0] == 201
    assert json.loads(sojourn("show", "--json").stdout)["sessions"] == 4
    serving.process.send_signal(signal.SIGINT)
    serving.process.communicate(timeout=60)
    assert serving.process.returncode == 0


def test_a_port_in_use_is_told_in_one_sentence(sojourn: Run) -> None:
    with taken_port() as port:
        ended = sojourn("serve", "--port", port)
    assert ended.returncode == 2
    assert f"Port {port}" in sentence(ended)


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("folder", ["file", "file/below", "what?"])
def test_a_folder_that_cannot_be_is_told_in_one_sentence(
    sojourn: Run, tmp_path: Path, folder: str, workers: str
) -> None:
    (tmp_path / "file").write_text("")
    ended = sojourn("serve", "--port", "0", "--data", folder, "--workers", workers)
    assert ended.returncode == 2
    assert folder in sentence(ended)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_nobody_can_write_to_is_told_in_one_sentence(sojourn: Run) -> None:
    ended = sojourn("serve", "--port", "0", "--data", "/proc")
    assert ended.returncode == 2
    assert sentence(ended).startswith("The data folder /proc cannot be written")


def test_a_store_without_its_keys_is_told_in_one_sentence(sojourn: Run, store: Sojourn, data: Path) -> None:
    with store:
        store.user("ada").sessions.create()
    (data / "keys.bin").unlink()
    ended = sojourn("serve", "--port", "0")
    assert ended.returncode == 2
    assert "keys.bin" in sentence(ended)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (["--port", "70000"], "'--port'"),
        (["--workers", "0"], "'--workers'"),
        (["--durability", "sometimes"], "'--durability'"),
        (["--host", "no.such.host.invalid"], "no.such.host.invalid"),
        (["--base-url", "http://127.0.0.1:1/v1"], "model"),
        (["--model", "m"], "key"),
        (["--model", "m", "--base-url", "ftp://127.0.0.1"], "base_url"),
        (["--trusted-proxy", "everybody"], "everybody"),
        (["--settings", "absent.toml"], "absent.toml"),
    ],
)
def test_what_does_not_fit_is_told_in_one_sentence(sojourn: Run, typed: list[str], says: str) -> None:
    ended = sojourn("serve", "--port", "0", *typed)
    assert ended.returncode == 2
    assert says in sentence(ended)


@pytest.mark.parametrize(
    "typed",
    [
        ["--api-key", "sk-canary"],
        ["--api-key=sk-canary"],
        ["--model", "m", "--base-url", "http://ada:sk-canary@127.0.0.1:1/v1"],
    ],
)
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(sojourn: Run, typed: list[str]) -> None:
    ended = sojourn("serve", "--port", "0", *typed)
    assert ended.returncode == 2
    assert "key" in sentence(ended)
    assert "canary" not in ended.stderr
    assert "--api-key" not in sojourn("serve", "--help").stdout


@contextmanager
def model() -> Iterator[tuple[str, list[str]]]:
    """An endpoint that turns everybody away, its address, and the keys it was shown."""
    shown: list[str] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            shown.append(self.headers.get("Authorization", ""))
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1", shown
        finally:
            server.shutdown()
            thread.join()


def ask(serving: Serving) -> None:
    """One question in a new session, and the wish for an answer, by one visitor."""
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=30)
    headers = {"Content-Type": "application/json"}

    def post(path: str, body: object) -> Any:
        connection.request("POST", f"/v1/sessions/me{path}", json.dumps(body), headers)
        answer = connection.getresponse()
        if cookie := answer.getheader("Set-Cookie"):
            headers["Cookie"] = cookie.split(";")[0]
        return json.loads(answer.read())

    try:
        session = post("", {})["id"]
        post(f"/{session}/messages", {"text": "When is high tide?"})
        post(f"/{session}/runs", {})
    finally:
        connection.close()


@pytest.mark.parametrize("keys", [{"SOJOURN_API_KEY": "sk-canary"}, {}], ids=["own", "none"])
def test_the_key_of_a_model_comes_from_its_own_variable(start: Start, keys: dict[str, str]) -> None:
    with model() as (url, shown):
        serving = start("--model", "m", "--base-url", url, env=keys | {"OPENAI_API_KEY": "sk-other"})
        status, body = serving.answer("GET", "/v1/me")
        assert (status, json.loads(body)["responder"]) == (200, {"title": "m"})
        ask(serving)
    assert shown
    assert all(("sk-canary" in key) == bool(keys) and "sk-other" not in key for key in shown)


def test_without_the_server_parts_it_says_what_to_install(sojourn: Run, tmp_path: Path) -> None:
    (tmp_path / "fastapi.py").write_text("raise ImportError('not here')")
    places = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    ended = sojourn("serve", env={"PYTHONPATH": os.pathsep.join(places)})
    assert ended.returncode == 1
    assert "'.[server]'" in sentence(ended)
