"""Files in the trash over HTTP, and bytes that are not those that were kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from tests.http.visitors import Visitor, mine, problem, visited


@pytest.fixture
def ada(app: FastAPI) -> Iterator[Visitor]:
    with visited(app) as visitor:
        yield visitor


@pytest.fixture
def path(ada: Visitor) -> str:
    return f"{mine(ada.session()['id'])}/files"


def put(ada: Visitor, path: str, data: bytes) -> str:
    id: str = ada.put(path, params={"name": "a.txt"}, content=data).json()["id"]
    return id


def ids(ada: Visitor, path: str, **asked: object) -> list[str]:
    return [file["id"] for file in ada.get(path, params=asked).json()["items"]]


def test_a_deleted_file_waits_in_the_trash_until_it_is_restored_or_erased(ada: Visitor, path: str) -> None:
    first, second = put(ada, path, b"first"), put(ada, path, b"second")
    for _ in range(2):
        assert ada.delete(f"{path}/{first}").status_code == 204
    assert ids(ada, path) == [second]
    assert ids(ada, path, deleted=True) == [first]
    assert ada.get(f"{path}/{first}").json()["deleted_at"] is not None
    assert ada.get(f"{path}/{first}/content").content == b"first"
    for _ in range(2):
        restored = ada.patch(f"{path}/{first}", json={"deleted": False})
        assert restored.status_code == 200
        assert restored.json()["deleted_at"] is None
    assert ids(ada, path) == [first, second]
    assert ada.patch(f"{path}/{first}", json={}).json()["id"] == first
    ada.delete(f"{path}/{first}")
    assert ada.delete(f"{path}/{first}", params={"erase": True}).status_code == 204
    assert ids(ada, path, deleted=True) == []
    problem(ada.delete(f"{path}/{first}"), 404, "not_found")
    problem(ada.patch(f"{path}/{first}", json={"deleted": False}), 404, "not_found")


@pytest.mark.parametrize("body", [{"deleted": True}, {"deleted": 0}, {"deleted": None}, {"name": "b"}, []])
def test_what_a_file_cannot_become_is_refused(ada: Visitor, path: str, body: object) -> None:
    file = put(ada, path, b"x")
    problem(ada.patch(f"{path}/{file}", json=body), 422, "invalid")
    assert ids(ada, path) == [file]


@pytest.mark.parametrize("asked", [{"deleted": "perhaps"}, {"erase": "2"}])
def test_a_word_that_is_neither_yes_nor_no_is_refused(ada: Visitor, path: str, asked: dict[str, str]) -> None:
    file = put(ada, path, b"x")
    call = ada.get(path, params=asked) if "deleted" in asked else ada.delete(f"{path}/{file}", params=asked)
    problem(call, 422, "invalid")
    assert ids(ada, path) == [file]


def test_a_closed_session_keeps_its_trash_as_it_is(ada: Visitor, path: str) -> None:
    kept, binned = put(ada, path, b"kept"), put(ada, path, b"binned")
    ada.delete(f"{path}/{binned}")
    ada.patch(path.removesuffix("/files"), json={"closed": True})
    problem(ada.delete(f"{path}/{kept}"), 409, "session_closed")
    problem(ada.patch(f"{path}/{binned}", json={"deleted": False}), 409, "session_closed")
    assert (ids(ada, path), ids(ada, path, deleted=True)) == ([kept], [binned])


@pytest.mark.parametrize("harm", ["turned", "shorter"])
def test_bytes_that_are_not_those_that_were_kept_are_told_as_such(
    ada: Visitor, path: str, folder: Path, harm: str
) -> None:
    data = b"Spring tides. " * 10_000
    file = put(ada, path, data)
    [blob] = (folder / "sessions").rglob(file)
    blob.write_bytes(data[:-1] + (b"!" if harm == "turned" else b""))
    problem(ada.get(f"{path}/{file}/content"), 500, "corrupt")
    if harm == "turned":  # a stretch says nothing of the whole
        assert ada.get(f"{path}/{file}/content", headers={"Range": "bytes=0-9"}).content == data[:10]
