"""Bytes that go out: exactly those that came, and nothing a browser would run."""

import pytest
from tests.http.visitors import Visitor, mine

DATA = bytes(range(256)) * 8


@pytest.fixture
def path(ada: Visitor) -> str:
    session = ada.session()
    return f"{mine(session['id'])}/files/{ada.upload(session['id'], 'a.bin', DATA)['id']}/content"


def test_the_bytes_come_as_a_file_that_runs_nothing(ada: Visitor, path: str) -> None:
    answer = ada.get(path)
    assert answer.status_code == 200
    assert answer.content == DATA
    assert answer.headers["content-length"] == str(len(DATA))
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.html", b"<!doctype html><html><script>alert(1)</script>"),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("a.js", b"alert(1)"),
        ("a.css", b"body { display: none }"),
        ("a.xml", b'<?xml version="1.0"?><x/>'),
        ("a.xhtml", b'<html xmlns="http://www.w3.org/1999/xhtml"></html>'),
    ],
)
def test_no_type_is_told_that_a_page_could_run(ada: Visitor, name: str, data: bytes) -> None:
    session = ada.session()
    file = ada.upload(session["id"], name, data)
    answer = ada.get(f"{mine(session['id'])}/files/{file['id']}/content")
    assert answer.headers["content-type"].partition(";")[0] in ("application/octet-stream", "text/plain")
    assert answer.headers["content-disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=2000-", 2000, 2047),
        ("bytes=2000-99999999", 2000, 2047),
        ("bytes=-48", 2000, 2047),
        ("bytes=-99999", 0, 2047),
    ],
)
def test_one_range_is_answered(ada: Visitor, path: str, asked: str, first: int, last: int) -> None:
    answer = ada.get(path, headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == DATA[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(DATA)}"


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,5-6",
        "bytes=" + ",".join(["0-1"] * 10_000),
        "lines=1-2",
        "bytes=",
        "bytes=-",
        "bytes=9-2",
        "x",
    ],
)
def test_what_is_no_single_range_gets_the_whole(ada: Visitor, path: str, asked: str) -> None:
    answer = ada.get(path, headers={"Range": asked})
    assert answer.status_code == 200
    assert answer.content == DATA


@pytest.mark.parametrize("asked", ["bytes=2048-", "bytes=99999999999999999-", "bytes=-0"])
def test_a_range_behind_the_end_is_told(ada: Visitor, path: str, asked: str) -> None:
    answer = ada.get(path, headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(DATA)}"
    assert answer.content == b""


def test_what_the_client_has_is_not_sent_again(ada: Visitor, path: str) -> None:
    tag = ada.get(path).headers["etag"]
    for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = ada.get(path, headers={"If-None-Match": held})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == tag
    assert ada.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_range_of_another_version_is_the_whole(ada: Visitor, path: str) -> None:
    tag = ada.get(path).headers["etag"]
    assert ada.get(path, headers={"Range": "bytes=0-1", "If-Range": tag}).status_code == 206
    assert ada.get(path, headers={"Range": "bytes=0-1", "If-Range": '"other"'}).status_code == 200
