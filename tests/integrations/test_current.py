"""`current_session()`: the whole session, in requests and in what they start."""

import asyncio
import threading
from contextvars import copy_context
from typing import Any

import pytest
from tests.integrations.sites import Browser, Site
from tests.integrations.test_ends import same_visitor
from tests.integrations.test_rules import counts, everything, nothing, sets

from sojourn import NotFound, SessionNotStarted, current_async_session, current_session
from sojourn.integrations.current import current_async_visit, current_visit


def test_a_session_that_is_not_there_yet_reads_as_empty(site: Site, ada: Browser) -> None:
    def read(mapping: Any) -> Any:
        current = current_session()
        with pytest.raises(NotFound):
            current.files.get("fil_x")
        return [
            [message.text for message in current.messages.last()],
            current.state.all(),
            current.state.get("a", 5),
            current.files.list().items,
            current.search("anything"),
            current.title,
            current.refresh().last_seq,
            current_visit().session(),
            current_visit().user.sessions.list().items,
        ]

    answer = ada.ask(read)
    assert answer.value == [[], {}, 5, [], [], "", 0, None, []]
    assert answer.cookie is None
    assert counts(site)["users"] == 0


def test_the_first_write_to_it_makes_it_under_the_id_it_said(site: Site, ada: Browser) -> None:
    def write(mapping: Any) -> Any:
        current = current_session()
        id = current.id
        file = current.files.add("tides.txt", b"Neap tides are weak.")
        current.messages.append("user", "When?")
        mapping["topic"] = "tides"
        assert current.files.get(file.id).size == 20
        assert current_session().id == id
        return id

    answer = ada.ask(write)
    assert answer.cookie is not None
    session = site.session(ada)
    assert answer.value == session.id
    assert [hit.text for hit in session.search("neap")] == ["Neap tides are weak."]
    assert ada.ask(lambda mapping: [current_session().messages.last()[0].text, dict(mapping)]).value == [
        "When?",
        {"topic": "tides"},
    ]
    assert same_visitor(ada)
    assert (counts(site)["users"], counts(site)["sessions"]) == (1, 1)


@pytest.mark.parametrize(
    "write",
    [
        lambda: current_session().update(title="Tides"),
        lambda: current_session().state.incr("n"),
        lambda: current_session().state.set(a=1),
        lambda: current_visit().user.sessions.create(title="Mine"),
        lambda: current_visit().user.state.set(theme="dark"),
        lambda: current_visit().start(),
    ],
    ids=["update", "incr", "set", "create", "user", "start"],
)
def test_any_write_makes_the_visitor(site: Site, ada: Browser, write: Any) -> None:
    assert ada.ask(lambda mapping: write() and None).cookie is not None
    assert counts(site)["users"] == 1
    assert same_visitor(ada)


def test_two_requests_that_begin_a_session_at_once_are_in_one(site: Site, ada: Browser) -> None:
    ada.ask(lambda mapping: current_visit().user.state.set(theme="dark"))
    assert site.visit(ada).session() is None

    def first(mapping: Any) -> None:
        assert mapping.get("a") is None
        site.visit(ada).start().state.set(other=1)
        mapping["a"] = 1

    ada.ask(first)
    assert ada.ask(everything).value == {"a": 1, "other": 1}
    assert counts(site)["sessions"] == 1


def test_what_a_handle_writes_is_under_the_id_it_said_whoever_was_faster(site: Site, ada: Browser) -> None:
    ada.ask(lambda mapping: current_visit().user.state.set(theme="dark"))

    def work(mapping: Any) -> Any:
        current = current_session()
        faster = site.visit(ada).start()
        current.files.add("a.txt", b"mine")
        assert current.id != faster.id
        return [current.id, [file.name for file in current.files.list().items]]

    id, names = ada.ask(work).value
    assert names == ["a.txt"]
    assert len(site.visit(ada).user.sessions.get(id).files.list().items) == 1
    assert counts(site)["sessions"] == 2


def test_the_awaited_handle_is_of_the_same_session(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))

    async def read() -> Any:
        current = current_async_session()
        await current.messages.append("user", "awaited")
        visit = current_async_visit()
        found = await visit.session()
        assert found is not None and found.id == current.id == (await visit.start()).id
        assert (await visit.user.record()) is not None
        return [await current.state.get("a"), len(await current.messages.last())]

    def work(mapping: Any) -> Any:
        answers: list[Any] = []
        context = copy_context()
        thread = threading.Thread(target=lambda: answers.append(context.run(asyncio.run, read())))
        thread.start()
        thread.join()
        return answers[0]

    assert ada.ask(work).value == [1, 1]
    assert len(site.session(ada).messages.last()) == 1


# -- where it is ----------------------------------------------------------------------------------


def test_outside_a_request_there_is_none(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))
    for call in (current_session, current_async_session, current_visit, current_async_visit):
        with pytest.raises(RuntimeError, match="no current session here"):
            call()


def in_thread(work: Any) -> Any:
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        except (RuntimeError, SessionNotStarted) as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def test_a_bare_thread_has_none_and_says_so(site: Site, ada: Browser) -> None:
    def work(mapping: Any) -> None:
        error = in_thread(lambda: current_session().id)
        assert isinstance(error, RuntimeError)
        assert "copy_context" in str(error)

    ada.ask(sets(a=1))
    assert ada.ask(work).status == 200


def test_a_thread_with_a_copied_context_has_it(site: Site, ada: Browser) -> None:
    def work(mapping: Any) -> Any:
        return in_thread(lambda: copy.run(lambda: current_session().messages.append("user", "x").seq))

    def begin(mapping: Any) -> Any:
        nonlocal copy
        copy = copy_context()
        return work(mapping)

    copy = copy_context()
    assert ada.ask(begin).value == 1
    assert same_visitor(ada)
    ada.ask(lambda mapping: begin(mapping) and None)
    assert in_thread(lambda: copy.run(lambda: current_session().messages.append("user", "later").seq)) == 3
    assert len(site.session(ada).messages.last()) == 3


def test_a_newcomer_cannot_begin_after_the_answer(site: Site, ada: Browser) -> None:
    copy = copy_context()

    def begin(mapping: Any) -> Any:
        nonlocal copy
        copy = copy_context()
        return current_session().title

    ada.ask(begin)
    error = in_thread(lambda: copy.run(lambda: current_session().messages.append("user", "x")))
    assert isinstance(error, SessionNotStarted)
    assert "session.start()" in str(error)
    assert counts(site)["users"] == 0

    ada.ask(lambda mapping: (begin(mapping) and None) or mapping.start())
    assert in_thread(lambda: copy.run(lambda: current_session().messages.append("user", "x").seq)) == 1
    assert same_visitor(ada)
    assert len(site.session(ada).messages.last()) == 1


def test_a_request_leaves_nothing_to_the_next_one(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))
    assert site.browser().ask(everything).value == {}
    assert ada.ask(nothing).status == 200
    with pytest.raises(RuntimeError):
        current_session()
