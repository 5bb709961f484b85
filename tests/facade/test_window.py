"""What a model is given of a conversation: the newest that fits, in whole turns, summed up where asked."""

from typing import Any

import pytest

from sojourn.core.window import PAGE, estimate
from sojourn.errors import Invalid, LimitExceeded, NotFound, SessionClosed, SessionGone
from sojourn.models import Citation, FileRef, Message, Part, Place, Raw, Text, ToolCall, ToolResult

pytestmark = pytest.mark.anyio


@pytest.fixture
async def session(store: Any) -> Any:
    return await store.user("ada").sessions.create()


def one(message: Message) -> int:
    return 1


async def talk(session: Any, script: str) -> list[Message]:
    """`u` and `a` speak, `s` instructs, `c` calls a tool, `r` is its result; digits name the call."""
    said = []
    for word in script.split():
        parts: str | list[Part] = word
        if word[0] == "c":
            parts = [ToolCall(number, "tide", {}) for number in word[1:]]
        elif word[0] == "r":
            parts = [ToolResult(number, "noon") for number in word[1:]]
        role = {"u": "user", "s": "system", "r": "tool"}.get(word[0], "assistant")
        said.append(await session.messages.append(role, parts, metadata={"word": word}))
    return said


async def window(session: Any, max_tokens: int, **how: Any) -> str:
    found = await session.messages.window(max_tokens=max_tokens, **{"counter": one, **how})
    return " ".join((message.metadata or {}).get("word", message.text) for message in found)


async def test_it_holds_the_newest_turns_that_fit(session: Any) -> None:
    await talk(session, "u1 a1 u2 a2 a3 u3 a4")
    for tokens, expected in {
        1: "a4",
        2: "u3 a4",
        4: "u3 a4",
        5: "u2 a2 a3 u3 a4",
        6: "u2 a2 a3 u3 a4",
        7: "u1 a1 u2 a2 a3 u3 a4",
        99: "u1 a1 u2 a2 a3 u3 a4",
    }.items():
        assert await window(session, tokens) == expected, tokens


async def test_what_a_conversation_begins_with_need_not_be_a_question(session: Any) -> None:
    await talk(session, "a1 u1 a2")
    assert await window(session, 2) == "u1 a2"
    assert await window(session, 3) == "a1 u1 a2"


async def test_a_result_is_never_without_its_call(session: Any) -> None:
    await talk(session, "u1 c1 r1 c23 r2 r3 a1")
    for tokens, expected in {
        1: "a1",
        2: "a1",
        3: "a1",
        4: "c23 r2 r3 a1",
        5: "c23 r2 r3 a1",
        6: "c1 r1 c23 r2 r3 a1",
        7: "u1 c1 r1 c23 r2 r3 a1",
    }.items():
        assert await window(session, tokens) == expected, tokens


async def test_a_result_that_came_a_turn_later_keeps_both_turns_together(session: Any) -> None:
    await talk(session, "u1 a1 u2 c1 u3 r1 a2")
    assert await window(session, 3) == "a2"
    assert await window(session, 4) == "c1 u3 r1 a2"
    assert await window(session, 5) == "u2 c1 u3 r1 a2"


async def test_a_call_that_waits_for_its_result_is_there(session: Any) -> None:
    await talk(session, "u1 c1")
    assert await window(session, 2) == "u1 c1"


async def test_instructions_stay_at_the_head(session: Any) -> None:
    await talk(session, "s1 s2 u1 a1 u2 a2 s3 u3 a3")
    assert await window(session, 4) == "s1 s2 u3 a3"
    assert await window(session, 7) == "s1 s2 u2 a2 s3 u3 a3"
    assert await window(session, 9) == "s1 s2 u1 a1 u2 a2 s3 u3 a3"
    assert await window(session, 4, pin_system=False) == "u3 a3"
    assert await window(session, 9, pin_system=False) == "s1 s2 u1 a1 u2 a2 s3 u3 a3"


async def test_what_does_not_fit_is_refused_not_left_out(session: Any) -> None:
    assert await session.messages.window(max_tokens=1) == []
    await talk(session, "s1 u1")
    with pytest.raises(LimitExceeded, match="newest message"):
        await session.messages.window(max_tokens=10, counter=lambda m: 9 if m.role == "user" else 2)
    with pytest.raises(LimitExceeded, match="head"):
        await session.messages.window(max_tokens=1, counter=lambda m: 2)


@pytest.mark.parametrize("answer", [-1, 1.5, True, None, "1"])
async def test_a_counter_answers_whole_numbers(session: Any, answer: Any) -> None:
    await talk(session, "u1")
    with pytest.raises(Invalid, match="counter"):
        await session.messages.window(max_tokens=9, counter=lambda m: answer)


@pytest.mark.parametrize("tokens", [0, -1, True, "9", None])
async def test_there_is_room_for_a_whole_number_of_tokens(session: Any, tokens: Any) -> None:
    with pytest.raises(Invalid, match="max_tokens"):
        await session.messages.window(max_tokens=tokens)


async def test_a_counter_may_use_the_store_and_may_fail(session: Any, store: Any) -> None:
    await talk(session, "u1 a1")

    def fails(message: Message) -> int:
        raise ZeroDivisionError(message.text)

    with pytest.raises(ZeroDivisionError, match="a1"):
        await session.messages.window(max_tokens=9, counter=fails)
    assert await window(session, 9) == "u1 a1"


@pytest.mark.parametrize("length", [PAGE - 1, PAGE, PAGE + 1, 3 * PAGE])
async def test_no_more_is_read_than_fits_and_one(session: Any, length: int) -> None:
    drafts = [
        session.messages.draft(f"00000000-0000-7000-8000-{n:012x}", "user", str(n)) for n in range(length)
    ]
    await session.messages.merge(drafts)
    counted: list[str] = []

    def count(message: Message) -> int:
        counted.append(message.text)
        return 1

    for tokens in (1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE + 1, 4 * PAGE):
        counted.clear()
        found = await session.messages.window(max_tokens=tokens, counter=count)
        held = min(tokens, length)
        assert [message.text for message in found] == [str(n) for n in range(length - held, length)]
        assert len(counted) == min(tokens + 1, length)


async def test_it_reads_the_branch_that_is_asked_for(session: Any) -> None:
    said = await talk(session, "s1 u1 a1 u2 a2")
    await session.messages.edit(said[3].id, "u3")
    assert await window(session, 9) == "s1 u1 a1 u3"
    assert await window(session, 9, branch=1) == "s1 u1 a1 u2 a2"
    with pytest.raises(NotFound):
        await window(session, 9, branch=3)


# -- about how many ---------------------------------------------------------------------------------


def message(*parts: Part) -> Message:
    return Message("id", 1, "user", parts, 0)


@pytest.mark.parametrize(
    ("parts", "tokens"),
    [
        ([Text("")], 1),
        ([Text("a" * 400)], 100),
        ([Text("a" * 401)], 101),
        ([Text("\u6d77" * 400)], 300),
        ([Text("a" * 200), Text("a" * 200)], 100),
        ([Text("a" * 400), Raw("provider", ["a" * 4000])], 100),
        ([Raw("provider", ["a" * 396])], 100),
        ([ToolCall("call-1", "tide", {"a": "b" * 388})], 100),
        ([ToolResult("call-1", "a" * 400)], 100),
        ([ToolResult("call-1", ["a" * 396])], 100),
        ([FileRef("fil_" + "0" * 26)], 1),
        ([Citation(1, "fil_1", "a.pdf", 0, "a" * 400, Place(page=1))], 100),
    ],
)
def test_a_token_is_about_four_bytes(parts: list[Part], tokens: int) -> None:
    assert estimate(message(*parts)) == tokens


async def test_without_a_counter_tokens_are_estimated(session: Any) -> None:
    for text in ("a" * 400, "b" * 400, "c" * 400):
        await session.messages.append("user", text)
    found = await session.messages.window(max_tokens=200)
    assert [message.text[0] for message in found] == ["b", "c"]


# -- summaries --------------------------------------------------------------------------------------


async def test_a_summary_stands_in_place_of_what_it_covers(session: Any) -> None:
    said = await talk(session, "s1 u1 a1 u2 a2")
    summary = await session.messages.compact(said[2].id, "So far")
    assert (summary.role, summary.text, summary.seq) == ("system", "So far", 3)
    assert summary.metadata == {"summary_upto": said[2].id}
    found = await session.messages.window(max_tokens=9, counter=one)
    assert found == [said[0], summary, *said[3:]]
    assert await window(session, 4) == "s1 So far u2 a2"
    assert await window(session, 9, pin_system=False) == "So far u2 a2"
    assert await session.messages.last() == said
    assert await session.messages.after(0) == said
    assert (await session.refresh()).last_seq == 5


async def test_a_later_summary_takes_the_place_of_an_earlier_until_it_is_taken_back(session: Any) -> None:
    said = await talk(session, "u1 a1 u2 a2 u3")
    for upto, text in ((1, "first"), (3, "second"), (3, "third")):
        await session.messages.compact(said[upto].id, text)
    assert await window(session, 9) == "third u3"
    assert await session.messages.uncompact() is True
    assert await window(session, 9) == "first u2 a2 u3"
    assert await session.messages.uncompact() is True
    assert await window(session, 9) == "u1 a1 u2 a2 u3"
    assert await session.messages.uncompact() is False


async def test_a_summary_of_everything_leaves_itself(session: Any) -> None:
    said = await talk(session, "s1 u1 a1")
    await session.messages.compact(said[-1].id, "All of it")
    assert await window(session, 9) == "s1 All of it"
    await talk(session, "u2")
    assert await window(session, 9) == "s1 All of it u2"


async def test_a_summary_that_ends_within_a_turn_takes_the_results_of_its_calls_along(session: Any) -> None:
    said = await talk(session, "u1 c12 r1 r2 a1 u2")
    await session.messages.compact(said[1].id, "So far")
    assert await window(session, 9) == "So far a1 u2"


async def test_a_summary_is_for_the_branches_that_its_message_is_read_on(session: Any) -> None:
    said = await talk(session, "u1 a1 u2 a2")
    await session.messages.compact(said[1].id, "So far")
    await session.messages.edit(said[2].id, "u3")
    assert await window(session, 9) == "So far u3"
    await session.messages.edit(said[0].id, "u4")
    assert await window(session, 9) == "u4"
    assert await session.messages.uncompact() is False
    assert await window(session, 9, branch=1) == "So far u2 a2"


async def test_a_summary_must_have_words_and_a_message_to_reach_to(store: Any, session: Any) -> None:
    [said] = await talk(session, "u1")
    for text in ("", "a\0b", 7, "\ud800"):
        with pytest.raises(Invalid):
            await session.messages.compact(said.id, text)
    with pytest.raises(LimitExceeded):
        await session.messages.compact(said.id, "a" * (store.settings.message_bytes + 1))
    other = await store.user("bob").sessions.create()
    with pytest.raises(NotFound):
        await other.messages.compact(said.id, "Theirs")
    assert await window(session, 9) == "u1"


async def test_a_closed_session_is_read_with_its_summary_and_not_summed_up(session: Any) -> None:
    said = await talk(session, "u1 a1 u2")
    await session.messages.compact(said[1].id, "So far")
    await session.close()
    assert await window(session, 9) == "So far u2"
    for call in (session.messages.compact(said[1].id, "x"), session.messages.uncompact()):
        with pytest.raises(SessionClosed):
            await call
    await session.erase()
    for call in (session.messages.window(max_tokens=9), session.messages.uncompact()):
        with pytest.raises(SessionGone):
            await call
