"""Branches: a conversation goes on from any earlier place, and what was said stays as it was."""

from typing import Any

import pytest

from sojourn import Settings
from sojourn.errors import Invalid, LimitExceeded, MessageChanged, NotFound, SessionClosed, SessionGone
from sojourn.models import Message, Raw, Text, ToolCall, ToolResult

pytestmark = pytest.mark.anyio

NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
async def session(store: Any) -> Any:
    return await store.user("ada").sessions.create()


async def say(session: Any, *texts: str, role: str = "user") -> list[Message]:
    return [await session.messages.append(role, text) for text in texts]


async def words(session: Any, branch: int | None = None) -> str:
    return "".join(message.text for message in await session.messages.last(100, branch=branch))


async def test_an_edit_says_something_else_and_keeps_what_was_said(session: Any) -> None:
    a, b, c = await say(session, "a", "b", "c")
    x = await session.messages.edit(b.id, "x", metadata={"why": "typo"})
    assert (x.text, x.role, x.seq, x.parent, x.metadata) == ("x", "user", 4, a.id, {"why": "typo"})
    assert (await words(session), await words(session, 1)) == ("ax", "abc")
    assert await session.messages.get(c.id) == c
    await say(session, "y")
    assert (await words(session), await words(session, 1)) == ("axy", "abc")
    assert (await session.refresh()).last_seq == 5


async def test_an_edit_keeps_the_role(session: Any) -> None:
    await say(session, "a")
    [answer] = await say(session, "b", role="assistant")
    edited = await session.messages.edit(answer.id, [Text("x"), ToolCall("call-1", "tide", {})])
    assert (edited.role, edited.parts) == ("assistant", (Text("x"), ToolCall("call-1", "tide", {})))


async def test_the_first_message_can_be_edited_too(session: Any) -> None:
    a, _ = await say(session, "a", "b")
    x = await session.messages.edit(a.id, "x")
    again = await session.messages.edit(x.id, "y")
    assert (x.parent, again.parent) == (None, None)
    assert await words(session) == "y"
    ways = await session.messages.branches(at=again.id)
    assert [way.first for way in ways] == [a.id, x.id, again.id]


async def test_retry_goes_back_to_before_an_answer(session: Any) -> None:
    [question] = await say(session, "q")
    [answer] = await say(session, "1", role="assistant")
    assert await session.messages.retry(answer.id) == question
    assert await words(session) == "q"
    await say(session, "2", role="assistant")
    assert (await words(session), await words(session, 1)) == ("q2", "q1")


async def test_retry_of_a_question_keeps_the_question(session: Any) -> None:
    question, _ = await say(session, "q", "r")
    assert await session.messages.retry(question.id) == question
    await say(session, "2", role="assistant")
    assert (await words(session), await words(session, 1)) == ("q2", "qr")


async def test_rewind_goes_back_to_before_any_message(session: Any) -> None:
    a, b, _ = await say(session, "a", "b", "c")
    assert await session.messages.rewind(b.id) == a
    assert await words(session) == "a"
    assert await session.messages.rewind(a.id) is None
    assert await words(session) == ""
    assert [message.text for message in await say(session, "z")] == ["z"]
    assert (await words(session), await words(session, 1)) == ("z", "abc")


async def test_going_where_one_is_already_opens_nothing(session: Any) -> None:
    a, b = await say(session, "a", "b")
    for _ in range(5):
        await session.messages.rewind(b.id)
    await session.messages.retry(a.id)
    assert [branch.number for branch in await session.messages.branches()] == [1, 2]


async def test_the_ways_on_are_listed_and_each_can_be_made_current(session: Any) -> None:
    [question] = await say(session, "q")
    answers = await say(session, "1", role="assistant")
    for text in ("2", "3"):
        await session.messages.retry(answers[-1].id)
        answers += await say(session, text, role="assistant")
    for answer in answers:
        ways = await session.messages.branches(at=answer.id)
        assert [way.first for way in ways] == [each.id for each in answers]
        assert [way.number for way in ways] == [each.branch for each in answers] == [1, 2, 3]
    assert await session.messages.branches(at=question.id) == (await session.messages.branches())[:1]
    assert [w.number for w in await session.messages.branches(at=answers[0].id, after=1, limit=1)] == [2]
    for way, text in zip(ways, "123", strict=True):
        await session.messages.switch(way.number)
        assert await words(session) == "q" + text
        assert (await session.refresh()).branch == way.number


async def test_a_parent_leads_to_where_it_stands(session: Any) -> None:
    a, b = await say(session, "a", "b")
    c = await session.messages.append("user", "c", parent=b.id)
    assert (c.branch, c.parent) == (1, None)
    d = await session.messages.append("user", "d", parent=a.id)
    assert (d.branch, d.parent) == (2, a.id)
    assert await words(session) == "ad"
    e = await session.messages.append("user", "e", parent=c.id)
    assert (e.branch, e.parent) == (1, c.id)
    assert await words(session) == "abce"


async def test_a_branch_that_is_named_does_not_become_current(session: Any) -> None:
    question, _ = await say(session, "q", "r")
    edited = await session.messages.edit(question.id, "x")
    late = await session.messages.append("assistant", "1", branch=question.branch)
    assert (late.branch, late.seq) == (1, 4)
    assert (await words(session), await words(session, 1)) == ("x", "qr1")
    assert (await session.messages.append("assistant", "2")).parent == edited.id


async def test_a_branch_is_read_by_pages_both_ways(session: Any) -> None:
    messages = session.messages
    said = await say(session, *"abcdef")
    for at in (3, 2, 1):
        await messages.edit(said[at].id, str(at))
        said = await messages.last(9)
    assert await words(session) == "a1"
    await messages.switch(2)
    assert await words(session) == "abc3"
    assert [m.text for m in await messages.page(before=7, limit=2)] == ["b", "c"]
    assert [m.text for m in await messages.after(2, limit=2)] == ["c", "3"]
    assert [m.text for m in await messages.page(before=7, limit=9, branch=1)] == [*"abcdef"]
    assert [m.text for m in await messages.after(1, branch=3)] == ["b", "2"]
    assert await messages.after(1, branch=4) == [(await messages.last(1, branch=4))[0]]


async def test_what_does_not_stand_is_not_found(session: Any) -> None:
    messages = session.messages
    await say(session, "a")
    for call in (
        messages.edit(NOBODY, "x"),
        messages.retry(NOBODY),
        messages.rewind(NOBODY),
        messages.branches(at=NOBODY),
        messages.switch(2),
        messages.last(5, branch=2),
        messages.page(before=9, branch=9),
        messages.after(0, branch=0),
        messages.append("user", "x", branch=2),
    ):
        with pytest.raises(NotFound):
            await call
    with pytest.raises(Invalid, match="no such message"):
        await messages.append("user", "x", parent=NOBODY)
    with pytest.raises(Invalid, match="not both"):
        await messages.append("user", "x", parent=(await messages.last(1))[0].id, branch=1)
    for branch in (0, "1", True, None):
        with pytest.raises(Invalid):
            await messages.switch(branch)
    assert await words(session) == "a"
    assert len(await messages.branches()) == 1


async def test_messages_of_another_session_are_no_place_to_go_on_from(store: Any, session: Any) -> None:
    other = await store.user("bob").sessions.create()
    [theirs] = await say(other, "theirs")
    await say(session, "a")
    for call in (session.messages.rewind(theirs.id), session.messages.edit(theirs.id, "x")):
        with pytest.raises(NotFound):
            await call
    with pytest.raises(Invalid):
        await session.messages.append("user", "x", parent=theirs.id)


async def test_a_closed_session_stays_on_its_branch(session: Any) -> None:
    a, b = await say(session, "a", "b")
    await session.close()
    for call in (
        session.messages.edit(a.id, "x"),
        session.messages.rewind(b.id),
        session.messages.switch(1),
        session.messages.append("user", "x", branch=1),
        session.messages.append("user", "x", branch=7),
        session.messages.append("user", "x", parent=a.id),
    ):
        with pytest.raises(SessionClosed):
            await call
    assert await words(session, 1) == "ab"
    await session.erase()
    for call in (session.messages.branches(), session.messages.switch(1), session.messages.last(branch=1)):
        with pytest.raises(SessionGone):
            await call


async def test_a_put_goes_to_the_current_branch_and_can_be_repeated(session: Any) -> None:
    messages = session.messages
    a, b = await say(session, "a", "b")
    await messages.edit(b.id, "x")
    ids = [f"00000000-0000-7000-8000-00000000000{n}" for n in range(1, 4)]
    drafts = [
        messages.draft(ids[0], "user", "1"),
        messages.draft(ids[1], "user", "2", parent=ids[0]),
        messages.draft(ids[2], "user", "3", parent=a.id),
    ]
    kept = await messages.merge(drafts)
    assert [message.branch for message in kept] == [2, 2, 3]
    assert (await words(session), await words(session, 2)) == ("a3", "ax12")
    for again in (drafts, [messages.draft(ids[2], "user", "3")], drafts[:2]):
        assert await messages.merge(again) == [next(k for k in kept if k.id == d.id) for d in again]
    for parent in (b.id, ids[0]):
        with pytest.raises(MessageChanged):
            await messages.merge([messages.draft(ids[2], "user", "3", parent=parent)])
    assert (await session.refresh()).last_seq == 6


async def test_a_message_is_kept_once_under_its_key_on_any_branch(session: Any) -> None:
    await say(session, "a", "b")
    [a, _] = await session.messages.last()
    kept = [await session.messages.append("user", "x", parent=a.id, idempotency_key="k") for _ in range(3)]
    assert kept[0] == kept[1] == kept[2]
    assert await words(session) == "ax"
    assert len(await session.messages.branches()) == 2


async def test_a_providers_own_item_is_kept_beside_the_canonical_parts(session: Any) -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": [{"text": "\u2603"}], "n": 1.5, "none": None}
    parts = [Text("Noon."), ToolCall("call-1", "tide", {"at": [1, 2]}), Raw("openai", item)]
    said = await session.messages.append("assistant", parts, metadata={"model": "m"})
    result = await session.messages.append(
        "tool", [ToolResult("call-1", {"ok": True}), Raw("openai", [item])]
    )
    found = await session.messages.last()
    assert found == [said, result]
    assert found[0].parts == tuple(parts)
    assert found[0].text == "Noon."
    assert found[1].parts[1] == Raw("openai", [item])
    edited = await session.messages.edit(said.id, [Raw("openai", item)])
    assert (await session.messages.get(edited.id)).parts == (Raw("openai", item),)


class TestFewBranches:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(durability="process", session_branches=3)

    async def test_a_session_has_so_many_branches_and_no_more(self, session: Any) -> None:
        [a] = await say(session, "a")
        for text in "bc":
            a = await session.messages.edit(a.id, text)
        with pytest.raises(LimitExceeded, match="3 branches"):
            await session.messages.edit(a.id, "d")
        assert len(await session.messages.branches()) == 3
        assert await words(session) == "c"
        await say(session, "e")
        assert await words(session) == "ce"
