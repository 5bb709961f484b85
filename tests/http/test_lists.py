"""Lists of sessions over HTTP: pins, the archive, tags and titles."""

import pytest
from tests.http.visitors import Visitor, made, mine, problem


@pytest.fixture
def three(ada: Visitor) -> list[str]:
    names = ("Spring tides", "Neap tides", "Ports of Brittany")
    sent = [{"title": name, "tags": [name[:4]]} for name in names]
    return [made(ada.post("/v1/sessions/me", json=body))["id"] for body in sent]


def titles(ada: Visitor, query: str = "") -> list[str]:
    return [session["title"] for session in ada.get(f"/v1/sessions/me?{query}").json()["items"]]


def test_an_archived_session_is_listed_in_the_archive_alone(ada: Visitor, three: list[str]) -> None:
    changed = ada.patch(mine(three[1]), json={"archived": True}).json()
    assert changed["archived"] is True
    assert "Neap tides" not in titles(ada)
    assert titles(ada, "archived=true") == ["Neap tides"]
    ada.patch(mine(three[1]), json={"archived": False})
    assert "Neap tides" in titles(ada)


def test_pins_tags_and_titles_find_their_sessions(ada: Visitor, three: list[str]) -> None:
    ada.patch(mine(three[2]), json={"pinned": True})
    assert titles(ada, "pinned=true") == ["Ports of Brittany"]
    assert titles(ada, "tag=Neap") == ["Neap tides"]
    assert sorted(titles(ada, "title=TIDES")) == ["Neap tides", "Spring tides"]
    problem(ada.get("/v1/sessions/me?title=tides&pinned=true"), 422, "invalid", "title")


def test_a_list_shows_the_first_words_of_the_newest_message(ada: Visitor, three: list[str]) -> None:
    made(ada.post(f"{mine(three[0])}/messages", json={"text": "When is the next one?"}))
    first = ada.get("/v1/sessions/me").json()["items"][0]
    assert (first["id"], first["preview"]) == (three[0], "When is the next one?")
