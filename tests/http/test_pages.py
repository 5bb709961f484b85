"""The page, its assets, and the headers on everything."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from tests.http.visitors import Visitor

from sojourn.server.pages import Pages
from sojourn.server.security import CSP, HEADERS, Security

SCRIPT = b"console.log('here')\n" * 50


@pytest.fixture
def web(tmp_path: Path) -> Path:
    web = tmp_path / "web"
    (web / "assets" / "fonts").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html><title>sojourn</title>")
    (web / "assets" / "app-1.js").write_bytes(SCRIPT)
    (web / "assets" / "app-1.js.gz").write_bytes(gzip.compress(SCRIPT))
    (web / "assets" / "fonts" / "a.woff2").write_bytes(b"wOF2")
    (tmp_path / "secret.txt").write_text("secret")
    return web


@pytest.fixture
def browser(web: Path) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=Pages(web).routes())) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/s/ses_x"])
def test_every_place_of_the_page_is_the_page(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert browser.head(path).content == b""


def test_assets_come_compressed_and_never_change(browser: TestClient) -> None:
    packed = browser.get("/assets/app-1.js", headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-type"] == "text/javascript; charset=utf-8"
    assert packed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert int(packed.headers["content-length"]) < len(SCRIPT) == len(packed.content)
    plain = browser.get("/assets/app-1.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == SCRIPT
    assert browser.get("/assets/fonts/a.woff2").headers["content-type"] == "font/woff2"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/..%5c..%5csecret.txt",
        "/assets//etc/passwd",
        "/assets/%00",
        "/assets/",
        "/assets/fonts",
        "/assets/app-1.js/",
        "/assets/none.js",
    ],
)
def test_a_path_is_a_name_and_nothing_else(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 404
    assert b"secret" not in answer.content


def test_a_page_that_is_built_anew_is_found(browser: TestClient, web: Path) -> None:
    assert browser.get("/assets/app-1.js").is_success
    (web / "assets" / "app-1.js").unlink()
    (web / "assets" / "app-1.js.gz").unlink()
    (web / "assets" / "app-2.js").write_bytes(b"new")
    assert browser.get("/assets/app-2.js").content == b"new"
    assert browser.get("/assets/app-1.js").status_code == 404


def test_a_page_that_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    with TestClient(Starlette(routes=Pages(tmp_path / "none").routes())) as browser:
        answer = browser.get("/")
    assert answer.status_code == 503
    assert "The web page is not built: run" in answer.text
    assert answer.text.count("\n") == 1


def test_pages_have_the_headers_and_are_nobodys(ada: Visitor) -> None:
    ada.session()
    for path in ("/", "/s/x", "/assets/none", "/nowhere"):
        answer = ada.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert "Cookie" not in answer.headers.get("vary", "")
        assert "set-cookie" not in answer.headers


def test_the_policy_runs_nothing_that_is_written_in_the_page() -> None:
    assert "unsafe" not in CSP
    for rule in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert rule in CSP.split("; ")


def test_an_answer_that_says_more_is_left_as_it_is() -> None:
    async def app(scope, receive, send):  # type: ignore[no-untyped-def]
        headers = [(b"content-security-policy", b"sandbox"), (b"vary", b"Origin")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    answer = TestClient(Security(app, private="/v1/")).get("/v1/x")
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["vary"] == "Origin, Cookie"
    assert answer.headers["cache-control"] == "no-store"


def test_an_error_that_nobody_expected_tells_nothing(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(*args: object, **more: object) -> None:
        raise RuntimeError("secret words")

    app.state.site.store.visit = broken
    answer = TestClient(app, base_url="https://testserver").get("/v1/me")
    assert answer.status_code == 500
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["code"] == "internal"
    assert "secret words" not in answer.text
    assert answer.json()["detail"].rpartition(" ")[2].rstrip(".") in caplog.text
