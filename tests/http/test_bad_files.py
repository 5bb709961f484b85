"""Files that are not what they should be: one table, by the library and over HTTP.

Each is answered as its row says, leaves nothing, gives its room back, and the session goes on.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from tests.http.bad_files import ROWS, Row, opened
from tests.http.resuming import TUS, begin, bring
from tests.http.visitors import Visitor, another, app_of, made, mine, problem, visited

from sojourn import AsyncSojourn, Settings
from sojourn.errors import SojournError
from sojourn.models import File

SETTINGS = Settings(durability="process", session_files=1001)
CODES = {"image.type": "unsupported_type"}


def bytes_under(folder: Path) -> set[str]:
    """What lies in the folder of a store besides the records."""
    return {path.name for path in (folder / "sessions").rglob("files/*")}


@pytest.fixture(params=ROWS, ids=lambda row: f"{row.number} {row.what} by {row.how}")
def row(request: pytest.FixtureRequest) -> Row:
    found: Row = request.param
    return found


# -- the library --------------------------------------------------------------------------------


@pytest.fixture
async def session(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Any]:
    async with AsyncSojourn.open(f"sqlite:///{tmp_path}", settings=SETTINGS) as store:
        yield await store.user("ada").sessions.create()


async def taken(session: Any, row: Row, data: bytes, archive: File | None) -> File:
    """By the door that the row names; what was taken."""
    match row.how:
        case "unpack":
            assert archive is not None
            await session.files.unpack(archive.id, **row.asked)
            raise AssertionError("it was unpacked")
        case "image":
            kept: File = await session.images.add(row.name, data)
        case "file":
            kept = await session.files.add(row.name, data)
        case "bytes":
            kept = await session.files.add(row.name, data, size=row.announced)
    return kept


@pytest.mark.anyio
async def test_by_the_library(tmp_path: Path, session: Any, row: Row) -> None:
    data = row.data()
    archive = await session.files.add(row.name, data) if row.how == "unpack" else None
    before, there = await session.refresh(), bytes_under(tmp_path)
    if row.reason is not None:
        with pytest.raises(SojournError) as told:
            await taken(session, row, data, archive)
        facts = told.value.facts
        if row.how == "bytes" and row.announced is None:
            with pytest.raises(SojournError) as begun:
                await session.files.start(row.name, size=len(data))
            assert (begun.value.status, begun.value.facts["reason"]) == (row.status, row.reason)
        assert (told.value.status, facts["reason"]) == (row.status, row.reason)
        if row.entry is not None:
            [refused] = [entry for entry in facts["entries"] if entry.problem]
            assert facts["entry"] == refused.name == row.entry
            assert (refused.problem, refused.file) == (row.reason, None)
        assert await session.refresh() == before
        assert len((await session.files.list()).items) == before.file_count
        assert bytes_under(tmp_path) == there
    else:
        kept = await taken(session, row, data, archive)
        assert row.media_type in (None, kept.media_type)
        assert row.shown in (None, kept.name)
        if row.how == "bytes":
            begun = await session.files.start(row.name, size=len(data))
            done = await session.files.proceed(begun.id, data, offset=0)
            assert begun.name == done.file.name == row.shown
            assert len({file.digest for file in (await session.files.list()).items}) == 1
        with await session.files.open(kept.id) as file:
            assert file.read() == data
        if row.small is not None:
            small = await session.images.thumbnail(kept.id)
            assert (small.width, small.height) == row.small
    assert (await session.files.add("next.txt", b"words")).size == 5


# -- over HTTP ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bad") / "data"


@pytest.fixture(scope="module")
def house(folder: Path) -> Iterator[Visitor]:
    app: FastAPI = app_of(AsyncSojourn.open(f"sqlite:///{folder}", settings=SETTINGS))
    with visited(app) as visitor:
        yield visitor


@pytest.fixture
def ada(house: Visitor) -> Visitor:
    return another(house)


def held(visitor: Visitor, path: str) -> tuple[int, int, int]:
    record, files = visitor.get(path).json(), visitor.get(f"{path}/files?limit=200").json()
    return record["file_count"], record["file_bytes"], len(files["items"])


def at_once(visitor: Visitor, path: str, row: Row, data: bytes) -> Any:
    length = {} if row.announced is None else {"Content-Length": str(row.announced)}
    return visitor.put(f"{path}/files", params={"name": row.name}, content=data, headers=length)


def test_over_http(folder: Path, ada: Visitor, row: Row) -> None:
    path = mine(ada.session()["id"])
    data = row.data()
    if row.how == "unpack":
        archive = made(ada.put(f"{path}/files", params={"name": row.name}, content=data))
    before, there = held(ada, path), bytes_under(folder)
    match row.how:
        case "unpack":
            answer = ada.post(f"{path}/files/{archive['id']}/unpack", json=row.asked)
        case "image":
            answer = ada.post(f"{path}/images", files={"file": (row.name, data)})
        case "file":
            answer = ada.post(f"{path}/files", files={"file": (row.name, data)})
        case "bytes":
            answer = at_once(ada, path, row, data)
    if row.reason is not None:
        told = problem(answer, row.status, answer.json()["code"])
        assert told["reason"] == row.reason
        assert told["code"] == CODES.get(row.reason, told["code"])
        if row.entry is not None:
            assert [(entry["name"], entry["problem"]) for entry in told["entries"]] == [
                (row.entry, row.reason)
            ]
        if row.how == "bytes" and row.announced is None:
            asked = TUS | {"Upload-Length": str(len(data))}
            begun = problem(ada.post(f"{path}/uploads", headers=asked), row.status, told["code"])
            assert begun["reason"] == row.reason
        assert held(ada, path) == before
        assert bytes_under(folder) == there
    else:
        assert answer.status_code == row.status, answer.text
        [kept] = answer.json()["items"] if row.how != "bytes" else [answer.json()]
        assert row.shown in (None, kept["name"])
        if row.how == "bytes":
            last = bring(ada, begin(ada, path.rpartition("/")[2], len(data), row.name), data, 0)
            piecewise = ada.get(f"{path}/files/{last.headers['Sojourn-File']}").json()
            assert (piecewise["name"], piecewise["digest"]) == (row.shown, kept["digest"])
            headers = ada.get(f"{path}/files/{kept['id']}/content").headers
            assert headers["content-disposition"].isascii()
            assert headers["content-disposition"].count('"') == 2
        assert row.media_type in (None, kept["media_type"])
        content = ada.get(f"{path}/files/{kept['id']}/content")
        assert content.content == data
        assert content.headers["content-disposition"].startswith("attachment")
        assert content.headers["x-content-type-options"] == "nosniff"
        assert "svg" not in content.headers["content-type"]
        if row.small is not None:
            drawn = ada.get(f"{path}/images/{kept['id']}/thumbnail")
            assert drawn.headers["content-type"] == "image/webp"
            assert opened(drawn.content).size == row.small
            assert b"<script" not in drawn.content and b"PK\3\4" not in drawn.content
    assert made(ada.put(f"{path}/files", params={"name": "next.txt"}, content=b"words"))["size"] == 5


def test_the_table_has_every_row_up_to_the_last() -> None:
    assert {row.number for row in ROWS} >= set(range(1, 29))
