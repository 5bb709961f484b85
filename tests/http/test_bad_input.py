"""Whatever is sent, the answer is a problem that names the place, and nothing is kept."""

import json
from typing import Any

import httpx2
import pytest
from tests.http.visitors import Visitor, made, mine, problem

LONG = "x" * 60_000
ABSENT = ["ses_00000000000000000000000000", "x", "0", "-1", str(2**63), "ses_" + "9" * 5000, "%00", "%2e%2e"]
ABSENT += ["SES_UPPER", "ses_x.", "ses_x%0a", "%F0%9F%91%BB", "%ff%fe", "%ED%A0%80", "..%2f..%2fetc", "a;b"]


def raw(visitor: Visitor, method: str, path: str, body: bytes) -> httpx2.Response:
    return visitor.request(method, path, content=body, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize("session_id", ABSENT)
def test_an_id_that_names_nothing_is_not_found(ada: Visitor, session_id: str) -> None:
    ada.session()
    for method, below in (("GET", ""), ("GET", "/messages"), ("DELETE", ""), ("GET", "/files/x/content")):
        problem(ada.request(method, mine(session_id) + below), 404, "not_found")
    problem(ada.post(f"{mine(session_id)}/messages", json={"text": "x"}), 404, "not_found")
    problem(ada.get(f"/v1/sessions/{session_id}"), 404, "not_found")


@pytest.mark.parametrize("file_id", ABSENT)
def test_a_file_id_that_names_nothing_is_not_found(ada: Visitor, file_id: str) -> None:
    path = f"{mine(ada.session()['id'])}/files/{file_id}"
    for method, below in (("GET", ""), ("GET", "/content"), ("GET", "/chunks"), ("DELETE", "")):
        problem(ada.request(method, path + below), 404, "not_found")


def test_absent_ids_echo_nothing(ada: Visitor) -> None:
    ada.session()
    first, second = (ada.get(mine(f"ses_{letter * 26}")) for letter in "ab")
    assert first.content == second.content
    assert first.headers == second.headers


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": 5}, "title"),
        ({"title": None}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"title": ["x"]}, "title"),
        ({"tags": "one"}, "tags"),
        ({"tags": [1]}, "tags[0]"),
        ({"tags": [""]}, "tags[0]"),
        ({"metadata": []}, "metadata"),
        ({"metadata": {"n": 10**30}}, "metadata"),
        ({"client_key": ""}, "client_key"),
        ({"owner": "usr_x"}, "owner"),
        ({"id": "ses_x"}, "id"),
        ({"__proto__": {}}, "__proto__"),
        ({"__class__": "x"}, "__class__"),
        ({"revision": 7}, "revision"),
    ],
)
def test_a_session_that_does_not_fit_names_the_field(ada: Visitor, body: dict[str, Any], field: str) -> None:
    found = problem(ada.post("/v1/sessions/me", json=body), 422, "invalid")
    assert found.get("field", "") == field
    assert ada.token is None or ada.get("/v1/sessions/me").json()["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": "a", "parts": []}, "text"),
        ({"parts": []}, "parts"),
        ({"text": 1}, "text"),
        ({"text": "a", "role": "owner"}, "role"),
        ({"text": "a", "id": "not-a-uuid"}, "id"),
        ({"text": "a", "seq": 3}, "seq"),
        ({"text": "a", "created_at": "2020-01-01T00:00:00Z"}, "created_at"),
        ({"text": "a", "metadata": "x"}, "metadata"),
        ({"parts": [{"type": "text"}]}, "parts[0].text"),
        ({"parts": [{"type": "text", "text": "a"}, {"type": "text", "text": 5}]}, "parts[1].text"),
        ({"parts": [{"type": "file", "path": "/etc/passwd"}]}, "parts[0].file_id"),
        ({"parts": [{"type": "file", "file_id": "fil_x", "url": "http://127.0.0.1"}]}, "parts[0].url"),
        ({"parts": [{"type": "file", "file_id": "fil_x"}]}, "parts[0].file_id"),
        ({"parts": [{"type": "element"}]}, "parts[0]"),
        ({"parts": [{"text": "a"}]}, "parts[0]"),
        ({"parts": ["a"]}, "parts[0]"),
        ({"parts": [{"type": "raw", "provider": "p", "item": 2**70}]}, "parts[0].item"),
        (
            {"parts": [{"type": "tool_call", "call_id": "c", "name": "n", "arguments": {"a": 2**70}}]},
            "parts[0].arguments",
        ),
    ],
)
def test_a_message_that_does_not_fit_names_the_field(ada: Visitor, body: dict[str, Any], field: str) -> None:
    path = f"{mine(ada.session()['id'])}/messages"
    problem(ada.post(path, json=body), 422, "invalid", field)
    assert ada.get(path).json()["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"messages": [{"role": "user", "text": "a"}]}, "messages[0].id"),
        ({"messages": [{"id": "x", "role": "user", "text": "a"}]}, "messages[0].id"),
        ({"messages": [{"id": "00000000-0000-7000-8000-000000000001", "text": "a"}]}, "messages[0].role"),
        ({"messages": {}}, "messages"),
        ({"if_seq": "1"}, "if_seq"),
        ({"if_seq": 1.5}, "if_seq"),
    ],
)
def test_a_put_that_does_not_fit_names_the_field(ada: Visitor, body: dict[str, Any], field: str) -> None:
    problem(ada.put(mine(ada.session()["id"]), json=body), 422, "invalid", field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"closed": False}, "closed"),
        ({"closed": 1}, "closed"),
        ({"deleted": True}, "deleted"),
        ({"deleted": None}, "deleted"),
        ({"revision": 1}, "revision"),
    ],
)
def test_a_patch_only_closes_and_restores(ada: Visitor, body: dict[str, Any], field: str) -> None:
    session = ada.session()
    found = problem(ada.patch(mine(session["id"]), json=body), 422, "invalid")
    assert found.get("field", "") == field
    assert ada.get(mine(session["id"])).json() == session


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"set": {"": 1}}, "key"),
        ({"set": []}, "set"),
        ({"increment": {"n": "1"}}, None),
        ({"increment": {"n": True}}, None),
        ({"if_versions": {"n": -1}}, "if_versions.n"),
        ({"remove": "n"}, "remove"),
        ({"values": {}}, "values"),
    ],
)
def test_state_that_does_not_fit_is_refused_whole(
    ada: Visitor, body: dict[str, Any], field: str | None
) -> None:
    path = f"{mine(ada.session()['id'])}/state"
    problem(ada.patch(path, json={"set": {"kept": 1}} | body), 422, "invalid", field)
    assert ada.get(path).json()["values"] == {}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"metadata": {"a": [1, NaN]}}', "metadata.a[1]"),
        (b'{"metadata": {"a": Infinity}}', "metadata.a"),
        (b'{"metadata": {"a": 1e999}}', "metadata.a"),
        (b'{"title": "\\ud800"}', "title"),
        (b'{"title": "a", "title": "b"}', "title"),
        (b'{"metadata": {"a": 1, "a": 1}}', "a"),
    ],
)
def test_json_that_is_no_strict_json_names_the_field(ada: Visitor, body: bytes, field: str) -> None:
    problem(raw(ada, "POST", "/v1/sessions/me", body), 422, "invalid", field)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nothing",
        b"null",
        b"[]",
        b'"text"',
        b"5",
        b'{"title": "a"} x',
        b'\xef\xbb\xbf{"title": "a"}',
        '{"title": "a"}'.encode("utf-16"),
        b'{"title": "\xff"}',
        b'{"title": "\xed\xa0\x80"}',
        b'{"metadata": {"n": ' + b"9" * 100_000 + b"}}",
        b'{"metadata": ' + b'{"a":' * 100_000,
        b'{"metadata": {"a": ' + b"[" * 200 + b"]" * 200 + b"}}",
    ],
    ids=range(14),
)
def test_a_body_that_is_no_object_is_refused(ada: Visitor, body: bytes) -> None:
    problem(raw(ada, "POST", "/v1/sessions/me", body), 422, "invalid")


def test_a_million_equal_names_cost_no_more_than_a_look(ada: Visitor) -> None:
    body = b'{"metadata": {' + b",".join(b'"a":1' for _ in range(300_000)) + b"}}"
    problem(raw(ada, "POST", "/v1/sessions/me", body), 422, "invalid", "a")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_a_body_of_another_kind_is_refused(ada: Visitor, kind: str) -> None:
    answer = ada.post("/v1/sessions/me", content=b'{"title": "a"}', headers={"Content-Type": kind})
    problem(answer, 415, "unsupported_media_type")
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    problem(ada.post("/v1/sessions/me", content=b"{}", headers=packed), 415, "unsupported_media_type")


def test_a_body_that_is_too_large_is_refused_before_it_is_read(ada: Visitor, bob: Visitor) -> None:
    huge = b'{"title": "' + b"x" * 3_000_000 + b'"}'
    problem(raw(ada, "POST", "/v1/sessions/me", huge), 413, "limit_exceeded")
    announced = {"Content-Type": "application/json", "Content-Length": str(10**12)}
    problem(bob.post("/v1/sessions/me", content=b"{}", headers=announced), 413, "limit_exceeded")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": "x" * 301}, "title"),
        ({"tags": [str(n) for n in range(33)]}, "tags"),
        ({"tags": ["x" * 65]}, "tags[0]"),
        ({"metadata": {"a": LONG}}, "metadata"),
        ({"client_key": LONG}, "client_key"),
    ],
)
def test_what_is_too_long_says_so(ada: Visitor, body: dict[str, Any], field: str) -> None:
    problem(ada.post("/v1/sessions/me", json=body), 413, "limit_exceeded", field)


def test_a_message_that_is_too_long_says_so(ada: Visitor) -> None:
    path = f"{mine(ada.session()['id'])}/messages"
    problem(ada.post(path, json={"text": LONG}), 413, "limit_exceeded", "text")
    problem(ada.post(path, json={"parts": [{"type": "text", "text": LONG}]}), 413, "limit_exceeded")
    many = {"parts": [{"type": "text", "text": "x" * 30_000}] * 2}
    problem(ada.post(path, json=many), 413, "limit_exceeded", "parts")


def test_more_state_than_is_allowed_is_refused(ada: Visitor) -> None:
    path = f"{mine(ada.session()['id'])}/state"
    problem(ada.patch(path, json={"set": {f"k{n}": n for n in range(21)}}), 413, "limit_exceeded")
    problem(ada.patch(path, json={"set": {"k" * 201: 1}}), 413, "limit_exceeded", "key")
    assert ada.get(path).json()["values"] == {}


@pytest.mark.parametrize(
    ("below", "field"),
    [
        ("/messages?limit=0", "limit"),
        ("/messages?limit=-1", "limit"),
        ("/messages?limit=201", "limit"),
        ("/messages?limit=x", "limit"),
        ("/messages?before=-1", "before"),
        (f"/messages?before={2**80}", "before"),
        (f"/messages?after={2**80}", "after"),
        ("/messages?before=1&after=1", "after"),
        ("/files?limit=201", "limit"),
        ("/files?cursor=x", "cursor"),
        ("/search", "q"),
        ("/search?q=a&k=0", "k"),
        ("/search?q=a&k=1000000000", "k"),
        ("/search?q=a%00b", "query"),
    ],
)
def test_a_query_that_does_not_fit_names_the_field(ada: Visitor, below: str, field: str) -> None:
    problem(ada.get(mine(ada.session()["id"]) + below), 422, "invalid", field)


def test_a_search_is_words_and_never_a_program(ada: Visitor) -> None:
    session = ada.session()
    ada.upload(session["id"], "a.txt", b"The tide comes in.")
    path = f"{mine(session['id'])}/search"
    for query in (
        '"',
        "*",
        "NEAR(",
        "a NOT b",
        "text:tide",
        "' OR 1=1 --",
        "%",
        "(((((",
        "",
        " ",
        "\U0001f47b",
    ):
        assert ada.get(path, params={"q": query}).status_code == 200
    problem(ada.get(path, params={"q": LONG[:2001]}), 413, "limit_exceeded", "query")
    problem(ada.get(path, params={"q": "a", "corpora": "none"}), 404, "not_found", "corpora")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("POST", "/v1/nothing", 404),
        ("GET", "/v1/me/", 404),
        ("GET", "/v1/", 404),
        ("GET", "/v1/sessions//x", 404),
        ("GET", "/v1/sessions/me/x/unknown", 404),
        ("DELETE", "/v1/me", 405),
        ("POST", "/v1/corpora", 405),
        ("PATCH", "/v1/sessions/me", 405),
    ],
)
def test_paths_that_are_not_there_are_problems_too(ada: Visitor, method: str, path: str, status: int) -> None:
    answer = ada.request(method, path)
    problem(answer, status, "not_found" if status == 404 else "method_not_allowed")
    assert ("allow" in answer.headers) is (status == 405)


def test_a_method_in_a_header_is_not_a_method(ada: Visitor) -> None:
    session = ada.session()
    ada.get(mine(session["id"]), headers={"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "DELETE"})
    assert ada.get(mine(session["id"])).json()["deleted_at"] is None


def test_a_problem_repeats_nothing_but_the_fields_name(ada: Visitor) -> None:
    secret = "correct-horse-battery"
    path = mine(ada.session()["id"])
    for body in (
        {"title": [secret]},
        {"parts": [{"type": secret}]},
        {"text": "a", "role": secret},
        {"text": "a", "id": secret},
    ):
        assert secret not in ada.post(f"{path}/messages", json=body).text
    assert secret not in ada.get(f"{path}/messages", params={"limit": secret}).text
    named = ada.post("/v1/sessions/me", content=json.dumps({"\ud800" + "n" * 9000: 1}).encode())
    assert len(named.content) < 2000


def test_an_empty_body_is_an_empty_object(ada: Visitor) -> None:
    made(ada.post("/v1/sessions/me"))
    problem(ada.post(f"{mine(ada.session()['id'])}/messages"), 422, "invalid", "text")
