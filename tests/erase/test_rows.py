"""An erase leaves no row of the session in any table, save its tombstone."""

from pathlib import Path

import apsw
from tests.unit.pictures import saved, scene

from sojourn import Sojourn
from sojourn.sync.session import Session


def fill(session: Session) -> None:
    """A row in every table that a session has rows in."""
    said = session.messages.append("user", "Hello")
    session.messages.compact(said.id, "A greeting")
    session.messages.edit(said.id, "Good morning")
    session.state.set(topic="tides")
    session.files.add("a.txt", b"words")
    session.images.thumbnail(session.files.add("a.png", saved(scene(), "PNG")).id)
    session.files.add("b.txt", b"words" * 20_000)
    session.files.delete(session.files.add("c.txt", b"no words").id)


def rows(folder: Path) -> dict[str, int]:
    """How many rows of each table belong to a session, the host's own tables left out."""
    connection = apsw.Connection(f"{folder}/sojourn.db")
    tables = connection.execute(
        "SELECT t.name FROM pragma_table_list t JOIN pragma_table_xinfo(t.name) c"
        " WHERE t.schema = 'main' AND c.name = 'session_no'"
    ).fetchall()
    found = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for (name,) in tables}
    connection.close()
    return found


def test_an_erase_empties_every_table_of_a_session(tmp_path: Path) -> None:
    with Sojourn.open(f"sqlite:///{tmp_path}") as store:
        session = store.user("ada").sessions.create(tags=["sea"])
        fill(session)
        session.update(archived=True)
        filled = rows(tmp_path)
        session.erase()
        left = rows(tmp_path)
    empty = {name for name, count in filled.items() if count == 0}
    assert empty <= {"intents", "tombstones"}
    assert {"messages", "branches", "summaries", "session_tags", "thumbnails"} <= filled.keys() - empty
    assert {name for name, count in left.items() if count} <= {"tombstones", "events"}
