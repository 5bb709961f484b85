"""What a backend promises about uploads: the intent that finds bytes on their way in."""

import pytest
from msgspec.structs import replace

from sojourn.ports import SessionRef
from sojourn.testing import drafts
from sojourn.testing.drafts import HOUR, NOW
from sojourn.testing.rows.files import counts, get, keep, pages, reserved
from sojourn.testing.scene import SHUT, Scene


def overdue(scene: Scene, now: int, limit: int = 100) -> list[tuple[SessionRef, object]]:
    return [*scene.read(lambda tx: tx.files.overdue(now, limit))]


class UploadContract:
    def test_an_upload_holds_its_reserve_until_it_is_kept(self, scene: Scene) -> None:
        ref = scene.session()
        first, second = scene.reserve(ref, reserved=10), scene.reserve(ref, reserved=200)
        assert reserved(scene, ref) == (2, 210)
        assert counts(scene, ref) == (0, 0)
        assert keep(scene, ref, drafts.file(first.file_id, size=7))
        assert reserved(scene, ref) == (1, 200)
        assert counts(scene, ref) == (1, 7)
        scene.write(lambda tx: tx.files.release(ref, second.file_id))
        assert reserved(scene, ref) == (0, 0)
        assert counts(scene, ref) == (1, 7)

    def test_an_upload_is_no_file_yet(self, scene: Scene) -> None:
        ref = scene.session()
        upload = scene.reserve(ref)
        assert get(scene, ref, upload.file_id) is None
        assert pages(scene, ref, 10) == []
        assert scene.write(lambda tx: tx.files.remove(ref, upload.file_id, NOW)) is None
        assert reserved(scene, ref) == (1, 1000)

    def test_reserves_are_counted_per_session(self, scene: Scene) -> None:
        first, second = scene.session(), scene.session(scene.bob)
        scene.reserve(first)
        assert reserved(scene, second) == (0, 0)
        assert reserved(scene, SessionRef(scene.bob, first.id)) == (0, 0)

    @pytest.mark.parametrize("condition", SHUT)
    def test_nothing_is_reserved_while_the_session_is(self, scene: Scene, condition: str) -> None:
        full = scene.full()
        ref = scene.put_into(full.ref, condition)
        upload = drafts.upload(ref.id)
        assert not scene.write(lambda tx: tx.files.reserve(ref, upload))
        held = (1, 1000) if condition not in {"erased", "emptied"} else (0, 0)
        assert reserved(scene, full.ref) == held

    def test_a_file_is_kept_once_and_only_with_its_intent(self, scene: Scene) -> None:
        ref, other = scene.session(), scene.session()
        upload = scene.reserve(ref)
        file = drafts.file(upload.file_id)
        assert not keep(scene, other, file)
        assert not keep(scene, ref, drafts.file(drafts.new_id("fil")))
        assert keep(scene, ref, file)
        assert not keep(scene, ref, replace(file, name="other.pdf"))
        assert get(scene, ref, file.id) == file
        assert counts(scene, ref) == (1, 700)
        assert counts(scene, other) == (0, 0)

    def test_a_released_upload_cannot_be_kept(self, scene: Scene) -> None:
        ref = scene.session()
        upload = scene.reserve(ref)
        scene.write(lambda tx: tx.files.release(ref, upload.file_id))
        scene.write(lambda tx: tx.files.release(ref, upload.file_id))
        assert not keep(scene, ref, drafts.file(upload.file_id))
        assert counts(scene, ref) == (0, 0)

    def test_nobody_releases_an_upload_of_somebody_else(self, scene: Scene) -> None:
        ref = scene.session()
        upload = scene.reserve(ref)
        other = scene.session()
        scene.write(lambda tx: tx.files.release(SessionRef(scene.bob, ref.id), upload.file_id))
        scene.write(lambda tx: tx.files.release(other, upload.file_id))
        assert reserved(scene, ref) == (1, 1000)

    @pytest.mark.parametrize("condition", SHUT)
    def test_nothing_is_kept_while_the_session_is(self, scene: Scene, condition: str) -> None:
        full = scene.full()
        ref = scene.put_into(full.ref, condition)
        file = drafts.file(full.upload.file_id)
        assert not keep(scene, ref, file)
        assert get(scene, full.ref, file.id) is None

    @pytest.mark.parametrize("condition", ["closed", "deleted"])
    def test_an_upload_can_be_given_up_while_the_session_is(self, scene: Scene, condition: str) -> None:
        full = scene.full()
        ref = scene.put_into(full.ref, condition)
        assert scene.read(lambda tx: tx.files.overdue(NOW + 2 * HOUR, 10)) == [(ref, full.upload)]
        scene.write(lambda tx: tx.files.release(ref, full.upload.file_id))
        assert reserved(scene, ref) == (0, 0)
        assert scene.read(lambda tx: tx.files.overdue(NOW + 2 * HOUR, 10)) == []

    def test_an_upload_is_under_way_to_its_deadline_and_overdue_after_it(self, scene: Scene) -> None:
        ref = scene.session()
        upload = scene.reserve(ref, deadline_ms=NOW + 9)
        for now, late in ((NOW, False), (NOW + 8, False), (NOW + 9, False), (NOW + 10, True)):
            assert reserved(scene, ref, now) == ((0, 0) if late else (1, 1000))
            assert overdue(scene, now) == ([(ref, upload)] if late else [])

    def test_an_overdue_upload_can_still_be_kept_until_it_is_swept(self, scene: Scene) -> None:
        ref = scene.session()
        upload = scene.reserve(ref, deadline_ms=NOW + 9)
        assert keep(scene, ref, drafts.file(upload.file_id), NOW + HOUR)
        assert overdue(scene, NOW + HOUR) == []

    def test_overdue_uploads_of_everybody_come_first_due_first(self, scene: Scene) -> None:
        refs = [scene.session(), scene.session(scene.bob), scene.session()]
        uploads = [
            scene.reserve(ref, deadline_ms=NOW + due) for ref, due in zip(refs, (3, 1, 2), strict=True)
        ]
        scene.reserve(refs[0], deadline_ms=NOW + HOUR)
        expected = [(refs[n], uploads[n]) for n in (1, 2, 0)]
        assert overdue(scene, NOW + 9) == expected
        assert overdue(scene, NOW + 9, 2) == expected[:2]
