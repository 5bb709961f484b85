"""Bytes that come together with others, or with the end of their session."""

import asyncio
import hashlib
import http.client
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.http.resuming import RAW, TUS, begin, bring, lying
from tests.http.running import running, until
from tests.http.test_uploads import Caller, file_part, form
from tests.http.visitors import Visitor, another, app_of, made, mine, problem, visited

from sojourn import AsyncSojourn, Settings
from sojourn.errors import LimitExceeded, SessionGone, SojournError
from sojourn.models import File, Upload

SETTINGS = Settings(durability="process", file_bytes=3_000_000, session_bytes=4_000_000, session_files=2000)
MOST = hashlib.shake_128(b"most").digest(2_400_000)
"""60 % of what a session may hold."""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("races") / "data"


@pytest.fixture(scope="module")
def port(ground: Path) -> Iterator[int]:
    with running(app_of(AsyncSojourn.open(f"sqlite:///{ground}", settings=SETTINGS))) as port:
        yield port


@pytest.fixture
def ada(port: int) -> Caller:
    return Caller(port)


@pytest.fixture
async def session(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Any]:
    async with AsyncSojourn.open(f"sqlite:///{tmp_path / 'data'}", settings=SETTINGS) as store:
        yield await store.user("ada").sessions.create()


# -- row 33 -------------------------------------------------------------------------------------


@pytest.mark.anyio
@pytest.mark.parametrize("told", [True, False], ids=["announced", "not announced"])
async def test_of_eight_uploads_of_sixty_percent_exactly_one_is_kept(
    session: Any, tmp_path: Path, told: bool
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(MOST), 100_000):
            yield MOST[at : at + 100_000]
            await asyncio.sleep(0)

    async def add(number: int) -> File | SojournError:
        try:
            kept: File = await session.files.add(f"{number}", pieces(), size=len(MOST) if told else None)
        except LimitExceeded as problem:
            return problem
        return kept

    found = await asyncio.gather(*(add(number) for number in range(8)))
    kept = [file for file in found if isinstance(file, File)]
    record = await session.refresh()
    if told:  # not announced, they may stand in each other's way
        assert len(kept) == 1
    assert len(kept) <= 1
    assert (record.file_count, record.file_bytes) == (len(kept), len(kept) * len(MOST))
    assert lying(tmp_path / "data", session.id) == [file.id for file in kept]
    if kept:
        await session.files.erase(kept[0].id)
    assert (await session.files.add("next", MOST)).size == len(MOST)


@pytest.mark.anyio
async def test_of_eight_that_begin_exactly_one_does(session: Any) -> None:
    async def start() -> Upload | SojournError:
        try:
            upload: Upload = await session.files.start("a", size=len(MOST))
        except LimitExceeded as problem:
            return problem
        return upload

    found = await asyncio.gather(*(start() for _ in range(8)))
    [first] = [upload for upload in found if isinstance(upload, Upload)]
    assert [upload.id for upload in await session.files.uploads()] == [first.id]
    await session.files.cancel(first.id)
    assert isinstance(await start(), Upload)


def test_of_eight_requests_exactly_one_is_kept(ada: Caller, ground: Path) -> None:
    path = f"{mine(ada.session['id'])}/files"
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda number: ada.ask("PUT", f"{path}?name={number}", MOST)[0], range(8)))
    assert sorted(statuses) == [201] + [413] * 7
    [kept] = json.loads(ada.ask("GET", path)[1])["items"]
    assert kept["digest"] == hashlib.sha256(MOST).hexdigest()
    assert lying(ground, ada.session["id"]) == [kept["id"]]
    assert ada.ask("DELETE", f"{path}/{kept['id']}?erase=true")[0] == 204
    assert ada.ask("PUT", f"{path}?name=next", MOST)[0] == 201


# -- row 34 -------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_the_same_file_twice_is_two_files_and_one_blob(session: Any, tmp_path: Path) -> None:
    data = MOST[:1_000_000]
    first = await session.files.add("a", data)
    upload = await session.files.start("b", size=len(data))
    second = (await session.files.proceed(upload.id, data, offset=0)).file
    assert len(lying(tmp_path / "data", session.id)) == 1
    assert (await session.refresh()).file_bytes == 2 * len(data), "each counts"
    await session.files.erase(first.id)
    with await session.files.open(second.id) as opened:
        assert opened.read() == data
    await session.files.erase(second.id)
    assert lying(tmp_path / "data", session.id) == []


def test_the_same_file_twice_over_http(ada: Caller, ground: Path) -> None:
    path = f"{mine(ada.session['id'])}/files"
    data = MOST[:1_000_000]
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda name: ada.ask("PUT", f"{path}?name={name}", data), "ab"))
    assert [status for status, _ in both] == [201, 201]
    first, second = (json.loads(body) for _, body in both)
    until(lambda: len(lying(ground, ada.session["id"])) == 1)
    ada.ask("DELETE", f"{path}/{first['id']}?erase=true")
    assert ada.ask("GET", f"{path}/{second['id']}/content")[1] == data


# -- row 35 -------------------------------------------------------------------------------------


def sending(ada: Caller, method: str, below: str, *headers: str) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", ada.port), timeout=30)
    told = "\r\n".join((f"Host: 127.0.0.1:{ada.port}", f"Cookie: {ada.cookie}", *headers))
    line.sendall(f"{method} {mine(ada.session['id'])}{below} HTTP/1.1\r\n{told}\r\n\r\n".encode())
    return line


def test_erased_while_bytes_come_they_are_refused_as_gone(ada: Caller, ground: Path) -> None:
    with sending(ada, "PUT", "/files?name=late", f"Content-Length: {len(MOST)}") as line:
        line.sendall(MOST[:1_200_000])
        until(lambda: len(lying(ground, ada.session["id"])) == 1)
        assert ada.ask("DELETE", f"{mine(ada.session['id'])}?erase=true")[0] == 200
        line.sendall(MOST[1_200_000:])
        answer = line.recv(65536)
    assert answer.startswith(b"HTTP/1.1 410 ")
    assert lying(ground, ada.session["id"]) == []


def test_erased_while_an_upload_goes_on_it_is_refused_as_gone(ada: Caller, ground: Path) -> None:
    with sending(ada, "POST", "/uploads", "Tus-Resumable: 1.0.0", f"Upload-Length: {len(MOST)}") as line:
        upload_id = (
            line.recv(65536).decode().partition("ocation: ")[2].partition("\r\n")[0].rpartition("/")[2]
        )
    told = ("Tus-Resumable: 1.0.0", f"Content-Type: {RAW}", "Upload-Offset: 0")
    length = f"Content-Length: {len(MOST)}"
    with sending(ada, "PATCH", f"/uploads/{upload_id}", *told, length) as line:
        line.sendall(MOST[:1_200_000])
        until(lambda: len(lying(ground, ada.session["id"])) == 1)
        assert ada.ask("DELETE", f"{mine(ada.session['id'])}?erase=true")[0] == 200
        line.sendall(MOST[1_200_000:])
        answer = line.recv(65536)
    assert answer.startswith(b"HTTP/1.1 410 ")
    until(lambda: lying(ground, ada.session["id"]) == [])


def test_erased_while_it_is_read_a_file_is_read_to_its_end(ada: Caller, ground: Path) -> None:
    path = f"{mine(ada.session['id'])}/files"
    kept = json.loads(ada.ask("PUT", f"{path}?name=a", MOST)[1])
    connection = http.client.HTTPConnection("127.0.0.1", ada.port, timeout=30)
    connection.request("GET", f"{path}/{kept['id']}/content", headers={"Cookie": ada.cookie})
    answer = connection.getresponse()
    first = answer.read(1000)
    assert ada.ask("DELETE", f"{mine(ada.session['id'])}?erase=true")[0] == 200
    assert first + answer.read() == MOST
    connection.close()
    assert lying(ground, ada.session["id"]) == []
    assert ada.ask("GET", f"{path}/{kept['id']}/content")[0] == 410


@pytest.mark.anyio
async def test_erased_while_bytes_come_nothing_is_left(session: Any, tmp_path: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield MOST[:1_200_000]
        await session.erase()
        yield MOST[1_200_000:]

    with pytest.raises(SessionGone):
        await session.files.add("late", pieces())
    assert lying(tmp_path / "data", session.id) == []


# -- one upload, several senders ----------------------------------------------------------------


def test_of_two_who_send_the_same_upload_one_is_told_to_wait(ada: Caller) -> None:
    with sending(ada, "POST", "/uploads", "Tus-Resumable: 1.0.0", f"Upload-Length: {len(MOST)}") as line:
        upload_id = (
            line.recv(65536).decode().partition("ocation: ")[2].partition("\r\n")[0].rpartition("/")[2]
        )
    told = ("Tus-Resumable: 1.0.0", f"Content-Type: {RAW}", "Upload-Offset: 0")
    length = f"Content-Length: {len(MOST)}"
    answers: list[bytes] = []

    def send() -> None:
        with sending(ada, "PATCH", f"/uploads/{upload_id}", *told, length) as line:
            try:
                line.sendall(MOST)
                answers.append(line.recv(65536)[:13])
            except ConnectionError:
                answers.append(b"HTTP/1.1 409 ")  # it was answered, and hung up on

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert min(answers) == b"HTTP/1.1 204 "
    assert set(answers) <= {b"HTTP/1.1 204 ", b"HTTP/1.1 409 "}
    content = ada.ask("GET", f"{mine(ada.session['id'])}/files/{upload_id}/content")[1]
    assert content == MOST


# -- row 32, and what a form's pieces may cost --------------------------------------------------


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    folder = tmp_path_factory.mktemp("parts") / "data"
    with visited(app_of(AsyncSojourn.open(f"sqlite:///{folder}", settings=SETTINGS))) as visitor:
        yield visitor


def test_a_form_of_a_thousand_and_one_files_is_refused_and_none_is_kept(house: Visitor) -> None:
    ada = another(house)
    session = ada.session()
    parts = [file_part(b"%d.txt" % number, b"x") for number in range(1001)]
    kind = {"Content-Type": "multipart/form-data; boundary=cut"}
    answer = ada.post(f"{mine(session['id'])}/files", content=form(*parts), headers=kind)
    told = problem(answer, 413, "limit_exceeded")
    assert told["detail"] == "A form may have 1000 parts."
    record = ada.get(mine(session["id"])).json()
    assert (record["file_count"], record["file_bytes"]) == (0, 0)
    assert (
        len(made(ada.post(f"{mine(session['id'])}/files", content=form(*parts[:3]), headers=kind))["items"])
        == 3
    )


@pytest.mark.parametrize(
    "part",
    [
        b"X: " + b"y" * (10 << 20) + b"\r\n\r\ndata",
        b"\r\n".join(b"X%d: y" % number for number in range(10_000)) + b"\r\n\r\ndata",
        b"x" * 70_000 + b": y\r\n\r\ndata",
    ],
    ids=["10 MiB", "10 000", "a long name"],
)
def test_heads_of_parts_are_bounded(house: Visitor, part: bytes) -> None:
    ada = another(house)
    session = ada.session()
    kind = {"Content-Type": "multipart/form-data; boundary=cut"}
    body = form(file_part(b"a.txt", b"fine"), part)
    problem(ada.post(f"{mine(session['id'])}/files", content=body, headers=kind), 422, "invalid")
    assert ada.get(mine(session["id"])).json()["file_count"] == 0


def test_an_upload_may_be_named_in_every_session_but_its_own_and_is_not_found(house: Visitor) -> None:
    ada = another(house)
    mine_, other = ada.session(), ada.session()
    path = begin(ada, mine_["id"], 10)
    elsewhere = path.replace(mine_["id"], other["id"])
    problem(bring(ada, elsewhere, b"x", 0), 404, "not_found")
    problem(ada.delete(elsewhere, headers=TUS), 404, "not_found")
    assert bring(ada, path, b"0123456789", 0).status_code == 204
