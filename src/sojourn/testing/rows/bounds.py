"""What a backend promises about its numbers: they end, and none of them leads into another session."""

import pytest

from sojourn.errors import LimitExceeded
from sojourn.models import Branch, Message
from sojourn.ports import MOST_BRANCHES, MOST_MESSAGES, SessionRef, Tx
from sojourn.testing import drafts
from sojourn.testing.drafts import NOW
from sojourn.testing.scene import Scene

BEYOND = (MOST_BRANCHES + 1, MOST_MESSAGES, MOST_MESSAGES + 1, MOST_MESSAGES + 2, 2**30, 2**31, 2**33, 2**40)


def neighbours(scene: Scene) -> tuple[SessionRef, SessionRef, SessionRef]:
    """Three sessions made one after the other; the outer ones are Bob's, and have messages."""
    before, ref, behind = scene.session(scene.bob), scene.session(), scene.session(scene.bob)
    for theirs in (before, behind):
        scene.say(theirs, "Theirs", "theirs")
    return before, ref, behind


def before(scene: Scene, ref: SessionRef, seq: int, branch: int | None = None) -> list[Message]:
    return scene.read(lambda tx: tx.messages.before(ref, seq, 9, branch))


def after(scene: Scene, ref: SessionRef, seq: int, branch: int | None = None) -> list[Message]:
    return scene.read(lambda tx: tx.messages.after(ref, seq, 9, branch))


class BoundContract:
    def test_a_session_holds_so_many_messages_and_not_one_more(self, scene: Scene) -> None:
        ref = scene.session()
        said = scene.say(ref, "One")
        many = [drafts.message()] * MOST_MESSAGES
        with pytest.raises(LimitExceeded, match=str(MOST_MESSAGES)):
            scene.write(lambda tx: tx.messages.append(ref, many, NOW))
        assert scene.record(ref).last_seq == 1
        assert [message.seq for message in said + scene.say(ref, "Two")] == [1, 2]

    def test_a_session_holds_so_many_branches_and_not_one_more(self, scene: Scene) -> None:
        _, ref, _ = neighbours(scene)
        first = scene.say(ref, "First")[0]

        async def open_all(tx: Tx) -> None:
            for _ in range(MOST_BRANCHES - 1):
                await tx.branches.fork(ref, (1, 0), NOW)

        scene.write(open_all)
        last = scene.say(ref, "Last")[0]
        assert (first.branch, last.branch) == (1, MOST_BRANCHES)
        with pytest.raises(LimitExceeded, match=str(MOST_BRANCHES)):
            scene.write(lambda tx: tx.branches.fork(ref, (1, 0), NOW))
        assert scene.record(ref).branch == MOST_BRANCHES
        assert scene.read(lambda tx: tx.messages.last(ref, 9)) == [last]
        assert scene.read(lambda tx: tx.messages.last(ref, 9, 1)) == [first]
        found = scene.read(lambda tx: tx.branches.page(ref, MOST_BRANCHES - 1, 9))
        assert found == [Branch(MOST_BRANCHES, 1, 0, last.id)]
        ways = scene.read(lambda tx: tx.branches.beside(ref, (1, 0), 0, 2000))
        assert [branch.first for branch in ways if branch.first] == [first.id, last.id]

    def test_a_branch_that_cannot_be_has_no_messages(self, scene: Scene) -> None:
        refs = neighbours(scene)
        scene.say(refs[1], "Mine", "mine")
        for ref in refs:
            for branch in (0, -1, -MOST_BRANCHES, -MOST_MESSAGES, 2, *BEYOND):
                assert before(scene, ref, 9, branch) == after(scene, ref, 0, branch) == []

    def test_a_window_beyond_all_seqs_stays_within_its_branch(self, scene: Scene) -> None:
        refs = neighbours(scene)
        ref = refs[1]
        assert before(scene, ref, 9) == []
        said = scene.say(ref, "Mine", "mine")
        scene.write(lambda tx: tx.branches.fork(ref, (1, 1), NOW))
        other = scene.say(ref, "On another branch")
        for seq in (*BEYOND, 2**62):
            assert before(scene, ref, seq, 1) == said
            assert before(scene, ref, seq) == [said[0], *other]
            for branch in (1, 2, None):
                assert after(scene, ref, seq, branch) == []
        for seq in (0, -1, -MOST_MESSAGES, -(2**31), -(2**40)):
            assert [before(scene, mine, seq) for mine in refs] == [[], [], []]
            assert after(scene, ref, seq, 1) == said
