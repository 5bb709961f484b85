"""Ephemeral sessions over HTTP, and the page's own default."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.http.visitors import Visitor, app_of, made, mine, problem, visited

from sojourn import AsyncSojourn, Settings


def test_a_visit_in_one_from_its_beginning_to_its_end(ada: Visitor, bob: Visitor) -> None:
    session = ada.session(title="Tides", ephemeral=True)
    assert session["ephemeral"] is True
    assert ada.get("/v1/me").json()["session_id"] == session["id"], "the second request is the same visitor"
    ada.say(session["id"], "When is high tide?")
    file = ada.upload(session["id"], "tides.txt", b"Spring tides are the highest.")
    state = ada.patch(f"{mine(session['id'])}/state", json={"set": {"topic": "tides"}})
    assert state.json()["values"] == {"topic": "tides"}
    assert ada.get(f"{mine(session['id'])}/files/{file['id']}/content").content.startswith(b"Spring")
    hits = ada.get(f"{mine(session['id'])}/search", params={"q": "spring tides"}).json()["items"]
    assert hits[0]["document_id"] == file["id"]
    assert made(ada.post(f"{mine(session['id'])}/runs"))["role"] == "assistant"

    kept = ada.session(title="Kept")
    assert kept["ephemeral"] is False
    listed = ada.get("/v1/sessions/me").json()["items"]
    assert [(one["title"], one["ephemeral"]) for one in listed] == [("Kept", False), ("Tides", True)]
    assert ada.get("/v1/sessions/me", params={"title": "tides"}).json()["items"] == []
    assert ada.put("/v1/me/session", json={"session_id": kept["id"]}).json()["session_id"] == kept["id"]
    assert ada.put("/v1/me/session", json={"session_id": session["id"]}).status_code == 200

    bob.session()
    foreign, absent = (bob.get(mine(id)) for id in (session["id"], "ses_e" + "0" * 25))
    problem(foreign, 404, "not_found")
    assert foreign.content == absent.content

    ended = ada.patch(mine(session["id"]), json={"closed": True})
    assert ended.json()["closed_at"]
    for answer in (ada.get(mine(session["id"])), ada.get(f"{mine(session['id'])}/messages")):
        problem(answer, 410, "session_gone")
    problem(ada.post(f"{mine(session['id'])}/messages", json={"text": "Late"}), 410, "session_gone")
    assert ada.get("/v1/me").json()["session_id"] is None
    assert [one["title"] for one in ada.get("/v1/sessions/me").json()["items"]] == ["Kept"]


def test_it_is_erased_with_a_receipt(ada: Visitor) -> None:
    session = ada.session(ephemeral=True)
    ada.say(session["id"], "Hello")
    receipt = ada.delete(mine(session["id"]), params={"erase": True}).json()
    assert (receipt["session_id"], receipt["messages"]) == (session["id"], 1)


@pytest.mark.parametrize("value", ["yes", 1, None])
def test_what_is_neither_true_nor_false_is_refused(ada: Visitor, value: object) -> None:
    problem(ada.post("/v1/sessions/me", json={"ephemeral": value}), 422, "invalid", "ephemeral")


class TestByDefault:
    @pytest.fixture
    def ada(self, tmp_path: Path, settings: Settings) -> Iterator[Visitor]:
        store = AsyncSojourn.open(f"sqlite:///{tmp_path}", settings=replace(settings, sessions="ephemeral"))
        with visited(app_of(store)) as visitor:
            yield visitor

    def test_a_session_is_ephemeral_unless_it_is_to_be_kept(self, ada: Visitor) -> None:
        assert ada.session()["ephemeral"] is True
        assert ada.session(ephemeral=False)["ephemeral"] is False
