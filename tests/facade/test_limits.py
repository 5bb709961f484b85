"""Idle and absolute limits, checked when something is read; a clock that jumps ends nothing by mistake.
And how much one conversation may hold.
"""

from typing import Any

import pytest

from sojourn import Settings
from sojourn.errors import LimitExceeded, SessionClosed, SignedOut
from sojourn.testing.clock import FakeClock

pytestmark = pytest.mark.anyio

MINUTE, DAY = 60, 86_400


@pytest.fixture
def settings() -> Settings:
    return Settings(durability="process", idle_seconds=30 * MINUTE, anonymous_seconds=7 * DAY)


async def test_a_session_left_alone_is_closed_when_it_is_looked_at(store: Any, clock: FakeClock) -> None:
    session = await store.user("ada").sessions.create()
    clock.advance(seconds=30 * MINUTE)
    await session.messages.append("user", "just in time")
    clock.advance(seconds=30 * MINUTE, ms=1)
    found = await store.user("ada").sessions.get(session.id)
    assert found.record.closed
    with pytest.raises(SessionClosed):
        await session.messages.append("user", "too late")
    assert [message.text for message in await session.messages.last()] == ["just in time"]


async def test_a_clock_set_back_neither_closes_nor_opens(store: Any, clock: FakeClock) -> None:
    session = await store.user("ada").sessions.create()
    clock.advance(seconds=-DAY)
    await session.messages.append("user", "yesterday, says the clock")
    assert not (await session.refresh()).closed
    clock.advance(seconds=DAY)
    await session.messages.append("user", "and today again")
    assert [message.seq for message in await session.messages.last()] == [1, 2]


async def test_a_clients_own_key_finds_its_open_session_or_begins_the_next(
    store: Any, clock: FakeClock
) -> None:
    sessions = store.user("ada").sessions
    first = await sessions.get_or_create(client_key="chat 7")
    assert (await sessions.get_or_create(client_key="chat 7")).id == first.id
    assert (await store.user("bob").sessions.get_or_create(client_key="chat 7")).id != first.id
    clock.advance(seconds=31 * MINUTE)
    second = await sessions.get_or_create(client_key="chat 7")
    assert second.id != first.id
    assert second.record.previous == first.id
    assert (await first.refresh()).closed


async def test_a_device_lives_to_its_absolute_limit_whatever_it_does(store: Any, clock: FakeClock) -> None:
    visit = await store.visit(None, label="a browser")
    await visit.start()
    token = visit.issued
    for _ in range(7):
        assert not (await store.visit(token)).signed_out
        clock.advance(seconds=DAY)
    late = await store.visit(token)
    assert late.signed_out
    with pytest.raises(SignedOut):
        await late.user.sessions.create()


class TestFewMessages:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(durability="process", session_messages=3)

    async def test_a_session_has_so_many_messages_in_all_its_branches_and_no_more(self, store: Any) -> None:
        session = await store.user("ada").sessions.create()
        first = await session.messages.append("user", "a")
        await session.messages.edit(first.id, "b")
        kept = await session.messages.append("user", "c")
        with pytest.raises(LimitExceeded, match="3 messages"):
            await session.messages.append("user", "d")
        with pytest.raises(LimitExceeded, match="3 messages"):
            await session.messages.edit(kept.id, "e")
        assert [message.text for message in await session.messages.last()] == ["b", "c"]
        assert len(await session.messages.branches()) == 2
        other = await store.user("ada").sessions.create()
        await other.messages.append("user", "elsewhere there is room")

    async def test_what_does_not_fit_together_is_not_kept_at_all(self, store: Any) -> None:
        session = await store.user("ada").sessions.create()
        await session.messages.append("user", "a")
        drafts = [
            session.messages.draft(f"00000000-0000-7000-8000-{n:012x}", "user", f"{n}") for n in range(3)
        ]
        with pytest.raises(LimitExceeded, match="3 messages"):
            await session.messages.merge(drafts)
        assert [message.text for message in await session.messages.last()] == ["a"]
        assert [message.seq for message in await session.messages.merge(drafts[:2])] == [2, 3]
