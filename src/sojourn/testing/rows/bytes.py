"""What a backend promises about where bytes are, and about the trash."""

import pytest
from msgspec.structs import replace

from sojourn.models import File
from sojourn.ports import Gone, Held, Intent, Kept, SessionRef
from sojourn.testing import drafts
from sojourn.testing.drafts import HOUR, NOW
from sojourn.testing.rows.files import counts, get, note, pages, remove, unread
from sojourn.testing.scene import READABLE, SHUT, UNREACHABLE, Scene


def held(scene: Scene, ref: SessionRef, file_id: str) -> Held | None:
    return scene.read(lambda tx: tx.files.held(ref, file_id))


def small(scene: Scene, ref: SessionRef, body: bytes = b"small", **fields: object) -> File:
    """A file kept with its bytes."""
    file = drafts.file(drafts.new_id("fil"), size=len(body), **fields)
    assert scene.write(lambda tx: tx.files.add(ref, file, body, NOW)) is not None
    return file


def delete(scene: Scene, ref: SessionRef, file_id: str, now: int = NOW) -> File | None:
    return scene.write(lambda tx: tx.files.delete(ref, file_id, now))


def restore(scene: Scene, ref: SessionRef, file_id: str) -> File | None:
    return scene.write(lambda tx: tx.files.restore(ref, file_id, "pending", NOW))


def trash(scene: Scene, ref: SessionRef) -> list[File]:
    return scene.read(lambda tx: tx.files.page(ref, 0, 100, deleted=True))[0]


def to_go(scene: Scene) -> list[tuple[str, str]]:
    """What is to be taken away."""
    found = scene.read(lambda tx: tx.intents.overdue(NOW, 100))
    return sorted((intent.kind, intent.id) for _, intent in found)


class BytesContract:
    @pytest.mark.parametrize("body", [b"x", b"", bytes(range(256)) * 256, "\u6d77".encode()])
    def test_small_bytes_come_back_as_they_were_given(self, scene: Scene, body: bytes) -> None:
        ref = scene.session()
        file = small(scene, ref, body)
        assert held(scene, ref, file.id) == Held(file, file.id, body)
        assert get(scene, ref, file.id) == file
        assert counts(scene, ref) == (1, len(body))

    def test_other_bytes_are_in_a_blob_of_the_files_name(self, scene: Scene) -> None:
        ref = scene.session()
        file = scene.file(ref)
        assert held(scene, ref, file.id) == Held(file, file.id)

    @pytest.mark.parametrize("condition", READABLE)
    def test_bytes_can_be_read_while_their_session_is(self, scene: Scene, condition: str) -> None:
        ref = scene.session()
        file = small(scene, ref)
        assert held(scene, scene.put_into(ref, condition), file.id) == Held(file, file.id, b"small")

    @pytest.mark.parametrize("condition", UNREACHABLE)
    def test_bytes_are_not_there_while_their_session_is(self, scene: Scene, condition: str) -> None:
        ref = scene.session()
        file = small(scene, ref)
        assert held(scene, scene.put_into(ref, condition), file.id) is None

    @pytest.mark.parametrize("condition", SHUT)
    def test_nothing_small_is_kept_while_the_session_is(self, scene: Scene, condition: str) -> None:
        ref = scene.put_into(scene.session(), condition)
        file = drafts.file(drafts.new_id("fil"))
        assert scene.write(lambda tx: tx.files.add(ref, file, b"small", NOW)) is None

    def test_the_same_bytes_twice_are_two_files_and_one_blob(self, scene: Scene) -> None:
        ref = scene.session()
        first = scene.file(ref, digest="ab" * 32)
        intent = scene.reserve(ref)
        second = drafts.file(intent.id, digest="ab" * 32, name="b.pdf")
        kept = scene.write(lambda tx: tx.files.keep(ref, second, NOW))
        assert kept is not None
        assert kept.spare
        assert held(scene, ref, second.id) == Held(second, first.id)
        assert to_go(scene) == [("blob", second.id)]
        assert counts(scene, ref) == (2, 1400)

    def test_small_bytes_are_shared_too_whatever_came_first(self, scene: Scene) -> None:
        ref = scene.session()
        first = small(scene, ref, digest="ab" * 32)
        second = drafts.file(scene.reserve(ref).id, digest="ab" * 32)
        kept = scene.write(lambda tx: tx.files.keep(ref, second, NOW))
        assert kept is not None
        assert kept.spare
        assert held(scene, ref, second.id) == Held(second, first.id, b"small")
        big = scene.file(ref, digest="cd" * 32)
        third = drafts.file(drafts.new_id("fil"), digest="cd" * 32)
        kept = scene.write(lambda tx: tx.files.add(ref, third, b"never needed", NOW))
        assert kept == Kept(kept.taken, spare=True) if kept else False
        assert held(scene, ref, third.id) == Held(third, big.id)

    def test_bytes_that_came_as_a_blob_may_go_into_the_records(self, scene: Scene) -> None:
        ref = scene.session()
        file = drafts.file(scene.reserve(ref).id)
        kept = scene.write(lambda tx: tx.files.keep(ref, file, NOW, b"small"))
        assert kept is not None
        assert kept.spare
        assert held(scene, ref, file.id) == Held(file, file.id, b"small")
        assert to_go(scene) == [("blob", file.id)]

    def test_nothing_is_shared_between_sessions(self, scene: Scene) -> None:
        one, other = scene.session(), scene.session()
        first = small(scene, one, digest="ab" * 32)
        second = small(scene, other, b"other", digest="ab" * 32)
        assert held(scene, one, first.id) == Held(first, first.id, b"small")
        assert held(scene, other, second.id) == Held(second, second.id, b"other")

    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
    def test_a_blob_goes_with_the_last_file_that_needs_it(self, scene: Scene, order: tuple[int, ...]) -> None:
        ref = scene.session()
        files = [scene.file(ref, digest="ab" * 32, text="none") for _ in range(3)]
        for _, id in to_go(scene):
            scene.write(lambda tx, id=id: tx.intents.release(ref, Intent(ref.id, id, "blob")))  # type: ignore[misc]
        for n in order[:2]:
            assert remove(scene, ref, files[n].id) == Gone(files[n], None, words=False)
            assert to_go(scene) == []
        last = files[order[2]]
        assert held(scene, ref, last.id) == Held(last, files[0].id)
        assert remove(scene, ref, last.id) == Gone(last, files[0].id, words=False)
        assert to_go(scene) == [("blob", files[0].id)]

    def test_a_body_goes_with_the_last_file_that_needs_it(self, scene: Scene) -> None:
        ref = scene.session()
        first, second = (small(scene, ref, digest="ab" * 32, text="none") for _ in range(2))
        assert remove(scene, ref, first.id) == Gone(first, None, words=False)
        assert held(scene, ref, second.id) == Held(second, first.id, b"small")
        assert remove(scene, ref, second.id) == Gone(second, None, words=False)
        assert to_go(scene) == []
        again = small(scene, ref, b"again", digest="ab" * 32)
        assert held(scene, ref, again.id) == Held(again, again.id, b"again")

    @pytest.mark.parametrize(("text", "words"), [("pending", True), ("ready", True), ("none", False)])
    def test_words_that_the_index_may_hold_are_to_be_taken_away(
        self, scene: Scene, text: str, words: bool
    ) -> None:
        ref = scene.session()
        file = small(scene, ref, text=text)
        gone = remove(scene, ref, file.id)
        assert gone == Gone(file, None, words)
        assert to_go(scene) == ([("words", file.id)] if words else [])
        scene.write(lambda tx: tx.intents.release(ref, Intent(ref.id, file.id, "words")))
        assert to_go(scene) == []


class TrashContract:
    def test_a_file_in_the_trash_is_whole_and_out_of_the_list(self, scene: Scene) -> None:
        ref = scene.session()
        files = [small(scene, ref, bytes([n])) for n in range(4)]
        binned = [delete(scene, ref, files[n].id, NOW + n) for n in (2, 0)]
        expected = [replace(files[n], deleted_ms=NOW + n) for n in (2, 0)]
        assert binned == expected
        assert pages(scene, ref, 10) == [files[1], files[3]]
        assert trash(scene, ref) == [expected[1], expected[0]]
        assert get(scene, ref, files[2].id) == expected[0]
        assert held(scene, ref, files[2].id) == Held(expected[0], files[2].id, bytes([2]))
        assert counts(scene, ref) == (4, 4)
        assert scene.read(lambda tx: tx.files.page(ref, 0, 1, deleted=True))[1] is not None

    def test_deleting_twice_or_restoring_what_stands_changes_nothing(self, scene: Scene) -> None:
        ref = scene.session()
        file = small(scene, ref)
        assert restore(scene, ref, file.id) is None
        deleted = delete(scene, ref, file.id)
        assert delete(scene, ref, file.id, NOW + 9) is None
        assert get(scene, ref, file.id) == deleted
        assert delete(scene, ref, drafts.new_id("fil")) is None

    def test_a_restored_file_stands_where_it_stood_and_is_to_be_read(self, scene: Scene) -> None:
        ref = scene.session()
        files = [small(scene, ref, bytes([n])) for n in range(3)]
        note(scene, ref, replace(files[1], text="ready", chunks=7))
        delete(scene, ref, files[1].id)
        assert to_go(scene) == [("words", files[1].id)]
        assert [file.id for _, file in unread(scene)] == [files[0].id, files[2].id]
        assert restore(scene, ref, files[1].id) == files[1]
        assert pages(scene, ref, 10) == files
        assert trash(scene, ref) == []
        assert {file.id for _, file in unread(scene)} == {file.id for file in files}

    def test_words_taken_away_too_late_are_to_be_read_again(self, scene: Scene) -> None:
        ref = scene.session()
        file = small(scene, ref)
        delete(scene, ref, file.id)
        restore(scene, ref, file.id)
        note(scene, ref, replace(file, text="ready", chunks=7))
        scene.write(lambda tx: tx.intents.release(ref, Intent(ref.id, file.id, "words")))
        assert get(scene, ref, file.id) == replace(file, text="pending", chunks=0)
        assert unread(scene) == [(ref, file)]
        assert to_go(scene) == []

    @pytest.mark.parametrize("condition", SHUT)
    def test_nothing_goes_into_the_trash_or_out_of_it_while_the_session_is(
        self, scene: Scene, condition: str
    ) -> None:
        ref = scene.session()
        first, second = small(scene, ref, b"1"), small(scene, ref, b"2")
        deleted = delete(scene, ref, second.id)
        met = scene.put_into(ref, condition)
        assert delete(scene, met, first.id) is None
        assert restore(scene, met, second.id) is None
        if condition not in {"erased", "emptied"}:
            assert get(scene, ref, first.id) == first
            assert get(scene, ref, second.id) == deleted

    def test_a_file_can_be_removed_out_of_the_trash(self, scene: Scene) -> None:
        ref = scene.session()
        file = small(scene, ref)
        deleted = delete(scene, ref, file.id)
        assert deleted is not None
        assert remove(scene, ref, file.id) == Gone(deleted, None, words=True)
        assert trash(scene, ref) == []
        assert restore(scene, ref, file.id) is None

    @pytest.mark.parametrize("condition", READABLE)
    def test_what_was_in_the_trash_for_long_expires_while_the_session_is(
        self, scene: Scene, condition: str
    ) -> None:
        ref = scene.session()
        files = [small(scene, ref, bytes([n])) for n in range(3)]
        delete(scene, ref, files[0].id, NOW + HOUR)
        delete(scene, ref, files[1].id, NOW)
        before = scene.record(ref).active_ms
        ref = scene.put_into(ref, condition)
        assert scene.read(lambda tx: tx.files.expired(NOW, 9)) == []
        assert scene.read(lambda tx: tx.files.expired(NOW + 1, 9)) == [(ref, files[1].id)]
        assert scene.read(lambda tx: tx.files.expired(NOW + 2 * HOUR, 1)) == [(ref, files[1].id)]
        assert len(scene.read(lambda tx: tx.files.expired(NOW + 2 * HOUR, 9))) == 2
        for n, goes in ((0, False), (1, True), (1, False), (2, False)):
            gone = scene.write(lambda tx, n=n: tx.files.expire(ref, files[n].id, NOW + 1))  # type: ignore[misc]
            assert (gone is not None) == goes
        assert counts(scene, ref) == (2, 2)
        assert scene.record(ref).active_ms == before
