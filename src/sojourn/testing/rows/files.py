"""What a backend promises about files: an intent first, then the file, with the session's counts."""

from typing import Any

import pytest
from msgspec.structs import replace

from sojourn.models import File
from sojourn.ports import Gone, SessionRef
from sojourn.testing import drafts
from sojourn.testing.drafts import HOUR, NOW
from sojourn.testing.scene import READABLE, SHUT, UNREACHABLE, Scene


def counts(scene: Scene, ref: SessionRef) -> tuple[int, int]:
    session = scene.record(ref)
    return session.file_count, session.file_bytes


def reserved(scene: Scene, ref: SessionRef, now: int = NOW) -> tuple[int, int]:
    return scene.read(lambda tx: tx.intents.reserved(ref, now))


def keep(scene: Scene, ref: SessionRef, file: File, now: int = NOW) -> bool:
    return scene.write(lambda tx: tx.files.keep(ref, file, now)) is not None


def get(scene: Scene, ref: SessionRef, file_id: str) -> File | None:
    return scene.read(lambda tx: tx.files.get(ref, file_id))


def pages(scene: Scene, ref: SessionRef, limit: int) -> list[File]:
    """The files on all pages, each of which but the last is full."""
    files, position = scene.read(lambda tx: tx.files.page(ref, 0, limit))
    for _ in range(100):
        if position is None:
            return files
        assert len(files) % limit == 0
        more, position = next_page(scene, ref, position, limit)
        assert more
        files += more
    raise AssertionError("The pages do not end.")


def next_page(scene: Scene, ref: SessionRef, after: int, limit: int) -> tuple[list[File], int | None]:
    return scene.read(lambda tx: tx.files.page(ref, after, limit))


class FileContract:
    def test_a_file_is_kept_as_it_was_given(self, scene: Scene) -> None:
        ref = scene.session()
        given: list[dict[str, Any]] = [
            {"name": "\u00c9tude \u6d77 \U0001f30a.pdf", "size": 0},
            {"name": "../../etc/passwd", "size": 2**40, "text": "none"},
            {"text": "failed", "problem": "It is sealed with a password.", "created_ms": NOW - HOUR},
            {"text": "ready", "chunks": 17},
        ]
        for fields in given:
            file = scene.file(ref, **fields)
            assert get(scene, ref, file.id) == file

    def test_counts_of_the_session_follow_its_files(self, scene: Scene) -> None:
        ref = scene.session()
        first, second = scene.file(ref, size=5), scene.file(ref, size=70)
        assert counts(scene, ref) == (2, 75)
        gone = scene.write(lambda tx: tx.files.remove(ref, first.id, NOW))
        assert gone == Gone(first, first.id, words=True)
        assert counts(scene, ref) == (1, 70)
        assert scene.write(lambda tx: tx.files.remove(ref, first.id, NOW)) is None
        assert counts(scene, ref) == (1, 70)
        assert get(scene, ref, first.id) is None
        assert pages(scene, ref, 10) == [second]

    def test_keeping_and_removing_move_when_the_session_was_active(self, scene: Scene) -> None:
        ref = scene.session()
        file = scene.file(ref, now=NOW + 5)
        assert scene.record(ref).active_ms == NOW + 5
        scene.file(ref, now=NOW + 3)
        assert scene.record(ref).active_ms == NOW + 5
        scene.write(lambda tx: tx.files.remove(ref, file.id, NOW + 8))
        assert scene.record(ref).active_ms == NOW + 8

    def test_pages_hold_every_file_once_in_the_order_they_came(self, scene: Scene) -> None:
        ref, other = scene.session(), scene.session()
        intents = [scene.reserve(ref) for _ in range(5)]
        scene.file(other)
        files = [drafts.file(intents[n].id, name=f"{n}.txt") for n in (3, 1, 4, 0, 2)]
        for file in files:
            assert keep(scene, ref, file)
        for limit in (1, 2, 4, 5, 6):
            assert pages(scene, ref, limit) == files
        assert next_page(scene, ref, 0, 5) == (files, None)

    def test_a_position_holds_while_files_come_and_go(self, scene: Scene) -> None:
        ref = scene.session()
        files = [scene.file(ref) for _ in range(4)]
        _, position = next_page(scene, ref, 0, 2)
        assert position is not None
        for file_id in (files[0].id, files[1].id, files[2].id):
            remove(scene, ref, file_id)
        files.append(scene.file(ref))
        assert next_page(scene, ref, position, 9) == ([files[3], files[4]], None)

    @pytest.mark.parametrize("condition", READABLE)
    def test_files_can_be_read_while_their_session_is(self, scene: Scene, condition: str) -> None:
        full = scene.full()
        ref = scene.put_into(full.ref, condition)
        assert get(scene, ref, full.file.id) == full.file
        assert pages(scene, ref, 10) == [full.file]
        assert reserved(scene, ref) == (1, 1000)

    @pytest.mark.parametrize("condition", UNREACHABLE)
    def test_files_are_not_there_while_their_session_is(self, scene: Scene, condition: str) -> None:
        full = scene.full()
        ref = scene.put_into(full.ref, condition)
        assert get(scene, ref, full.file.id) is None
        assert pages(scene, ref, 10) == []
        assert reserved(scene, ref) == (0, 0)

    def test_a_file_of_another_session_is_not_found(self, scene: Scene) -> None:
        mine, other = scene.full(), scene.full()
        assert get(scene, mine.ref, other.file.id) is None
        assert remove(scene, mine.ref, other.file.id) is None
        assert not scene.write(lambda tx: tx.files.read_as(mine.ref, replace(other.file, text="none")))
        assert get(scene, other.ref, other.file.id) == other.file

    @pytest.mark.parametrize("condition", SHUT)
    def test_no_file_is_removed_while_the_session_is(self, scene: Scene, condition: str) -> None:
        full = scene.full()
        ref = scene.put_into(full.ref, condition)
        assert remove(scene, ref, full.file.id) is None
        gone = condition in {"erased", "emptied"}
        assert get(scene, full.ref, full.file.id) == (None if gone else full.file)


def remove(scene: Scene, ref: SessionRef, file_id: str) -> Gone | None:
    return scene.write(lambda tx: tx.files.remove(ref, file_id, NOW))


class ReadingContract:
    """How far the words of files are. That is derived: it may be written while a session is closed."""

    @pytest.mark.parametrize("condition", READABLE)
    @pytest.mark.parametrize(
        "read",
        [{"text": "ready", "chunks": 17}, {"text": "none"}, {"text": "failed", "problem": "\u00c9: sealed"}],
    )
    def test_what_a_reader_found_is_noted_while_the_session_is(
        self, scene: Scene, condition: str, read: dict[str, object]
    ) -> None:
        full = scene.full()
        ref = scene.put_into(full.ref, condition)
        before = scene.record(ref)
        assert unread(scene) == [(ref, full.file)]
        noted = replace(full.file, **read)
        assert note(scene, ref, noted)
        assert get(scene, ref, full.file.id) == noted
        assert unread(scene) == []
        assert scene.record(ref) == before

    def test_a_note_writes_how_far_the_words_are_and_nothing_else(self, scene: Scene) -> None:
        full = scene.full()
        other = drafts.file(full.file.id, name="b.txt", media_type="text/plain", size=1, digest="cd" * 32)
        read = {"text": "failed", "chunks": 3, "problem": "It took too long."}
        assert note(scene, full.ref, replace(other, created_ms=NOW + 1, **read))
        assert get(scene, full.ref, full.file.id) == replace(full.file, **read)

    @pytest.mark.parametrize("condition", UNREACHABLE)
    def test_nothing_is_noted_while_the_session_is(self, scene: Scene, condition: str) -> None:
        full = scene.full()
        ref = scene.put_into(full.ref, condition)
        assert not note(scene, ref, replace(full.file, text="ready", chunks=17))
        gone = condition in {"erased", "emptied"}
        assert get(scene, full.ref, full.file.id) == (None if gone else full.file)

    def test_nothing_is_noted_of_a_file_in_the_trash(self, scene: Scene) -> None:
        full = scene.full()
        deleted = scene.write(lambda tx: tx.files.delete(full.ref, full.file.id, NOW))
        assert not note(scene, full.ref, replace(full.file, text="ready", chunks=3))
        assert unread(scene) == []
        assert get(scene, full.ref, full.file.id) == deleted

    def test_nothing_is_noted_of_a_removed_file(self, scene: Scene) -> None:
        full = scene.full()
        remove(scene, full.ref, full.file.id)
        assert unread(scene) == []
        assert not note(scene, full.ref, replace(full.file, text="none"))
        assert unread(scene) == []

    def test_a_file_can_become_unread_again(self, scene: Scene) -> None:
        full = scene.full()
        note(scene, full.ref, replace(full.file, text="failed", chunks=3, problem="It took too long."))
        assert note(scene, full.ref, full.file)
        assert note(scene, full.ref, full.file)
        assert unread(scene) == [(full.ref, full.file)]

    def test_unread_files_of_everybody_come_oldest_first(self, scene: Scene) -> None:
        refs = [scene.session(), scene.session(scene.bob), scene.session()]
        files = [scene.file(ref, created_ms=NOW + at) for ref, at in zip(refs, (3, 1, 2), strict=True)]
        scene.file(refs[0], text="ready", chunks=1)
        expected = [(refs[n], files[n]) for n in (1, 2, 0)]
        assert unread(scene) == expected
        assert unread(scene, 2) == expected[:2]


def note(scene: Scene, ref: SessionRef, file: File) -> bool:
    return scene.write(lambda tx: tx.files.read_as(ref, file))


def unread(scene: Scene, limit: int = 100) -> list[tuple[SessionRef, File]]:
    return scene.read(lambda tx: tx.files.unread(limit))
