"""A real page, served by Streamlit's own App, and spoken to as the browser's script does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integrations.streamlit_server import Jar, PageServer, streamlit_run

from sojourn import StateConflict
from sojourn.sync import Session

EMPTY, ONE = "[]", "['hello']"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    server = PageServer(tmp_path_factory.mktemp("page"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def ada(server: PageServer) -> Jar:
    return server.browser()


def users(server: PageServer) -> int:
    return server.outside.counts()["users"]


def session(jar: Jar) -> Session:
    found = jar.server.outside.visit(jar.token).session()
    assert found is not None
    return found


# -- the cookie -----------------------------------------------------------------------------------


def test_the_cookie_comes_as_the_socket_opens_and_is_out_of_scripts_reach(ada: Jar) -> None:
    page = ada.tab()
    (cookie,) = ada.told
    assert cookie.startswith(f"{ada.name}=")
    assert "; HttpOnly; SameSite=Lax" in cookie and "Max-Age=604800" in cookie
    assert page.answered["cache-control"] == "private, no-store"


def test_who_only_looks_leaves_nothing(ada: Jar, server: PageServer) -> None:
    before = server.outside.counts()
    page = ada.tab().run()
    assert page.turns == EMPTY
    page.run()
    ada.tab().run()
    assert server.outside.counts() == before


def test_the_same_session_after_a_reload_and_in_a_second_tab(ada: Jar) -> None:
    first = ada.tab().run("say")
    made = first.session
    first.close()
    again = ada.tab().run()
    assert (again.session, again.turns) == (made, ONE)
    assert again.run().session == made
    assert session(ada).id == made


def test_tabs_that_opened_before_the_first_write_are_one_visitor(ada: Jar, server: PageServer) -> None:
    before = users(server)
    first = ada.tab()
    second = ada.tab()
    assert first.run("say").turns == ONE
    assert second.run("say").turns == "['hello', 'hello']"
    assert second.session == first.run().session
    assert users(server) == before + 1


def test_the_cookie_is_sent_again_with_each_socket_so_that_it_lasts_as_long_as_the_device(ada: Jar) -> None:
    ada.tab().run("say")
    token = ada.token
    ada.tab().run()
    assert len(ada.told) == 2
    assert ada.token == token


@pytest.mark.parametrize("forged", ["x" * 43, "x" * 43 + ".1a1f93ed471." + "0" * 64, "nonsense", ""])
def test_a_token_that_was_never_issued_is_a_newcomers(server: PageServer, forged: str) -> None:
    jar = server.browser()
    jar.cookies[jar.name] = forged
    page = jar.tab().run("say")
    assert jar.token != forged
    assert page.turns == ONE
    assert server.outside.visit(forged).device is None


def test_nobody_sees_anothers_session(ada: Jar, server: PageServer) -> None:
    mine = ada.tab().run("say")
    bob = server.browser().tab().run()
    assert bob.turns == EMPTY
    assert bob.run("say").session != mine.session


def test_a_tab_cannot_name_another_tab(ada: Jar, server: PageServer) -> None:
    """The header is the server's own: what a client sends by that name is dropped."""
    ada.tab().run("say")
    bob = server.browser().tab(**{"Sojourn-Tab": "guess"}).run()
    assert bob.turns == EMPTY


def test_where_no_cookie_may_go_the_page_says_why(server: PageServer) -> None:
    page = server.browser().tab(host="lan.example").run()
    assert page.answered.get("set-cookie") is None
    assert "InsecureHttp: Sessions are only kept over https here." in page.texts[-1]


# -- scripts and threads --------------------------------------------------------------------------


def test_a_thread_with_the_context_has_the_session_and_a_bare_one_is_told_so(ada: Jar) -> None:
    page = ada.tab().run("threads")
    assert page.says("copied") == "True"
    assert "contextvars.copy_context" in page.says("bare RuntimeError")


def test_erasing_mid_run_begins_anew_for_the_same_visitor(ada: Jar, server: PageServer) -> None:
    page = ada.tab().run("say")
    before, count = page.session, users(server)
    page.run("erase")
    assert page.session != before
    assert page.turns == "['anew']"
    assert ada.tab().run().turns == "['anew']"
    assert users(server) == count


# -- sign-out -------------------------------------------------------------------------------------


def revoke(jar: Jar) -> None:
    visit = jar.server.outside.visit(jar.token)
    assert visit.device is not None
    visit.user.devices.revoke(visit.device.id)


def test_signing_out_brings_the_tab_back_as_a_newcomer(ada: Jar) -> None:
    page = ada.tab().run("say")
    token = ada.token
    assert page.run("out", wait=False).closed() == 1012
    again = ada.tab().run()
    assert again.turns == EMPTY
    assert ada.token != token
    assert again.run("say").turns == ONE
    assert ada.tab().run().turns == ONE


def test_a_device_signed_out_elsewhere_is_an_empty_new_visit(ada: Jar) -> None:
    page = ada.tab().run("say")
    old = session(ada)
    revoke(ada)
    assert page.run("say", wait=False).closed() == 1012
    assert ada.tab().run().turns == EMPTY
    assert len(old.messages.last()) == 1


def test_what_a_slow_run_of_a_signed_out_device_still_writes_is_dropped(ada: Jar, server: PageServer) -> None:
    page = ada.tab().run("say")
    old = session(ada)
    page.run("slow", wait=False).until("waiting")
    revoke(ada)
    (server.signals / "go").touch()
    assert page.closed() == 1012
    assert "SignedOut" not in str(page.texts)
    assert [message.text for message in old.messages.last()] == ["hello"]


# -- widgets --------------------------------------------------------------------------------------


def test_a_widgets_value_is_kept(ada: Jar, server: PageServer) -> None:
    page = ada.tab().run()
    before = users(server)
    page.run()
    assert users(server) == before
    page.run(Topic="tides")
    assert session(ada).state.all() == {"topic": "tides"}
    page.run(Topic="neap")
    again = ada.tab().run()
    assert "Topic neap" in again.texts and "Colour red" in again.texts
    assert session(ada).state.all() == {"topic": "neap"}


def test_two_tabs_that_change_different_keys_lose_nothing(ada: Jar) -> None:
    first, second = ada.tab().run("say"), ada.tab().run()
    first.run(Topic="tides")
    second.run(Colour="blue")
    assert session(ada).state.all() == {"topic": "tides", "colour": "blue"}
    assert first.toasts == second.toasts == []
    third = ada.tab().run()
    assert "Topic tides" in third.texts and "Colour blue" in third.texts


def test_two_tabs_that_change_the_same_key_are_told(ada: Jar) -> None:
    first, second = ada.tab().run("say"), ada.tab().run()
    first.run(Topic="mine")
    second.run(Topic="yours")
    assert "topic" in second.toasts[0]
    assert "Topic mine" in second.texts
    assert session(ada).state.get("topic") == "mine"
    second.run(Topic="yours after all")
    assert second.toasts == []
    assert session(ada).state.get("topic") == "yours after all"


def test_a_tab_that_changed_nothing_follows_the_other(ada: Jar) -> None:
    first, second = ada.tab().run("say"), ada.tab().run()
    first.run(Topic="tides")
    for _ in range(2):  # the page may ask for a run before it has the new value
        second.run(Topic="")
        assert "Topic tides" in second.texts
    assert second.toasts == []
    second.run(Topic="tides")
    second.run(Topic="")
    assert session(ada).state.get("topic") == ""


def test_what_is_saved_is_seen_by_whoever_compares(ada: Jar) -> None:
    page = ada.tab().run()
    page.run(Topic="tides")
    state = session(ada).state
    with pytest.raises(StateConflict):
        state.compare_and_set("topic", "x", version=0)


# -- the server dies ------------------------------------------------------------------------------


def test_a_killed_server_loses_nothing(tmp_path: Path) -> None:
    server = PageServer(tmp_path)
    server.start()
    ada = server.browser()
    looking = server.browser()
    made = ada.tab().run("say")
    promised = looking.tab().run() and looking.token
    server.kill()
    server.start()
    try:
        again = ada.tab().run()
        assert (again.session, again.turns) == (made.session, ONE)
        looking.tab().run("say")
        assert looking.token == promised, "a promise holds, though nothing of it was stored"
        assert looking.tab().run().turns == ONE
    finally:
        server.stop()


def test_below_a_base_path_all_is_the_same(tmp_path: Path) -> None:
    server = PageServer(tmp_path, streamlit_run("streamlit_page.py", "--server.baseUrlPath=lab/one"))
    server.start()
    try:
        ada = server.browser()
        page = ada.tab("/lab/one").run("say")
        assert ada.tab("/lab/one").run().session == page.session
        assert ada.ask("PUT", "/lab/one/_sojourn/files", b"1")[0] == 403
        assert ada.ask("PUT", "/elsewhere/_sojourn/file", b"1")[0] in (404, 405)
    finally:
        server.stop()
