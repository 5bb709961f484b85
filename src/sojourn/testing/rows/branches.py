"""What a backend promises about branches: each is read with what it came from, none changes another."""

import pytest
from msgspec.structs import replace

from sojourn.models import Branch, Message
from sojourn.ports import SessionRef, Spot, Tx
from sojourn.testing import drafts
from sojourn.testing.drafts import HOUR, NOW
from sojourn.testing.scene import READABLE, SHUT, UNREACHABLE, Scene


def fork(scene: Scene, ref: SessionRef, at: Spot, now: int = NOW) -> int:
    number = scene.write(lambda tx: tx.branches.fork(ref, at, now))
    assert number is not None
    return number


def switch(scene: Scene, ref: SessionRef, branch: int, now: int = NOW) -> bool:
    return scene.write(lambda tx: tx.branches.switch(ref, branch, now))


def texts(scene: Scene, ref: SessionRef, branch: int | None = None) -> str:
    """The words of a branch from its beginning, read backwards and forwards in pages of any size."""
    whole = scene.read(lambda tx: tx.messages.last(ref, 1000, branch))
    for limit in (1, 2, 3):
        back: list[Message] = []
        forth: list[Message] = []
        for _ in range(len(whole) // limit + 1):
            back = before(scene, ref, back[0].seq if back else 2**40, limit, branch) + back
            forth += after(scene, ref, forth[-1].seq if forth else 0, limit, branch)
        assert back == forth == whole
    return "".join(message.text for message in whole)


def before(scene: Scene, ref: SessionRef, seq: int, limit: int, branch: int | None) -> list[Message]:
    return scene.read(lambda tx: tx.messages.before(ref, seq, limit, branch))


def after(scene: Scene, ref: SessionRef, seq: int, limit: int, branch: int | None) -> list[Message]:
    return scene.read(lambda tx: tx.messages.after(ref, seq, limit, branch))


def page(scene: Scene, ref: SessionRef, after: int = 0, limit: int = 100) -> list[Branch]:
    return scene.read(lambda tx: tx.branches.page(ref, after, limit))


def beside(scene: Scene, ref: SessionRef, at: Spot, after: int = 0, limit: int = 100) -> list[Branch]:
    return scene.read(lambda tx: tx.branches.beside(ref, at, after, limit))


class Tree:
    """A conversation that went on in four ways: abcd, abef, abeg, and xy from a new beginning.

    Their branches are 1, 2, 3 and 4, which is current.
    """

    def __init__(self, scene: Scene) -> None:
        self.ref = scene.session()
        said = scene.say(self.ref, "a", "b", "c", "d")
        fork(scene, self.ref, (1, said[1].seq))
        said += scene.say(self.ref, "e", "f")
        fork(scene, self.ref, (2, said[4].seq))
        said += scene.say(self.ref, "g")
        fork(scene, self.ref, (1, 0))
        said += scene.say(self.ref, "x", "y")
        self.said = {message.text: message for message in said}

    def id(self, text: str) -> str:
        return self.said[text].id


class BranchContract:
    def test_a_session_begins_with_one_branch(self, scene: Scene) -> None:
        ref = scene.session()
        assert scene.record(ref).branch == 1
        assert page(scene, ref) == [Branch(1, None, 0, None)]
        said = scene.say(ref, "Hello", "there")
        assert [message.branch for message in said] == [1, 1]
        assert page(scene, ref) == [Branch(1, None, 0, said[0].id)]

    def test_every_branch_is_read_with_what_it_came_from_and_nothing_else(self, scene: Scene) -> None:
        tree = Tree(scene)
        assert [texts(scene, tree.ref, number) for number in (1, 2, 3, 4)] == ["abcd", "abef", "abeg", "xy"]
        assert texts(scene, tree.ref) == "xy"
        assert texts(scene, tree.ref, 5) == texts(scene, tree.ref, 0) == ""

    def test_seqs_are_given_without_a_gap_over_all_branches(self, scene: Scene) -> None:
        tree = Tree(scene)
        assert [message.seq for message in tree.said.values()] == list(range(1, 10))
        assert [message.branch for message in tree.said.values()] == [1, 1, 1, 1, 2, 2, 3, 4, 4]
        assert scene.record(tree.ref).last_seq == 9

    def test_a_message_names_the_one_it_follows_unless_that_has_the_seq_before(self, scene: Scene) -> None:
        tree = Tree(scene)
        parents = {text: message.parent for text, message in tree.said.items() if message.parent}
        assert parents == {"e": tree.id("b"), "g": tree.id("e")}
        assert scene.read(lambda tx: tx.messages.find(tree.ref, [tree.id("g")])) == [tree.said["g"]]
        switch(scene, tree.ref, 2)
        later = scene.say(tree.ref, "h", "i")
        assert [message.parent for message in later] == [tree.id("f"), None]
        assert texts(scene, tree.ref, 2) == "abefhi"

    def test_a_branch_opened_behind_the_newest_message_goes_right_on(self, scene: Scene) -> None:
        ref = scene.session()
        said = scene.say(ref, "a", "b")
        assert fork(scene, ref, (1, 2)) == 2
        assert scene.say(ref, "c")[0].parent is None
        assert texts(scene, ref) == "abc"
        assert texts(scene, ref, 1) == "ab"
        assert said[1].id == scene.read(lambda tx: tx.messages.before(ref, 3, 1))[0].id

    def test_a_new_branch_is_current_and_ends_where_it_was_opened(self, scene: Scene) -> None:
        tree = Tree(scene)
        assert fork(scene, tree.ref, (2, tree.said["e"].seq)) == 5
        assert scene.record(tree.ref).branch == 5
        assert texts(scene, tree.ref) == texts(scene, tree.ref, 5) == "abe"
        assert fork(scene, tree.ref, (1, 0)) == 6
        assert texts(scene, tree.ref) == ""

    def test_many_branches_one_upon_the_other_read_as_one_line(self, scene: Scene) -> None:
        ref = scene.session()
        scene.say(ref, "-")
        for number in range(1, 31):
            fork(scene, ref, (number, number))
            scene.say(ref, chr(64 + number))
        assert texts(scene, ref) == "-" + "".join(chr(64 + number) for number in range(1, 31))
        assert texts(scene, ref, 4) == "-ABC"

    def test_a_message_goes_to_the_branch_that_is_named_and_none_becomes_current(self, scene: Scene) -> None:
        tree = Tree(scene)
        late = [drafts.message("l"), drafts.message("m")]
        said = scene.write(lambda tx: tx.messages.append(tree.ref, late, NOW, 1))
        assert said is not None
        assert [(message.seq, message.branch, message.parent) for message in said] == [
            (10, 1, tree.id("d")),
            (11, 1, None),
        ]
        assert (texts(scene, tree.ref, 1), texts(scene, tree.ref)) == ("abcdlm", "xy")
        assert scene.say(tree.ref, "z")[0].parent == tree.id("y")
        assert texts(scene, tree.ref) == "xyz"

    def test_the_current_branch_may_be_named_too(self, scene: Scene) -> None:
        ref = scene.session()
        scene.say(ref, "a")
        draft = drafts.message("b")
        assert scene.write(lambda tx: tx.messages.append(ref, [draft], NOW, 1)) == [replace(draft, seq=2)]
        assert scene.say(ref, "c")[0].parent is None
        assert texts(scene, ref) == "abc"

    def test_no_message_goes_to_a_branch_that_does_not_stand(self, scene: Scene) -> None:
        tree = Tree(scene)
        before = scene.record(tree.ref)
        late = drafts.message()

        async def append(tx: Tx) -> list[list[Message] | None]:
            return [await tx.messages.append(tree.ref, [late], NOW + 9, no) for no in (0, 5, -1, 2**40)]

        assert scene.write(append) == [None] * 4
        assert scene.record(tree.ref) == before

    def test_an_older_branch_can_be_made_current_again(self, scene: Scene) -> None:
        tree = Tree(scene)
        for branch, words in ((1, "abcd"), (3, "abeg"), (2, "abef"), (2, "abef")):
            assert switch(scene, tree.ref, branch)
            assert scene.record(tree.ref).branch == branch
            assert texts(scene, tree.ref) == words
        before = scene.record(tree.ref)
        for branch in (0, 5, -1, 2**40):
            assert not switch(scene, tree.ref, branch, NOW + 9)
        assert scene.record(tree.ref) == before

    def test_opening_and_switching_move_when_the_session_was_active_but_never_back(
        self, scene: Scene
    ) -> None:
        ref = scene.session()
        fork(scene, ref, (1, 0), NOW + 5)
        assert scene.record(ref).active_ms == NOW + 5
        switch(scene, ref, 1, NOW + 7)
        switch(scene, ref, 2, NOW - HOUR)
        assert scene.record(ref).active_ms == NOW + 7

    def test_branches_are_listed_by_number(self, scene: Scene) -> None:
        tree = Tree(scene)
        every = [
            Branch(1, None, 0, tree.id("a")),
            Branch(2, 1, 2, tree.id("e")),
            Branch(3, 2, 5, tree.id("g")),
            Branch(4, 1, 0, tree.id("x")),
        ]
        assert page(scene, tree.ref) == page(scene, tree.ref, -3) == every
        assert page(scene, tree.ref, 0, 1) == every[:1]
        assert page(scene, tree.ref, 1, 2) == every[1:3]
        assert page(scene, tree.ref, 4) == page(scene, tree.ref, 0, 0) == []

    def test_the_ways_on_from_a_place_are_listed_by_number(self, scene: Scene) -> None:
        tree = Tree(scene)
        trunk, second = Branch(1, None, 0, tree.id("c")), Branch(2, 1, 2, tree.id("e"))
        assert beside(scene, tree.ref, (1, 2)) == [trunk, second]
        assert beside(scene, tree.ref, (1, 2), 1) == beside(scene, tree.ref, (1, 2), 1, 1) == [second]
        assert beside(scene, tree.ref, (1, 2), 0, 1) == [trunk]
        assert beside(scene, tree.ref, (1, 2), 2) == beside(scene, tree.ref, (1, 2), 0, 0) == []
        assert beside(scene, tree.ref, (2, 5)) == [
            replace(second, first=tree.id("f")),
            Branch(3, 2, 5, tree.id("g")),
        ]
        assert beside(scene, tree.ref, (1, 0)) == [
            replace(trunk, first=tree.id("a")),
            Branch(4, 1, 0, tree.id("x")),
        ]
        assert beside(scene, tree.ref, (1, 3)) == [replace(trunk, first=tree.id("d"))]
        assert beside(scene, tree.ref, (1, 4)) == []

    def test_a_way_on_that_is_still_empty_is_listed_without_a_first(self, scene: Scene) -> None:
        tree = Tree(scene)
        fork(scene, tree.ref, (1, 4))
        assert beside(scene, tree.ref, (1, 4)) == [Branch(5, 1, 4, None)]

    def test_the_preview_is_that_of_the_current_branch(self, scene: Scene) -> None:
        tree = Tree(scene)
        for branch, words in ((1, "d"), (2, "f"), (3, "g"), (4, "y")):
            switch(scene, tree.ref, branch)
            assert scene.record(tree.ref).preview == words
        fork(scene, tree.ref, (2, 5))
        assert scene.record(tree.ref).preview == "e"
        fork(scene, tree.ref, (1, 0))
        assert scene.record(tree.ref).preview == ""

    @pytest.mark.parametrize("condition", READABLE)
    def test_branches_can_be_read_while_their_session_is(self, scene: Scene, condition: str) -> None:
        tree = Tree(scene)
        ref = scene.put_into(tree.ref, condition)
        assert (texts(scene, ref), texts(scene, ref, 3)) == ("xy", "abeg")
        assert [branch.number for branch in page(scene, ref)] == [1, 2, 3, 4]
        assert [branch.number for branch in beside(scene, ref, (1, 2))] == [1, 2]

    @pytest.mark.parametrize("condition", UNREACHABLE)
    def test_branches_are_not_there_while_their_session_is(self, scene: Scene, condition: str) -> None:
        ref = scene.put_into(Tree(scene).ref, condition)
        assert texts(scene, ref, 1) == texts(scene, ref, 3) == ""
        assert page(scene, ref) == beside(scene, ref, (1, 2)) == []

    @pytest.mark.parametrize("condition", SHUT)
    def test_no_branch_is_opened_or_made_current_while_the_session_is(
        self, scene: Scene, condition: str
    ) -> None:
        tree = Tree(scene)
        ref = scene.put_into(tree.ref, condition)
        assert scene.write(lambda tx: tx.branches.fork(ref, (1, 2), NOW + 1)) is None
        assert not switch(scene, ref, 1, NOW + 1)
        late = drafts.message()
        assert scene.write(lambda tx: tx.messages.append(ref, [late], NOW, 1)) is None
        if condition in {"closed", "deleted", "foreign", "absent"}:
            assert scene.record(tree.ref).branch == 4
            assert len(page(scene, tree.ref)) == 4

    def test_branches_of_another_session_are_not_mixed_in(self, scene: Scene) -> None:
        first, second = Tree(scene), Tree(scene)
        switch(scene, first.ref, 3)
        assert texts(scene, second.ref) == "xy"
        scene.erase(first.ref)
        assert texts(scene, second.ref, 3) == "abeg"
        fresh = scene.session()
        assert page(scene, fresh) == [Branch(1, None, 0, None)]
        assert fork(scene, fresh, (1, 0)) == 2
