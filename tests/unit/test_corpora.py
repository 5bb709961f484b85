"""Corpora: each version is built beside the old one and takes its place in one step."""

import os
import threading
from pathlib import Path

import pytest

from sojourn.backends.sqlite.indexes import SqliteIndexes
from sojourn.errors import Invalid
from sojourn.models import Chunk, Place


def chunks(*texts: str) -> list[Chunk]:
    return [Chunk(number, text, Place()) for number, text in enumerate(texts)]


@pytest.fixture
def indexes(tmp_path: Path) -> SqliteIndexes:
    return SqliteIndexes(tmp_path / "data")


def names(indexes: SqliteIndexes, corpus: str) -> list[str]:
    index = indexes.corpus(corpus)
    return [] if index is None else [document.name for document in index.documents()]


def test_a_build_takes_the_old_ones_place_when_it_ends_well(indexes: SqliteIndexes, tmp_path: Path) -> None:
    with indexes.build("handbook") as draft:
        draft.put("doc_1", "old", chunks("x", "y"))
        assert indexes.corpus("handbook") is None and indexes.corpora() == []
    (first,) = indexes.corpora()
    assert (first.name, first.documents, first.chunks) == ("handbook", 1, 2)
    standing = indexes.corpus("handbook")
    with indexes.build("handbook") as draft:
        draft.put("doc_1", "new", chunks("z"))
        assert names(indexes, "handbook") == ["old"]
    assert standing is not None and [document.name for document in standing.documents()] == ["new"]
    (second,) = indexes.corpora()
    assert second.version != first.version
    assert {path.name for path in (tmp_path / "data/corpora/handbook").iterdir()} == {
        "current",
        second.version,
    }


def test_a_build_that_fails_changes_nothing(indexes: SqliteIndexes, tmp_path: Path) -> None:
    with indexes.build("handbook") as draft:
        draft.put("doc_1", "old", chunks("x"))
    with pytest.raises(Invalid), indexes.build("handbook") as draft:
        draft.put("doc_1", "new", [Chunk(-1, "y", Place())])
    assert names(indexes, "handbook") == ["old"]
    assert len(list((tmp_path / "data/corpora/handbook").iterdir())) == 2


def test_of_two_builds_at_once_the_last_to_end_stands(indexes: SqliteIndexes, tmp_path: Path) -> None:
    with indexes.build("handbook") as one:
        one.put("doc_1", "one", chunks("x"))
        with indexes.build("handbook") as two:
            two.put("doc_1", "two", chunks("y"))
        assert names(indexes, "handbook") == ["two"]
    assert names(indexes, "handbook") == ["one"]
    assert len(list((tmp_path / "data/corpora/handbook").iterdir())) == 2


def test_what_a_cut_off_build_left_goes_a_day_later(indexes: SqliteIndexes, tmp_path: Path) -> None:
    folder = tmp_path / "data/corpora/handbook"
    for name, age in (("0123456789abcdef", 2 * 86400), ("fedcba9876543210", 60)):
        (folder / name).mkdir(parents=True)
        (folder / name / "index.db").touch()
        for path in (folder / name / "index.db", folder / name):
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
    with indexes.build("handbook") as draft:
        draft.put("doc_1", "new", chunks("x"))
    left = {path.name for path in folder.iterdir()}
    assert "fedcba9876543210" in left and "0123456789abcdef" not in left


def test_readers_of_a_corpus_never_find_it_missing_while_it_is_built_anew(indexes: SqliteIndexes) -> None:
    with indexes.build("handbook") as draft:
        draft.put("doc_1", "x", chunks("tide"))
    corpus = indexes.corpus("handbook")
    assert corpus is not None
    done = threading.Event()
    counts: set[int] = set()

    def read() -> None:
        while not done.is_set():
            counts.add(len(corpus.documents()))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(30):
        with indexes.build("handbook") as draft:
            draft.put("doc_1", "x", chunks("tide"))
    done.set()
    reader.join()
    assert counts == {1}


BAD_NAMES = ["", "A", "-a", "_a", "a b", "a/b", "..", "a.b", "ä", "a" * 65, "a\n", "a\0"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_could_be_a_path_is_refused(indexes: SqliteIndexes, name: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        indexes.corpus(name)
    with pytest.raises(Invalid), indexes.build(name):
        raise AssertionError
    assert not (tmp_path / "data").exists()


def test_a_pointer_that_points_elsewhere_is_not_followed(indexes: SqliteIndexes, tmp_path: Path) -> None:
    folder = tmp_path / "data/corpora/handbook"
    folder.mkdir(parents=True)
    for content in (b"../../sessions", b"", b"\xff\xfe", b"0123456789abcdefX"):
        (folder / "current").write_bytes(content)
        assert indexes.corpus("handbook") is None and indexes.corpora() == []


def test_folders_that_are_no_corpora_are_passed_over(indexes: SqliteIndexes, tmp_path: Path) -> None:
    assert indexes.corpora() == []
    for name in ("b", "a"):
        with indexes.build(name) as draft:
            draft.put("doc_1", "x", chunks("x"))
    (tmp_path / "data/corpora/Not One").mkdir()
    (tmp_path / "data/corpora/file").touch()
    assert [corpus.name for corpus in indexes.corpora()] == ["a", "b"]
