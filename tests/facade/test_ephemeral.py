"""Ephemeral sessions: like any other while they last, and then gone."""

from pathlib import Path
from typing import Any

import pytest

from sojourn import AsyncSojourn, Settings
from sojourn.errors import (
    Conflict,
    Invalid,
    KeyReused,
    NotFound,
    PreconditionFailed,
    SessionDeleted,
    SessionGone,
)
from sojourn.testing.clock import FakeClock

pytestmark = pytest.mark.anyio

DAY = 24 * 3600


@pytest.fixture
def ada(store: Any) -> Any:
    return store.user("ada")


async def made(user: Any, clock: FakeClock, *titles: str, **fields: Any) -> list[Any]:
    """Sessions, each active a moment after the one before; those with a `~` are ephemeral."""
    found = []
    for title in titles:
        clock.advance(ms=1)
        found.append(await user.sessions.create(title=title, ephemeral="~" in title, **fields))
    return found


async def titles(user: Any, limit: int = 50, **which: Any) -> list[str]:
    """Of all pages, none of which is longer than it may be."""
    page = await user.sessions.list(limit=limit, **which)
    found = [record.title for record in page]
    while page.next:
        page = await user.sessions.list(limit=limit, cursor=page.next, **which)
        assert len(page) <= limit
        found += [record.title for record in page]
    return found


async def test_it_says_what_it_is_by_its_id(ada: Any) -> None:
    kept, other = await ada.sessions.create(), await ada.sessions.create(ephemeral=True)
    assert (kept.record.ephemeral, other.record.ephemeral) == (False, True)
    assert other.id.startswith("ses_e")
    assert not kept.id.startswith("ses_e")
    assert len(kept.id) == len(other.id)
    for wrong in (1, "yes"):
        with pytest.raises(Invalid, match="ephemeral"):
            await ada.sessions.create(ephemeral=wrong)


async def test_it_holds_whatever_a_session_holds(ada: Any, clock: FakeClock) -> None:
    [session] = await made(ada, clock, "a~", tags=["sea"], metadata={"n": 1})
    said = await session.messages.append("user", "When is high tide?")
    await session.messages.edit(said.id, "When is low tide?")
    await session.state.set(topic="tides")
    assert await session.state.incr("visits") == 1
    file = await session.files.add("tides.md", b"# Tides\n\nSpring tides come at new and full moon.")
    assert "full moon" in (await session.search("spring tides"))[0].text
    clock.advance(ms=5)
    await session.update(title="b~", pinned=True)

    again = await ada.sessions.get(session.id)
    assert (again.record.title, again.record.tags, again.record.file_count) == ("b~", ("sea",), 1)
    assert [message.text for message in await again.messages.last()] == ["When is low tide?"]
    assert await again.state.all() == {"topic": "tides", "visits": 1}
    assert [one.id for one in await again.files.list()] == [file.id]
    with await again.files.open(file.id) as opened:
        assert opened.read().startswith(b"# Tides")
    await again.delete()
    with pytest.raises(SessionDeleted):
        await session.messages.append("user", "Late")
    assert await titles(ada) == []
    assert await titles(ada, deleted=True) == ["b~"]
    await again.restore()
    assert await titles(ada, pinned=True) == ["b~"]


async def test_closing_it_is_its_end(ada: Any, store: Any) -> None:
    session = await ada.sessions.create(ephemeral=True)
    await session.messages.append("user", "Hello")
    with pytest.raises(PreconditionFailed):
        await session.close(if_revision=7)
    record = await session.close()
    assert record.closed
    assert record.revision == 2
    for ask in (
        session.refresh,
        session.close,
        session.erase,
        session.messages.last,
        session.files.list,
        lambda: session.messages.append("user", "Late"),
        lambda: session.state.set(a=1),
        lambda: ada.sessions.get(session.id),
    ):
        with pytest.raises(SessionGone):
            await ask()
    with pytest.raises(NotFound):
        await store.user("bob").sessions.get(session.id)
    assert await titles(ada) == []


async def test_it_is_erased_with_a_receipt(ada: Any) -> None:
    session = await ada.sessions.create(ephemeral=True)
    await session.messages.append("user", "Hello")
    await session.files.add("a.txt", b"12345")
    receipt = await session.erase()
    assert (receipt.session_id, receipt.messages, receipt.files, receipt.bytes) == (session.id, 1, 1, 5)


async def test_it_is_its_owners_alone(ada: Any, store: Any) -> None:
    bob = store.user("bob")
    theirs = await bob.sessions.create(ephemeral=True)
    await theirs.messages.append("user", "Secret")
    for user in (ada, store.user("cyd")):
        for session_id in (theirs.id, "ses_e" + "0" * 25):
            with pytest.raises(NotFound, match=r"^There is no such session\.$"):
                await user.sessions.get(session_id)
        assert await titles(user) == []
    mine = await ada.sessions.create(ephemeral=True)
    with pytest.raises(NotFound):
        await bob.sessions.get(mine.id)
    assert [record.id for record in await bob.sessions.list()] == [theirs.id]


async def test_lists_show_both_kinds_by_last_activity(ada: Any, clock: FakeClock) -> None:
    sessions = await made(ada, clock, "1", "2~", "3", "4", "5~", "6~", "7", "8~", tags=["sea"])
    expected = ["8~", "7", "6~", "5~", "4", "3", "2~", "1"]
    for limit in (1, 2, 3, 5, 8, 50):
        assert await titles(ada, limit) == expected
        assert await titles(ada, limit, tag="sea", pinned=False) == expected
    assert (await ada.sessions.latest()).title == "8~"
    clock.advance(ms=1)
    await sessions[1].messages.append("user", "Back again")
    assert (await titles(ada, 3))[:2] == ["2~", "8~"]
    assert await (await ada.sessions.latest()).messages.last(1)
    for session in sessions[2:6]:
        await session.update(archived=True)
    assert await titles(ada, 2) == ["2~", "8~", "7", "1"]
    assert await titles(ada, 2, archived=True) == ["6~", "5~", "4", "3"]
    assert await titles(ada, 1, tag="moon") == []
    with pytest.raises(Invalid, match="cursor"):
        await ada.sessions.list(cursor=(await ada.sessions.list(limit=1)).next, archived=True)


async def test_a_list_goes_on_when_ephemeral_sessions_come_and_go_between_its_pages(
    ada: Any, clock: FakeClock
) -> None:
    sessions = await made(ada, clock, "1", "2", "3")
    page = await ada.sessions.list(limit=1)
    sessions += await made(ada, clock, "4~", "5~")
    page = await ada.sessions.list(limit=1, cursor=page.next)
    assert [record.title for record in page] == ["2"]
    page = await ada.sessions.list(limit=3)
    for session in sessions[3:]:
        await session.close()
    page = await ada.sessions.list(limit=3, cursor=page.next)
    assert [record.title for record in page] == ["2", "1"]
    assert page.next is None


async def test_a_search_for_titles_leaves_them_out(ada: Any, clock: FakeClock) -> None:
    await made(ada, clock, "tides 1", "tides 2~")
    assert [record.title for record in await ada.sessions.search("tides")] == ["tides 1"]


async def test_an_idempotency_key_makes_one(ada: Any) -> None:
    first = await ada.sessions.create(ephemeral=True, idempotency_key="k", digest=b"1")
    again = await ada.sessions.create(ephemeral=True, idempotency_key="k", digest=b"1")
    assert first.id == again.id
    with pytest.raises(KeyReused):
        await ada.sessions.create(ephemeral=True, idempotency_key="k", digest=b"2")
    with pytest.raises(KeyReused):
        await ada.sessions.create(idempotency_key="k", digest=b"3")
    await ada.sessions.create(idempotency_key="l", digest=b"1")
    with pytest.raises(KeyReused):
        await ada.sessions.create(ephemeral=True, idempotency_key="l", digest=b"2")


async def test_one_open_session_has_a_client_key_of_whichever_kind_it_is(ada: Any, clock: FakeClock) -> None:
    session = await ada.sessions.create(ephemeral=True, client_key="chat 7")
    for ephemeral in (True, False):
        with pytest.raises(Conflict):
            await ada.sessions.create(ephemeral=ephemeral, client_key="chat 7")
    assert (await ada.sessions.get_or_create(client_key="chat 7")).id == session.id
    clock.advance(ms=31 * 60_000)
    following = await ada.sessions.get_or_create(client_key="chat 7")
    assert not following.record.ephemeral
    assert following.record.previous == session.id
    with pytest.raises(SessionGone):
        await session.refresh()
    with pytest.raises(Conflict):
        await ada.sessions.create(ephemeral=True, client_key="chat 7")


async def test_one_left_alone_ends_at_a_sweep(ada: Any, store: Any, clock: FakeClock) -> None:
    left, used, kept = await made(ada, clock, "left~", "used~", "kept")
    clock.advance(ms=DAY * 1000 - 10)
    await used.messages.append("user", "Still here")
    assert (await store.sweep())["endings"] == 0
    clock.advance(ms=11)
    assert (await store.sweep())["endings"] == 1
    assert await titles(ada) == ["used~", "kept"]
    with pytest.raises(SessionGone):
        await left.refresh()
    assert (await kept.refresh()).title == "kept"


async def test_what_happens_in_them_is_told_with_the_rest(ada: Any, store: Any, clock: FakeClock) -> None:
    kept, session = await made(ada, clock, "1", "2~")
    seen = (await ada.events.after(0)).cursor
    for one in (kept, session, kept):
        clock.advance(ms=1)
        await one.messages.append("user", "Hello")
    clock.advance(ms=1)
    await session.close()
    every = [event for event in await ada.events.after(0) if event.kind != "session.created"]
    told = [("message.appended", one.id) for one in (kept, session, kept)]
    told.append(("session.erased", session.id))
    assert [(event.kind, event.session_id) for event in every] == told
    numbers = [event.n for event in every]
    assert numbers == sorted(set(numbers))
    assert await ada.events.newest() == numbers[-1]
    paged, at = [], seen
    for _ in told:
        page = await ada.events.after(at, limit=1)
        assert not page.reset
        paged += page.items
        at = page.cursor
    assert [(event.kind, event.session_id) for event in paged] == told
    assert (await ada.events.after(at)).items == []
    watching = ada.events.watch(after=seen)
    if hasattr(watching, "__anext__"):
        heard = [await anext(watching) for _ in told]
        await watching.aclose()
    else:
        watching = await watching
        heard = [next(watching) for _ in told]
        watching.close()
    assert [(event.kind, event.session_id) for event in heard] == told
    assert (await store.user("bob").events.after(0)).items == []


class TestWhereSessionsAreEphemeralUnlessSaid:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(durability="process", sessions="ephemeral")

    async def test_new_ones_are_and_others_are_kept_on_request(self, ada: Any, store: Any) -> None:
        assert (await ada.sessions.create()).record.ephemeral
        assert not (await ada.sessions.create(ephemeral=False)).record.ephemeral
        chat = await ada.sessions.get_or_create(client_key="chat 7")
        assert chat.record.ephemeral
        assert (await ada.sessions.get_or_create(client_key="chat 7")).id == chat.id

    async def test_a_client_key_is_followed_by_an_ephemeral_one(self, ada: Any, clock: FakeClock) -> None:
        before = await ada.sessions.create(client_key="chat 7", ephemeral=False)
        assert (await ada.sessions.get_or_create(client_key="chat 7")).id == before.id
        for _ in range(2):
            clock.advance(ms=31 * 60_000)
            after = await ada.sessions.get_or_create(client_key="chat 7")
            assert after.record.ephemeral
            assert after.record.previous == before.id
            before = after

    async def test_the_first_write_of_a_visit_makes_one(self, store: Any) -> None:
        visit = await store.visit(None)
        session = await visit.start()
        assert session.record.ephemeral
        again = await store.visit(visit.issued)
        assert (await again.start()).id == session.id
        await session.close()
        assert await again.session() is None
        assert (await again.start()).id != session.id


async def test_a_device_can_be_in_one(store: Any) -> None:
    visit = await store.visit(None)
    first = await visit.user.sessions.create(ephemeral=True)
    assert (await visit.session()).id == first.id
    second = await visit.user.sessions.create()
    third = await visit.user.sessions.create(ephemeral=True)
    assert (await visit.session()).id == first.id
    await visit.switch(second.id)
    assert (await visit.session()).id == second.id
    await visit.switch(third.id)
    again = await store.visit(visit.issued)
    assert (await again.session()).id == third.id
    await third.delete()
    assert await again.session() is None
    with pytest.raises(NotFound):
        await again.switch(third.id)
    fourth = await again.user.sessions.create()
    assert (await again.session()).id == fourth.id
    theirs = await store.user("ada").sessions.create(ephemeral=True)
    for session_id in (theirs.id, "ses_e" + "0" * 25):
        with pytest.raises(NotFound):
            await again.switch(session_id)


async def test_nothing_of_them_is_left_when_the_store_is_closed(tmp_path: Path, clock: FakeClock) -> None:
    store = AsyncSojourn.open(
        f"sqlite:///{tmp_path / 'data'}",
        settings=Settings(durability="process", runtime_folder=str(tmp_path / "run")),
        clock=clock,
    )
    session = await store.user("ada").sessions.create(ephemeral=True)
    [place] = (tmp_path / "run").iterdir()
    assert place.name.startswith(store.id)
    assert place.stat().st_mode & 0o777 == 0o700
    before = await store.user("ada").events.newest()
    await store.close()
    assert list((tmp_path / "run").iterdir()) == []
    with pytest.raises(NotFound):
        await store.user("ada").sessions.get(session.id)
    with pytest.raises(SessionGone):
        await session.refresh()
    assert (await store.user("ada").events.after(before)).reset
    assert (await store.user("ada").sessions.create(ephemeral=True)).record.ephemeral
    assert (await store.user("ada").events.after(before)).reset
    await store.close()
