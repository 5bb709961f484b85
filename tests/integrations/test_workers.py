"""Many requests at once on one session, in threads and in two processes: nothing is lost in silence."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

ROOT = Path(__file__).parents[2]
CLIENTS, REQUESTS = 8, 50
ALL = CLIENTS * REQUESTS

GUNICORN = ["gunicorn", "--preload", "--workers=2", "--threads=4", "tests.integrations.preloaded:wsgi"]
UVICORN = ["uvicorn", "--workers=2", "tests.integrations.preloaded:asgi"]
THREADS = ["gunicorn", "--threads=8", "tests.integrations.preloaded:wsgi"]
LOOP = ["uvicorn", "tests.integrations.preloaded:asgi"]

SERVERS: dict[str, tuple[list[str], int]] = {
    "flask, threads": (THREADS, 1),
    "flask, two workers with preload": (GUNICORN, 2),
    "starlette, one loop": (LOOP, 1),
    "starlette, two workers": (UVICORN, 2),
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(params=SERVERS)
def workers(request: pytest.FixtureRequest) -> int:
    return SERVERS[request.param][1]


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a server that is up; it is ended by its own pid."""
    command, workers = SERVERS[request.node.callspec.params["workers"]]
    port = free_port()
    where = (
        [f"--bind=127.0.0.1:{port}"] if command[0] == "gunicorn" else ["--host=127.0.0.1", f"--port={port}"]
    )
    log = tmp_path / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", *command, *where],
            cwd=ROOT,
            env=os.environ | {"SOJOURN_TEST_STORE": f"sqlite:///{tmp_path / 'data'}"},
            stdout=out,
            stderr=out,
        )
    try:
        end = time.monotonic() + 60
        up: set[int] = set()
        while len(up) < workers:  # each of them, not only the first
            up |= answering(port)
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def answering(port: int) -> set[int]:
    """The process that answers, if one does."""
    try:
        answer = httpx2.get(f"http://127.0.0.1:{port}/none/x", trust_env=False)
    except httpx2.TransportError:
        return set()
    assert answer.status_code == 200
    return {answer.json()["pid"]}


def hammered(
    site: str, first: httpx2.Client, name: str, key: Callable[[int, int], str]
) -> list[httpx2.Response]:
    """The answers to each client's requests, all with one cookie."""

    def run(number: int) -> list[httpx2.Response]:
        found = []
        for begin in range(0, REQUESTS, 10):  # a connection stays with one worker
            with httpx2.Client(base_url=site, cookies=first.cookies, trust_env=False) as client:
                steps = range(begin, begin + 10)
                found += [client.get(f"/{name}/{key(number, step)}") for step in steps]
        assert not any("set-cookie" in answer.headers for answer in found)
        return found

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [answer for answers in pool.map(run, range(CLIENTS)) for answer in answers]


def statuses(answers: list[httpx2.Response]) -> list[int]:
    return [answer.status_code for answer in answers]


def kept(client: httpx2.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/all/x").json()["state"]
    return found


def test_nothing_is_lost_in_silence(site: str, workers: int) -> None:
    with httpx2.Client(base_url=site, trust_env=False) as first:
        assert "set-cookie" in first.get("/set/began").headers

        answers = hammered(site, first, "set", lambda number, step: f"k{number}-{step}")
        assert statuses(answers) == [200] * ALL
        assert len(kept(first)) == ALL + 1

        assert len({answer.json()["pid"] for answer in answers}) == workers

        answers = hammered(site, first, "incr", lambda number, step: "count")
        assert statuses(answers) == [200] * ALL
        assert kept(first)["count"] == ALL

        found = statuses(hammered(site, first, "add", lambda number, step: "n"))
        assert set(found) <= {200, 409}
        assert kept(first)["n"] == found.count(200)
        assert kept(first)["began"] == 1


def test_whoever_is_alone_loses_no_update_and_no_request(site: str, workers: int) -> None:
    """Reading and setting, as it is written without a thought of others."""
    with httpx2.Client(base_url=site, trust_env=False) as first:
        first.get("/set/began")
        answers = hammered(site, first, "alone", lambda number, step: "n")
        assert statuses(answers) == [200] * ALL
        assert kept(first) == {"began": 1, "n": ALL}


def test_another_browser_is_another_visitor_on_every_worker(site: str, workers: int) -> None:
    with httpx2.Client(base_url=site, trust_env=False) as ada, httpx2.Client(base_url=site) as bob:
        ada.get("/set/mine")
        bob.get("/set/his")
        for _ in range(10):
            assert kept(ada) == {"mine": 1}
            assert kept(bob) == {"his": 1}
