"""`sojourn show` reads what is sealed, and nothing but what it was asked for."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tests.cli.conftest import Ended, sentence

from sojourn import Sojourn
from sojourn.cli.screen import safe, size
from sojourn.models import Citation, Place, Text
from sojourn.sync import Session

Run = Callable[..., Ended]


@pytest.fixture
def tides(store: Sojourn) -> Session:
    """A session of Ada's with a little of everything in it."""
    with store:
        session = store.user("ada").sessions.create(
            title="Tides", tags=["sea"], topics=["moon"], metadata={"colour": "blue"}
        )
        session.messages.append("user", "When is\nhigh tide?")
        place = Place(page=3)
        session.messages.append(
            "assistant", [Text("At noon. "), Citation(1, "doc", "tides.txt", 0, "noon", place)]
        )
        session.state.set(topic="tides", seen={3}, at=datetime(2026, 1, 2, tzinfo=UTC), price=Decimal("1.50"))
        session.files.add("notes.txt", b"The moon pulls at the sea.")
        session.refresh()
    return session


def files(folder: Path) -> Mapping[str, bytes]:
    """Every file of the store but what SQLite keeps beside its own."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def test_alone_it_counts(sojourn: Run, store: Sojourn, tides: Session) -> None:
    with store:
        store.user("bob").sessions.create(title="Secret").erase()
    ended = sojourn("show")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [line.split() for line in ended.stdout.splitlines()] == [
        ["users", "2"],
        ["sessions", "1"],
        ["messages", "2"],
        ["files", "1"],
        ["bytes", "26", "B"],
        ["tombstones", "1"],
    ]
    assert json.loads(sojourn("show", "--json").stdout) == {
        "users": 2,
        "sessions": 1,
        "messages": 2,
        "files": 1,
        "bytes": 26,
        "tombstones": 1,
    }


def test_what_it_shows_cannot_be_read_from_the_files(sojourn: Run, data: Path, tides: Session) -> None:
    ended = sojourn("show", "--user", "ada", tides.id)
    for secret in ("Tides", "high tide?", "colour", "price", "notes.txt"):
        assert secret in ended.stdout
        assert not any(
            secret.encode() in content for name, content in files(data).items() if name == "sojourn.db"
        )


def test_a_user_by_name_has_their_sessions_listed(sojourn: Run, store: Sojourn, tides: Session) -> None:
    with store:
        closed = store.user("ada").sessions.create(title="Older")
        closed.close()
        store.user("bob").sessions.create(title="Not hers")
    ended = sojourn("show", "--user", "ada")
    assert (ended.returncode, ended.stderr) == (0, "")
    heading, *rows = ended.stdout.splitlines()
    assert heading.split() == ["session", "last", "active", "messages", "files", "title"]
    assert {row.split()[0]: row.split()[-1] for row in rows} == {tides.id: "Tides", closed.id: "Older"}
    assert [" closed " in row for row in rows if closed.id in row] == [True]
    assert "Not hers" not in ended.stdout


def test_a_list_says_when_there_is_more(sojourn: Run, store: Sojourn) -> None:
    with store:
        for number in range(205):
            store.user("ada").sessions.create(title=f"Session {number}")
    ended = sojourn("show", "--user", "ada", "--limit", "3")
    assert len(ended.stdout.splitlines()) == 1 + 3 + 1
    assert "--limit" in ended.stdout.splitlines()[-1]
    shown = json.loads(sojourn("show", "--user", "ada", "--limit", "204", "--json").stdout)
    assert len({item["id"] for item in shown["items"]}) == 204
    assert shown["more"] is True
    shown = json.loads(sojourn("show", "--user", "ada", "--limit", "205", "--json").stdout)
    assert (len(shown["items"]), shown["more"]) == (205, False)


def test_lists_are_whole_whatever_a_page_may_hold(sojourn: Run, store: Sojourn, tides: Session) -> None:
    with store:
        tides.files.add("more.txt", b"The sea pulls back.")
        tides.files.add("last.txt", b"Low tide.")
        for _ in range(4):
            store.user("ada").sessions.create()
    small = {"SOJOURN_PAGE_ITEMS": "2"}
    assert len(json.loads(sojourn("show", "--user", "ada", "--json", env=small).stdout)["items"]) == 5
    assert "Files, 3 of 3" in sojourn("show", "--user", "ada", tides.id, env=small).stdout
    shown = json.loads(sojourn("show", "--user", "ada", tides.id, "--json", env=small).stdout)
    assert [file["name"] for file in shown["files"]] == ["notes.txt", "more.txt", "last.txt"]


def test_archived_sessions_are_listed_last_and_marked(sojourn: Run, store: Sojourn, tides: Session) -> None:
    with store:
        old = [store.user("ada").sessions.create(title=f"Old {n}") for n in range(3)]
        for session in old:
            session.update(archived=True, pinned=True)
    rows = sojourn("show", "--user", "ada").stdout.splitlines()[1:]
    assert [row.split()[0] for row in rows] == [tides.id, *(session.id for session in reversed(old))]
    assert ["archived, pinned" in row for row in rows] == [False, True, True, True]
    few = sojourn("show", "--user", "ada", "--limit", "2").stdout
    assert "There are more" in few
    assert tides.id in few
    assert "There are more" not in sojourn("show", "--user", "ada", "--limit", "4").stdout
    shown = json.loads(sojourn("show", "--user", "ada", "--json").stdout)
    assert [item["archived"] for item in shown["items"]] == [False, True, True, True]
    assert "archived     yes" in sojourn("show", "--user", "ada", old[0].id).stdout
    with store:
        old[0].delete()
    assert old[0].id in sojourn("show", "--user", "ada", "--deleted").stdout


def test_the_trash_is_listed_apart(sojourn: Run, store: Sojourn, tides: Session) -> None:
    assert "trash is empty" in sojourn("show", "--user", "ada", "--deleted").stdout
    with store:
        tides.delete()
    assert "Tides" in sojourn("show", "--user", "ada", "--deleted").stdout
    assert "no sessions" in sojourn("show", "--user", "ada").stdout


def test_a_session_is_shown_on_one_sheet(sojourn: Run, tides: Session) -> None:
    ended = sojourn("show", "--user", "ada", tides.id)
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in ended.stdout.splitlines()]
    assert lines[0] == "Tides"
    for line in (
        f"session {tides.id}",
        "tags sea",
        "topics moon",
        'metadata {"colour":"blue"}',
        "State, 4 keys",
        'topic = "tides"',
        "seen = [3]",
        'price = "1.50"',
        "Messages, 2 of 2",
        "When is",
        "high tide?",
        "At noon. [1: tides.txt]",
        "Files, 1 of 1",
    ):
        assert line in lines
    assert any(line.endswith("text/plain pending notes.txt") for line in lines)


def test_only_the_newest_messages_are_shown(sojourn: Run, tides: Session) -> None:
    ended = sojourn("show", "--user", "ada", tides.id, "--last", "1")
    assert "Messages, 1 of 2" in ended.stdout
    assert "high tide" not in ended.stdout


def test_json_has_what_the_api_answers(sojourn: Run, tides: Session) -> None:
    ended = sojourn("show", "--user", "ada", tides.id, "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    shown = json.loads(ended.stdout)
    assert list(shown) == ["session", "state", "messages", "files"]
    assert shown["session"]["id"] == tides.id
    assert shown["session"]["created_at"].endswith("Z")
    assert shown["state"]["values"] == {
        "at": "2026-01-02T00:00:00Z",
        "price": "1.50",
        "seen": [3],
        "topic": "tides",
    }
    assert [message["text"] for message in shown["messages"]] == ["When is\nhigh tide?", "At noon. "]
    assert shown["messages"][1]["parts"][1]["type"] == "citation"
    assert [file["name"] for file in shown["files"]] == ["notes.txt"]


def test_showing_changes_nothing(sojourn: Run, data: Path, tides: Session) -> None:
    before = files(data)
    for args in ([], ["--user", "ada"], ["--user", "nobody"], ["--user", "ada", tides.id]):
        sojourn("show", *args)
    assert files(data) == before


def test_a_session_is_shown_to_its_owner_alone(sojourn: Run, store: Sojourn, tides: Session) -> None:
    with store:
        store.user("bob").sessions.create(title="His own")
    ended = sojourn("show", tides.id)
    assert ended.returncode == 2
    assert "--user" in sentence(ended)
    foreign = sojourn("show", "--user", "bob", tides.id)
    absent = sojourn("show", "--user", "bob", "ses_" + "0" * 26)
    assert foreign.returncode == 1
    assert sentence(foreign) == sentence(absent)


def test_an_erased_session_is_gone(sojourn: Run, store: Sojourn, tides: Session) -> None:
    with store:
        tides.erase()
    ended = sojourn("show", "--user", "ada", tides.id)
    assert ended.returncode == 1
    assert "erased" in sentence(ended)


@pytest.mark.parametrize("name", ["nobody", "Ada", "ada ", "\x1b[31mada"])
def test_a_name_that_nobody_has_is_told(sojourn: Run, tides: Session, name: str) -> None:
    ended = sojourn("show", "--user", name)
    assert ended.returncode == 1
    assert "no user named" in sentence(ended)
    assert "\x1b" not in ended.stderr


def test_nothing_a_user_wrote_can_steer_the_terminal(sojourn: Run, store: Sojourn) -> None:
    evil = "\x1b]0;owned\x07 \x9b31m \u202etac\r\u2028"
    with store:
        session = store.user("ada").sessions.create(
            title=evil, tags=[evil], metadata={evil: evil}, client_key=evil
        )
        session.messages.append("user", f"one{evil}\ntwo")
        session.state.set({evil: evil})
        session.files.add(evil, b"words")
    for args in (["--user", "ada"], ["--user", "ada", session.id], ["--user", "ada", session.id, "--json"]):
        ended = sojourn("show", *args)
        assert ended.returncode == 0
        assert not set("\x1b\x07\x9b\u202e\r\u2028") & set(ended.stdout)
    assert json.loads(ended.stdout)["session"]["title"] == evil


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Évolution – 進化 👩\u200d🔬 a\u00a0b", "Évolution – 進化 👩\u200d🔬 a\u00a0b"),
        ("a\tb\nc", "a\\tb\\nc"),
        ("\x1b[1m\x7f\x9b", "\\x1b[1m\\x7f\\x9b"),
        ("\u202e\u2066\ufeff\U000e0041", "\\u202e\\u2066\\ufeff\\U000e0041"),
        ("\ud800", "\\ud800"),
    ],
)
def test_safe_text_keeps_what_people_write_and_escapes_what_terminals_obey(text: str, shown: str) -> None:
    assert safe(text) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (26_214_400, "26.2 MB"), (5 * 10**15, "5000.0 TB")],
)
def test_sizes_are_in_the_unit_that_fits(count: int, shown: str) -> None:
    assert size(count) == shown
