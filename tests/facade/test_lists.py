"""The sessions of a user: listed, set apart, found again."""

from typing import Any

import pytest

from sojourn.errors import Invalid, LimitExceeded, PreconditionFailed
from sojourn.testing.clock import FakeClock

pytestmark = pytest.mark.anyio


@pytest.fixture
def ada(store: Any) -> Any:
    return store.user("ada")


async def made(user: Any, clock: FakeClock, *titles: str, **fields: Any) -> list[Any]:
    """Sessions, each active a moment after the one before."""
    found = []
    for title in titles:
        clock.advance(ms=1)
        found.append(await user.sessions.create(title=title, **fields))
    return found


async def titles(user: Any, limit: int = 50, **which: Any) -> list[str]:
    """Of all pages."""
    page = await user.sessions.list(limit=limit, **which)
    found = [record.title for record in page]
    while page.next:
        page = await user.sessions.list(limit=limit, cursor=page.next, **which)
        found += [record.title for record in page]
    return found


async def test_a_session_can_be_pinned_and_archived_and_neither(ada: Any, clock: FakeClock) -> None:
    [session] = await made(ada, clock, "a")
    assert (session.record.pinned, session.record.archived) == (False, False)
    before = session.record.revision
    record = await session.update(pinned=True)
    assert (record.pinned, record.archived, record.revision) == (True, False, before + 1)
    assert (await session.update(pinned=True)).revision == before + 1
    record = await session.update(archived=True, pinned=False, title="b")
    assert (record.title, record.pinned, record.archived, record.revision) == ("b", False, True, before + 2)
    assert await session.refresh() == record
    with pytest.raises(PreconditionFailed):
        await session.update(archived=False, if_revision=before)
    for field in ("pinned", "archived"):
        for value in (1, 0, None, "yes"):
            with pytest.raises(Invalid, match=field):
                await session.update(**{field: value})


async def test_archived_sessions_are_out_of_the_default_list(ada: Any, clock: FakeClock) -> None:
    sessions = await made(ada, clock, *"abcd")
    await sessions[1].update(archived=True)
    await sessions[3].update(archived=True)
    assert await titles(ada, 1) == ["c", "a"]
    assert await titles(ada, 1, archived=True) == ["d", "b"]
    assert (await ada.sessions.latest()).title == "c"
    assert (await ada.sessions.get(sessions[3].id)).title == "d"
    clock.advance(ms=1)
    await sessions[1].messages.append("user", "Still open")
    assert await titles(ada, archived=True) == ["b", "d"]
    await sessions[1].delete()
    assert await titles(ada, archived=True) == ["d"]
    assert await titles(ada, deleted=True) == ["b"]
    await sessions[1].restore()
    assert await titles(ada, archived=True) == ["b", "d"]


async def test_pinned_sessions_are_a_list_of_their_own(ada: Any, clock: FakeClock) -> None:
    sessions = await made(ada, clock, *"abcde")
    for number in (0, 3):
        await sessions[number].update(pinned=True)
    assert await titles(ada, 1, pinned=True) == ["d", "a"]
    assert await titles(ada, 2, pinned=False) == ["e", "c", "b"]
    assert await titles(ada) == ["e", "d", "c", "b", "a"]
    await sessions[3].update(archived=True)
    assert await titles(ada, pinned=True) == ["a"]
    assert await titles(ada, pinned=True, archived=True) == ["d"]


async def test_a_list_can_be_of_one_tag(ada: Any, store: Any, clock: FakeClock) -> None:
    await made(ada, clock, *"ab", tags=["sea"])
    await made(ada, clock, *"cd", tags=["sea", "moon"])
    await made(ada, clock, "e")
    await made(store.user("bob"), clock, "f", tags=["sea"])
    assert await titles(ada, 1, tag="sea") == ["d", "c", "b", "a"]
    assert await titles(ada, 1, tag="moon") == ["d", "c"]
    assert await titles(ada, tag="Sea") == await titles(ada, tag="se") == []
    [first, *_] = (await ada.sessions.list(tag="moon")).items
    await (await ada.sessions.get(first.id)).update(tags=["sun"])
    assert await titles(ada, tag="moon") == ["c"]
    assert await titles(ada, tag="sun") == ["d"]
    for tag in ("", 7, "a\0"):
        with pytest.raises(Invalid):
            await ada.sessions.list(tag=tag)
    with pytest.raises(LimitExceeded):
        await ada.sessions.list(tag="a" * 65)
    with pytest.raises(Invalid):
        await ada.sessions.list(pinned="yes")


async def test_a_cursor_belongs_to_one_list_of_one_owner(ada: Any, store: Any, clock: FakeClock) -> None:
    for user in (ada, store.user("bob")):
        await made(user, clock, *"abc", tags=["sea"])
    cursor = (await ada.sessions.list(limit=1)).next
    assert (await ada.sessions.list(limit=1, cursor=cursor)).items[0].title == "b"
    for which in ({"archived": True}, {"pinned": False}, {"tag": "sea"}, {"deleted": True}):
        with pytest.raises(Invalid, match="cursor"):
            await ada.sessions.list(cursor=cursor, **which)
    with pytest.raises(Invalid, match="cursor"):
        await store.user("bob").sessions.list(cursor=cursor)
    with pytest.raises(Invalid, match="cursor"):
        await ada.sessions.search("a", cursor=cursor)


async def test_a_preview_shows_what_was_said_last(ada: Any, clock: FakeClock) -> None:
    [session] = await made(ada, clock, "a")
    assert session.record.preview == ""
    await session.messages.append("system", "You know the tides.")
    question = await session.messages.append("user", "When  is\nhigh tide? " + "word " * 100)
    listed = (await ada.sessions.list()).items[0]
    assert listed.preview.startswith("When is high tide? word word")
    assert len(listed.preview) <= 120
    assert listed == await session.refresh()
    await session.messages.edit(question.id, "And low tide?")
    assert (await ada.sessions.list()).items[0].preview == "And low tide?"
    await session.messages.switch(1)
    assert (await ada.sessions.list()).items[0].preview == listed.preview


# -- searching titles -------------------------------------------------------------------------------


async def found(user: Any, title: str, limit: int = 50, **which: Any) -> list[str]:
    page = await user.sessions.search(title, limit=limit, **which)
    every = [record.title for record in page]
    for _ in range(100):
        if page.next is None:
            return every
        page = await user.sessions.search(title, limit=limit, cursor=page.next, **which)
        assert len(page) <= limit
        every += [record.title for record in page]
    raise AssertionError("The pages do not end.")


async def test_titles_are_found_by_any_part_of_them_in_any_case(ada: Any, clock: FakeClock) -> None:
    await made(ada, clock, "Spring tides", "Neap TIDES", "Stra\u00dfe am Meer", "\u6d77", "", "50 % off_")
    for limit in (1, 2, 9):
        assert await found(ada, "tides", limit) == ["Neap TIDES", "Spring tides"]
    assert await found(ada, "g T") == ["Spring tides"]
    assert await found(ada, "STRASSE") == ["Stra\u00dfe am Meer"]
    assert await found(ada, "\u6d77") == ["\u6d77"]
    assert await found(ada, "%") == await found(ada, "_") == ["50 % off_"]
    assert await found(ada, "moon") == await found(ada, "*") == []


async def test_only_ones_own_and_standing_titles_are_found(ada: Any, store: Any, clock: FakeClock) -> None:
    archived, deleted, erased, _ = await made(ada, clock, "tide 1", "tide 2", "tide 3", "tide 4")
    await made(store.user("bob"), clock, "tide 5")
    await archived.update(archived=True)
    await deleted.delete()
    await erased.erase()
    assert await found(ada, "tide") == ["tide 4"]
    assert await found(ada, "tide", archived=True) == ["tide 1"]
    assert await found(store.user("cyd"), "tide") == []


async def test_a_search_looks_at_so_many_titles_and_says_where_to_go_on(ada: Any, clock: FakeClock) -> None:
    await made(ada, clock, "the one")
    await made(ada, clock, *(f"Session {n}" for n in range(1100)))
    page = await ada.sessions.search("the one")
    assert (page.items, page.next is None) == ([], False)
    page = await ada.sessions.search("the one", cursor=page.next)
    assert [record.title for record in page] == ["the one"]
    assert page.next is None


async def test_what_cannot_be_a_title_is_refused(ada: Any, clock: FakeClock) -> None:
    await made(ada, clock, "a")
    for title in ("", 7, "a\0", "\ud800"):
        with pytest.raises(Invalid):
            await ada.sessions.search(title)
    with pytest.raises(LimitExceeded):
        await ada.sessions.search("a" * 301)
    for limit in (0, 201, True):
        with pytest.raises(Invalid):
            await ada.sessions.search("a", limit=limit)
