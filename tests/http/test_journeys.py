"""Whole visits. Each one's second request is the same visitor's."""

import json
from collections.abc import Callable
from typing import Any

from tests.http.visitors import COOKIE, Visitor, made, mine, problem

Arrive = Callable[[], Visitor]


def events(text: str) -> list[tuple[str, Any]]:
    """Server-sent events: name and data."""
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def test_looking_around_makes_nothing_and_sets_nothing(ada: Visitor) -> None:
    for _ in range(2):
        me = ada.get("/v1/me")
        assert "set-cookie" not in me.headers
        assert me.json()["user"] is None
        assert me.json()["device"] is None
        assert me.json()["session_id"] is None
        assert me.json()["responder"] == {"title": "Search answers"}
        assert ada.get("/v1/sessions/me").json() == {"items": [], "next": None}
        assert ada.get("/v1/devices").json() == {"items": []}
    assert ada.token is None


def test_the_first_write_makes_user_device_session_and_cookie(ada: Visitor) -> None:
    answer = ada.post("/v1/sessions/me", json={"title": "Tides"})
    session = made(answer)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=604800"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    me = ada.get("/v1/me").json()
    assert me["session_id"] == session["id"]
    assert me["user"]["anonymous"]
    assert me["device"]["current"]
    again = ada.get("/v1/sessions/me")
    assert [found["id"] for found in again.json()["items"]] == [session["id"]]
    assert "set-cookie" not in again.headers
    assert ada.token
    assert ada.token not in again.text + ada.get("/v1/devices").text


def test_a_bearer_token_is_the_same_visitor_as_its_cookie(ada: Visitor, bob: Visitor) -> None:
    session = ada.session(title="Tides")
    headers = {"Authorization": f"Bearer {ada.token}"}
    assert bob.get("/v1/me", headers=headers).json()["session_id"] == session["id"]
    elsewhere = headers | {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    made(bob.post(f"{mine(session['id'])}/messages", json={"text": "from a script"}, headers=elsewhere))
    assert ada.get(mine(session["id"])).json()["last_seq"] == 1
    assert bob.token is None


def test_a_conversation_is_kept_in_order_and_read_by_windows(ada: Visitor) -> None:
    session = ada.session()
    for number in range(1, 8):
        ada.say(session["id"], f"number {number}")
    path = f"{mine(session['id'])}/messages"
    newest = ada.get(path, params={"limit": 3}).json()
    assert [message["seq"] for message in newest["items"]] == [5, 6, 7]
    assert newest["next_before"] == 5
    before = ada.get(path, params={"before": 5, "limit": 4}).json()
    assert [message["text"] for message in before["items"]] == [f"number {n}" for n in range(1, 5)]
    assert before["next_before"] is None
    after = ada.get(path, params={"after": 6}).json()
    assert [message["seq"] for message in after["items"]] == [7]


def test_messages_carry_every_kind_of_part(ada: Visitor) -> None:
    session = ada.session()
    file = ada.upload(session["id"], "notes.txt", b"Spring tides are the highest.")
    place = {"page": 2, "heading": "Tides"}
    parts: list[dict[str, Any]] = [
        {"type": "text", "text": "See "},
        {"type": "file", "file_id": file["id"]},
        {
            "type": "citation",
            "number": 1,
            "document_id": file["id"],
            "document_name": "notes.txt",
            "chunk": 0,
            "quote": "Spring tides",
            "place": place,
        },
        {"type": "tool_call", "call_id": "c1", "name": "moon", "arguments": {"deep": [1, {"a": None}]}},
        {"type": "tool_result", "call_id": "c1", "content": None},
        {"type": "raw", "provider": "somebody", "item": {"big": 2**64 - 1, "small": 0.5}},
    ]
    path = f"{mine(session['id'])}/messages"
    sent = made(ada.post(path, json={"role": "assistant", "parts": parts, "metadata": {"m": 1}}))
    assert sent["parts"] == parts
    assert sent["text"] == "See "
    assert ada.get(path).json()["items"] == [sent]


def test_an_answer_streams_and_is_kept(ada: Visitor) -> None:
    session = ada.session()
    ada.upload(session["id"], "notes.txt", b"Spring tides come twice a month, at full and new moon.")
    ada.say(session["id"], "When do spring tides come?")
    run = ada.post(f"{mine(session['id'])}/runs", json={}, headers={"Accept": "text/event-stream"})
    assert run.status_code == 200
    assert run.headers["content-type"].startswith("text/event-stream")
    told = events(run.text)
    assert told[0] == ("start", {"title": "Search answers"})
    assert told[-1][0] == "done"
    message = told[-1][1]
    assert "".join(data["text"] for name, data in told if name == "delta") == message["text"]
    citations = [data for name, data in told if name == "citation"]
    assert citations == [part for part in message["parts"] if part["type"] == "citation"]
    assert citations[0]["document_name"] == "notes.txt"
    kept = ada.get(f"{mine(session['id'])}/messages").json()["items"]
    assert kept[-1] == message
    assert ada.get(mine(session["id"])).json()["title"] == "When do spring tides come?"


def test_an_answer_without_a_stream_is_the_message(ada: Visitor) -> None:
    session = ada.session(title="Mine")
    ada.say(session["id"], "Is anything here?")
    message = made(ada.post(f"{mine(session['id'])}/runs"))
    assert message["role"] == "assistant"
    assert message["seq"] == 2
    assert ada.get(mine(session["id"])).json()["title"] == "Mine"
    problem(ada.post(f"{mine(session['id'])}/runs"), 409, "conflict")


def test_what_a_file_says_can_be_found_and_read_in_place(ada: Visitor) -> None:
    session = ada.session()
    file = ada.upload(session["id"], "notes.txt", b"Neap tides are the weakest ones of the month.")
    assert file["media_type"] == "text/plain"
    ada.say(session["id"], "tides?")
    made(ada.post(f"{mine(session['id'])}/runs"))  # an answer waits for new files to be read
    path = f"{mine(session['id'])}/files/{file['id']}"
    assert ada.get(path).json()["text"] == "ready"
    hits = ada.get(f"{mine(session['id'])}/search", params={"q": "neap tides"}).json()["items"]
    assert hits[0]["document_id"] == file["id"]
    assert hits[0]["corpus"] is None
    window = ada.get(f"{path}/chunks", params={"first": hits[0]["chunk"], "limit": 1}).json()
    assert window["document"]["name"] == "notes.txt"
    assert "Neap tides" in window["items"][0]["text"]


def test_state_is_set_counted_and_versioned(ada: Visitor) -> None:
    path = f"{mine(ada.session()['id'])}/state"
    first = ada.patch(path, json={"set": {"topic": {"a": [1, None]}}, "increment": {"n": 2}}).json()
    assert first["values"] == {"topic": {"a": [1, None]}, "n": 2}
    assert first["versions"].keys() == {"topic", "n"}
    second = ada.patch(path, json={"increment": {"n": 0.5}, "remove": ["topic"]}).json()
    assert second["values"] == {"n": 2.5}
    assert second == ada.get(path).json()
    stale = {"set": {"n": 0}, "if_versions": {"n": first["versions"]["n"]}}
    problem(ada.patch(path, json=stale), 409, "state_conflict", "n")


def test_a_put_keeps_what_is_new_and_may_be_repeated(ada: Visitor) -> None:
    session = ada.session()
    first, second = (f"00000000-0000-7000-8000-00000000000{n}" for n in (1, 2))
    put = {
        "title": "Tides",
        "messages": [
            {"id": first, "role": "user", "text": "high?"},
            {"id": second, "role": "assistant", "parts": [{"type": "text", "text": "low"}]},
        ],
    }
    for _ in range(2):
        answer = ada.put(mine(session["id"]), json=put)
        assert answer.status_code == 200
        assert answer.json()["last_seq"] == 2
        assert answer.json()["title"] == "Tides"
    assert answer.headers["etag"] == f'"r{answer.json()["revision"]}"'
    changed = {"messages": [{"id": first, "role": "user", "text": "changed"}], "title": "Not this"}
    problem(ada.put(mine(session["id"]), json=changed), 409, "message_changed")
    late = {"messages": [{"id": first, "role": "user", "text": "high?"}], "if_seq": 1}
    problem(ada.put(mine(session["id"]), json=late), 412, "precondition_failed")
    assert ada.get(mine(session["id"])).json()["title"] == "Tides"


def test_a_put_that_cannot_be_whole_keeps_nothing(ada: Visitor) -> None:
    session = ada.session()
    message = {"id": "00000000-0000-7000-8000-000000000001", "role": "user", "text": "kept?"}
    put = {"messages": [message], "title": "x" * 301}
    problem(ada.put(mine(session["id"]), json=put), 413, "limit_exceeded", "title")
    assert ada.get(mine(session["id"])).json()["last_seq"] == 0


def test_trash_restore_close_erase(ada: Visitor) -> None:
    session = ada.session(title="Tides")
    path = mine(session["id"])
    ada.say(session["id"], "hello")
    ada.upload(session["id"], "a.bin", b"12345")
    assert ada.delete(path).status_code == 204
    assert ada.get("/v1/sessions/me").json()["items"] == []
    assert [s["id"] for s in ada.get("/v1/sessions/me?deleted=true").json()["items"]] == [session["id"]]
    problem(ada.post(f"{path}/messages", json={"text": "x"}), 409, "session_deleted")
    problem(ada.post(f"{path}/runs"), 409, "session_deleted")
    assert ada.patch(path, json={"deleted": False}).json()["deleted_at"] is None
    closed = ada.patch(path, json={"closed": True, "title": "Closed"}).json()
    assert closed["closed_at"]
    assert closed["title"] == "Closed"
    problem(ada.post(f"{path}/messages", json={"text": "x"}), 409, "session_closed")
    problem(ada.put(f"{path}/files", content=b"x"), 409, "session_closed")
    problem(ada.post(f"{path}/runs"), 409, "session_closed")
    assert len(ada.get(f"{path}/messages").json()["items"]) == 1
    receipt = ada.delete(path, params={"erase": "true"})
    assert receipt.status_code == 200
    assert (receipt.json()["messages"], receipt.json()["files"], receipt.json()["bytes"]) == (1, 1, 5)
    for method, place in (("GET", ""), ("GET", "/messages"), ("DELETE", ""), ("GET", "/state")):
        problem(ada.request(method, path + place), 410, "session_gone")
    assert ada.get("/v1/me").json()["session_id"] is None


def test_only_switching_moves_the_current_session(ada: Visitor) -> None:
    first, second = ada.session(), ada.session()
    assert ada.get("/v1/me").json()["session_id"] == first["id"]
    ada.get(mine(second["id"]))
    assert ada.get("/v1/me").json()["session_id"] == first["id"]
    moved = ada.put("/v1/me/session", json={"session_id": second["id"]})
    assert moved.json()["session_id"] == second["id"]
    assert ada.get("/v1/me").json() == moved.json()


def test_signing_out_ends_the_token_and_clears_the_browser(ada: Visitor, bob: Visitor) -> None:
    ada.session()
    token = ada.token
    answer = ada.post("/v1/me/sign-out")
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert "storage" in answer.headers["clear-site-data"]
    assert ada.token is None
    assert ada.get("/v1/me").json()["user"] is None
    for method, path in (("GET", "/v1/me"), ("GET", "/v1/sessions/me"), ("POST", "/v1/sessions/me")):
        dead = bob.request(method, path, headers={"Cookie": f"{COOKIE}={token}"})
        problem(dead, 401, "signed_out")
        assert f"{COOKIE}=; Path=/; Max-Age=0" in dead.headers["set-cookie"]
    dead = bob.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
    problem(dead, 401, "signed_out")
    assert "set-cookie" not in dead.headers


def test_a_device_is_listed_by_its_browser_and_revoked(ada: Visitor) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
    made(ada.post("/v1/sessions/me", json={}, headers={"User-Agent": agent}))
    devices = ada.get("/v1/devices").json()["items"]
    assert [(device["label"], device["current"]) for device in devices] == [("Firefox on Linux", True)]
    answer = ada.delete(f"/v1/devices/{devices[0]['id']}")
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert ada.get("/v1/me").json()["user"] is None


def test_the_callers_own_id_stands_for_me(ada: Visitor) -> None:
    session = ada.session()
    user = ada.get("/v1/me").json()["user"]["id"]
    assert ada.get(f"/v1/sessions/{user}/{session['id']}").json() == session
    assert ada.get(f"/v1/sessions/{user}").json()["items"] == [session]
