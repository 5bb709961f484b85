"""What a backend promises about the lists an owner's sessions stand in."""

from typing import Any

import pytest
from msgspec.structs import replace

from sojourn.models import FileRef, Part, Raw, Text, ToolCall, ToolResult
from sojourn.ports import Listing, SessionRef, Titled
from sojourn.ports.previews import PREVIEW_CHARS, PREVIEW_LOOKS, preview
from sojourn.testing import drafts
from sojourn.testing.drafts import HOUR, NOW
from sojourn.testing.rows.messages import append
from sojourn.testing.rows.sessions import page, pages
from sojourn.testing.scene import UNREACHABLE, Scene

LONG = "Ebb and flow. " * 20_000


def ids(*refs: SessionRef) -> list[str]:
    return [ref.id for ref in refs]


class ListContract:
    def test_pin_and_archive_are_kept_and_can_be_taken_back(self, scene: Scene) -> None:
        ref = scene.session(pinned=True)
        assert (scene.record(ref).pinned, scene.record(ref).archived) == (True, False)
        scene.change(ref, pinned=False, archived=True)
        assert (scene.record(ref).pinned, scene.record(ref).archived) == (False, True)
        scene.change(ref, archived=False)
        assert (scene.record(ref).pinned, scene.record(ref).archived) == (False, False)

    def test_an_archived_session_is_in_a_list_of_its_own(self, scene: Scene) -> None:
        refs = [scene.session(active_ms=NOW + at, archived=at in {1, 3}) for at in range(5)]
        for limit in (1, 2, 9):
            assert pages(scene, scene.ada, limit) == ids(refs[4], refs[2], refs[0])
            assert pages(scene, scene.ada, limit, archived=True) == ids(refs[3], refs[1])
        scene.change(refs[3], archived=False)
        scene.change(refs[0], archived=True)
        assert pages(scene, scene.ada, 9) == ids(refs[4], refs[3], refs[2])
        assert pages(scene, scene.ada, 9, archived=True) == ids(refs[1], refs[0])
        assert pages(scene, scene.bob, 9, archived=True) == []

    def test_the_trash_holds_archived_sessions_and_others(self, scene: Scene) -> None:
        refs = [scene.session(active_ms=NOW + at, archived=at > 0) for at in range(2)]
        for ref in refs:
            scene.change(ref, deleted_ms=NOW)
        assert pages(scene, scene.ada, 9) == pages(scene, scene.ada, 9, archived=True) == []
        for archived in (False, True):
            assert pages(scene, scene.ada, 1, deleted=True, archived=archived) == ids(refs[1], refs[0])
        scene.change(refs[1], deleted_ms=None)
        assert pages(scene, scene.ada, 9, archived=True) == ids(refs[1])

    def test_an_append_moves_an_archived_session_within_its_list(self, scene: Scene) -> None:
        first, second = scene.session(archived=True), scene.session(archived=True)
        scene.say(first, "Hello", now=NOW + 1)
        assert pages(scene, scene.ada, 9, archived=True) == ids(first, second)
        assert pages(scene, scene.ada, 9) == []

    @pytest.mark.parametrize("kind", [{}, {"archived": True}, {"deleted": True}])
    def test_a_list_can_be_of_pinned_ones_or_of_others(self, scene: Scene, kind: dict[str, bool]) -> None:
        fields = {"deleted_ms": NOW} if "deleted" in kind else kind
        refs = [scene.session(active_ms=NOW + at, pinned=at % 3 == 0, **fields) for at in range(7)]
        scene.session(pinned=True, archived="archived" not in kind)
        scene.session(scene.bob, pinned=True, **fields)
        trash = {"deleted": True} if "deleted" in kind else kind
        for limit in (1, 2, 3, 9):
            pinned = pages(scene, scene.ada, limit, pinned=True, **trash)
            assert pinned == ids(refs[6], refs[3], refs[0])
            rest = pages(scene, scene.ada, limit, pinned=False, **trash)
            assert rest == ids(refs[5], refs[4], refs[2], refs[1])

    @pytest.mark.parametrize("kind", [{}, {"archived": True}, {"deleted": True}])
    def test_a_list_can_be_of_one_tag(self, scene: Scene, kind: dict[str, bool]) -> None:
        fields = {"deleted_ms": NOW} if "deleted" in kind else kind
        refs = [
            scene.session(active_ms=NOW + at, tags=("sea", "\u6d77") if at % 2 else ("sea",), **fields)
            for at in range(5)
        ]
        scene.session(scene.bob, tags=("sea", "\u6d77"), **fields)
        scene.session(tags=("Sea", "se", "", " sea"), **fields)
        for limit in (1, 2, 9):
            assert pages(scene, scene.ada, limit, tag="\u6d77", **kind) == ids(refs[3], refs[1])
            assert pages(scene, scene.ada, limit, tag="sea", **kind) == ids(*reversed(refs))
            assert pages(scene, scene.ada, limit, tag="lake", **kind) == []

    def test_tags_and_pins_narrow_a_list_together(self, scene: Scene) -> None:
        refs = [
            scene.session(active_ms=NOW + at, pinned=at > 1, tags=("sea",) if at % 2 else ())
            for at in range(4)
        ]
        assert pages(scene, scene.ada, 1, tag="sea", pinned=True) == ids(refs[3])
        assert pages(scene, scene.ada, 1, tag="sea", pinned=False) == ids(refs[1])

    def test_tags_that_are_given_and_taken_change_the_list(self, scene: Scene) -> None:
        ref = scene.session(tags=("sea", "moon"))
        scene.change(ref, tags=("moon", "tides"))
        found = {tag: pages(scene, scene.ada, 9, tag=tag) for tag in ("sea", "moon", "tides")}
        assert found == {"sea": [], "moon": ids(ref), "tides": ids(ref)}
        scene.change(ref, tags=(), title="Tides")
        assert pages(scene, scene.ada, 9, tag="moon") == []

    def test_a_position_of_a_narrow_list_holds_while_sessions_move(self, scene: Scene) -> None:
        refs = [scene.session(active_ms=NOW + at, tags=("sea",)) for at in range(4)]
        found, position = page(scene, scene.ada, None, 2, tag="sea")
        assert found == ids(refs[3], refs[2])
        scene.say(refs[2], "Hello", now=NOW + HOUR)
        scene.erase(refs[3])
        scene.session(active_ms=NOW + HOUR, tags=("sea",))
        assert page(scene, scene.ada, position, 2, tag="sea") == (ids(refs[1], refs[0]), None)

    @pytest.mark.parametrize("condition", UNREACHABLE)
    def test_no_narrow_list_holds_a_session_that_is(self, scene: Scene, condition: str) -> None:
        ref = scene.put_into(scene.session(tags=("sea",), pinned=True), condition)
        for listing in ({"tag": "sea"}, {"pinned": True}, {"tag": "sea", "deleted": True}):
            assert ref.id not in pages(scene, ref.owner, 9, **listing)

    def test_titles_come_in_the_order_of_the_list_each_with_its_position(self, scene: Scene) -> None:
        titles = ["Moon", "", "Ebb \U0001f30a", "Moon"]
        refs = [scene.session(title=title, active_ms=NOW + at) for at, title in enumerate(titles)]
        scene.session(title="Old", archived=True)
        scene.change(scene.session(title="Gone"), deleted_ms=NOW)
        scene.session(scene.bob, title="Bob's")

        def found(after: tuple[int, int] | None, limit: int, *, archived: bool = False) -> list[Titled]:
            return scene.read(lambda tx: tx.sessions.titles(scene.ada, after, limit, archived=archived))

        every = found(None, 9)
        assert [(one.id, one.title) for one in every] == [
            (ref.id, title) for ref, title in reversed(list(zip(refs, titles, strict=True)))
        ]
        for number, one in enumerate(every):
            assert found(one.position, 9) == every[number + 1 :]
        assert found(None, 2) == every[:2]
        assert found(None, 0) == []
        assert [one.title for one in found(None, 9, archived=True)] == ["Old"]
        assert page(scene, scene.ada, every[1].position, 9)[0] == [one.id for one in every[2:]]


class PreviewContract:
    def preview_of(self, scene: Scene, ref: SessionRef) -> str:
        """What one record and the list say alike."""
        words = scene.record(ref).preview
        listed = scene.read(lambda tx: tx.sessions.page(scene.ada, None, 9, Listing()))[0]
        assert [session.preview for session in listed if session.id == ref.id] == [words]
        return words

    def test_a_session_without_messages_has_none(self, scene: Scene) -> None:
        assert self.preview_of(scene, scene.session(title="Tides")) == ""

    def test_it_begins_the_newest_message(self, scene: Scene) -> None:
        ref = scene.session()
        for words in ("When is high tide?", "At noon \u2603 \U0001f30a."):
            scene.say(ref, words)
            assert self.preview_of(scene, ref) == words

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("  One\n\ttwo \u00a0 three  ", "One two three"),
            ("x" * 500, "x" * PREVIEW_CHARS),
            ("word " * 100, ("word " * 24).rstrip()),
            (LONG, LONG[:PREVIEW_CHARS].rstrip()),
            (" \n " + LONG, LONG[:PREVIEW_CHARS].rstrip()),
            ("\U0001f30a" * 9000, "\U0001f30a" * PREVIEW_CHARS),
        ],
    )
    def test_it_is_one_short_line(self, scene: Scene, text: str, words: str) -> None:
        ref = scene.session()
        scene.say(ref, text)
        assert self.preview_of(scene, ref) == words == preview(text)

    def test_it_joins_the_texts_of_a_message(self, scene: Scene) -> None:
        ref = scene.session()
        parts: tuple[Part, ...] = (
            Text("One "),
            FileRef("fil_" + "0" * 26),
            Text("two"),
            Raw("x", {"a": LONG}),
        )
        draft = drafts.message(parts=parts, role="assistant")
        append(scene, ref, draft)
        assert self.preview_of(scene, ref) == "One two"

    @pytest.mark.parametrize(
        "fields",
        [
            {"parts": (ToolCall("call-1", "weather", {"text": "no"}),), "role": "assistant"},
            {"parts": (ToolResult("call-1", LONG),), "role": "tool"},
            {"parts": (Text("You are a tide table."),), "role": "system"},
            {"parts": (Text(" \n "),)},
            {"parts": (FileRef("fil_" + "0" * 26),)},
            {"parts": (Raw("provider", LONG),)},
        ],
    )
    def test_what_nobody_said_is_passed_over(self, scene: Scene, fields: dict[str, Any]) -> None:
        ref = scene.session()
        scene.say(ref, "One")
        for passed in range(PREVIEW_LOOKS):
            assert self.preview_of(scene, ref) == "One", passed
            append(scene, ref, drafts.message(**fields))
        assert self.preview_of(scene, ref) == ""

    def test_replace_does_not_touch_it(self, scene: Scene) -> None:
        ref = scene.session()
        scene.say(ref, "One")
        before = scene.record(ref)
        scene.change(ref, preview="Two", branch=7, title="Tides")
        assert scene.record(ref) == replace(before, title="Tides")

    def test_a_new_session_has_none_whatever_its_draft_says(self, scene: Scene) -> None:
        ref = scene.session(preview="Two", branch=7)
        assert (scene.record(ref).preview, scene.record(ref).branch) == ("", 1)
