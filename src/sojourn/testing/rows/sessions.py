"""What a backend promises about sessions."""

from typing import Any

import pytest
from msgspec.structs import replace

from sojourn.errors import Conflict
from sojourn.models import EPHEMERAL, Session
from sojourn.ports import Listing, Position, SessionRef, Tx
from sojourn.testing import drafts
from sojourn.testing.drafts import HOUR, NOW
from sojourn.testing.scene import READABLE, UNREACHABLE, Scene

RICH: dict[str, Any] = {
    "title": "Ebb & flow \u2603 \U0001f30a '; --",
    "tags": ("sea", "S\u00e9a", "\u6d77"),
    "topics": ("tides", "moon"),
    "metadata": {"a": [1, 2.5, None, True, {"b": "\u00e9"}], "n": -(2**53), "": ""},
    "previous": "ses_" + "0" * 26,
}


def page(
    scene: Scene, owner: int, after: Position | None, limit: int, **listing: Any
) -> tuple[list[str], Position | None]:
    """The ids on one page, and where it ended."""
    which = Listing(**listing)
    found, position = scene.read(lambda tx: tx.sessions.page(owner, after, limit, which))
    return [session.id for session in found], position


def pages(scene: Scene, owner: int, limit: int, **listing: Any) -> list[str]:
    """The ids on all pages, each of which but the last is full."""
    ids, position = page(scene, owner, None, limit, **listing)
    for _ in range(100):
        if position is None:
            return ids
        assert len(ids) % limit == 0
        more, position = page(scene, owner, position, limit, **listing)
        assert more
        ids += more
    raise AssertionError("The pages do not end.")


def with_key(scene: Scene, owner: int, key: str) -> Session | None:
    return scene.read(lambda tx: tx.sessions.with_client_key(owner, key))


class SessionContract:
    def test_a_session_is_kept_as_it_was_given(self, scene: Scene) -> None:
        draft = drafts.session(client_key="chat 7", **RICH)
        scene.write(lambda tx: tx.sessions.add(scene.ada, draft))
        assert scene.record(SessionRef(scene.ada, draft.id)) == draft

    @pytest.mark.parametrize("condition", READABLE)
    def test_a_session_can_be_read_while_it_is(self, scene: Scene, condition: str) -> None:
        ref = scene.put_into(scene.session(title="Tides"), condition)
        found = scene.record(ref)
        assert found.title == "Tides"
        assert (found.closed_ms, found.deleted_ms) == (
            NOW if condition == "closed" else None,
            NOW if condition == "deleted" else None,
        )

    @pytest.mark.parametrize("condition", UNREACHABLE)
    def test_a_session_is_none_while_it_is(self, scene: Scene, condition: str) -> None:
        ref = scene.put_into(scene.session(), condition)
        assert scene.read(lambda tx: tx.sessions.get(ref)) is None

    @pytest.mark.parametrize("condition", [*READABLE, "foreign", "erased", "emptied"])
    def test_an_id_is_given_once_in_a_store(self, scene: Scene, condition: str) -> None:
        ref = scene.session(title="First")
        owner = scene.put_into(ref, condition).owner
        with pytest.raises(Conflict):
            scene.session(owner, id=ref.id, title="Second")
        found = scene.read(lambda tx: tx.sessions.get(ref))
        assert found is None or found.title == "First"

    def test_a_session_that_is_handed_out_is_the_callers_own(self, scene: Scene) -> None:
        metadata = {"list": [1]}
        ref = scene.session(metadata=metadata)
        metadata["list"].append(2)
        scene.record(ref).metadata["list"].append(3)
        assert scene.record(ref).metadata == {"list": [1]}


class ReplaceContract:
    def test_replace_writes_what_people_give_a_session(self, scene: Scene) -> None:
        ref = scene.session(client_key="chat 7", previous="ses_" + "0" * 26)
        changed = replace(
            scene.record(ref), **{**RICH, "active_ms": NOW + 9, "closed_ms": NOW + 8, "revision": 2}
        )
        scene.write(lambda tx: tx.sessions.replace(scene.ada, changed))
        assert scene.record(ref) == changed

    def test_replace_can_take_everything_back(self, scene: Scene) -> None:
        ref = scene.session(**RICH)
        before = scene.record(ref)
        scene.change(
            ref, title="", tags=(), topics=(), metadata={}, closed_ms=NOW, deleted_ms=NOW, revision=2
        )
        scene.change(ref, closed_ms=None, deleted_ms=None, revision=3)
        expected = replace(before, title="", tags=(), topics=(), metadata={}, revision=3)
        assert scene.record(ref) == expected

    def test_replace_leaves_what_a_session_was_made_with(self, scene: Scene) -> None:
        ref = scene.session(client_key="chat 7", previous="ses_" + "0" * 26)
        before = scene.record(ref)
        scene.change(ref, client_key="chat 8", previous=None, created_ms=NOW + 1, title="Tides")
        assert scene.record(ref) == replace(before, title="Tides")
        assert with_key(scene, scene.ada, "chat 7") == replace(before, title="Tides")
        assert with_key(scene, scene.ada, "chat 8") is None

    def test_replace_never_changes_counts(self, scene: Scene) -> None:
        ref = scene.full().ref
        before = scene.record(ref)
        assert (before.last_seq, before.file_count, before.file_bytes) == (3, 1, 700)
        scene.change(ref, last_seq=9, file_count=9, file_bytes=9, title="Tides")
        assert scene.record(ref) == replace(before, title="Tides")
        assert scene.say(ref, "Four")[0].seq == 4

    def test_replace_never_moves_a_session_to_another_owner(self, scene: Scene) -> None:
        ref = scene.session(title="Hers")
        before = scene.record(ref)
        stolen = replace(before, title="His")
        scene.write(lambda tx: tx.sessions.replace(scene.bob, stolen))
        assert scene.record(ref) == before
        assert scene.read(lambda tx: tx.sessions.get(SessionRef(scene.bob, ref.id))) is None
        assert pages(scene, scene.bob, 10) == []

    @pytest.mark.parametrize("condition", ["absent", "erased", "emptied"])
    def test_replace_makes_no_session_out_of_one_that_is(self, scene: Scene, condition: str) -> None:
        ref = scene.put_into(scene.session(), condition)
        draft = drafts.session(id=ref.id)
        scene.write(lambda tx: tx.sessions.replace(scene.ada, draft))
        assert scene.read(lambda tx: tx.sessions.get(ref)) is None
        assert ref.id not in pages(scene, scene.ada, 10)


class SessionPageContract:
    def test_pages_hold_every_session_once_last_active_first(self, scene: Scene) -> None:
        refs = [scene.session(active_ms=NOW + at) for at in (3, 1, 4, 0, 5)]
        scene.session(scene.bob)
        expected = [refs[n].id for n in (4, 2, 0, 1, 3)]
        for limit in (1, 2, 4, 5, 6):
            assert pages(scene, scene.ada, limit) == expected

    def test_of_sessions_active_at_once_the_newest_comes_first(self, scene: Scene) -> None:
        refs = [scene.session() for _ in range(5)]
        for limit in (1, 2, 5):
            assert pages(scene, scene.ada, limit) == [ref.id for ref in reversed(refs)]

    def test_no_position_follows_a_last_page_that_is_full(self, scene: Scene) -> None:
        refs = [scene.session(), scene.session()]
        assert page(scene, scene.ada, None, 2) == ([refs[1].id, refs[0].id], None)
        assert page(scene, scene.bob, None, 2) == ([], None)
        assert page(scene, scene.ada + scene.bob + 1, None, 2) == ([], None)

    def test_a_position_is_two_whole_numbers_that_fit_64_bits(self, scene: Scene) -> None:
        scene.session()
        scene.session()
        _, position = page(scene, scene.ada, None, 1)
        assert position is not None
        assert len(position) == 2
        assert all(-(2**63) <= part < 2**63 for part in position)

    def test_the_trash_is_a_list_of_its_own(self, scene: Scene) -> None:
        refs = [scene.session(active_ms=NOW + at) for at in range(4)]
        scene.change(refs[0], deleted_ms=NOW)
        scene.change(refs[2], deleted_ms=NOW)
        scene.change(refs[3], closed_ms=NOW)
        assert pages(scene, scene.ada, 1) == [refs[3].id, refs[1].id]
        assert pages(scene, scene.ada, 1, deleted=True) == [refs[2].id, refs[0].id]
        scene.change(refs[0], deleted_ms=None)
        assert pages(scene, scene.ada, 1) == [refs[3].id, refs[1].id, refs[0].id]
        assert pages(scene, scene.ada, 1, deleted=True) == [refs[2].id]

    @pytest.mark.parametrize("condition", ["erased", "emptied"])
    def test_no_list_holds_a_session_that_is(self, scene: Scene, condition: str) -> None:
        kept = scene.session()
        for deleted_ms in (None, NOW):
            ref = scene.session()
            scene.change(ref, deleted_ms=deleted_ms)
            scene.put_into(ref, condition)
        assert pages(scene, scene.ada, 10) == [kept.id]
        assert pages(scene, scene.ada, 10, deleted=True) == []

    def test_a_write_brings_a_session_to_the_top(self, scene: Scene) -> None:
        first, second = scene.session(), scene.session()
        scene.say(first, "Hello", now=NOW + 1)
        assert pages(scene, scene.ada, 10) == [first.id, second.id]

    def test_a_position_holds_while_sessions_move(self, scene: Scene) -> None:
        refs = [scene.session(active_ms=NOW + at) for at in range(4)]
        ids, position = page(scene, scene.ada, None, 2)
        assert ids == [refs[3].id, refs[2].id]
        scene.say(refs[2], "Hello", now=NOW + HOUR)
        scene.erase(refs[3])
        scene.session(active_ms=NOW + HOUR)
        assert page(scene, scene.ada, position, 2) == ([refs[1].id, refs[0].id], None)


class ClientKeyContract:
    def test_a_client_key_leads_to_the_open_session(self, scene: Scene) -> None:
        ref = scene.session(client_key="chat 7")
        scene.session(client_key="chat 8")
        assert with_key(scene, scene.ada, "chat 7") == scene.record(ref)
        for owner, key in (
            (scene.ada, "chat"),
            (scene.ada, "Chat 7"),
            (scene.bob, "chat 7"),
            (10**6, "chat 7"),
        ):
            assert with_key(scene, owner, key) is None

    @pytest.mark.parametrize("condition", ["closed", "deleted", "erased", "emptied"])
    def test_a_client_key_is_free_again_when_its_session_is(self, scene: Scene, condition: str) -> None:
        scene.put_into(scene.session(client_key="chat 7"), condition)
        assert with_key(scene, scene.ada, "chat 7") is None
        second = scene.session(client_key="chat 7")
        assert with_key(scene, scene.ada, "chat 7") == scene.record(second)

    def test_one_open_session_per_owner_and_client_key(self, scene: Scene) -> None:
        first = scene.session(client_key="chat 7")
        theirs = scene.session(scene.bob, client_key="chat 7")
        with pytest.raises(Conflict):
            scene.session(client_key="chat 7")
        assert with_key(scene, scene.ada, "chat 7") == scene.record(first)
        assert with_key(scene, scene.bob, "chat 7") == scene.record(theirs)
        assert pages(scene, scene.ada, 10) == [first.id]

    @pytest.mark.parametrize("field", ["closed_ms", "deleted_ms"])
    def test_a_session_does_not_come_back_beside_a_newer_one(self, scene: Scene, field: str) -> None:
        old = scene.session(client_key="chat 7")
        scene.change(old, **{field: NOW})
        new = scene.session(client_key="chat 7")
        with pytest.raises(Conflict):
            scene.change(old, **{field: None})
        assert with_key(scene, scene.ada, "chat 7") == scene.record(new)
        scene.change(new, closed_ms=NOW)
        scene.change(old, **{field: None})
        assert with_key(scene, scene.ada, "chat 7") == scene.record(old)

    def test_one_is_closed_and_the_next_opened_in_one_transaction(self, scene: Scene) -> None:
        old = scene.record(scene.session(client_key="chat 7"))
        new = drafts.session(client_key="chat 7", previous=old.id)

        async def follow(tx: Tx) -> None:
            await tx.sessions.replace(scene.ada, replace(old, closed_ms=NOW))
            await tx.sessions.add(scene.ada, new)

        scene.write(follow)
        assert with_key(scene, scene.ada, "chat 7") == new


class EphemeralContract:
    def test_ephemeral_sessions_that_were_left_alone_are_found_whoever_owns_them(self, scene: Scene) -> None:
        def left(before_ms: int, limit: int = 9) -> list[SessionRef]:
            return scene.read(lambda tx: tx.sessions.left(before_ms, limit))

        scene.session(active_ms=NOW - HOUR)
        refs = [
            scene.session(owner, id=f"{EPHEMERAL}{n}", active_ms=NOW + at)
            for n, (owner, at) in enumerate([(scene.ada, 5), (scene.bob, 3), (scene.ada, 4)])
        ]
        assert left(NOW + 3) == []
        assert left(NOW + 5) == refs[1:]
        assert left(NOW + 6) == refs
        assert left(NOW + 6, 1) == refs[:1]
        scene.say(refs[1], "Still here", now=NOW + 20)
        scene.erase(refs[2])
        assert left(NOW + 20) == refs[:1]
