"""Bytes that come in: whole and durable, or nothing of them is left."""

import hashlib
import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from tests.http.running import running, until
from tests.http.visitors import Visitor, made, mine, problem, visited

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


@pytest.fixture
def ada(app: FastAPI) -> Iterator[Visitor]:
    with visited(app) as visitor:
        yield visitor


def left(folder: Path) -> list[str]:
    """The bytes of files that lie in the store's folder."""
    found = (folder / "sessions").rglob("*")
    return [path.name for path in found if path.is_file() and not path.name.startswith("index.db")]


def form(*parts: bytes, boundary: bytes = b"cut") -> bytes:
    return (
        b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"
    )


def file_part(name: bytes, data: bytes, field: bytes = b"file") -> bytes:
    head = b'Content-Disposition: form-data; name="' + field + b'"; filename="' + name + b'"'
    return head + b"\r\nContent-Type: image/png\r\n\r\n" + data


def send(visitor: Visitor, session_id: str, body: bytes, boundary: str = "cut"):  # type: ignore[no-untyped-def]
    kind = f"multipart/form-data; boundary={boundary}"
    return visitor.post(f"{mine(session_id)}/files", content=body, headers={"Content-Type": kind})


NAMES = [
    ("", "unnamed"),
    ("../../etc/passwd", "passwd"),
    ("/etc/x", "x"),
    ("C:\\x\\y.png", "y.png"),
    ("\\\\host\\x", "x"),
    ("a\0b.txt", "ab.txt"),
    ("a\r\nX-Evil: 1.txt", "aX-Evil: 1.txt"),
    ("\u202egnp.exe", "gnp.exe"),
    ("...", "unnamed"),
    ("CON", "CON"),
    (".htaccess", "htaccess"),
    ("отчёт.csv", "отчёт.csv"),
    ("e\u0301.txt", "\u00e9.txt"),
    ("x" * 300 + ".txt", "x" * 251 + ".txt"),
    ("日" * 200 + ".txt", "日" * 83 + ".txt"),
    ('q"u%o;te.txt', 'q"u%o;te.txt'),
]


@pytest.mark.parametrize(("given", "shown"), NAMES)
def test_a_name_is_shown_and_never_a_path(
    ada: Visitor, folder: Path, tmp_path: Path, given: str, shown: str
) -> None:
    session = ada.session()
    file = ada.upload(session["id"], given, b"plain words")
    assert file["name"] == shown
    assert left(folder) == [], "few bytes lie in the records"
    assert {path.name for path in tmp_path.iterdir()} == {folder.name}
    content = ada.get(f"{mine(session['id'])}/files/{file['id']}/content")
    assert content.content == b"plain words"
    disposition = content.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="')
    assert disposition.count('"') == 2
    assert disposition.isascii()


def test_no_name_at_all_is_one_too(ada: Visitor) -> None:
    path = f"{mine(ada.session()['id'])}/files"
    assert made(ada.put(path, content=b"x"))["name"] == "unnamed"


def test_the_type_is_judged_by_the_bytes(ada: Visitor) -> None:
    session = ada.session()
    path = f"{mine(session['id'])}/files"
    lying = ada.put(path, params={"name": "a.png"}, content=b"MZ\0\0", headers={"Content-Type": "image/png"})
    assert made(lying)["media_type"] != "image/png"
    honest = ada.put(path, params={"name": "a.exe"}, content=PNG, headers={"Content-Type": "text/html"})
    assert made(honest)["media_type"] == "image/png"
    assert honest.json()["digest"] == hashlib.sha256(PNG).hexdigest()


def test_no_bytes_are_no_file(ada: Visitor, folder: Path) -> None:
    session = ada.session()
    problem(
        ada.put(f"{mine(session['id'])}/files", params={"name": "a"}, content=b""), 422, "invalid", "file"
    )
    problem(send(ada, session["id"], form(file_part(b"a.txt", b""))), 422, "invalid", "file")
    assert left(folder) == []
    assert ada.get(mine(session["id"])).json() == session


def test_what_is_packed_on_the_way_is_not_taken_for_the_file(ada: Visitor) -> None:
    path = f"{mine(ada.session()['id'])}/files"
    answer = ada.put(path, content=b"x", headers={"Content-Encoding": "gzip"})
    problem(answer, 415, "unsupported_media_type")


def test_a_file_beyond_its_limit_leaves_nothing(ada: Visitor, folder: Path) -> None:
    session = ada.session()
    path = f"{mine(session['id'])}/files"
    problem(ada.put(path, content=b"x" * 200_001), 413, "limit_exceeded")
    pieces: Iterator[bytes] = iter([b"x" * 50_000] * 5)
    problem(ada.put(path, content=pieces), 413, "limit_exceeded")  # chunked: no length is told
    problem(send(ada, session["id"], form(file_part(b"a", b"x" * 200_001))), 413, "limit_exceeded")
    assert left(folder) == []
    assert ada.get(mine(session["id"])).json() == session


def test_a_session_holds_so_much_and_no_more(ada: Visitor) -> None:
    session = ada.session()
    path = f"{mine(session['id'])}/files"
    first = ada.upload(session["id"], "a", b"x" * 200_000)
    problem(ada.put(path, content=b"x" * 100_001), 413, "limit_exceeded")
    ada.upload(session["id"], "b", b"x" * 100_000)
    problem(ada.put(path, content=b"x"), 413, "limit_exceeded")
    assert ada.delete(f"{path}/{first['id']}").status_code == 204
    problem(ada.put(path, content=b"x"), 413, "limit_exceeded")  # what is in the trash still counts
    assert ada.delete(f"{path}/{first['id']}", params={"erase": True}).status_code == 204
    ada.upload(session["id"], "c", b"x" * 200_000)
    assert ada.get(mine(session["id"])).json()["file_bytes"] == 300_000


def test_a_session_holds_so_many_files(ada: Visitor) -> None:
    session = ada.session()
    for number in range(5):
        ada.upload(session["id"], f"{number}", b"x")
    problem(ada.put(f"{mine(session['id'])}/files", content=b"x"), 413, "limit_exceeded")


def test_a_form_may_carry_several_files(ada: Visitor) -> None:
    session = ada.session()
    field = b'Content-Disposition: form-data; name="note"\r\n\r\nnot a file'
    tricky = b"--cut\r\n\r\n--cu\r\n--cut--x\r\n" * 500
    body = form(file_part(b"a.txt", b"alpha"), field, file_part("é.png".encode(), PNG), boundary=b"other")
    answer = send(ada, session["id"], body, "other")
    items = made(answer)["items"]
    assert [(item["name"], item["size"]) for item in items] == [("a.txt", 5), ("é.png", len(PNG))]
    [file] = made(send(ada, session["id"], form(file_part(b"t", tricky), boundary=b"zz"), "zz"))["items"]
    content = ada.get(f"{mine(session['id'])}/files/{file['id']}/content").content
    assert content == tricky


def test_a_browsers_own_form_is_understood(ada: Visitor) -> None:
    session = ada.session()
    files = [("file", ("a.txt", b"alpha", "text/plain")), ("file", ("b.txt", b"beta", "text/plain"))]
    answer = ada.post(f"{mine(session['id'])}/files", files=files)
    assert [item["size"] for item in made(answer)["items"]] == [5, 4]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no form at all",
        b"--cut",
        b"--cut\r\n" + file_part(b"b.txt", b"half of it"),
        form(file_part(b"b.txt", b"x"))[:-6],
        form(),
        form(b'Content-Disposition: form-data; name="note"\r\n\r\nonly a field'),
        form(file_part(b"b.txt", b"fine"), file_part(b"c.txt", b"")),
        form(b"X: " + b"y" * 5000 + b"\r\n\r\ndata"),
        form(b"\r\n".join(b"X%d: y" % n for n in range(50)) + b"\r\n\r\ndata"),
        form(b"no header\r\n\r\ndata"),
        b"\r\n" * 100_000,
        b"x" * 200_000,
    ],
    ids=range(13),
)
def test_a_form_that_is_malformed_leaves_nothing(ada: Visitor, folder: Path, body: bytes) -> None:
    session = ada.session()
    kept = ada.upload(session["id"], "before.txt", b"kept" * 20_000)
    assert send(ada, session["id"], body).status_code == 422
    assert left(folder) == [kept["id"]]
    assert ada.get(mine(session["id"])).json()["file_count"] == 1


def test_a_form_of_too_many_or_too_large_fields_is_refused(ada: Visitor, folder: Path) -> None:
    session = ada.session()
    field = b'Content-Disposition: form-data; name="n"\r\n\r\n'
    problem(send(ada, session["id"], form(field + b"x" * 100_000)), 413, "limit_exceeded")
    problem(send(ada, session["id"], form(*[field] * 1001)), 413, "limit_exceeded")
    assert left(folder) == []


@pytest.mark.parametrize("kind", ["multipart/form-data", "application/json", "text/plain; boundary=cut", ""])
def test_what_is_no_form_is_refused(ada: Visitor, kind: str) -> None:
    path = f"{mine(ada.session()['id'])}/files"
    answer = ada.post(path, content=b"{}", headers={"Content-Type": kind})
    problem(answer, 422, "invalid", "Content-Type")
    long = f"multipart/form-data; boundary={'x' * 1000}"
    problem(ada.post(path, content=b"", headers={"Content-Type": long}), 422, "invalid", "Content-Type")


# -- over a real connection ---------------------------------------------------------------------


class Caller:
    """Somebody on this machine, byte by byte."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie = ""
        self.session = json.loads(self.ask("POST", "/v1/sessions/me", b"{}")[1])
        self.path = f"{mine(self.session['id'])}/files?name=cut.bin"

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Cookie": self.cookie, "Content-Type": "application/json"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        found = answer.status, answer.read()
        self.cookie = (answer.getheader("set-cookie") or self.cookie).partition(";")[0]
        connection.close()
        return found

    def cut_off(self, method: str, kind: str, body: bytes, announced: int | None, folder: Path) -> None:
        """Sends a part of what was announced, sees it arrive, and hangs up."""
        length = f"Content-Length: {announced}" if announced is not None else "Transfer-Encoding: chunked"
        if announced is None:
            body = b"%x\r\n%b\r\n" % (len(body), body)
        head = f"{method} {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {self.cookie}\r\n"
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            line.sendall(f"{head}Content-Type: {kind}\r\n{length}\r\n\r\n".encode() + body)
            if announced is not None and method == "PUT":  # else it is not written before there is a batch
                until(lambda: len(left(folder)) == 1)


@pytest.fixture
def caller(app: FastAPI) -> Iterator[Caller]:
    with running(app) as port:
        yield Caller(port)


HALF = b"x" * 100_000
WHOLE = form(file_part(b"first.txt", b"all of it"), file_part(b"second.txt", HALF))


@pytest.mark.parametrize(
    ("method", "kind", "body", "announced"),
    [
        ("PUT", "application/octet-stream", HALF, 200_000),
        ("PUT", "application/octet-stream", HALF, None),
        ("POST", "multipart/form-data; boundary=cut", WHOLE[:-50_000], len(WHOLE)),
    ],
    ids=["length", "chunked", "form"],
)
def test_an_upload_that_is_cut_off_leaves_nothing(
    caller: Caller, folder: Path, method: str, kind: str, body: bytes, announced: int | None
) -> None:
    caller.cut_off(method, kind, body, announced, folder)
    until(lambda: not left(folder))
    for _ in range(2):  # the whole quota is free again
        until(lambda: caller.ask("PUT", caller.path, b"y" * 150_000)[0] == 201)
    session = json.loads(caller.ask("GET", mine(caller.session["id"]))[1])
    assert (session["file_bytes"], session["file_count"]) == (300_000, 2)


def test_a_stranger_is_answered_before_they_have_sent_their_bytes(caller: Caller) -> None:
    head = (
        f"PUT {caller.path} HTTP/1.1\r\nHost: 127.0.0.1:{caller.port}\r\nContent-Length: 1000000000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", caller.port), timeout=30) as line:
        line.sendall(head.encode() + b"x" * 1000)
        assert line.recv(100).startswith(b"HTTP/1.1 404 ")


def test_the_next_request_of_a_loopback_visitor_is_the_same_visitor(caller: Caller) -> None:
    assert caller.cookie.startswith("sojourn-")
    sessions = json.loads(caller.ask("GET", "/v1/sessions/me")[1])["items"]
    assert [session["id"] for session in sessions] == [caller.session["id"]]
