"""What a backend promises about erasing: first nothing is reached any more, then nothing is there."""

import pytest

from sojourn.models import Receipt
from sojourn.ports import Scope, SessionRef, Tomb
from sojourn.testing import drafts
from sojourn.testing.drafts import HOUR, NOW
from sojourn.testing.rows.files import unread
from sojourn.testing.rows.uploads import overdue
from sojourn.testing.scene import Scene


def entomb(scene: Scene, ref: SessionRef, now: int = NOW) -> Tomb | None:
    return scene.write(lambda tx: tx.sessions.entomb(ref, now))


def tomb_of(scene: Scene, ref: SessionRef) -> Tomb | None:
    return scene.read(lambda tx: tx.sessions.tomb(ref))


def unfinished(scene: Scene, limit: int = 100) -> list[Tomb]:
    return scene.read(lambda tx: tx.sessions.unfinished(limit))


def held(scene: Scene, scope: Scope) -> int:
    return scene.read(lambda tx: tx.state.count(scope))


class EraseContract:
    @pytest.mark.parametrize("condition", ["open", "closed", "deleted"])
    def test_the_receipt_counts_what_a_session_held_that_was(self, scene: Scene, condition: str) -> None:
        ref = scene.full().ref
        scene.file(ref, size=42)
        scene.put_into(ref, condition)
        tomb = entomb(scene, ref, NOW + 9)
        assert tomb is not None
        expected = Receipt(session_id=ref.id, erased_ms=NOW + 9, messages=3, files=2, bytes=742, state_keys=1)
        assert tomb.receipt == expected
        assert tomb_of(scene, ref) == tomb

    def test_a_receipt_counts_what_is_there_at_the_end(self, scene: Scene) -> None:
        full = scene.full()
        scene.write(lambda tx: tx.files.remove(full.ref, full.file.id, NOW))
        scene.write(lambda tx: tx.state.remove(full.ref, "topic", NOW))
        receipt = scene.entomb(full.ref).receipt
        assert (receipt.messages, receipt.files, receipt.bytes, receipt.state_keys) == (3, 0, 0, 0)

    def test_only_the_owner_erases_and_only_what_is_there(self, scene: Scene) -> None:
        ref = scene.session()
        assert entomb(scene, SessionRef(scene.bob, ref.id)) is None
        assert entomb(scene, SessionRef(scene.ada, drafts.new_id("ses"))) is None
        assert unfinished(scene) == []
        assert scene.record(ref).id == ref.id

    @pytest.mark.parametrize("condition", ["erased", "emptied"])
    def test_a_second_erase_finds_the_tomb_and_changes_nothing(self, scene: Scene, condition: str) -> None:
        ref = scene.put_into(scene.full().ref, condition)
        before = tomb_of(scene, ref)
        assert entomb(scene, ref, NOW + HOUR) is None
        assert tomb_of(scene, ref) == before
        assert before is not None
        assert before.receipt.messages == 3

    def test_a_tomb_is_known_to_the_owner_only(self, scene: Scene) -> None:
        ref = scene.session()
        assert tomb_of(scene, ref) is None
        scene.erase(ref)
        assert tomb_of(scene, SessionRef(scene.bob, ref.id)) is None
        assert tomb_of(scene, SessionRef(scene.ada, drafts.new_id("ses"))) is None

    def test_an_erase_that_was_cut_off_is_found_until_it_is_done(self, scene: Scene) -> None:
        tombs = [scene.entomb(scene.full().ref, now=NOW + n) for n in range(3)]
        assert sorted(tomb.no for tomb in unfinished(scene)) == [tomb.no for tomb in tombs]
        assert len(unfinished(scene, 2)) == 2
        scene.write(lambda tx: tx.sessions.empty(tombs[1]))
        assert sorted(tomb.no for tomb in unfinished(scene)) == [tombs[0].no, tombs[2].no]
        scene.write(lambda tx: tx.sessions.empty(tombs[0]))
        scene.write(lambda tx: tx.sessions.empty(tombs[2]))
        assert unfinished(scene) == []

    def test_an_unfinished_tomb_is_the_one_that_entomb_answered(self, scene: Scene) -> None:
        tomb = scene.entomb(scene.full().ref)
        assert unfinished(scene) == [tomb]

    def test_a_step_that_is_taken_again_is_no_error(self, scene: Scene) -> None:
        ref = scene.full().ref
        tomb = scene.entomb(ref)
        for _ in range(2):
            scene.records.forget(tomb)
            scene.write(lambda tx: tx.sessions.empty(tomb))
            scene.records.settle()
        assert unfinished(scene) == []
        assert tomb_of(scene, ref) == tomb

    def test_much_goes_in_portions_until_none_is_left(self, scene: Scene) -> None:
        large, small = scene.full(), scene.full()
        scene.say(large.ref, *(f"Number {n}" for n in range(1300)))
        scene.say(large.ref, "x" * 3_000_000, "y" * 1_500_000, "Last")
        tomb = scene.entomb(large.ref)
        steps = [False]
        while not steps[-1]:
            assert unfinished(scene) == [tomb]
            steps.append(scene.write(lambda tx: tx.sessions.empty(tomb)))
            assert len(steps) < 20
        assert unfinished(scene) == []
        assert len(scene.read(lambda tx: tx.messages.last(small.ref, 10))) == 3
        assert scene.write(lambda tx: tx.sessions.empty(tomb)) is True

    def test_numbers_are_not_used_again(self, scene: Scene) -> None:
        tombs = [scene.erase(scene.full().ref) for _ in range(3)]
        assert len({tomb.no for tomb in tombs}) == len({tomb.key_no for tomb in tombs}) == 3
        fresh = scene.session()
        assert scene.read(lambda tx: tx.messages.last(fresh, 10)) == []
        assert held(scene, fresh) == 0
        assert scene.say(fresh, "One")[0].seq == 1
        assert scene.entomb(fresh).no not in {tomb.no for tomb in tombs}

    def test_an_erase_leaves_everything_else_as_it_was(self, scene: Scene) -> None:
        kept, gone = scene.full(), scene.full()
        scene.write(lambda tx: tx.state.put(scene.ada, "theme", b"dark", NOW))
        before = scene.record(kept.ref)
        scene.erase(gone.ref)
        assert scene.record(kept.ref) == before
        assert scene.read(lambda tx: tx.messages.last(kept.ref, 10)) == kept.messages
        assert scene.read(lambda tx: tx.files.get(kept.ref, kept.file.id)) == kept.file
        assert scene.read(lambda tx: tx.intents.reserved(kept.ref, NOW)) == (1, 1000)
        assert held(scene, kept.ref) == held(scene, scene.ada) == 1

    @pytest.mark.parametrize("condition", ["erased", "emptied"])
    def test_what_was_on_its_way_is_found_until_it_is_cleared_although_the_session_is(
        self, scene: Scene, condition: str
    ) -> None:
        full = scene.full()
        scene.put_into(full.ref, condition)
        assert scene.read(lambda tx: tx.intents.coming(full.ref, full.coming.id)) is None
        assert not scene.write(lambda tx: tx.intents.renew(full.ref, full.coming.id, NOW + 5 * HOUR))
        assert overdue(scene, NOW) == []
        assert overdue(scene, NOW + 2 * HOUR) == [(full.ref, full.coming)]
        assert scene.write(lambda tx: tx.intents.give_up(full.ref, full.coming.id, NOW + 2 * HOUR))
        [(ref, left)] = overdue(scene, NOW)
        assert (ref, left.id, left.kind) == (full.ref, full.coming.id, "blob")
        scene.write(lambda tx: tx.intents.release(full.ref, left))
        assert overdue(scene, NOW + 2 * HOUR) == []

    @pytest.mark.parametrize("condition", ["erased", "emptied"])
    def test_no_list_of_the_host_names_a_session_that_is(self, scene: Scene, condition: str) -> None:
        gone, kept = scene.full(), scene.full()
        scene.put_into(gone.ref, condition)
        late = NOW + 10 * HOUR
        for limit in (1, 10):
            assert unread(scene, limit) == [(kept.ref, kept.file)]
        found = overdue(scene, late)
        assert (kept.ref, kept.coming) in found
        assert len(found) == 2
