"""Every change leaves one entry that names it and says nothing of what it says."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sojourn import Sojourn
from sojourn.config import Settings
from sojourn.errors import Conflict, Invalid, LimitExceeded, SessionClosed, StateConflict
from sojourn.models import Event
from sojourn.sync import Session, User
from sojourn.testing import FakeClock

SECRET = "canary-5b20a4c9"


@pytest.fixture(params=["sqlite", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}" if request.param == "sqlite" else "memory://"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(url: str, clock: FakeClock) -> Iterator[Sojourn]:
    with Sojourn.open(url, settings=Settings(durability="process", event_count=100), clock=clock) as store:
        yield store


@pytest.fixture
def ada(store: Sojourn) -> User:
    return store.user("ada")


@pytest.fixture
def session(ada: User) -> Session:
    return ada.sessions.create()


def told(user: User, after: int = 0) -> list[tuple[str, str | None, str | None]]:
    return [(event.kind, event.session_id, event.object_id) for event in user.events.after(after)]


def test_a_session_tells_of_its_life(ada: User) -> None:
    session = ada.sessions.create(title="Tides")
    session.update(title="Moon", tags=["sea"])
    session.delete()
    session.restore()
    session.close()
    session.erase()
    assert told(ada) == [
        (f"session.{what}", session.id, None)
        for what in ("created", "changed", "deleted", "restored", "closed", "erased")
    ]


def test_what_changes_nothing_tells_nothing(ada: User, session: Session) -> None:
    session.update(title=session.title)
    session.restore()
    session.close()
    session.close()
    session.messages.merge([])
    session.state.change()
    session.refresh()
    ada.sessions.list()
    session.messages.last()
    assert [kind for kind, _, _ in told(ada)] == ["session.created", "session.closed"]


def test_messages_tell_of_each(ada: User, session: Session) -> None:
    first = session.messages.append("user", SECRET)
    drafts = [session.messages.draft(f"00000000-0000-4000-8000-00000000000{n}", "user", "x") for n in (1, 2)]
    session.messages.merge(drafts)
    session.messages.merge(drafts)
    session.messages.append("user", "x", id=drafts[0].id)
    again = [session.messages.append("user", "y", idempotency_key="key").id for _ in range(2)]
    assert told(ada, 1) == [
        ("message.appended", session.id, id) for id in (first.id, drafts[0].id, drafts[1].id, again[0])
    ]


def test_a_conversation_that_goes_on_elsewhere_is_a_changed_session(ada: User, session: Session) -> None:
    first, second = (session.messages.append("user", text) for text in ("One", "Two"))
    session.messages.rewind(second.id)
    other = session.messages.append("user", "Or else")
    edited = session.messages.edit(other.id, "Or so")
    session.messages.switch(1)
    session.messages.compact(first.id, "One was said.")
    assert session.messages.uncompact()
    assert not session.messages.uncompact()
    changed = ("session.changed", session.id, None)
    assert told(ada, 3) == [
        changed,
        ("message.appended", session.id, other.id),
        changed,
        ("message.appended", session.id, edited.id),
        *[changed] * 3,
    ]


def test_state_tells_once_a_change_and_names_no_key(ada: User, session: Session) -> None:
    session.state.set({SECRET: 1, "b": 2})
    session.state.incr("b")
    with session.state.edit() as draft:
        draft["b"] = 9
        draft["c"] = 1
    session.state.delete("b", "c")
    ada.state.set(theme="dark")
    assert told(ada, 1) == [*[("state.changed", session.id, None)] * 4, ("state.changed", None, None)]


def test_files_tell_when_they_come_are_read_and_go(ada: User, session: Session) -> None:
    file = session.files.add("tides.txt", b"Spring tides come at full moon.")
    session.search("tides")
    session.files.delete(file.id)
    session.files.delete(file.id)
    session.files.restore(file.id)
    session.files.restore(file.id)
    session.files.erase(file.id)
    said = ("kept", "read", "deleted", "restored", "removed")
    assert told(ada, 1) == [(f"file.{what}", session.id, file.id) for what in said]


def test_devices_tell_when_they_come_and_go(store: Sojourn) -> None:
    visit = store.visit(None)
    visit.start()
    device_id = visit.device_id
    assert told(visit.user)[0] == ("device.added", None, device_id)
    user = visit.user
    before = user.events.newest()
    assert device_id is not None
    user.devices.revoke(device_id)
    user.devices.revoke(device_id)
    assert told(user, before) == [("device.ended", None, device_id)]


def test_a_client_keys_next_session_tells_of_both(ada: User, clock: FakeClock) -> None:
    first = ada.sessions.get_or_create(client_key="chat 7")
    assert ada.sessions.get_or_create(client_key="chat 7").id == first.id
    clock.advance(seconds=3600)
    second = ada.sessions.get_or_create(client_key="chat 7")
    assert told(ada) == [
        ("session.created", first.id, None),
        ("session.closed", first.id, None),
        ("session.created", second.id, None),
    ]


def test_what_is_refused_tells_nothing(ada: User, session: Session) -> None:
    session.state.set(a=1)
    ada.sessions.create(client_key="chat 7")
    before = ada.events.newest()
    with pytest.raises(StateConflict):
        session.state.compare_and_set("a", 2, version=99)
    with pytest.raises(LimitExceeded):
        session.files.add("big", iter([b"x" * 100]), size=1 << 50)
    with pytest.raises(Conflict):
        ada.sessions.create(client_key="chat 7")
    session.close()
    for refused in (lambda: session.messages.append("user", "x"), lambda: session.state.set(a=3)):
        with pytest.raises(SessionClosed):
            refused()
    assert told(ada, before) == [("session.closed", session.id, None)]


def test_entries_hold_names_and_times_only(ada: User, clock: FakeClock) -> None:
    session = ada.sessions.create(title=SECRET, metadata={SECRET: SECRET})
    session.messages.append("user", SECRET)
    session.files.add(f"{SECRET}.txt", SECRET.encode())
    session.state.set({SECRET: SECRET})
    page = ada.events.after(0)
    assert SECRET.encode() not in msgspec.json.encode(page)
    assert {event.at_ms for event in page} == {clock.now()}
    assert page.items[0].at.year == 2026


def test_everybody_has_a_log_of_their_own(store: Sojourn, ada: User, session: Session) -> None:
    bob = store.user("bob")
    assert told(bob) == []
    assert bob.events.newest() == 0
    bob.sessions.create()
    assert [event.n for event in bob.events.after(0)] == [1]
    session.messages.append("user", "x")
    assert [event.n for event in ada.events.after(0)] == [1, 2]
    assert len(told(bob)) == 1


def test_after_an_erase_the_ids_stay_and_the_words_are_gone(ada: User, session: Session) -> None:
    message = session.messages.append("user", SECRET)
    session.erase()
    assert told(ada, 1) == [
        ("message.appended", session.id, message.id),
        ("session.erased", session.id, None),
    ]


# -- pages --------------------------------------------------------------------------------------


def test_pages_follow_each_other(ada: User, session: Session) -> None:
    for _ in range(9):
        session.messages.append("user", "x")
    seen: list[int] = []
    page = ada.events.after(0, limit=4)
    while page.items:
        assert not page.reset
        assert page.newest == 10
        seen += [event.n for event in page]
        page = ada.events.after(page.cursor, limit=4)
    assert seen == [*range(1, 11)]
    assert (page.cursor, page.newest, page.reset, len(page)) == (10, 10, False, 0)


def test_what_is_no_longer_kept_is_a_reset_and_so_is_what_never_was(ada: User, session: Session) -> None:
    for n in range(400):
        session.state.set(n=n)
    newest = ada.events.newest()
    assert newest == 401
    old = ada.events.after(10)
    assert (old.items, old.newest, old.cursor, old.reset) == ([], newest, newest, True)
    oldest = next(n for n in range(newest) if not ada.events.after(n).reset) + 1
    assert 100 <= newest - oldest + 1 <= 100 + 64
    assert ada.events.after(oldest - 1).items[0].n == oldest
    assert ada.events.after(oldest - 2).reset
    assert not ada.events.after(newest).reset
    assert ada.events.after(newest + 1).reset


def test_entries_go_by_age(ada: User, session: Session, clock: FakeClock) -> None:
    session.state.set(a=1)
    clock.advance(seconds=31 * 86400)
    for n in range(64):
        session.state.set(n=n)
    assert ada.events.after(0).reset
    assert not ada.events.after(2).reset


def test_a_log_from_which_all_has_gone_goes_on(url: str, clock: FakeClock) -> None:
    with Sojourn.open(url, settings=Settings(event_count=0), clock=clock) as store:
        ada = store.user("ada")
        session = ada.sessions.create()
        for n in range(63):
            session.state.set(n=n)
        assert ada.events.after(0).reset
        assert ada.events.after(64) == ada.events.after(ada.events.newest())
        session.state.set(n=0)
        assert [event.n for event in ada.events.after(64)] == [65]


@pytest.mark.parametrize("n", [-1, 1.5, "1", None, True, 2**97])
def test_a_place_that_is_none_is_refused(ada: User, n: object) -> None:
    with pytest.raises(Invalid):
        ada.events.after(n)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        next(ada.events.watch(after=n if n is not None else -1))  # type: ignore[arg-type]


def test_a_place_in_the_log_of_somebody_who_wrote_nothing_is_a_reset(store: Sojourn) -> None:
    page = store.user("nobody").events.after(7)
    assert (page.items, page.newest, page.reset) == ([], 0, True)
    assert not store.user("nobody").events.after(0).reset
    assert isinstance(next(store.user("nobody").events.watch(after=7)), Event)
