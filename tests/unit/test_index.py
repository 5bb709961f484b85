"""An index in a file: what is put is found, what is removed leaves nothing, and no file is left open."""

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.backends.sqlite.index import SqliteIndex
from sojourn.backends.sqlite.indexes import SqliteIndexes
from sojourn.errors import BackendError, Invalid, SchemaMismatch, StorageFull, Unavailable
from sojourn.models import Chunk, Document, Place

SESSION = "ses_01k9zzzzzzzzzzzzzzzzzzzzXY"


def chunks(*texts: str) -> list[Chunk]:
    return [Chunk(number, text, Place(page=number + 1)) for number, text in enumerate(texts)]


def found(index: SqliteIndex, *terms: str) -> list[str]:
    return [hit.text for hit in index.candidates(terms, 10)]


@pytest.fixture
def indexes(tmp_path: Path) -> SqliteIndexes:
    return SqliteIndexes(tmp_path / "data")


@pytest.fixture
def index(indexes: SqliteIndexes) -> SqliteIndex:
    return indexes.session_for_writing(SESSION)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "sessions" / "xy" / SESSION / "index.db"


# -- what is put is found -------------------------------------------------------------------------


def test_chunks_come_back_with_all_they_had(index: SqliteIndex) -> None:
    places = [Place(page=3, heading="A › B", line=9), Place(row=1, last_row=5), Place()]
    given = [Chunk(number, f"tide {number}", place) for number, place in enumerate(places)]
    index.put("fil_1", "tides.pdf", given)
    assert index.chunks("fil_1", 0, 10) == given
    hits = index.candidates(["tide"], 10)
    assert [Chunk(hit.chunk, hit.text, hit.place) for hit in sorted(hits, key=lambda hit: hit.chunk)] == given
    assert {(hit.document_id, hit.document_name, hit.corpus) for hit in hits} == {
        ("fil_1", "tides.pdf", None)
    }


def test_chunks_are_paged(index: SqliteIndex) -> None:
    index.put("a", "a", chunks(*map(str, range(10))))
    index.put("b", "b", chunks("other"))
    assert [chunk.number for chunk in index.chunks("a", 7, 5)] == [7, 8, 9]
    assert [chunk.number for chunk in index.chunks("a", 2, 3)] == [2, 3, 4]
    assert index.chunks("a", 10, 5) == index.chunks("a", 2**31, 5) == index.chunks("c", 0, 5) == []


def test_documents_stand_in_the_order_they_came(index: SqliteIndex) -> None:
    for name in "cab":
        index.put(f"fil_{name}", f"{name}.txt", chunks("x", "y"))
    assert index.documents() == [Document(f"fil_{name}", f"{name}.txt", 2) for name in "cab"]
    assert index.document("fil_a") == Document("fil_a", "a.txt", 2)
    assert index.document("fil_x") is None


def test_a_second_put_replaces_the_first(index: SqliteIndex) -> None:
    index.put("a", "old", chunks("ebb", "flow", "moon"))
    index.put("b", "b", chunks("stone"))
    index.put("a", "new", chunks("ship"))
    assert found(index, "ebb", "flow", "moon") == []
    assert sorted(found(index, "ship", "stone")) == ["ship", "stone"]
    assert index.document("a") == Document("a", "new", 1)
    assert index.count(["ebb", "ship"]) == (2, 1.0, {"ebb": 0, "ship": 1})


def test_words_are_counted(index: SqliteIndex) -> None:
    index.put("a", "a", chunks("one two three", "two words here, and two more"))
    assert index.count(["two", "three", "none"]) == (2, 4.5, {"two": 2, "three": 1, "none": 0})


def test_forms_of_a_word_accents_and_case_are_one(index: SqliteIndex) -> None:
    index.put("a", "a", chunks("Die Größe der ÜBERFAHRT", "She was running"))
    assert found(index, "größe") == found(index, "uberfahrt") == ["Die Größe der ÜBERFAHRT"]
    assert found(index, "runs") == ["She was running"]


def test_a_heading_is_searched_too(index: SqliteIndex) -> None:
    index.put("a", "a", [Chunk(0, "Run it.", Place(heading="Guide › Install"))])
    assert found(index, "installing") == ["Run it."]


def test_each_letter_of_chinese_and_japanese_is_a_word(index: SqliteIndex) -> None:
    index.put("a", "a", chunks("潮汐は月の引力による", "船が港に入る"))
    assert found(index, "月") == ["潮汐は月の引力による"]
    assert found(index, "引力") == ["潮汐は月の引力による"]
    index.remove("a")
    index.put("b", "b", chunks("月"))
    assert found(index, "月") == ["月"]


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
@settings(max_examples=60)
def test_no_term_is_syntax(shared: SqliteIndex, terms: list[str]) -> None:
    shared.candidates([term.encode("utf-8", "replace").decode() for term in terms], 5)
    shared.count([term.encode("utf-8", "replace").decode() for term in terms])


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> SqliteIndex:
    index = SqliteIndexes(tmp_path_factory.mktemp("shared")).session_for_writing(SESSION)
    index.put("a", "a", chunks("ebb AND flow NOT near text"))
    return index


@pytest.mark.parametrize(
    "term",
    ['"', "*", "flo*", "NEAR(ebb flow)", "text:ebb", "^ebb", "(", "ebb AND", "a\0b", "-flow", "{text}:ebb"],
)
def test_operators_of_the_search_engine_are_words(shared: SqliteIndex, term: str) -> None:
    assert found(shared, term, "flow") == ["ebb AND flow NOT near text"]


def test_a_limit_is_kept_and_ties_keep_their_order(index: SqliteIndex) -> None:
    index.put("a", "a", chunks(*["same words"] * 20))
    hits = index.candidates(["words"], 7)
    assert [hit.chunk for hit in hits] == [*range(7)]
    assert index.candidates(["words"], 0) == index.candidates([], 5) == []


def test_a_number_no_index_can_hold_is_refused(index: SqliteIndex) -> None:
    with pytest.raises(Invalid):
        index.put("a", "a", [Chunk(1 << 24, "x", Place())])


# -- what is not there, or goes away --------------------------------------------------------------


def test_nothing_is_made_before_the_first_chunk(
    indexes: SqliteIndexes, index: SqliteIndex, tmp_path: Path
) -> None:
    assert indexes.session(SESSION) is None
    index.remove("a")
    index.put("a", "a", [])
    assert index.documents() == index.chunks("a", 0, 5) == found(index, "x") == []
    assert index.document("a") is None
    assert index.count(["x"]) == (0, 0.0, {"x": 0})
    assert not (tmp_path / "data").exists()
    index.put("a", "a", chunks("x"))
    assert indexes.session(SESSION) is not None


def test_removing_twice_or_what_was_never_there_is_no_error(index: SqliteIndex) -> None:
    index.put("a", "a", chunks("x"))
    for document_id in ("b", "a", "a"):
        index.remove(document_id)
    assert index.documents() == found(index, "x") == []
    index.put("c", "c", chunks("z"))
    assert found(index, "z") == ["z"]


def test_an_index_whose_folder_went_is_empty(index: SqliteIndex, file: Path, tmp_path: Path) -> None:
    index.put("a", "a", chunks("x"))
    file.parent.rename(tmp_path / "gone")
    assert found(index, "x") == index.documents() == []
    index.remove("a")
    assert not file.parent.exists()


def test_a_folder_that_is_taken_away_meanwhile_trips_nobody(
    index: SqliteIndex, file: Path, tmp_path: Path
) -> None:
    done = threading.Event()
    seen: set[tuple[str, ...]] = set()
    failures: list[str] = []

    def keep(step: Callable[[], object]) -> None:
        while not done.is_set():
            try:
                step()
            except Exception as failure:  # noqa: BLE001
                failures.append(repr(failure))

    def write() -> None:
        with suppress(Unavailable):  # taken away each of several times: said, and nothing half-written
            index.put("a", "a", chunks("tide", "tide and ebb"))
            index.remove("a")

    threads = [
        threading.Thread(target=keep, args=(step,))
        for step in (write, lambda: seen.add(tuple(sorted(found(index, "tide")))), index.documents)
    ]
    for thread in threads:
        thread.start()
    for number in range(60):
        if file.parent.exists():
            file.parent.rename(tmp_path / f"gone {number}")
        done.wait(0.01)
    done.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert seen <= {(), ("tide", "tide and ebb")}


def test_a_file_that_was_made_and_never_written_is_empty(index: SqliteIndex, file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.touch()
    assert index.documents() == []
    index.put("a", "a", chunks("x"))
    assert found(index, "x") == ["x"]


def test_a_file_of_another_version_is_refused(index: SqliteIndex, file: Path) -> None:
    index.put("a", "a", chunks("x"))
    connection = apsw.Connection(str(file))
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(SchemaMismatch):
        index.documents()
    with pytest.raises(SchemaMismatch):
        index.put("b", "b", chunks("y"))


def test_a_damaged_file_says_so(index: SqliteIndex, file: Path) -> None:
    index.put("a", "a", chunks("x"))
    file.write_bytes(b"not a database" * 1000)
    with pytest.raises(BackendError, match="damaged"):
        index.documents()


def test_what_a_killed_writer_began_is_rolled_back_by_the_next_reader(index: SqliteIndex, file: Path) -> None:
    index.put("a", "a", chunks("tide " * 200, "ebb " * 200))
    script = """
import os, signal, sys, apsw
connection = apsw.Connection(sys.argv[1])
connection.execute("PRAGMA cache_size = 2")
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE chunk SET text = zeroblob(20000)")
connection.execute("UPDATE document SET name = 'half', id = zeroblob(50000)")
os.kill(os.getpid(), signal.SIGKILL)
"""
    before = file.read_bytes()
    subprocess.run([sys.executable, "-c", script, str(file)])
    assert file.read_bytes() != before and file.with_name("index.db-journal").stat().st_size > 0
    assert index.documents() == [Document("a", "a", 2)]
    assert not file.with_name("index.db-journal").exists()
    assert [chunk.text for chunk in index.chunks("a", 0, 5)] == ["tide " * 200, "ebb " * 200]


def test_a_full_disk_changes_nothing(index: SqliteIndex, tmp_path: Path) -> None:
    """In a process that may write no file of more than 100 kB."""
    index.put("a", "a", chunks("kept"))
    script = f"""
import resource, sys
from pathlib import Path
from sojourn.backends.sqlite.indexes import SqliteIndexes
from sojourn.models import Chunk, Place
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
index = SqliteIndexes(Path(sys.argv[1])).session_for_writing({SESSION!r})
try:
    index.put("b", "b", [Chunk(n, f"word{{n}} " * 200, Place()) for n in range(500)])
except Exception as failure:
    print(type(failure).__name__)
print(index.documents()[0].id, len(index.documents()))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, filter(None, sys.path)))}
    command = [sys.executable, "-c", script, str(tmp_path / "data")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    kind, *held = done.stdout.split()
    assert kind in {StorageFull.__name__, BackendError.__name__} and held == ["a", "1"], done.stderr


# -- what is removed leaves nothing -----------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_no_word_of_a_removed_document_stays_in_the_file(index: SqliteIndex, file: Path, seed: int) -> None:
    dice = random.Random(seed)
    words = [f"{dice.randrange(10**6):x}" for _ in range(500)]
    documents = range(dice.randrange(3, 12))
    for document in documents:
        texts = [
            " ".join([*dice.choices(words, k=dice.choice([2, 100, 200])), f"canary{document}x{number}e"])
            for number in range(dice.choice([1, 3, 40, 200]))
        ]
        index.put(
            f"fil_{document}e",
            f"name{document}e.txt",
            [Chunk(number, text, Place(heading=f"heading{document}e")) for number, text in enumerate(texts)],
        )
    gone = dice.sample(documents, len(documents) // 2)
    for document in gone:
        if dice.random() < 0.3:
            index.put(f"fil_{document}e", "other", chunks("something else"))
            index.put(f"fil_{document}e", "other", chunks("and something else again"))
        index.remove(f"fil_{document}e")
        left = b"".join(path.read_bytes() for path in file.parent.iterdir())
        for trace in (f"canary{document}x", f"name{document}e", f"heading{document}e", f"fil_{document}e"):
            assert trace.encode() not in left
    kept = next(document for document in documents if document not in gone)
    assert index.count([f"canary{kept}x0e"])[2] == {f"canary{kept}x0e": 1}


def test_a_removal_that_was_cut_off_before_the_last_traces_went_is_finished_by_the_next(
    index: SqliteIndex, file: Path
) -> None:
    index.put("a", "a", chunks("x"))
    index.put("b", "b", chunks("y"))
    connection = apsw.Connection(str(file))
    connection.execute("INSERT INTO trace VALUES (7)")
    index.remove("b")
    assert connection.execute("SELECT count(*) FROM trace").get == 0
    connection.close()


# -- nothing is left open ---------------------------------------------------------------------------


def test_no_file_stays_open(indexes: SqliteIndexes, index: SqliteIndex, tmp_path: Path) -> None:
    with indexes.build("handbook") as draft:
        draft.put("a", "a", chunks("x"))
    corpus = indexes.corpus("handbook")
    assert corpus is not None
    for body in (index, corpus):
        body.put("b", "b", chunks("x"))
        body.candidates(["x"], 5)
        body.count(["x"])
        body.documents()
        body.remove("b")
    if Path("/proc/self/fd").exists():
        held = [handle.readlink() for handle in Path("/proc/self/fd").iterdir() if handle.is_symlink()]
        assert not [path for path in held if path.is_relative_to(tmp_path)]


def test_several_processes_write_the_same_index(index: SqliteIndex, tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from sojourn.backends.sqlite.indexes import SqliteIndexes
from sojourn.models import Chunk, Place
index = SqliteIndexes(Path(sys.argv[1])).session_for_writing({SESSION!r})
for n in range(10):
    index.put(f"fil_{{sys.argv[2]}}_{{n}}", "x", [Chunk(0, "tide", Place())])
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, filter(None, sys.path)))}
    writers = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "data"), str(number)], env=environment)
        for number in range(3)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert len(index.documents()) == index.count(["tide"])[0] == 30


@pytest.mark.parametrize("session_id", ["", "..", "ab", "ses_/../x", "ses_x\n", "ses_\0", "s" * 65])
def test_an_id_that_could_be_a_path_is_refused(indexes: SqliteIndexes, session_id: str) -> None:
    with pytest.raises(Invalid):
        indexes.session(session_id)
    with pytest.raises(Invalid):
        indexes.session_for_writing(session_id)
