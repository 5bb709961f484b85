"""A stamp tells of every commit, whichever process made it, and of nothing else."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sojourn.backends.sqlite.records import SqliteRecords
from sojourn.config import Settings
from sojourn.testing import drafts

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

OTHER = """
import sys
from sojourn import Settings, Sojourn
with Sojourn.open(sys.argv[1], settings=Settings(durability="process")) as store:
    store.user("bob").sessions.create()
"""


@pytest.fixture
def records(tmp_path: Path) -> Iterator[SqliteRecords]:
    records = SqliteRecords(tmp_path, Settings(durability="process"))
    yield records
    records.close()


def add(records: SqliteRecords, name: str) -> None:
    user = drafts.user(name)
    records.write(lambda tx: tx.users.add(user))


def test_another_process_moves_the_stamp(tmp_path: Path, records: SqliteRecords) -> None:
    add(records, "ada")
    stamp = records.stamp()
    assert records.stamp() == stamp
    subprocess.run([sys.executable, "-c", OTHER, f"sqlite:///{tmp_path}"], check=True, timeout=60)
    assert records.stamp() != stamp


def test_after_a_close_no_stamp_comes_again(records: SqliteRecords) -> None:
    add(records, "ada")
    seen = [records.stamp()]
    for _ in range(3):
        records.close()
        seen.append(records.stamp())
    assert len(set(seen)) == 4


def test_after_a_fork_both_sides_see_each_others_commits(records: SqliteRecords) -> None:
    add(records, "ada")
    before = records.stamp()
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            stamp = records.stamp()
            add(records, "bob")
            code = 0 if before != stamp != records.stamp() else 2
            os.write(tell, b"x")
        finally:
            os._exit(code)
    after = records.stamp()
    assert after != before
    assert os.read(told, 1) == b"x"
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    for end in (told, tell):
        os.close(end)
    drafts.user("nobody")
    late = records.stamp()
    add(records, "carl")
    assert records.stamp() != late
