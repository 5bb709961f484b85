"""What a backend promises about summaries: records beside the log, found by the branch they stand on."""

import pytest
from msgspec.structs import replace

from sojourn.ports import SessionRef, Spot, Summary
from sojourn.testing import drafts
from sojourn.testing.drafts import NOW
from sojourn.testing.rows.branches import Tree, fork, switch, texts
from sojourn.testing.scene import READABLE, SHUT, UNREACHABLE, Scene


def summary(spot: Spot, text: str = "Much was said \u2603", **fields: object) -> Summary:
    draft = Summary(drafts.uuid(), drafts.uuid(), spot, text, NOW)
    return replace(draft, **fields)


def put(scene: Scene, ref: SessionRef, draft: Summary) -> bool:
    return scene.write(lambda tx: tx.summaries.put(ref, draft))


def newest(scene: Scene, ref: SessionRef, branch: int | None = None) -> Summary | None:
    return scene.read(lambda tx: tx.summaries.newest(ref, branch))


def remove(scene: Scene, ref: SessionRef, spot: Spot) -> bool:
    return scene.write(lambda tx: tx.summaries.remove(ref, spot))


class SummaryContract:
    def test_a_summary_is_kept_as_it_was_given(self, scene: Scene) -> None:
        ref = scene.full().ref
        assert newest(scene, ref) is None
        draft = summary((1, 2), "Ebb & flow \U0001f30a '; --", created_ms=NOW - 5)
        assert put(scene, ref, draft)
        assert newest(scene, ref) == newest(scene, ref, 1) == draft

    def test_of_several_the_one_that_reaches_furthest_stands(self, scene: Scene) -> None:
        ref = scene.full().ref
        two, one, three = summary((1, 2)), summary((1, 1)), summary((1, 3))
        for draft, standing in ((two, two), (one, two), (three, three)):
            assert put(scene, ref, draft)
            assert newest(scene, ref) == standing
        assert remove(scene, ref, (1, 3))
        assert newest(scene, ref) == two
        assert not remove(scene, ref, (1, 3))
        assert remove(scene, ref, (1, 2))
        assert newest(scene, ref) == one

    def test_one_that_reaches_as_far_takes_the_place_of_another(self, scene: Scene) -> None:
        ref = scene.full().ref
        assert put(scene, ref, summary((1, 2), "First"))
        second = summary((1, 2), "Second")
        assert put(scene, ref, second)
        assert newest(scene, ref) == second
        assert remove(scene, ref, (1, 2))
        assert newest(scene, ref) is None

    def test_a_summary_stands_on_the_branches_that_its_message_is_read_on(self, scene: Scene) -> None:
        tree = Tree(scene)
        b, e, c = summary((1, 2)), summary((2, 5)), summary((1, 3))
        for draft in (b, e, c):
            assert put(scene, tree.ref, draft)
        assert [newest(scene, tree.ref, branch) for branch in (1, 2, 3, 4, 9)] == [c, e, e, None, None]
        assert newest(scene, tree.ref) is None
        switch(scene, tree.ref, 3)
        assert newest(scene, tree.ref) == e
        assert remove(scene, tree.ref, (2, 5))
        assert newest(scene, tree.ref) == b
        fork(scene, tree.ref, (1, 1))
        assert newest(scene, tree.ref) is None

    def test_the_log_and_the_record_know_nothing_of_it(self, scene: Scene) -> None:
        tree = Tree(scene)
        before = scene.record(tree.ref)
        assert put(scene, tree.ref, summary((4, 9)))
        assert texts(scene, tree.ref) == "xy"
        assert remove(scene, tree.ref, (4, 9))
        assert scene.record(tree.ref) == before

    @pytest.mark.parametrize("condition", READABLE)
    def test_a_summary_can_be_read_while_its_session_is(self, scene: Scene, condition: str) -> None:
        full, draft = scene.full(), summary((1, 2))
        assert put(scene, full.ref, draft)
        assert newest(scene, scene.put_into(full.ref, condition)) == draft

    @pytest.mark.parametrize("condition", UNREACHABLE)
    def test_a_summary_is_not_there_while_its_session_is(self, scene: Scene, condition: str) -> None:
        full = scene.full()
        assert put(scene, full.ref, summary((1, 2)))
        assert newest(scene, scene.put_into(full.ref, condition)) is None

    @pytest.mark.parametrize("condition", SHUT)
    def test_no_summary_is_kept_or_removed_while_the_session_is(self, scene: Scene, condition: str) -> None:
        full, draft = scene.full(), summary((1, 2))
        assert put(scene, full.ref, draft)
        ref = scene.put_into(full.ref, condition)
        assert not put(scene, ref, summary((1, 3)))
        assert not remove(scene, ref, (1, 2))
        if condition in {"closed", "deleted", "foreign", "absent"}:
            assert newest(scene, full.ref) == draft
