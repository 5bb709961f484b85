"""What the web figures need from the outside: a Redis, one worker of uvicorn, and wrk."""

import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

WORKER = Path(__file__).resolve().parent / "webs" / "worker.py"
_ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def redis(folder: Path) -> Iterator[str | None]:
    """The address of a Redis of one's own with nothing in it; None where there is none to start."""
    command = shutil.which("redis-server")
    if command is None:
        yield None
        return
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    with _running([command, *options], port, folder / "redis.log"):
        yield f"redis://127.0.0.1:{port}"


@contextmanager
def served(
    site: str, folder: Path, python: Path | None, more: Mapping[str, str], *, base: bool = False
) -> Iterator[int]:
    """The port of one worker over loopback."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    environment = {**os.environ, **more}
    if python is None:
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    else:
        environment.pop("PYTHONPATH", None)
    command = [str(python or sys.executable), str(WORKER), site, str(folder), str(port)]
    with _running([*command, *(["base"] if base else [])], port, folder / "server.log", environment):
        yield port


@contextmanager
def _running(
    command: list[str], port: int, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """A server, from when it answers to its end by its own pid."""
    with log.open("wb") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        try:
            end = time.monotonic() + 30
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    if server.poll() is not None or time.monotonic() > end:
                        raise RuntimeError(f"{command[0]} did not come up") from None
                    time.sleep(0.02)
            yield
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(timeout=20)


def cookie(port: int, path: str) -> str:
    """What a browser sends after it was there once."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return (answer.getheader("set-cookie") or "").partition(";")[0]


def wrk(port: int, path: str, sent: str, seconds: float) -> float | str:
    """Requests a second from 8 connections; in words when not all were answered 2xx."""
    command = ["wrk", "-t1", "-c8", f"-d{max(1, round(seconds))}s", f"http://127.0.0.1:{port}{path}"]
    told = subprocess.run(
        [*command, "-H", f"Cookie: {sent}"], check=True, capture_output=True, text=True, timeout=seconds + 60
    ).stdout
    if (wrong := re.search(r"Non-2xx or 3xx responses: (\d+)", told)) is not None:
        return f"{wrong[1]} refused"
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    return float(found[1]) if found else "no answer"
