"""Bytes that come too slowly, or break off: the answer is 408 or nobody hears it, and nothing is left."""

import contextlib
import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.http.resuming import RAW, begun, lying
from tests.http.running import running, until
from tests.http.test_uploads import Caller, file_part, form
from tests.http.visitors import app_of, mine
from tests.unit.pictures import saved, scene

from sojourn import AsyncSojourn, Settings
from sojourn.server import prompt

QUICK = Settings(
    durability="process",
    file_bytes=3_000_000,
    session_bytes=3_000_000,
    session_files=5,
    upload_rate_bytes=1000,
    upload_grace_seconds=0.6,
)
SIZE = 2_900_000
FORM = "multipart/form-data; boundary=cut"
PNG = saved(scene(), "PNG")


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pace") / "data"


@pytest.fixture(scope="module")
def port(ground: Path) -> Iterator[int]:
    with running(app_of(AsyncSojourn.open(f"sqlite:///{ground}", settings=QUICK))) as port:
        yield port


@pytest.fixture
def ada(port: int) -> Caller:
    return Caller(port)


@contextlib.contextmanager
def line_of(ada: Caller, method: str, below: str, *headers: str) -> Iterator[socket.socket]:
    """A connection on which the head of a request was sent."""
    told = "\r\n".join((f"Host: 127.0.0.1:{ada.port}", f"Cookie: {ada.cookie}", *headers))
    with socket.create_connection(("127.0.0.1", ada.port), timeout=30) as line:
        line.sendall(f"{method} {mine(ada.session['id'])}{below} HTTP/1.1\r\n{told}\r\n\r\n".encode())
        yield line


def heard(line: socket.socket) -> bytes:
    """All that is answered until the server hangs up."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := line.recv(65536):
            found += piece
    return found


def dribble(line: socket.socket, heard: list[bytes]) -> None:
    """A byte now and then, until the server hangs up."""
    line.settimeout(0.05)
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        for _ in range(600):
            with contextlib.suppress(TimeoutError):
                piece = line.recv(65536)
                if not piece:
                    return
                heard.append(piece)
            line.sendall(b"x")
    assert heard, "the server waited for ever"


def room(ada: Caller, ground: Path) -> None:
    """Nothing is left of what was sent, and all of the quota is free."""
    until(lambda: not lying(ground, ada.session["id"]))
    whole = f"{mine(ada.session['id'])}/files?name=whole"
    until(lambda: ada.ask("PUT", whole, b"y" * SIZE)[0] == 201)
    record = json.loads(ada.ask("GET", mine(ada.session["id"]))[1])
    assert (record["file_count"], record["file_bytes"]) == (1, SIZE)


DOORS = {
    "body": ("PUT", "/files?name=slow", "application/octet-stream", b"x" * 100_000, True),
    "chunks": ("PUT", "/files?name=slow", "application/octet-stream", b"x" * 100_000, False),
    "large": ("PUT", "/files?name=slow", "application/octet-stream", b"x" * 2_000_000, False),
    "form": ("POST", "/files", FORM, form(file_part(b"a", b"x" * 9000), file_part(b"b", b"y" * 9000)), True),
    "form, at its head": ("POST", "/files", FORM, b"--cut\r\nContent-Disp", True),
    "pictures": ("POST", "/images", FORM, form(file_part(b"a.png", PNG)), False),
    "creation": ("POST", "/uploads", RAW, b"x" * 100_000, True),
    "words": ("POST", "/messages", "application/json", b'{"text": "Spri', True),
}


def door(ada: Caller, name: str) -> contextlib.AbstractContextManager[socket.socket]:
    """Half a request by one of the doors; the rest is announced."""
    method, below, kind, data, told = DOORS[name]
    length = f"Content-Length: {SIZE // 10}" if told else "Transfer-Encoding: chunked"
    headers = ["Tus-Resumable: 1.0.0", f"Upload-Length: {SIZE // 10}"] if name == "creation" else []
    sent = data[:-9] if told else b"%x\r\n%b\r\n" % (len(data) - 9, data[:-9])

    @contextlib.contextmanager
    def open_line() -> Iterator[socket.socket]:
        with line_of(ada, method, below, f"Content-Type: {kind}", length, *headers) as line:
            line.sendall(sent)
            yield line

    return open_line()


@pytest.mark.parametrize("name", DOORS)
def test_who_stops_sending_is_answered_408_and_nothing_is_left(ada: Caller, ground: Path, name: str) -> None:
    with door(ada, name) as line:
        answer = heard(line)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer.lower()
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "too_slow"
    room(ada, ground)


@pytest.mark.parametrize("name", ["body", "form", "creation", "words"])
def test_a_byte_now_and_then_is_not_enough(ada: Caller, ground: Path, name: str) -> None:
    told: list[bytes] = []
    with door(ada, name) as line:
        dribble(line, told)
    assert b"".join(told).startswith(b"HTTP/1.1 408 ")
    room(ada, ground)


def test_who_keeps_the_pace_may_take_many_times_the_grace(ada: Caller, ground: Path) -> None:
    with line_of(ada, "PUT", "/files?name=steady", "Content-Length: 10000") as line:
        line.settimeout(0.1)
        for _ in range(20):
            line.sendall(b"x" * 500)
            with contextlib.suppress(TimeoutError):
                line.recv(1)
                break
        line.settimeout(30)
        assert b"201" in line.recv(1000)


def test_no_request_takes_longer_than_it_may(folder: Path) -> None:
    settings = Settings(durability="process", upload_grace_seconds=30, transfer_seconds=0.5)
    told: list[bytes] = []
    with running(app_of(AsyncSojourn.open(f"sqlite:///{folder}", settings=settings))) as port:
        ada = Caller(port)
        with line_of(ada, "PUT", "/files?name=long", "Content-Length: 1000000") as line:
            dribble(line, told)
        assert b"".join(told).startswith(b"HTTP/1.1 408 ")
        until(lambda: not lying(folder, ada.session["id"]))


@pytest.mark.parametrize("announced", [1000, SIZE], ids=["few", "many"])
def test_of_an_upload_that_stalls_what_came_is_kept(ada: Caller, announced: int) -> None:
    whole = bytes(range(250)) * (announced // 250)
    with line_of(ada, "POST", "/uploads", "Tus-Resumable: 1.0.0", f"Upload-Length: {announced}") as line:
        upload_id = begun(line.recv(65536))
    asked = ("Tus-Resumable: 1.0.0", f"Content-Type: {RAW}")
    half = announced // 2
    with line_of(
        ada, "PATCH", f"/uploads/{upload_id}", *asked, "Upload-Offset: 0", f"Content-Length: {announced}"
    ) as line:
        line.sendall(whole[:half])
        assert heard(line).startswith(b"HTTP/1.1 408 ")
    [found] = json.loads(ada.ask("GET", f"{mine(ada.session['id'])}/uploads")[1])["items"]
    assert found["received"] == half
    rest = (f"Upload-Offset: {half}", f"Content-Length: {announced - half}", "Connection: close")
    with line_of(ada, "PATCH", f"/uploads/{upload_id}", *asked, *rest) as line:
        line.sendall(whole[half:])
        assert b"sojourn-file" in heard(line).lower()
    content = ada.ask("GET", f"{mine(ada.session['id'])}/files/{upload_id}/content")[1]
    assert content == whole


def test_an_upload_gets_on_over_connections_that_break_before_a_batch_is_full(ada: Caller) -> None:
    with line_of(ada, "POST", "/uploads", "Tus-Resumable: 1.0.0", "Upload-Length: 1000") as line:
        upload_id = begun(line.recv(65536))
    asked = ("Tus-Resumable: 1.0.0", f"Content-Type: {RAW}")

    def received() -> int:
        found = json.loads(ada.ask("GET", f"{mine(ada.session['id'])}/uploads")[1])["items"]
        return int(found[0]["received"])

    def gets_on() -> bool:
        offset = received()
        more = (f"Upload-Offset: {offset}", f"Content-Length: {1000 - offset}")
        with line_of(ada, "PATCH", f"/uploads/{upload_id}", *asked, *more) as line:
            line.sendall(b"x" * 100)
            time.sleep(0.1)  # what was not looked at yet goes with the connection
            close(line)
        return received() >= 500

    until(gets_on)
    assert received() % 100 == 0


# -- connections that break off -----------------------------------------------------------------


def reset(line: socket.socket) -> None:
    """Hangs up without a word."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


def close(line: socket.socket) -> None:
    """Says that no more comes, though more was announced."""
    line.shutdown(socket.SHUT_WR)
    heard(line)


@pytest.mark.parametrize("end", [reset, close])
@pytest.mark.parametrize("told", [True, False], ids=["length", "chunks"])
def test_broken_off_after_any_piece_nothing_is_left(
    ada: Caller, ground: Path, told: bool, end: Callable[[socket.socket], None]
) -> None:
    piece = b"x" * (SIZE // 8)
    length = f"Content-Length: {SIZE}" if told else "Transfer-Encoding: chunked"
    for pieces in range(9):
        with line_of(ada, "PUT", "/files?name=cut", length) as line:
            for _ in range(min(pieces, 7)):
                line.sendall(piece if told else b"%x\r\n%b\r\n" % (len(piece), piece))
            if pieces == 8:  # 99 %
                rest = piece[: -SIZE // 100]
                line.sendall(rest if told else b"%x\r\n%b\r\n" % (len(rest), rest))
            end(line)
    room(ada, ground)


def test_what_comes_after_the_announced_bytes_is_not_the_files(ada: Caller) -> None:
    with line_of(ada, "PUT", "/files?name=short", "Content-Length: 5") as line:
        line.sendall(b"tidesand more")
        answer = heard(line)
    assert answer.startswith((b"HTTP/1.1 201 ", b"HTTP/1.1 400 "))
    files = json.loads(ada.ask("GET", f"{mine(ada.session['id'])}/files")[1])["items"]
    assert [file["size"] for file in files] in ([5], [])


# -- heads of requests --------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [b"", b"GET /v1/me HTTP/1.1\r\nHost: x\r\nX-"], ids=["nothing", "a part"])
def test_a_head_that_does_not_end_is_hung_up_on(
    ada: Caller, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(prompt, "HEAD_SECONDS", 0.4)
    with socket.create_connection(("127.0.0.1", ada.port), timeout=30) as line:
        line.sendall(sent)
        assert heard(line) == b""
    with socket.create_connection(("127.0.0.1", ada.port), timeout=30) as line:
        line.sendall(sent)
        line.settimeout(0.05)
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            for _ in range(600):
                with contextlib.suppress(TimeoutError):
                    assert line.recv(100) == b""
                    break
                line.sendall(b"x" if sent else b"")
            else:
                raise AssertionError("the server waited for ever")
    assert ada.ask("GET", "/v1/me")[0] == 200


def test_who_was_answered_and_goes_on_sending_is_hung_up_on(
    ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompt, "HEAD_SECONDS", 0.4)
    told: list[bytes] = []
    with line_of(ada, "PUT", "/files?name=large", "Content-Length: 900000000") as line:
        dribble(line, told)
    assert b"".join(told).startswith(b"HTTP/1.1 413 ")


def test_a_connection_goes_on_from_request_to_request(ada: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt, "HEAD_SECONDS", 0.8)
    head = f"GET /v1/me HTTP/1.1\r\nHost: 127.0.0.1:{ada.port}\r\nCookie: {ada.cookie}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", ada.port), timeout=30) as line:
        for _ in range(20):  # in two parts each, together longer than one head may take
            line.sendall(head[:30])
            line.settimeout(0.06)
            with contextlib.suppress(TimeoutError):
                raise AssertionError(line.recv(10))
            line.settimeout(30)
            line.sendall(head[30:])
            answer = line.recv(65536)
            while not answer.endswith(b"}"):
                answer += line.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200 ")


def test_many_slow_ones_keep_nobody_waiting(ada: Caller, ground: Path) -> None:
    with contextlib.ExitStack() as lines:
        slow = [lines.enter_context(door(ada, "words")) for _ in range(100)]
        assert ada.ask("PUT", f"{mine(ada.session['id'])}/files?name=a", b"Neap tides.")[0] == 201
        assert all(heard(line).startswith(b"HTTP/1.1 408 ") for line in slow)
