"""What a backend promises about messages: an append-only line per session, read by windows."""

import pytest
from msgspec.structs import replace

from sojourn.errors import Conflict
from sojourn.models import Citation, FileRef, Message, Part, Place, Raw, Text, ToolCall, ToolResult
from sojourn.ports import SessionRef
from sojourn.testing import drafts
from sojourn.testing.drafts import HOUR, NOW
from sojourn.testing.scene import READABLE, SHUT, UNREACHABLE, Scene

JSON = {"a": [1, -2.5, None, True, {"b": "\u00e9"}], "n": -(2**53), "": ""}
PARTS: list[Part] = [
    Text(""),
    Text("Ebb \u2603 \U0001f30a\n\t'; --"),
    FileRef("fil_" + "0" * 26),
    Citation(1, "fil_" + "0" * 26, "paper.pdf", 7, "the moon", Place(page=3, heading="Tides", line=1)),
    Citation(2, "doc", "sales.csv", 0, "\u201c\u201d", Place(row=1, last_row=9), corpus="handbook"),
    ToolCall("call-1", "weather", JSON),
    ToolResult("call-1", JSON),
    ToolResult("call-2", "plain"),
    Raw("provider", [JSON, None]),
]
WORDS = [f"Number {n}" for n in range(1, 8)]


def window(scene: Scene, ref: SessionRef, **at: int) -> list[int]:
    """The seqs of the messages `last`, `before` or `after`, which are whole ones."""
    limit = at.pop("limit")
    if "before" in at:
        found = scene.read(lambda tx: tx.messages.before(ref, at["before"], limit))
    elif "after" in at:
        found = scene.read(lambda tx: tx.messages.after(ref, at["after"], limit))
    else:
        found = scene.read(lambda tx: tx.messages.last(ref, limit))
    assert [message.text for message in found] == [f"Number {message.seq}" for message in found]
    return [message.seq for message in found]


def everything(scene: Scene, ref: SessionRef) -> list[Message]:
    return scene.read(lambda tx: tx.messages.last(ref, 1000))


class AppendContract:
    def test_messages_are_numbered_from_one_without_a_gap(self, scene: Scene) -> None:
        ref = scene.session()
        said = scene.say(ref, "One", "Two") + scene.say(ref, "Three") + scene.say(ref, "Four", "Five")
        assert [message.seq for message in said] == [1, 2, 3, 4, 5]
        assert everything(scene, ref) == said
        assert scene.record(ref).last_seq == 5

    def test_every_session_counts_for_itself(self, scene: Scene) -> None:
        first, second = scene.session(), scene.session(scene.bob)
        assert [scene.say(ref, "Hello")[0].seq for ref in (first, second, first)] == [1, 1, 2]

    def test_the_place_a_draft_came_with_is_not_looked_at(self, scene: Scene) -> None:
        ref = scene.session()
        first = scene.say(ref, "Before")[0]
        drafted = [drafts.message(seq=9, parent=first.id), drafts.message(seq=9), drafts.message(seq=-1)]
        drafted[1] = replace(drafted[1], branch=7)
        said = scene.write(lambda tx: tx.messages.append(ref, drafted, NOW))
        assert said == [
            replace(message, seq=n, parent=None, branch=1) for n, message in enumerate(drafted, 2)
        ]
        assert [message.seq for message in drafted] == [9, 9, -1]

    def test_appending_nothing_is_no_refusal(self, scene: Scene) -> None:
        ref = scene.session()
        assert scene.write(lambda tx: tx.messages.append(ref, [], NOW)) == []
        assert scene.record(ref).last_seq == 0
        assert everything(scene, ref) == []

    @pytest.mark.parametrize("role", ["user", "assistant", "system", "tool"])
    @pytest.mark.parametrize("metadata", [None, {}, JSON])
    def test_a_message_is_kept_as_it_was_given(
        self, scene: Scene, role: str, metadata: dict[str, object] | None
    ) -> None:
        ref = scene.session()
        for parts in (*((part,) for part in PARTS), tuple(PARTS)):
            draft = drafts.message(role=role, parts=parts, metadata=metadata, created_ms=NOW - HOUR)
            kept = replace(draft, seq=scene.record(ref).last_seq + 1)
            assert append(scene, ref, draft) == [kept]
            assert scene.read(lambda tx: tx.messages.last(ref, 1)) == [kept]

    def test_a_message_that_is_handed_out_is_the_callers_own(self, scene: Scene) -> None:
        ref = scene.session()
        arguments, metadata = {"list": [1]}, {"list": [1]}
        draft = drafts.message(parts=(ToolCall("call-1", "weather", arguments),), metadata=metadata)
        said = append(scene, ref, draft)
        for held in (metadata, arguments, said[0].metadata, everything(scene, ref)[0].metadata):
            assert held is not None
            held["list"].append(2)
        found = everything(scene, ref)[0]
        assert found.metadata == {"list": [1]}
        assert found.parts == (ToolCall("call-1", "weather", {"list": [1]}),)

    def test_an_append_moves_when_the_session_was_active_but_never_back(self, scene: Scene) -> None:
        ref = scene.session()
        scene.say(ref, "One", now=NOW + HOUR)
        assert scene.record(ref).active_ms == NOW + HOUR
        scene.say(ref, "Two", now=NOW + 1)
        assert scene.record(ref).active_ms == NOW + HOUR

    def test_an_append_changes_nothing_else_of_the_session(self, scene: Scene) -> None:
        ref = scene.full(title="Tides", metadata=JSON).ref
        before = scene.record(ref)
        scene.say(ref, "Four", now=NOW + 1)
        assert scene.record(ref) == replace(before, last_seq=4, active_ms=NOW + 1, preview="Four")

    @pytest.mark.parametrize("condition", SHUT)
    def test_an_append_is_none_while_the_session_is(self, scene: Scene, condition: str) -> None:
        full = scene.full()
        ref = scene.put_into(full.ref, condition)
        drafted = drafts.messages(2)
        assert scene.write(lambda tx: tx.messages.append(ref, drafted, NOW + 1)) is None
        assert scene.write(lambda tx: tx.messages.append(ref, [], NOW + 1)) is None
        gone = condition in {"erased", "emptied"}
        assert everything(scene, full.ref) == ([] if gone else full.messages)
        if not gone:
            assert scene.record(full.ref).last_seq == 3


def append(scene: Scene, ref: SessionRef, *drafted: Message) -> list[Message]:
    said = scene.write(lambda tx: tx.messages.append(ref, drafted, NOW))
    assert said is not None
    return said


class MessageIdContract:
    def test_an_id_is_given_once_in_a_session(self, scene: Scene) -> None:
        ref = scene.session()
        said = scene.say(ref, "One", "Two")
        with pytest.raises(Conflict):
            append(scene, ref, drafts.message("New"), drafts.message("Other", id=said[0].id))
        assert everything(scene, ref) == said
        assert scene.record(ref).last_seq == 2

    def test_an_id_is_given_once_in_one_append(self, scene: Scene) -> None:
        ref = scene.session()
        draft = drafts.message()
        with pytest.raises(Conflict):
            append(scene, ref, draft, draft)
        assert everything(scene, ref) == []
        assert append(scene, ref, draft)[0].seq == 1

    def test_another_session_may_use_the_same_id(self, scene: Scene) -> None:
        first, second, theirs = scene.session(), scene.session(), scene.session(scene.bob)
        draft = drafts.message()
        for ref in (first, second, theirs):
            assert append(scene, ref, draft) == [replace(draft, seq=1)]

    def test_messages_are_found_by_id_each_once_in_the_order_asked(self, scene: Scene) -> None:
        ref = scene.session()
        one, two, three = scene.say(ref, "One", "Two", "Three")
        ids = [three.id, drafts.uuid(), one.id, three.id]
        assert scene.read(lambda tx: tx.messages.find(ref, ids)) == [three, one]
        assert scene.read(lambda tx: tx.messages.find(ref, [two.id])) == [two]
        assert scene.read(lambda tx: tx.messages.find(ref, [])) == []

    @pytest.mark.parametrize("id", ["", "1", "not an id", "\u00e9", "0" * 31, "0" * 500])
    def test_a_string_that_is_no_id_is_absent(self, scene: Scene, id: str) -> None:
        ref = scene.full().ref
        assert scene.read(lambda tx: tx.messages.find(ref, [id])) == []

    def test_ids_of_another_session_are_not_found(self, scene: Scene) -> None:
        mine, other = scene.full(), scene.full()
        assert scene.read(lambda tx: tx.messages.find(mine.ref, [other.messages[0].id])) == []


class WindowContract:
    def test_last_answers_the_newest_oldest_of_them_first(self, scene: Scene) -> None:
        ref = scene.session()
        scene.say(ref, *WORDS)
        assert window(scene, ref, limit=0) == []
        assert window(scene, ref, limit=1) == [7]
        assert window(scene, ref, limit=3) == [5, 6, 7]
        assert window(scene, ref, limit=7) == window(scene, ref, limit=8) == [1, 2, 3, 4, 5, 6, 7]

    def test_before_answers_those_right_before_oldest_first(self, scene: Scene) -> None:
        ref = scene.session()
        scene.say(ref, *WORDS)
        assert window(scene, ref, before=5, limit=2) == [3, 4]
        assert window(scene, ref, before=3, limit=5) == [1, 2]
        assert window(scene, ref, before=2, limit=1) == [1]
        assert window(scene, ref, before=1, limit=5) == window(scene, ref, before=0, limit=5) == []
        assert window(scene, ref, before=-9, limit=5) == window(scene, ref, before=5, limit=0) == []
        assert window(scene, ref, before=8, limit=2) == window(scene, ref, before=2**40, limit=2) == [6, 7]

    def test_after_answers_those_right_after_oldest_first(self, scene: Scene) -> None:
        ref = scene.session()
        scene.say(ref, *WORDS)
        assert window(scene, ref, after=0, limit=2) == window(scene, ref, after=-9, limit=2) == [1, 2]
        assert window(scene, ref, after=3, limit=2) == [4, 5]
        assert window(scene, ref, after=5, limit=9) == [6, 7]
        assert window(scene, ref, after=7, limit=2) == window(scene, ref, after=2**40, limit=2) == []
        assert window(scene, ref, after=3, limit=0) == []

    def test_windows_cover_a_long_line_once(self, scene: Scene) -> None:
        ref = scene.session()
        drafted = drafts.messages(300)
        for start in (0, 100, 200):
            append(scene, ref, *drafted[start : start + 100])
        forward, backward = [0], [301]
        for _ in range(5):
            forward += window(scene, ref, after=forward[-1], limit=64)
            backward += reversed(window(scene, ref, before=backward[-1], limit=64))
        assert forward == list(range(301))
        assert backward == list(range(301, 0, -1))

    @pytest.mark.parametrize("condition", READABLE)
    def test_messages_can_be_read_while_their_session_is(self, scene: Scene, condition: str) -> None:
        full = scene.full()
        ref = scene.put_into(full.ref, condition)
        assert everything(scene, ref) == full.messages
        assert scene.read(lambda tx: tx.messages.before(ref, 3, 9)) == full.messages[:2]
        assert scene.read(lambda tx: tx.messages.after(ref, 1, 9)) == full.messages[1:]
        ids = [message.id for message in full.messages]
        assert scene.read(lambda tx: tx.messages.find(ref, ids)) == full.messages

    @pytest.mark.parametrize("condition", UNREACHABLE)
    def test_messages_are_not_there_while_their_session_is(self, scene: Scene, condition: str) -> None:
        full = scene.full()
        ref = scene.put_into(full.ref, condition)
        assert everything(scene, ref) == []
        assert scene.read(lambda tx: tx.messages.before(ref, 3, 9)) == []
        assert scene.read(lambda tx: tx.messages.after(ref, 0, 9)) == []
        ids = [message.id for message in full.messages]
        assert scene.read(lambda tx: tx.messages.find(ref, ids)) == []
