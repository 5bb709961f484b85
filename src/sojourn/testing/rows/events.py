"""What a backend promises about the change log: no gap, in order, and only what is the owner's."""

from collections.abc import Sequence
from typing import get_args

import pytest

from sojourn.config import EVENT_STEP
from sojourn.models import Event, EventKind
from sojourn.ports import SessionRef, Tx
from sojourn.testing import drafts
from sojourn.testing.drafts import HOUR, NOW
from sojourn.testing.forms import Form
from sojourn.testing.rows.sharing import THREADS, TIMES, beside
from sojourn.testing.scene import READABLE, UNREACHABLE, Scene

KINDS: tuple[EventKind, ...] = get_args(EventKind)


class GivenUp(Exception):
    """An operation gives up after it has noted."""


def note(
    scene: Scene,
    owner: int,
    kind: EventKind = "state.changed",
    session_id: str | None = None,
    now: int = NOW,
    objects: Sequence[str | None] = (None,),
) -> int:
    return scene.write(lambda tx: tx.events.note(owner, kind, session_id, now, objects))


def after(scene: Scene, owner: int, n: int = 0, limit: int = 1000) -> list[Event]:
    return scene.read(lambda tx: tx.events.after(owner, n, limit))


def ends(scene: Scene, owner: int) -> tuple[int, int]:
    """The first that is kept, and the last that was given."""
    return scene.read(lambda tx: tx.events.oldest(owner)), scene.read(lambda tx: tx.events.newest(owner))


def trim(scene: Scene, owner: int, upto: int = 0, before_ms: int = 0, limit: int = 1000) -> int:
    return scene.write(lambda tx: tx.events.trim(owner, upto, before_ms, limit))


class EventContract:
    def test_a_log_begins_empty(self, scene: Scene) -> None:
        assert after(scene, scene.ada) == []
        assert ends(scene, scene.ada) == (1, 0)

    def test_a_user_who_is_not_there_has_an_empty_log(self, scene: Scene) -> None:
        nobody = scene.ada + scene.bob + 1
        assert after(scene, nobody) == []
        assert ends(scene, nobody) == (1, 0)
        assert trim(scene, nobody, upto=9) == 0

    def test_entries_are_numbered_from_one_without_a_gap_for_each_user(self, scene: Scene) -> None:
        assert [note(scene, scene.ada) for _ in range(3)] == [1, 2, 3]
        assert note(scene, scene.bob) == 1
        assert note(scene, scene.ada) == 4
        assert [event.n for event in after(scene, scene.ada)] == [1, 2, 3, 4]
        assert [event.n for event in after(scene, scene.bob)] == [1]
        assert ends(scene, scene.ada) == (1, 4)

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize(
        "object_id",
        [None, drafts.uuid(7), "fil_00000000000000000000000001", "", "x" * 36, drafts.uuid(11).upper()],
    )
    def test_an_entry_says_what_was_noted(self, scene: Scene, kind: EventKind, object_id: str | None) -> None:
        ref = scene.session()
        n = note(scene, scene.ada, kind, ref.id, NOW + 5, [object_id])
        assert after(scene, scene.ada, n - 1) == [Event(n, kind, ref.id, object_id, NOW + 5)]
        n = note(scene, scene.ada, kind, None, NOW - 5, [object_id])
        assert after(scene, scene.ada, n - 1) == [Event(n, kind, None, object_id, NOW - 5)]

    def test_several_objects_are_noted_in_their_order(self, scene: Scene) -> None:
        ref, ids = scene.session(), [drafts.uuid() for _ in range(5)]
        note(scene, scene.ada)
        assert note(scene, scene.ada, "message.appended", ref.id, objects=ids) == 6
        found = after(scene, scene.ada, 1)
        assert [(event.n, event.object_id) for event in found] == [*zip(range(2, 7), ids, strict=True)]
        assert note(scene, scene.ada, objects=[]) == 6
        assert len(after(scene, scene.ada)) == 6

    def test_what_comes_after_an_entry_is_read_from_there(self, scene: Scene) -> None:
        for _ in range(5):
            note(scene, scene.ada)
        for n, limit, expected in [(0, 2, [1, 2]), (2, 2, [3, 4]), (4, 2, [5]), (5, 2, []), (99, 2, [])]:
            assert [event.n for event in after(scene, scene.ada, n, limit)] == expected

    @pytest.mark.parametrize("condition", [*READABLE, "erased", "emptied"])
    def test_a_session_of_the_owner_is_named_whatever_became_of_it(
        self, scene: Scene, condition: str
    ) -> None:
        ref = scene.session()
        first = note(scene, scene.ada, "session.created", ref.id)
        scene.put_into(ref, condition)
        last = note(scene, scene.ada, "session.changed", ref.id)
        assert [event.session_id for event in after(scene, scene.ada)] == [ref.id, ref.id]
        assert (first, last) == (1, 2)

    @pytest.mark.parametrize("condition", [name for name in UNREACHABLE if name in ("absent", "foreign")])
    def test_a_session_that_is_not_the_owners_is_no_entry(self, scene: Scene, condition: str) -> None:
        ref = scene.put_into(scene.session(), condition)
        with pytest.raises(LookupError):
            note(scene, ref.owner, "session.changed", ref.id)
        with pytest.raises(LookupError):
            note(scene, scene.ada + scene.bob + 1)
        assert ends(scene, ref.owner) == (1, 0)
        assert note(scene, ref.owner) == 1

    @pytest.mark.parametrize("condition", ["erased", "emptied"])
    def test_a_tomb_of_another_is_no_entry(self, scene: Scene, condition: str) -> None:
        ref = scene.put_into(scene.session(), condition)
        with pytest.raises(LookupError):
            note(scene, scene.bob, "session.changed", ref.id)

    def test_what_is_undone_leaves_no_gap(self, scene: Scene) -> None:
        ref = scene.session()
        note(scene, scene.ada)

        async def give_up(tx: Tx) -> None:
            for _ in range(3):
                await tx.events.note(scene.ada, "message.appended", ref.id, NOW, [drafts.uuid()])
            await tx.events.trim(scene.ada, 2, 0, 10)
            raise GivenUp

        with pytest.raises(GivenUp):
            scene.write(give_up)
        assert ends(scene, scene.ada) == (1, 1)
        assert note(scene, scene.ada) == 2
        assert [event.n for event in after(scene, scene.ada)] == [1, 2]

    def test_reading_notes_nothing(self, scene: Scene) -> None:
        scene.full()
        assert ends(scene, scene.ada) == (1, 0)


class EventTrimContract:
    def test_the_oldest_go_up_to_a_number(self, scene: Scene) -> None:
        note(scene, scene.bob)
        note(scene, scene.ada, objects=[None] * 6)
        assert trim(scene, scene.ada, upto=4) == 4
        assert ends(scene, scene.ada) == (5, 6)
        assert [event.n for event in after(scene, scene.ada)] == [5, 6]
        assert trim(scene, scene.ada, upto=4) == 0
        assert ends(scene, scene.bob) == (1, 1)

    def test_the_oldest_go_up_to_the_last_that_is_too_old(self, scene: Scene) -> None:
        for minutes in (0, 9, 1, 8, 2, 9):
            note(scene, scene.ada, now=NOW + minutes)
        assert trim(scene, scene.ada, before_ms=NOW + 2) == 3
        assert ends(scene, scene.ada) == (4, 6)
        assert trim(scene, scene.ada, before_ms=NOW + 3) == 2
        assert trim(scene, scene.ada, before_ms=NOW) == 0

    def test_no_more_than_a_few_are_looked_at(self, scene: Scene) -> None:
        note(scene, scene.ada, objects=[None] * 9)
        assert trim(scene, scene.ada, upto=8, limit=3) == 3
        assert trim(scene, scene.ada, before_ms=NOW + 1, limit=3) == 3
        assert ends(scene, scene.ada) == (7, 9)
        assert trim(scene, scene.ada, upto=8, limit=0) == 0

    def test_numbers_are_not_given_again(self, scene: Scene) -> None:
        note(scene, scene.ada, objects=[None] * 3)
        assert trim(scene, scene.ada, upto=3) == 3
        assert after(scene, scene.ada) == []
        assert ends(scene, scene.ada) == (4, 3)
        assert note(scene, scene.ada) == 4
        assert ends(scene, scene.ada) == (4, 4)

    def test_noting_lets_go_of_what_is_too_old(self, scene: Scene) -> None:
        note(scene, scene.ada, objects=[None] * 10)
        late = NOW + 31 * 24 * HOUR
        for _ in range(2 * EVENT_STEP):
            note(scene, scene.ada, now=late)
        assert ends(scene, scene.ada) == (11, 10 + 2 * EVENT_STEP)

    def test_noting_lets_go_of_what_is_too_much(self, scene: Scene) -> None:
        note(scene, scene.ada, objects=[None] * 10_000)
        assert ends(scene, scene.ada) == (1, 10_000)
        for _ in range(3):
            note(scene, scene.ada, objects=[None] * EVENT_STEP)
        oldest, newest = ends(scene, scene.ada)
        assert newest == 10_000 + 3 * EVENT_STEP
        assert 10_000 <= newest - oldest + 1 <= 10_000 + EVENT_STEP


class EventSharingContract:
    def test_entries_become_visible_in_order_whoever_writes(self, scene: Scene) -> None:
        """A reader beside several writers never sees one before those below it."""
        ref = scene.session()

        async def append(tx: Tx) -> None:
            draft = drafts.message()
            await tx.messages.append(ref, [draft], NOW)
            await tx.events.note(scene.ada, "message.appended", ref.id, NOW, [draft.id])

        def look(run: Form, n: int) -> list[int]:
            return [event.n for event in run.read(lambda tx: tx.events.after(scene.ada, n, 7))]

        def work(run: Form, thread: int) -> list[int]:
            if thread:
                for _ in range(TIMES):
                    run.write(append)
                return []
            seen: list[int] = []
            while len(seen) < (THREADS - 1) * TIMES:
                seen += look(run, seen[-1] if seen else 0)
            return seen

        seen = beside(scene, work)[0]
        assert seen == [*range(1, (THREADS - 1) * TIMES + 1)]
        said = scene.read(lambda tx: tx.messages.last(ref, 1000))
        assert [event.object_id for event in after(scene, scene.ada)] == [message.id for message in said]

    def test_an_entry_stands_or_falls_with_what_it_tells_of(self, scene: Scene) -> None:
        ref = SessionRef(scene.ada, scene.session().id)
        kept, lost = drafts.message(), drafts.message()

        async def append(tx: Tx, gives_up: bool) -> None:
            draft = lost if gives_up else kept
            await tx.messages.append(ref, [draft], NOW)
            await tx.events.note(scene.ada, "message.appended", ref.id, NOW, [draft.id])
            if gives_up:
                raise GivenUp

        with pytest.raises(GivenUp):
            scene.write(lambda tx: append(tx, True))
        scene.write(lambda tx: append(tx, False))
        assert [event.object_id for event in after(scene, scene.ada)] == [kept.id]
