"""Uploads that go on where they broke off, as tus 1.0.0 has it."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from tests.http.resuming import RAW, TUS, begin, bring, far, lying, named, summed
from tests.http.test_uploads import left
from tests.http.visitors import Visitor, another, app_of, mine, problem, visited

from sojourn import AsyncSojourn, Settings
from sojourn.testing.clock import FakeClock

WHOLE = hashlib.shake_128(b"tides").digest(150_000)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("resuming") / "data"


@pytest.fixture(scope="module")
def house(ground: Path, settings: Settings) -> Iterator[Visitor]:
    with visited(app_of(AsyncSojourn.open(f"sqlite:///{ground}", settings=settings))) as visitor:
        yield visitor


@pytest.fixture
def ada(house: Visitor) -> Visitor:
    return another(house)


@pytest.fixture
def session(ada: Visitor) -> dict[str, Any]:
    return ada.session()


def held(visitor: Visitor, session: dict[str, Any]) -> tuple[int, int]:
    record = visitor.get(mine(session["id"])).json()
    return record["file_count"], record["file_bytes"]


def test_pieces_become_the_file_that_the_last_answer_names(ada: Visitor, session: dict[str, Any]) -> None:
    answer = ada.post(
        f"{mine(session['id'])}/uploads",
        headers=TUS | {"Upload-Length": "150000", "Upload-Metadata": f"{named('../отчёт.csv')},flag"},
    )
    assert answer.status_code == 201
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert answer.headers["Upload-Offset"] == "0"
    assert parsedate_to_datetime(answer.headers["Upload-Expires"]).tzinfo is not None
    path = answer.headers["Location"]
    upload_id = path.rpartition("/")[2]
    assert path == f"{mine(session['id'])}/uploads/{upload_id}"

    first = bring(ada, path, WHOLE[:100_000], 0)
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "100000")
    assert "Sojourn-File" not in first.headers
    seen = ada.head(path, headers=TUS)
    assert (seen.headers["Upload-Offset"], seen.headers["Upload-Length"]) == ("100000", "150000")
    assert seen.headers["Upload-Metadata"] == named("отчёт.csv")
    assert seen.headers["Cache-Control"] == "no-store"
    [listed] = ada.get(f"{mine(session['id'])}/uploads").json()["items"]
    assert (listed["id"], listed["name"], listed["received"]) == (upload_id, "отчёт.csv", 100_000)
    assert ada.get(f"{mine(session['id'])}/files").json()["items"] == []

    last = bring(ada, path, WHOLE[100_000:], 100_000)
    assert (last.status_code, last.headers["Upload-Offset"]) == (204, "150000")
    file = ada.get(f"{mine(session['id'])}/files/{last.headers['Sojourn-File']}").json()
    assert (file["name"], file["digest"]) == ("отчёт.csv", hashlib.sha256(WHOLE).hexdigest())
    assert ada.get(f"{mine(session['id'])}/uploads").json()["items"] == []
    after = ada.head(path, headers=TUS)
    assert (after.headers["Upload-Offset"], after.headers["Sojourn-File"]) == ("150000", file["id"])
    assert ada.get(f"{mine(session['id'])}/files/{file['id']}/content").content == WHOLE


def test_the_first_bytes_may_come_with_the_creation(ada: Visitor, session: dict[str, Any]) -> None:
    path = f"{mine(session['id'])}/uploads"
    asked = TUS | {"Upload-Length": "150000", "Content-Type": RAW}
    answer = ada.post(path, content=WHOLE[:70_000], headers=asked | summed(WHOLE[:70_000]))
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "70000")
    assert bring(ada, answer.headers["Location"], WHOLE[70_000:], 70_000).status_code == 204
    whole = ada.post(path, content=b"Spring tides", headers=asked | {"Upload-Length": "12"})
    assert (whole.status_code, whole.headers["Upload-Offset"]) == (201, "12")
    assert ada.get(f"{mine(session['id'])}/files/{whole.headers['Sojourn-File']}").json()["size"] == 12


def test_first_bytes_that_are_refused_begin_nothing(
    ada: Visitor, session: dict[str, Any], ground: Path
) -> None:
    path = f"{mine(session['id'])}/uploads"
    asked = TUS | {"Upload-Length": "150000", "Content-Type": RAW}
    wrong = ada.post(path, content=WHOLE, headers=asked | summed(b"other"))
    problem(wrong, 460, "checksum_mismatch")
    problem(ada.post(path, content=WHOLE + b"x", headers=asked), 413, "limit_exceeded")
    chunked: Iterator[bytes] = iter([WHOLE, b"x"])
    problem(ada.post(path, content=chunked, headers=asked), 413, "limit_exceeded")
    kind = {"Content-Type": "text/plain"}
    problem(ada.post(path, content=WHOLE, headers=asked | kind), 415, "unsupported_media_type")
    assert ada.get(path).json()["items"] == []
    assert lying(ground, session["id"]) == []
    assert held(ada, session) == (0, 0)


def test_what_can_be_done_is_told(ada: Visitor, session: dict[str, Any]) -> None:
    for path in (f"{mine(session['id'])}/uploads", begin(ada, session["id"], 10)):
        answer = ada.options(path)
        assert answer.status_code == 204
        assert answer.headers["Tus-Resumable"] == answer.headers["Tus-Version"] == "1.0.0"
        assert answer.headers["Tus-Max-Size"] == "200000"
        assert {"creation", "termination", "expiration", "checksum"} <= set(
            answer.headers["Tus-Extension"].split(",")
        )
        assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"


@pytest.mark.parametrize("said", [None, "0.2.2", "1.0", "2.0.0", ""])
def test_another_version_is_refused_and_told_which_it_is(
    ada: Visitor, session: dict[str, Any], said: str | None
) -> None:
    path = begin(ada, session["id"], 10)
    headers = {"Upload-Length": "10", "Upload-Offset": "0", "Content-Type": RAW}
    headers |= {} if said is None else {"Tus-Resumable": said}
    for method, at in (
        ("POST", f"{mine(session['id'])}/uploads"),
        ("HEAD", path),
        ("PATCH", path),
        ("DELETE", path),
    ):
        answer = ada.request(method, at, headers=headers)
        assert answer.status_code == 412
        assert answer.headers["Tus-Version"] == answer.headers["Tus-Resumable"] == "1.0.0"
    assert far(ada, path) == 0


@pytest.mark.parametrize("offset", [0, 99_999, 100_001, 150_000, 10**17])
def test_a_piece_that_begins_elsewhere_is_409(ada: Visitor, session: dict[str, Any], offset: int) -> None:
    path = begin(ada, session["id"], 150_000)
    bring(ada, path, WHOLE[:100_000], 0)
    answer = bring(ada, path, b"", offset)
    problem(answer, 409, "conflict")
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert far(ada, path) == 100_000
    assert bring(ada, path, WHOLE[100_000:], 100_000).headers["Upload-Offset"] == "150000"


def test_more_than_was_announced_is_413(ada: Visitor, session: dict[str, Any]) -> None:
    path = begin(ada, session["id"], 150_000)
    problem(bring(ada, path, WHOLE + b"x", 0), 413, "limit_exceeded")
    chunked: Iterator[bytes] = iter([WHOLE, b"x"])
    problem(bring(ada, path, chunked, 0), 413, "limit_exceeded")
    kept = far(ada, path)
    assert bring(ada, path, WHOLE[kept:], kept).status_code == 204


@pytest.mark.parametrize("how", ["sha1", "sha256"])
def test_a_piece_is_held_against_its_checksum(ada: Visitor, session: dict[str, Any], how: str) -> None:
    path = begin(ada, session["id"], 150_000)
    wrong = bring(ada, path, WHOLE[:60_000], 0, **summed(WHOLE, how))
    told = problem(wrong, 460, "checksum_mismatch")
    assert told["status"] == 460
    assert far(ada, path) == 0
    assert bring(ada, path, WHOLE[:60_000], 0, **summed(WHOLE[:60_000], how)).status_code == 204
    last = bring(ada, path, WHOLE[60_000:], 60_000, **summed(WHOLE[60_000:], how))
    file = ada.get(f"{mine(session['id'])}/files/{last.headers['Sojourn-File']}").json()
    assert file["digest"] == hashlib.sha256(WHOLE).hexdigest()


@pytest.mark.parametrize(
    ("headers", "status", "field"),
    [
        ({"Content-Type": "application/octet-stream"}, 415, None),
        ({"Content-Type": ""}, 415, None),
        ({"Content-Encoding": "gzip"}, 415, None),
        ({"Upload-Offset": "-1"}, 422, "Upload-Offset"),
        ({"Upload-Offset": "1e3"}, 422, "Upload-Offset"),
        ({"Upload-Offset": ""}, 422, "Upload-Offset"),
        ({"Upload-Offset": "9" * 40}, 422, "Upload-Offset"),
        ({"Upload-Checksum": "md5 " + b64encode(bytes(16)).decode()}, 400, None),
        ({"Upload-Checksum": "crc32"}, 400, None),
        ({"Upload-Checksum": "sha256 ***"}, 422, "Upload-Checksum"),
        ({"Upload-Checksum": "sha256 " + b64encode(bytes(20)).decode()}, 422, "Upload-Checksum"),
        ({"Upload-Checksum": ""}, 400, None),
    ],
    ids=range(12),
)
def test_a_piece_that_is_described_badly_is_refused(
    ada: Visitor, session: dict[str, Any], headers: dict[str, str], status: int, field: str | None
) -> None:
    path = begin(ada, session["id"], 10)
    answer = bring(ada, path, b"x", 0, **headers)
    assert answer.status_code == status, answer.text
    assert answer.json().get("field") == field
    assert far(ada, path) == 0


@pytest.mark.parametrize(
    ("headers", "status", "field"),
    [
        ({"Upload-Length": ""}, 422, "Upload-Length"),
        ({"Upload-Length": "-5"}, 422, "Upload-Length"),
        ({"Upload-Length": "5.0"}, 422, "Upload-Length"),
        ({"Upload-Length": "9" * 30}, 422, "Upload-Length"),
        ({"Upload-Length": "200001"}, 413, None),
        ({"Upload-Length": "9" * 18}, 413, None),
        ({"Upload-Metadata": "filename ?"}, 422, "Upload-Metadata"),
        ({"Upload-Metadata": "filename YQ==,filename YQ=="}, 422, "Upload-Metadata"),
        ({"Upload-Metadata": ",,"}, 422, "Upload-Metadata"),
        ({"Upload-Metadata": "x" * 5000}, 413, None),
        ({"Upload-Checksum": "sha512 eA=="}, 400, None),
    ],
    ids=range(11),
)
def test_an_upload_that_is_announced_badly_does_not_begin(
    ada: Visitor, session: dict[str, Any], headers: dict[str, str], status: int, field: str | None
) -> None:
    path = f"{mine(session['id'])}/uploads"
    answer = ada.post(path, headers=TUS | {"Upload-Length": "10"} | headers)
    assert answer.status_code == status, answer.text
    assert answer.json().get("field") == field
    problem(ada.post(path, headers=TUS), 422, "invalid", "Upload-Length")
    problem(ada.post(path, headers=TUS | {"Upload-Defer-Length": "1"}), 422, "invalid", "Upload-Length")
    assert ada.get(path).json()["items"] == []


@pytest.mark.parametrize("metadata", ["", "filename", "filename ", "filename /w==", "is_secret,kind eA=="])
def test_a_name_is_no_condition(ada: Visitor, session: dict[str, Any], metadata: str) -> None:
    path = begin(ada, session["id"], 5, **{"Upload-Metadata": metadata})
    assert far(ada, path) == 0
    [listed] = ada.get(f"{mine(session['id'])}/uploads").json()["items"]
    assert listed["name"]


def test_what_is_given_up_leaves_nothing_and_frees_its_room(
    ada: Visitor, session: dict[str, Any], ground: Path
) -> None:
    path = begin(ada, session["id"], 200_000)
    bring(ada, path, WHOLE, 0)
    asked = TUS | {"Upload-Length": "150000"}
    problem(ada.post(f"{mine(session['id'])}/uploads", headers=asked), 413, "limit_exceeded")
    assert ada.delete(path, headers=TUS).status_code == 204
    assert lying(ground, session["id"]) == []
    for method in ("PATCH", "DELETE", "OPTIONS"):
        headers = TUS | {"Content-Type": RAW, "Upload-Offset": "150000"}
        problem(ada.request(method, path, headers=headers), 404, "not_found")
    assert ada.head(path, headers=TUS).status_code == 404
    assert far(ada, begin(ada, session["id"], 200_000)) == 0


def test_a_finished_upload_takes_no_more_and_is_not_given_up(ada: Visitor, session: dict[str, Any]) -> None:
    path = begin(ada, session["id"], 12)
    bring(ada, path, b"Spring tides", 0)
    problem(bring(ada, path, b"", 0), 409, "conflict")
    problem(bring(ada, path, b"!", 12), 413, "limit_exceeded")
    again = bring(ada, path, b"", 12)
    assert (again.status_code, again.headers["Upload-Offset"]) == (204, "12")
    problem(ada.delete(path, headers=TUS), 404, "not_found")
    assert held(ada, session) == (1, 12)


def test_what_is_erased_is_gone(ada: Visitor, session: dict[str, Any], ground: Path) -> None:
    path = begin(ada, session["id"], 150_000)
    bring(ada, path, WHOLE[:70_000], 0)
    assert ada.delete(f"{mine(session['id'])}?erase=true").status_code == 200
    problem(bring(ada, path, WHOLE[70_000:], 70_000), 410, "session_gone")
    assert ada.head(path, headers=TUS).status_code == 410
    problem(ada.delete(path, headers=TUS), 410, "session_gone")
    problem(ada.get(f"{mine(session['id'])}/uploads"), 410, "session_gone")
    assert lying(ground, session["id"]) == []


def test_in_a_closed_session_nothing_begins(ada: Visitor, session: dict[str, Any]) -> None:
    ada.patch(mine(session["id"]), json={"closed": True})
    asked = TUS | {"Upload-Length": "10"}
    problem(ada.post(f"{mine(session['id'])}/uploads", headers=asked), 409, "session_closed")


def test_a_page_of_another_site_can_do_nothing(ada: Visitor, session: dict[str, Any]) -> None:
    path = begin(ada, session["id"], 10)
    evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    asked = TUS | {"Upload-Length": "10"} | evil
    problem(ada.post(f"{mine(session['id'])}/uploads", headers=asked), 403, "cross_origin")
    problem(bring(ada, path, b"x", 0, **evil), 403, "cross_origin")
    problem(ada.delete(path, headers=TUS | evil), 403, "cross_origin")
    assert far(ada, path) == 0


def test_the_second_request_of_an_uploading_visitor_is_the_same_visitor(
    ada: Visitor, session: dict[str, Any]
) -> None:
    token = ada.token
    path = begin(ada, session["id"], 10)
    assert bring(ada, path, b"0123456789", 0).status_code == 204
    assert ada.token == token
    problem(bring(another(ada), path, b"", 10), 404, "not_found")


def test_an_upload_of_which_nothing_came_for_long_is_given_up(folder: Path) -> None:
    clock = FakeClock()
    settings = Settings(durability="process", upload_seconds=100)
    store = AsyncSojourn.open(f"sqlite:///{folder}", settings=settings, clock=clock)
    with visited(app_of(store)) as ada:
        session = ada.session()
        path = begin(ada, session["id"], 150_000)
        expires = parsedate_to_datetime(ada.head(path, headers=TUS).headers["Upload-Expires"])
        assert int(expires.timestamp()) == clock.now() // 1000 + 100
        clock.advance(seconds=90)
        bring(ada, path, WHOLE[:70_000], 0)
        clock.advance(seconds=90)
        assert far(ada, path) == 70_000, "bytes move the deadline"
        clock.advance(seconds=11)
        assert ada.head(path, headers=TUS).status_code == 404
        problem(bring(ada, path, WHOLE[70_000:], 70_000), 404, "not_found")
        assert ada.get(f"{mine(session['id'])}/uploads").json()["items"] == []
        assert ada.portal is not None
        ada.portal.call(store.sweep)
        assert left(folder) == []


def test_pages_of_an_allowed_origin_may_upload(folder: Path) -> None:
    from sojourn.server import Policy

    policy = Policy(allowed_origins=("https://app.example",))
    with visited(app_of(AsyncSojourn.open(f"sqlite:///{folder}"), policy=policy)) as ada:
        session = ada.session()
        asked = {
            "Origin": "https://app.example",
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "tus-resumable, upload-offset, content-type, upload-checksum",
        }
        allowed = ada.options(f"{mine(session['id'])}/uploads/x", headers=asked)
        assert allowed.status_code == 200
        path = begin(ada, session["id"], 10, Origin="https://app.example")
        answer = bring(ada, path, b"0123456789", 0, Origin="https://app.example")
        told = answer.headers["Access-Control-Expose-Headers"].split(", ")
        assert {"Upload-Offset", "Location", "Sojourn-File", "Tus-Resumable"} <= set(told)
