"""Without sojourn's App there is no cookie to be set: what then holds, and what is said about it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integrations.streamlit_server import PageServer, streamlit_run

from sojourn import Sojourn

PLAIN = Path(__file__).with_name("streamlit_plain.py")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    server = PageServer(tmp_path_factory.mktemp("page"), streamlit_run(PLAIN.name))
    server.start()
    yield server
    server.stop()


def test_the_session_belongs_to_the_tab_and_this_is_said_once(server: PageServer) -> None:
    from sojourn.integrations.streamlit import TAB_ONLY

    ada = server.browser()
    page = ada.tab().run("say")
    made = page.session
    assert page.turns == "['hello']"
    assert (page.run().session, page.turns) == (made, "['hello']")
    assert TAB_ONLY in page.texts
    assert ada.tab().run().turns == "[]"
    assert ada.told == []
    assert "".join(server.log).count(TAB_ONLY) == 1


def test_who_only_looks_leaves_nothing(server: PageServer) -> None:
    before = server.outside.counts()
    server.browser().tab().run().run()
    assert server.outside.counts() == before


def test_who_has_a_cookie_of_the_store_is_known_by_it(server: PageServer) -> None:
    visit = server.outside.visit(None)
    session = visit.start()
    assert visit.issued is not None
    jar = server.browser()
    jar.cookies[jar.name] = visit.issued
    page = jar.tab().run("say")
    assert page.session == session.id
    assert not any("browser tab" in text for text in page.texts)
    jar.cookies[jar.name] = "x" * 43
    assert jar.tab().run().turns == "[]"


def test_a_tab_that_signed_out_begins_anew(server: PageServer) -> None:
    page = server.browser().tab().run("say")
    made = page.session
    page.run("out")
    assert page.session != made
    assert page.turns == "[]"
    assert page.run("say").turns == "['hello']"


# -- Streamlit's own way of testing ---------------------------------------------------------------


def apptest() -> Any:
    from streamlit.testing.v1 import AppTest

    return AppTest.from_file(str(PLAIN), default_timeout=60)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    found = f"sqlite:///{tmp_path / 'data'}"
    monkeypatch.setenv("STORE", found)
    yield found
    import streamlit as st

    st.cache_resource.clear()


def shown(test: Any, start: str) -> str:
    assert not test.exception, test.exception
    return (
        next(item.value for item in test.markdown if item.value.startswith(start)).removeprefix(start).strip()
    )


def test_a_page_can_be_tested_with_streamlits_apptest(url: str) -> None:
    test = apptest().run()
    assert shown(test, "turns") == "[]"
    test.button[0].click().run()
    made = shown(test, "session")
    assert shown(test, "turns") == "['hello']"
    test.text_input(key="topic").set_value("tides").run()
    assert shown(test, "session") == made
    another = apptest().run()
    assert shown(another, "turns") == "[]"
    with Sojourn.open(url) as store:
        assert store.counts()["users"] == 1


def test_the_uploader_without_a_route_is_streamlits_own(url: str) -> None:
    test = apptest().run()
    test.file_uploader[0].upload("tides.txt", b"neap", "text/plain").run()
    assert shown(test, "paper") == "tides.txt text/plain b'neap'"
    test.run()
    assert shown(test, "paper") == "tides.txt text/plain b'neap'"
    with Sojourn.open(url) as store:
        assert store.counts()["files"] == 1


def test_a_page_with_neither_app_nor_store_says_what_to_do() -> None:
    def page() -> None:
        from sojourn.integrations import streamlit

        streamlit.current()

    from streamlit.testing.v1 import AppTest

    test = AppTest.from_function(page, default_timeout=60).run()
    assert "st.App(__file__, **streamlit.app(store))" in test.exception[0].value
