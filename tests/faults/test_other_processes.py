"""Others at the same file: a reader that will not end, and a writer stopped in the middle."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import apsw

from sojourn import Settings, Sojourn
from sojourn.errors import Unavailable

WRITER = Path(__file__).parents[1] / "crash" / "writer.py"


def test_a_reader_that_will_not_end_lets_writers_write_and_the_log_shrinks_afterwards(tmp_path: Path) -> None:
    with Sojourn.open(f"sqlite:///{tmp_path}", settings=Settings(durability="process")) as store:
        session = store.user("ada").sessions.create()
        session.messages.append("user", "before")
        reader = apsw.Connection(str(tmp_path / "sojourn.db"))
        reader.execute("BEGIN").fetchall()
        before = reader.execute("SELECT count(*) FROM messages").fetchall()
        for number in range(3000):
            session.messages.append("user", f"number {number} " + "x" * 500)
        log = tmp_path / "sojourn.db-wal"
        assert log.stat().st_size > 2_000_000, "the reader holds on to it"
        assert reader.execute("SELECT count(*) FROM messages").fetchall() == before
        reader.execute("COMMIT").fetchall()
        reader.close()
        store.user("ada").sessions.create().erase()
        assert log.stat().st_size == 0
        assert session.refresh().last_seq == 3001


def test_a_writer_stopped_in_the_middle_and_woken_later_loses_nothing(tmp_path: Path) -> None:
    settings = Settings(durability="process", busy_seconds=0.2)
    with Sojourn.open(f"sqlite:///{tmp_path}", settings=settings) as store:
        session = store.user("ada").sessions.create()
        other = subprocess.Popen(
            [sys.executable, str(WRITER), str(tmp_path), "ada", session.id, "other", "none"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert other.stdout is not None
        said = [other.stdout.readline() for _ in range(20)]
        mine: list[str] = []
        for number in range(20):
            os.kill(other.pid, signal.SIGSTOP)
            try:
                session.messages.append("user", f"mine {number}")
                mine.append(f"mine {number}")
            except Unavailable:  # it was stopped with the lock in its hand: said, and not written
                assert session.messages.last(1)[0].text != f"mine {number}"
            finally:
                os.kill(other.pid, signal.SIGCONT)
            said.append(other.stdout.readline())
        other.kill()
        with other.stdout as out:
            said += out.read().rpartition("\n")[0].splitlines(keepends=True)
        other.wait(30)
        kept = [message.text for message in session.messages.after(0, limit=10_000)]
        assert [text for text in kept if text.startswith("mine")] == mine
        acknowledged = [line.strip() for line in said if line.startswith("other")]
        assert [text for text in kept if text.startswith("other")][: len(acknowledged)] == acknowledged
