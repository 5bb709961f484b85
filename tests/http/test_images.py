"""Pictures over HTTP: sent as a form, listed, and fetched in small with an ETag."""

import io
from typing import Any

import pytest
from PIL import Image
from tests.http.visitors import Visitor, made, mine, problem
from tests.unit.pictures import saved, scene, turned

JPEG = saved(scene(60, 40), "JPEG", exif=turned(6))
PNG = saved(scene(600, 400), "PNG")


@pytest.fixture
def path(ada: Visitor) -> str:
    return mine(ada.session()["id"])


def send(ada: Visitor, path: str, *files: tuple[str, bytes]) -> list[dict[str, Any]]:
    answer = made(ada.post(f"{path}/images", files=[("file", file) for file in files]))
    found: list[dict[str, Any]] = answer["items"]
    return found


def test_pictures_of_a_form_are_kept_and_listed_with_their_size(ada: Visitor, path: str) -> None:
    ada.upload(path.rpartition("/")[2], "words.txt", b"words")
    kept = send(ada, path, ("lying.jpg", JPEG), ("large.png", PNG))
    assert [file["picture"] for file in kept] == [
        {"width": 40, "height": 60, "frames": 1},
        {"width": 600, "height": 400, "frames": 1},
    ]
    assert ada.get(f"{path}/images").json() == {"items": kept, "next": None}
    first = ada.get(f"{path}/images?limit=1").json()
    assert first["items"] == kept[:1]
    rest = ada.get(f"{path}/images", params={"cursor": first["next"]}).json()
    assert rest == {"items": kept[1:], "next": None}
    assert len(ada.get(f"{path}/files").json()["items"]) == 3


def test_one_that_is_no_picture_leaves_nothing_of_its_form(ada: Visitor, path: str) -> None:
    files = [("file", ("good.png", PNG)), ("file", ("bad.png", JPEG))]
    told = problem(ada.post(f"{path}/images", files=files), 415, "unsupported_type")
    assert told["reason"] == "image.type"
    assert "image/jpeg" in told["detail"] and "image/png" in told["detail"]
    assert ada.get(f"{path}/files").json()["items"] == []
    assert ada.get(path).json()["file_bytes"] == 0


@pytest.mark.parametrize("body", [b"", b"--x\r\n", b"{}"])
def test_what_is_no_form_is_refused(ada: Visitor, path: str, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    problem(ada.post(f"{path}/images", content=body, headers=headers), 422, "invalid")
    problem(ada.post(f"{path}/images", content=body), 422, "invalid", "Content-Type")


def test_a_thumbnail_is_asked_for_again_and_not_sent_again(ada: Visitor, path: str) -> None:
    [kept] = send(ada, path, ("large.png", PNG))
    url = f"{path}/images/{kept['id']}/thumbnail"
    first = ada.get(url)
    assert first.status_code == 200
    assert first.headers["content-type"] == "image/webp"
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["content-security-policy"].startswith("sandbox")
    assert Image.open(io.BytesIO(first.content)).size == (256, 171)
    again = ada.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    small = ada.get(url, params={"px": 100}, headers={"If-None-Match": first.headers["etag"]})
    assert Image.open(io.BytesIO(small.content)).size == (128, 85)
    assert ada.get(url, params={"px": 128}).headers["etag"] == small.headers["etag"]


@pytest.mark.parametrize("px", ["0", "15", "1025", "-5", "99999999999999999999", "x", "1.5", ""])
def test_a_size_that_is_none_is_refused(ada: Visitor, path: str, px: str) -> None:
    [kept] = send(ada, path, ("large.png", PNG))
    problem(ada.get(f"{path}/images/{kept['id']}/thumbnail", params={"px": px}), 422, "invalid", "px")


def test_what_is_no_picture_has_no_thumbnail(ada: Visitor, path: str) -> None:
    words = ada.upload(path.rpartition("/")[2], "words.txt", b"words")
    cut = ada.upload(path.rpartition("/")[2], "cut.png", PNG[:-100])
    assert cut["picture"] is None
    told = problem(ada.get(f"{path}/images/{words['id']}/thumbnail"), 415, "unsupported_type")
    assert told["reason"] == "image.type"
    told = problem(ada.get(f"{path}/images/{cut['id']}/thumbnail"), 422, "invalid")
    assert told["reason"] == "image.truncated"
    problem(ada.get(f"{path}/images/fil_{'0' * 26}/thumbnail"), 404, "not_found")


def test_a_thumbnail_is_gone_with_its_file(ada: Visitor, path: str) -> None:
    [kept] = send(ada, path, ("large.png", PNG))
    url = f"{path}/images/{kept['id']}/thumbnail"
    tag = ada.get(url).headers["etag"]
    assert ada.delete(f"{path}/files/{kept['id']}", params={"erase": True}).status_code == 204
    problem(ada.get(url, headers={"If-None-Match": tag}), 404, "not_found")
    assert ada.get(f"{path}/images").json()["items"] == []
