"""An archive taken apart over HTTP: as one answer, or told as it goes; whole, or only what is fit."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from tests.http.visitors import Visitor, app_of, made, mine, problem, visited
from tests.unit.archives import zipped
from tests.unit.pictures import saved, scene

from sojourn import AsyncSojourn, Settings

PNG = saved(scene(), "PNG")
MIXED = zipped({"album/tide.png": PNG, "album/": b"", "empty": b"", "notes.txt": b"words"})


@pytest.fixture
def path(ada: Visitor) -> str:
    return mine(ada.session()["id"])


@pytest.fixture
def url(ada: Visitor, path: str) -> str:
    archive = made(ada.put(f"{path}/files", params={"name": "all.zip"}, content=MIXED))
    return f"{path}/files/{archive['id']}/unpack"


def events(answer: httpx2.Response) -> list[tuple[str, Any]]:
    blocks = [block.split("\n") for block in answer.text.split("\n\n") if block.startswith("event: ")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def names(ada: Visitor, path: str) -> list[str]:
    return [file["name"] for file in ada.get(f"{path}/files").json()["items"]]


def test_every_entry_is_reported_and_every_file_kept(ada: Visitor, path: str, url: str) -> None:
    found = made(ada.post(url, json={}))
    assert found["archive"]["name"] == "all.zip"
    told = {entry["name"]: (entry["file"] or {}).get("name") for entry in found["entries"]}
    assert told == {"album/tide.png": "tide.png", "album": None, "empty": None, "notes.txt": "notes.txt"}
    assert all(entry["problem"] is None for entry in found["entries"])
    assert names(ada, path) == ["all.zip", "tide.png", "notes.txt"]


def test_a_kind_that_is_not_asked_for_refuses_the_whole_or_is_left_out(
    ada: Visitor, path: str, url: str
) -> None:
    told = problem(ada.post(url, json={"only": "image/*"}), 422, "invalid")
    assert (told["reason"], told["entries"][0]["name"]) == ("archive.kind", "notes.txt")
    assert names(ada, path) == ["all.zip"]
    found = made(ada.post(url, json={"only": "image/*", "partial": True}))
    assert [entry["problem"] for entry in found["entries"]] == [None, None, None, "archive.kind"]
    assert names(ada, path) == ["all.zip", "tide.png"]


def test_it_is_told_as_it_goes(ada: Visitor, path: str, url: str) -> None:
    answer = ada.post(url, json={}, headers={"Accept": "text/event-stream"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = events(answer)
    assert [name for name, _ in told] == ["progress", "done"]
    assert told[0][1] == {"entries": 2, "total": 2, "bytes": len(PNG) + 5}
    assert len(told[1][1]["entries"]) == 4
    assert len(names(ada, path)) == 3
    [(name, last)] = events(
        ada.post(url, json={"only": "text/plain"}, headers={"Accept": "text/event-stream"})
    )
    assert (name, last["reason"]) == ("problem", "archive.kind")
    assert len(names(ada, path)) == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"only": ""}, "only"),
        ({"only": "*"}, "only"),
        ({"only": "../*"}, "only"),
        ({"only": "image/[a-z]*"}, "only"),
        ({"only": "x" * 60_000}, "only"),
        ({"only": None}, "only"),
        ({"only": ["image/*"]}, "only"),
        ({"partial": 1}, "partial"),
        ({"partial": None}, "partial"),
        ({"password": "x"}, "password"),
    ],
)
def test_what_does_not_fit_names_the_field(
    ada: Visitor, path: str, url: str, body: dict[str, Any], field: str
) -> None:
    problem(ada.post(url, json=body), 422, "invalid", field)
    assert names(ada, path) == ["all.zip"]


def test_what_is_no_archive_is_told(ada: Visitor, path: str) -> None:
    words = ada.upload(path.rpartition("/")[2], "words.zip", b"words")
    told = problem(ada.post(f"{path}/files/{words['id']}/unpack", json={}), 422, "invalid")
    assert told["reason"] == "archive.type"
    for accept in ("*/*", "text/event-stream"):
        absent = f"{path}/files/fil_{'0' * 26}/unpack"
        problem(ada.post(absent, json={}, headers={"Accept": accept}), 404, "not_found")


def test_more_than_there_is_room_for_is_refused_before_it_is_written(ada: Visitor, path: str) -> None:
    archive = ada.upload(path.rpartition("/")[2], "six.zip", zipped({f"{n}.txt": b"words" for n in range(6)}))
    problem(ada.post(f"{path}/files/{archive['id']}/unpack", json={}), 413, "limit_exceeded")
    assert names(ada, path) == ["six.zip"]
    found = made(ada.post(f"{path}/files/{archive['id']}/unpack", json={"partial": True}))
    assert [entry["problem"] for entry in found["entries"]].count("limit_exceeded") == 2
    assert len(names(ada, path)) == 5


def test_whoever_leaves_stops_it_and_leaves_nothing(folder: Any) -> None:
    store = AsyncSojourn.open(f"sqlite:///{folder}", settings=Settings(durability="process"))
    app: FastAPI = app_of(store)
    with visited(app) as ada:
        path = mine(ada.session()["id"])
        many = zipped({f"{n}.bin": bytes([n % 256]) * 2000 for n in range(600)})
        archive = made(ada.put(f"{path}/files", params={"name": "many.zip"}, content=many))
        assert ada.portal is not None
        cookie = f"__Host-sojourn={ada.token}"
        began = ada.portal.call(leave_early, app, f"{path}/files/{archive['id']}/unpack", cookie)
        assert began, "it had begun"
        site = app.state.site
        ada.portal.call(until, lambda: not site._tended)
        assert names(ada, path) == ["many.zip"]
        assert ada.get(path).json()["file_count"] == 1
        assert made(ada.post(f"{path}/files/{archive['id']}/unpack", json={}))["entries"]


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(6000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it does not come true")


async def leave_early(app: FastAPI, url: str, cookie: str) -> bool:
    """A client that closes its connection when the first event is there."""
    told = asyncio.Event()
    asked = iter([{"type": "http.request", "body": b"{}", "more_body": False}])

    async def receive() -> dict[str, Any]:
        message = next(asked, None)
        if message is not None:
            return message
        await told.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if b"progress" in message.get("body", b""):
            told.set()

    headers = {"host": "testserver", "cookie": cookie, "origin": "https://testserver"}
    headers |= {"accept": "text/event-stream", "content-type": "application/json"}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": url,
        "raw_path": url.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 443),
    }
    await app(scope, receive, send)  # type: ignore[arg-type]
    return told.is_set()
