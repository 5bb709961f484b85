"""New files are read beside the requests, whoever left them."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from tests.http.running import until
from tests.http.visitors import Visitor, mine, visited

from sojourn import Settings, Sojourn


def text_of(visitor: Visitor, path: str) -> str:
    found: str = visitor.get(path).json()["text"]
    return found


def test_an_upload_is_read_by_itself(ada: Visitor) -> None:
    session = ada.session()
    words = ada.upload(session["id"], "a.txt", b"Neap tides are weak.")
    picture = ada.upload(session["id"], "b.png", b"\x89PNG\r\n\x1a\n")
    assert picture["text"] == "none"
    path = f"{mine(session['id'])}/files/{words['id']}"
    until(lambda: text_of(ada, path) == "ready")
    assert ada.get(path).json()["chunks"] == 1


def test_an_upload_that_cannot_be_read_says_why(ada: Visitor) -> None:
    session = ada.session()
    file = ada.upload(session["id"], "a.pdf", b"%PDF-1.7 and then nothing of the sort")
    path = f"{mine(session['id'])}/files/{file['id']}"
    until(lambda: text_of(ada, path) == "failed")
    assert ada.get(path).json()["problem"]
    assert ada.get(f"{path}/content").status_code == 200


@pytest.mark.parametrize("lost", [False, True])
def test_what_was_left_unread_is_read_at_the_next_start(
    app: FastAPI, folder: Path, settings: Settings, lost: bool
) -> None:
    with Sojourn.open(f"sqlite:///{folder}", settings=settings) as store:
        visit = store.visit(None)
        session = visit.start()
        words = {name: f"Neap tides, says {name}. ".encode() * 3000 for name in ("a.txt", "b.txt")}
        first, second = (session.files.add(name, data) for name, data in words.items())
    if lost:
        [bytes_of_it] = folder.rglob(first.id)
        bytes_of_it.unlink()
    with visited(app) as visitor:
        visitor.headers["Authorization"] = f"Bearer {visit.issued}"
        path = f"{mine(session.id)}/files"
        until(lambda: text_of(visitor, f"{path}/{second.id}") == "ready")
        assert text_of(visitor, f"{path}/{first.id}") == ("failed" if lost else "ready")
        gone = visitor.get(f"{path}/{first.id}/content")
        assert gone.status_code == (404 if lost else 200)
