"""What a backend promises about intents: they find bytes on their way in, and what is to be taken away."""

import pytest
from msgspec.structs import replace

from sojourn.ports import Intent, SessionRef, Taken
from sojourn.testing import drafts
from sojourn.testing.drafts import HOUR, NOW
from sojourn.testing.rows.files import counts, get, keep, pages, remove, reserved
from sojourn.testing.scene import SHUT, Scene

TO_GO = {"reserved": 0, "deadline_ms": 0}


def overdue(scene: Scene, now: int, limit: int = 100) -> list[tuple[SessionRef, Intent]]:
    return scene.read(lambda tx: tx.intents.overdue(now, limit))


def give_up(scene: Scene, ref: SessionRef, id: str, due_ms: int | None = None) -> bool:
    return scene.write(lambda tx: tx.intents.give_up(ref, id, due_ms))


def release(scene: Scene, ref: SessionRef, intent: Intent) -> None:
    scene.write(lambda tx: tx.intents.release(ref, intent))


def renew(scene: Scene, ref: SessionRef, id: str, deadline_ms: int) -> bool:
    return scene.write(lambda tx: tx.intents.renew(ref, id, deadline_ms))


def coming(scene: Scene, ref: SessionRef, id: str) -> Intent | None:
    return scene.read(lambda tx: tx.intents.coming(ref, id))


def taken(scene: Scene, ref: SessionRef) -> Taken:
    """What is held now, asked by reserving nothing and giving it up."""
    intent = drafts.intent(ref.id, reserved=0)
    held = scene.write(lambda tx: tx.intents.reserve(ref, intent, NOW))
    assert held is not None
    give_up(scene, ref, intent.id)
    release(scene, ref, Intent(ref.id, intent.id, "blob"))
    return replace(held, files=held.files - 1, user_files=held.user_files - 1)


class UploadContract:
    def test_what_comes_holds_its_reserve_until_it_is_kept(self, scene: Scene) -> None:
        ref = scene.session()
        first, second = scene.reserve(ref, reserved=10), scene.reserve(ref, reserved=200)
        assert reserved(scene, ref) == (2, 210)
        assert counts(scene, ref) == (0, 0)
        assert keep(scene, ref, drafts.file(first.id, size=7))
        assert reserved(scene, ref) == (1, 200)
        assert counts(scene, ref) == (1, 7)
        assert give_up(scene, ref, second.id)
        assert reserved(scene, ref) == (0, 0)
        assert counts(scene, ref) == (1, 7)

    def test_what_comes_is_no_file_yet(self, scene: Scene) -> None:
        ref = scene.session()
        intent = scene.reserve(ref)
        assert get(scene, ref, intent.id) is None
        assert pages(scene, ref, 10) == []
        assert remove(scene, ref, intent.id) is None
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
        intent = drafts.intent(ref.id)
        assert scene.write(lambda tx: tx.intents.reserve(ref, intent, NOW)) is None
        held = (1, 1000) if condition not in {"erased", "emptied"} else (0, 0)
        assert reserved(scene, full.ref) == held

    def test_a_file_is_kept_once_and_only_with_its_intent(self, scene: Scene) -> None:
        ref, other = scene.session(), scene.session()
        intent = scene.reserve(ref)
        file = drafts.file(intent.id)
        assert not keep(scene, other, file)
        assert not keep(scene, ref, drafts.file(drafts.new_id("fil")))
        assert keep(scene, ref, file)
        assert not keep(scene, ref, replace(file, name="other.pdf"))
        assert get(scene, ref, file.id) == file
        assert counts(scene, ref) == (1, 700)
        assert counts(scene, other) == (0, 0)

    def test_what_was_given_up_cannot_be_kept_and_is_to_be_removed(self, scene: Scene) -> None:
        ref = scene.session()
        intent = scene.reserve(ref)
        assert give_up(scene, ref, intent.id)
        assert not give_up(scene, ref, intent.id)
        assert not keep(scene, ref, drafts.file(intent.id))
        assert not renew(scene, ref, intent.id, NOW + HOUR)
        assert coming(scene, ref, intent.id) is None
        assert counts(scene, ref) == (0, 0)
        left = replace(intent, kind="blob", **TO_GO)
        assert overdue(scene, NOW) == [(ref, left)]
        release(scene, ref, left)
        release(scene, ref, left)
        assert overdue(scene, NOW) == []

    def test_nobody_gives_up_what_comes_to_somebody_else(self, scene: Scene) -> None:
        ref = scene.session()
        intent = scene.reserve(ref)
        other = scene.session()
        assert not give_up(scene, SessionRef(scene.bob, ref.id), intent.id)
        assert not give_up(scene, other, intent.id)
        assert not renew(scene, SessionRef(scene.bob, ref.id), intent.id, NOW)
        assert coming(scene, SessionRef(scene.bob, ref.id), intent.id) is None
        assert coming(scene, ref, intent.id) == intent
        assert reserved(scene, ref) == (1, 1000)

    @pytest.mark.parametrize("condition", SHUT)
    def test_nothing_is_kept_while_the_session_is(self, scene: Scene, condition: str) -> None:
        full = scene.full()
        ref = scene.put_into(full.ref, condition)
        file = drafts.file(full.coming.id)
        assert not keep(scene, ref, file)
        assert get(scene, full.ref, file.id) is None

    @pytest.mark.parametrize("condition", ["closed", "deleted"])
    def test_what_comes_can_be_given_up_while_the_session_is(self, scene: Scene, condition: str) -> None:
        full = scene.full()
        ref = scene.put_into(full.ref, condition)
        assert overdue(scene, NOW + 2 * HOUR) == [(ref, full.coming)]
        assert not renew(scene, ref, full.coming.id, NOW + 3 * HOUR)
        assert give_up(scene, ref, full.coming.id)
        assert reserved(scene, ref) == (0, 0)

    def test_bytes_are_on_their_way_to_their_deadline_and_overdue_after_it(self, scene: Scene) -> None:
        ref = scene.session()
        intent = scene.reserve(ref, deadline_ms=NOW + 9)
        for now, late in ((NOW, False), (NOW + 8, False), (NOW + 9, False), (NOW + 10, True)):
            assert reserved(scene, ref, now) == ((0, 0) if late else (1, 1000))
            assert overdue(scene, now) == ([(ref, intent)] if late else [])

    def test_what_is_overdue_can_still_be_kept_until_it_is_given_up(self, scene: Scene) -> None:
        ref = scene.session()
        intent = scene.reserve(ref, deadline_ms=NOW + 9)
        assert keep(scene, ref, drafts.file(intent.id), NOW + HOUR)
        assert overdue(scene, NOW + HOUR) == []

    def test_who_clears_what_is_overdue_spares_what_was_renewed_just_now(self, scene: Scene) -> None:
        ref = scene.session()
        intent = scene.reserve(ref, deadline_ms=NOW + 9)
        assert renew(scene, ref, intent.id, NOW + HOUR)
        assert not give_up(scene, ref, intent.id, NOW + 10)
        assert coming(scene, ref, intent.id) == replace(intent, deadline_ms=NOW + HOUR)
        assert reserved(scene, ref, NOW + 10) == (1, 1000)
        assert give_up(scene, ref, intent.id, NOW + HOUR + 1)

    def test_what_is_overdue_of_everybody_comes_first_due_first(self, scene: Scene) -> None:
        refs = [scene.session(), scene.session(scene.bob), scene.session()]
        intents = [
            scene.reserve(ref, deadline_ms=NOW + due) for ref, due in zip(refs, (3, 1, 2), strict=True)
        ]
        scene.reserve(refs[0], deadline_ms=NOW + HOUR)
        expected = [(refs[n], intents[n]) for n in (1, 2, 0)]
        assert overdue(scene, NOW + 9) == expected
        assert overdue(scene, NOW + 9, 2) == expected[:2]

    def test_an_upload_has_a_name_and_is_listed_until_its_deadline(self, scene: Scene) -> None:
        ref = scene.session()
        told = {"kind": "upload", "created_ms": NOW}
        first = scene.reserve(ref, name="\u00c9tude \u6d77.zip", **told)
        second = scene.reserve(ref, name="b", deadline_ms=NOW + 9, **told)
        scene.reserve(ref)
        assert coming(scene, ref, first.id) == first
        assert scene.read(lambda tx: tx.intents.uploads(ref, NOW, 9)) == [first, second]
        assert scene.read(lambda tx: tx.intents.uploads(ref, NOW, 1)) == [first]
        assert scene.read(lambda tx: tx.intents.uploads(ref, NOW + 10, 9)) == [first]
        assert scene.read(lambda tx: tx.intents.uploads(SessionRef(scene.bob, ref.id), NOW, 9)) == []
        assert keep(scene, ref, drafts.file(first.id))
        assert scene.read(lambda tx: tx.intents.uploads(ref, NOW + 10, 9)) == []


class TakenContract:
    """What a session and its owner hold: never less than what is there or may come."""

    def test_an_owner_holds_what_all_sessions_hold(self, scene: Scene) -> None:
        first, second, bobs = scene.session(), scene.session(), scene.session(scene.bob)
        scene.file(first, size=5)
        scene.reserve(first, reserved=10)
        scene.reserve(second, reserved=200)
        scene.file(bobs, size=4000)
        assert taken(scene, first) == Taken(2, 15, 3, 215)
        assert taken(scene, second) == Taken(1, 200, 3, 215)
        assert taken(scene, bobs) == Taken(1, 4000, 1, 4000)
        assert scene.read(lambda tx: tx.files.taken(scene.ada)) == (3, 215)
        assert scene.read(lambda tx: tx.files.taken(999)) == (0, 0)

    def test_whatever_goes_is_held_no_more(self, scene: Scene) -> None:
        ref = scene.session()
        kept, small = scene.file(ref, size=5), drafts.file(drafts.new_id("fil"), size=70)
        assert scene.write(lambda tx: tx.files.add(ref, small, b"x", NOW)) is not None
        intent = scene.reserve(ref, reserved=600)
        assert taken(scene, ref) == Taken(3, 675, 3, 675)
        give_up(scene, ref, intent.id)
        assert taken(scene, ref) == Taken(2, 75, 2, 75)
        remove(scene, ref, kept.id)
        assert taken(scene, ref) == Taken(1, 70, 1, 70)
        scene.write(lambda tx: tx.files.delete(ref, small.id, NOW))
        assert taken(scene, ref) == Taken(1, 70, 1, 70)
        assert scene.write(lambda tx: tx.files.expire(ref, small.id, NOW + 1)) is not None
        assert taken(scene, ref) == Taken(0, 0, 0, 0)

    @pytest.mark.parametrize("condition", ["erased", "emptied"])
    def test_of_a_session_that_is_nothing_is_held(self, scene: Scene, condition: str) -> None:
        full, other = scene.full(), scene.session()
        assert taken(scene, other).user_bytes == full.file.size + full.coming.reserved
        scene.put_into(full.ref, condition)
        assert taken(scene, other) == Taken(0, 0, 0, 0)
        give_up(scene, full.ref, full.coming.id)
        assert taken(scene, other) == Taken(0, 0, 0, 0)

    def test_what_is_kept_says_what_is_held_then(self, scene: Scene) -> None:
        ref = scene.session()
        scene.file(ref, size=5)
        intent = scene.reserve(ref, reserved=1000)
        kept = scene.write(lambda tx: tx.files.keep(ref, drafts.file(intent.id, size=70), NOW))
        assert kept is not None
        assert kept.taken == Taken(2, 75, 2, 75)
        small = drafts.file(drafts.new_id("fil"), size=600)
        kept = scene.write(lambda tx: tx.files.add(ref, small, b"x", NOW))
        assert kept is not None
        assert kept.taken == Taken(3, 675, 3, 675)
