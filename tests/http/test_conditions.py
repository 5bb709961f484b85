"""Doing things once, doing them only to what was seen, and lists by pages."""

import pytest
from tests.http.visitors import Visitor, made, mine, problem


def test_the_same_key_makes_one_message(ada: Visitor) -> None:
    path = f"{mine(ada.session()['id'])}/messages"
    headers = {"Idempotency-Key": "k1"}
    first = made(ada.post(path, json={"text": "once", "metadata": {"a": 1, "b": 2}}, headers=headers))
    again = {"metadata": {"b": 2, "a": 1}, "text": "once"}
    assert made(ada.post(path, json=again, headers=headers)) == first
    assert len(ada.get(path).json()["items"]) == 1
    other = ada.post(path, json={"text": "twice"}, headers=headers)
    problem(other, 409, "idempotency_key_reused")


def test_the_same_key_makes_one_session(ada: Visitor) -> None:
    ada.session()
    headers = {"Idempotency-Key": "k1"}
    first = made(ada.post("/v1/sessions/me", json={"title": "A"}, headers=headers))
    assert made(ada.post("/v1/sessions/me", json={"title": "A"}, headers=headers))["id"] == first["id"]
    assert len(ada.get("/v1/sessions/me").json()["items"]) == 2
    problem(ada.post("/v1/sessions/me", json={}, headers=headers), 409, "idempotency_key_reused")


def test_a_key_is_its_visitors_own(ada: Visitor, bob: Visitor) -> None:
    ada.session()
    bob.session()
    headers = {"Idempotency-Key": "shared"}
    first = made(ada.post("/v1/sessions/me", json={"title": "A"}, headers=headers))
    second = made(bob.post("/v1/sessions/me", json={"title": "B"}, headers=headers))
    assert first["id"] != second["id"]


@pytest.mark.parametrize("key", ["", "x" * 4096])
def test_a_key_that_is_none_is_refused(ada: Visitor, key: str) -> None:
    path = f"{mine(ada.session()['id'])}/messages"
    answer = ada.post(path, json={"text": "a"}, headers={"Idempotency-Key": key})
    assert answer.status_code in (413, 422)
    assert answer.json()["field"] == "Idempotency-Key"
    assert ada.get(path).json()["items"] == []


def test_the_same_message_id_is_the_same_message(ada: Visitor) -> None:
    path = f"{mine(ada.session()['id'])}/messages"
    sent = {"id": "00000000-0000-7000-8000-0000000000AA", "text": "once"}
    first = made(ada.post(path, json=sent))
    assert first["id"] == sent["id"].lower()
    assert made(ada.post(path, json=sent)) == first
    problem(ada.post(path, json=sent | {"text": "other"}), 409, "message_changed")


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_a_change_meant_for_an_older_version_is_refused(ada: Visitor, method: str) -> None:
    session = ada.session(title="one")
    path = mine(session["id"])
    seen = ada.get(path).headers["etag"]
    assert ada.patch(path, json={"title": "two"}, headers={"If-Match": seen}).status_code == 200
    body = {} if method == "DELETE" else {"json": {"title": "three"}}
    for stale in (seen, f"W/{seen}", '"something"', f'"other", {seen}'):
        refused = ada.request(method, path, headers={"If-Match": stale}, **body)
        problem(refused, 412, "precondition_failed")
    for garbage in ("r1", "*, *", '"', "", "\u00e9"):
        refused = ada.request(method, path, headers={"If-Match": garbage.encode("latin-1")}, **body)
        problem(refused, 422, "invalid", "If-Match")
    assert ada.get(path).json()["title"] == "two"
    fresh = f'"other", {ada.get(path).headers["etag"]}'
    assert ada.request(method, path, headers={"If-Match": fresh}, **body).is_success


def test_a_star_matches_whatever_is_there(ada: Visitor) -> None:
    path = mine(ada.session()["id"])
    assert ada.patch(path, json={"title": "x"}, headers={"If-Match": "*"}).status_code == 200
    problem(ada.patch(mine("ses_nothing"), json={}, headers={"If-Match": "*"}), 404, "not_found")


def test_a_client_key_has_one_open_session(ada: Visitor, bob: Visitor) -> None:
    first = ada.session(client_key="chat 1")
    problem(ada.post("/v1/sessions/me", json={"client_key": "chat 1"}), 409, "conflict")
    assert bob.session(client_key="chat 1")["id"] != first["id"]
    ada.patch(mine(first["id"]), json={"closed": True})
    assert ada.session(client_key="chat 1")["id"] != first["id"]


def test_lists_are_walked_by_cursors(ada: Visitor) -> None:
    made_here = {ada.session()["id"] for _ in range(5)}
    found, cursor = [], None
    while cursor is not None or not found:
        page = ada.get("/v1/sessions/me", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        found += [session["id"] for session in page["items"]]
        cursor = page["next"]
    assert len(found) == 5
    assert set(found) == made_here


def test_a_cursor_is_good_for_its_own_list_only(ada: Visitor, bob: Visitor) -> None:
    first, second = ada.session(), ada.session()
    for visitor in (bob, bob):
        visitor.session()
    cursor = ada.get("/v1/sessions/me", params={"limit": 1}).json()["next"]
    turned = cursor[:5] + ("A" if cursor[5] != "A" else "B") + cursor[6:]
    forged = [turned, cursor + "AAAA", cursor[4:], "", "x", "é", "\0", "=" * 99]
    for wrong in forged:
        problem(ada.get("/v1/sessions/me", params={"cursor": wrong}), 422, "invalid", "cursor")
    problem(bob.get("/v1/sessions/me", params={"cursor": cursor}), 422, "invalid", "cursor")
    trash = {"cursor": cursor, "deleted": "true"}
    problem(ada.get("/v1/sessions/me", params=trash), 422, "invalid", "cursor")
    for number in range(2):
        ada.upload(first["id"], f"{number}.bin", b"x")
        ada.upload(second["id"], f"{number}.bin", b"x")
    files = ada.get(f"{mine(first['id'])}/files", params={"limit": 1}).json()["next"]
    other = ada.get(f"{mine(second['id'])}/files", params={"cursor": files})
    problem(other, 422, "invalid", "cursor")
    assert len(ada.get(f"{mine(first['id'])}/files", params={"cursor": files}).json()["items"]) == 1
