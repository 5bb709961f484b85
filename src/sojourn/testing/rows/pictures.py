"""What a backend promises about pictures: found by a flag, and thumbnails that go with their file."""

from typing import Any

import pytest
from msgspec.structs import replace

from sojourn.models import File, Picture, Thumbnail
from sojourn.ports import SessionRef
from sojourn.testing import drafts
from sojourn.testing.drafts import HOUR, NOW
from sojourn.testing.scene import READABLE, UNREACHABLE, Scene

SIZE = Picture(4000, 3000)


def picture(scene: Scene, ref: SessionRef, **fields: Any) -> File:
    return scene.file(ref, **{"name": "tide.jpg", "media_type": "image/jpeg", "picture": SIZE, **fields})


def ids(scene: Scene, ref: SessionRef) -> list[str]:
    return scene.read(lambda tx: tx.pictures.ids(ref))


def page(scene: Scene, ref: SessionRef, after: int, limit: int) -> tuple[list[File], int | None]:
    return scene.read(lambda tx: tx.pictures.page(ref, after, limit))


def thumbnail(scene: Scene, ref: SessionRef, file_id: str, px: int = 256) -> Thumbnail | None:
    return scene.read(lambda tx: tx.pictures.thumbnail(ref, file_id, px))


def keep(scene: Scene, ref: SessionRef, file_id: str, made: Thumbnail, px: int = 256) -> bool:
    return scene.write(lambda tx: tx.pictures.keep(ref, file_id, px, made))


def small(mark: bytes = b"small") -> Thumbnail:
    return Thumbnail("image/webp", 256, 192, mark * 2000)


class PictureContract:
    def test_a_size_is_kept_with_its_file_and_outlives_a_reading(self, scene: Scene) -> None:
        ref = scene.session()
        kept = picture(scene, ref, picture=Picture(3, 2**31, 10_000), text="pending")
        assert scene.read(lambda tx: tx.files.get(ref, kept.id)) == kept
        read = replace(kept, text="none")
        assert scene.write(lambda tx: tx.files.read_as(ref, read))
        assert scene.read(lambda tx: tx.files.get(ref, kept.id)) == read
        assert ids(scene, ref) == [kept.id]

    def test_pictures_are_told_from_other_files_and_stand_in_their_order(self, scene: Scene) -> None:
        ref, other = scene.session(), scene.session()
        picture(scene, other)
        kept = []
        for _ in range(5):
            scene.file(ref)
            kept.append(picture(scene, ref))
        assert ids(scene, ref) == [file.id for file in kept]
        assert page(scene, ref, 0, 5) == (kept, None)
        assert page(scene, ref, 0, 9) == (kept, None)
        first, position = page(scene, ref, 0, 2)
        assert first == kept[:2] and position is not None
        second, position = page(scene, ref, position, 2)
        assert second == kept[2:4] and position is not None
        assert page(scene, ref, position, 2) == (kept[4:], None)

    def test_a_thumbnail_is_kept_as_it_was_given_one_of_each_size(self, scene: Scene) -> None:
        ref = scene.session()
        first, second = picture(scene, ref), picture(scene, ref)
        assert thumbnail(scene, ref, first.id) is None
        assert keep(scene, ref, first.id, small(b"first"))
        assert keep(scene, ref, first.id, small(b"large"), 512)
        assert keep(scene, ref, second.id, small(b"other"))
        assert thumbnail(scene, ref, first.id) == small(b"first")
        assert thumbnail(scene, ref, first.id, 512) == small(b"large")
        assert thumbnail(scene, ref, first.id, 128) is None
        assert keep(scene, ref, first.id, small(b"again"))
        assert thumbnail(scene, ref, first.id) == small(b"again")
        assert thumbnail(scene, ref, second.id) == small(b"other")

    def test_a_thumbnail_counts_nowhere_and_moves_nothing(self, scene: Scene) -> None:
        ref = scene.session()
        kept = picture(scene, ref)
        before = scene.record(ref)
        assert keep(scene, ref, kept.id, small())
        assert scene.record(ref) == before

    def test_a_thumbnail_goes_with_its_file_and_no_other_does(self, scene: Scene) -> None:
        ref = scene.session()
        gone, stays = picture(scene, ref), picture(scene, ref)
        for file in (gone, stays):
            for px in (64, 256):
                assert keep(scene, ref, file.id, small(), px)
        assert scene.write(lambda tx: tx.files.remove(ref, gone.id, NOW)) is not None
        assert thumbnail(scene, ref, gone.id) is None
        assert not keep(scene, ref, gone.id, small())
        assert ids(scene, ref) == [stays.id]
        assert thumbnail(scene, ref, stays.id) == thumbnail(scene, ref, stays.id, 64) == small()

    def test_a_picture_in_the_trash_is_in_no_list_and_keeps_its_thumbnails(self, scene: Scene) -> None:
        ref = scene.session()
        binned, stays = picture(scene, ref), picture(scene, ref)
        assert keep(scene, ref, binned.id, small())
        scene.write(lambda tx: tx.files.delete(ref, binned.id, NOW))
        assert ids(scene, ref) == [stays.id]
        assert scene.read(lambda tx: tx.pictures.page(ref, 0, 9)) == ([stays], None)
        assert thumbnail(scene, ref, binned.id) == small()
        scene.write(lambda tx: tx.files.restore(ref, binned.id, "none", NOW))
        assert ids(scene, ref) == [binned.id, stays.id]

    def test_what_is_no_file_of_the_session_has_no_thumbnail(self, scene: Scene) -> None:
        ref, other = scene.session(), scene.session()
        kept = picture(scene, ref)
        assert keep(scene, ref, kept.id, small())
        for foreign in (other, SessionRef(scene.bob, ref.id)):
            assert thumbnail(scene, foreign, kept.id) is None
            assert not keep(scene, foreign, kept.id, small(b"other"))
        assert not keep(scene, ref, drafts.new_id("fil"), small())
        assert thumbnail(scene, ref, kept.id) == small()

    @pytest.mark.parametrize("condition", READABLE)
    def test_pictures_are_seen_and_drawn_while_their_session_is_read(
        self, scene: Scene, condition: str
    ) -> None:
        ref = scene.session()
        kept = picture(scene, ref, now=NOW - HOUR)
        assert keep(scene, ref, kept.id, small())
        met = scene.put_into(ref, condition)
        assert ids(scene, met) == [kept.id]
        assert page(scene, met, 0, 3) == ([kept], None)
        assert thumbnail(scene, met, kept.id) == small()
        assert keep(scene, met, kept.id, small(), 64)
        assert thumbnail(scene, met, kept.id, 64) == small()

    @pytest.mark.parametrize("condition", UNREACHABLE)
    def test_nothing_is_seen_or_drawn_where_there_is_no_session(self, scene: Scene, condition: str) -> None:
        ref = scene.session()
        kept = picture(scene, ref)
        assert keep(scene, ref, kept.id, small())
        met = scene.put_into(ref, condition)
        assert ids(scene, met) == []
        assert page(scene, met, 0, 3) == ([], None)
        assert thumbnail(scene, met, kept.id) is None
        assert not keep(scene, met, kept.id, small(), 64)
