"""The uploader's route: files go to the visitor's own session, and nobody else's, bounded and proven."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integrations.streamlit_server import XSRF, Jar, Page, PageServer

from sojourn.sync import Session


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    server = PageServer(tmp_path_factory.mktemp("page"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def ada(server: PageServer) -> Jar:
    return server.browser()


@pytest.fixture
def page(ada: Jar) -> Page:
    return ada.tab().run()


def session(jar: Jar) -> Session:
    found = jar.server.outside.visit(jar.token).session()
    assert found is not None
    return found


def names(jar: Jar) -> list[str]:
    return [file.name for file in session(jar).files.list().items]


def files(server: PageServer) -> int:
    return server.outside.counts()["files"]


def test_a_newcomers_first_file_makes_the_session_that_the_page_then_shows(ada: Jar, page: Page) -> None:
    token = ada.token
    assert ada.sends(page.orders["Papers"], "tides ü.csv", b"a,b\n1,2\n") == (204, "")
    assert ada.token == token
    assert page.run().says("paper") == "tides ü.csv 8 b'a,b\\n1'"
    assert ada.tab().run().says("paper") == "tides ü.csv 8 b'a,b\\n1'"
    assert page.session == session(ada).id


def test_files_come_to_the_others_or_take_the_place_of_the_one_before(ada: Jar, page: Page) -> None:
    for name in ("a.csv", "b.csv"):
        assert ada.sends(page.orders["Papers"], name, b"1")[0] == 204
    for name in ("one.png", "two.png"):
        assert ada.sends(page.orders["Photo"], name, b"1")[0] == 204
    page.run()
    assert [text for text in page.texts if text.startswith("paper")] == [
        "paper a.csv 1 b'1'",
        "paper b.csv 1 b'1'",
    ]
    assert page.says("photo") == "two.png"
    assert names(ada) == ["a.csv", "b.csv", "two.png"]


def test_a_file_goes_where_the_page_is_that_ordered_it(ada: Jar, page: Page) -> None:
    first = page.run("say").session
    order = page.run().orders["Papers"]
    visit = ada.server.outside.visit(ada.token)
    visit.switch(visit.user.sessions.create().id)
    assert ada.sends(order, "a.csv", b"1")[0] == 204
    assert [file.name for file in visit.user.sessions.get(first).files.list().items] == ["a.csv"]


def test_nobody_sends_into_anothers_session(ada: Jar, page: Page, server: PageServer) -> None:
    page.run("say")
    order = page.run().orders["Papers"]
    bob = server.browser()
    bob.tab().run("say")
    before = files(server)
    assert bob.sends(order, "a.csv", b"1") == (404, "not_found")
    stranger = server.browser()
    assert stranger.sends(order, "a.csv", b"1") == (404, "not_found")
    assert files(server) == before


@pytest.mark.parametrize("order", ["", "zz", "0" * 64, "0" * 64 + "7b7d", "f" * 9000])
def test_what_no_page_ordered_is_refused(ada: Jar, page: Page, server: PageServer, order: str) -> None:
    before = server.outside.counts()
    assert ada.sends(order, "a.csv", b"1") == (422, "invalid")
    assert server.outside.counts() == before


def test_an_order_that_was_changed_is_refused(ada: Jar, page: Page) -> None:
    order = page.orders["Papers"]
    changed = order[:64] + order[64:].replace("false", "true").replace(b".csv".hex(), b".exe".hex())
    assert changed != order
    assert ada.sends(changed, "a.exe", b"1") == (422, "invalid")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"X_Xsrftoken": ""}, 403),
        ({"X_Xsrftoken": "2|00000000|00000000000000000000000000000000|1"}, 403),
    ],
)
def test_only_a_page_of_this_site_can_send(
    ada: Jar, page: Page, server: PageServer, headers: dict[str, str], status: int
) -> None:
    before = server.outside.counts()
    assert ada.sends(page.orders["Papers"], "a.csv", b"1", **headers)[0] == status
    assert server.outside.counts() == before


@pytest.mark.parametrize("name", ["a.exe", "csv", ""])
def test_only_what_the_page_asked_for_can_be_sent(ada: Jar, page: Page, name: str) -> None:
    assert ada.sends(page.orders["Papers"], name, b"1") == (422, "invalid")


def test_an_empty_file_is_none(ada: Jar, page: Page) -> None:
    assert ada.sends(page.orders["Papers"], "a.csv", b"") == (422, "invalid")


def test_a_file_may_be_as_large_as_the_page_said(ada: Jar, page: Page, server: PageServer) -> None:
    before = files(server)
    announced = {"Content_Length": str(101 * 1024 * 1024)}
    assert ada.sends(page.orders["Papers"], "a.csv", b"1", **announced) == (413, "limit_exceeded")
    pieces = (b"x" * 1024 * 1024 for _ in range(101))
    assert ada.sends(page.orders["Papers"], "a.csv", pieces) == (413, "limit_exceeded")
    assert files(server) == before


def test_other_methods_are_refused(ada: Jar, page: Page) -> None:
    ada.ask("GET", "/_stcore/health")
    assert ada.ask("POST", "/_sojourn/files", b"1", X_Xsrftoken=ada.cookies[XSRF])[0] == 422


def test_memory_stays_flat_whatever_the_size(ada: Jar, page: Page, server: PageServer) -> None:
    def resident() -> int:
        said = Path(f"/proc/{server.pid}/status").read_text("utf-8")
        return int(said.partition("VmHWM:")[2].split()[0]) * 1024

    ada.sends(page.orders["Papers"], "small.csv", b"1")
    before = resident()
    pieces = (b"x" * 1024 * 1024 for _ in range(90))
    assert ada.sends(page.orders["Papers"], "large.csv", pieces)[0] == 204
    assert page.run().says("paper").startswith("large.csv 94371840")
    assert resident() - before < 30 * 1024 * 1024


def test_a_signed_out_device_sends_nothing_into_the_old_session(ada: Jar, page: Page) -> None:
    page.run("say")
    order = page.run().orders["Papers"]
    old = session(ada)
    visit = ada.server.outside.visit(ada.token)
    assert visit.device is not None
    visit.user.devices.revoke(visit.device.id)
    assert ada.sends(order, "a.csv", b"1") == (404, "not_found")
    assert old.files.list().items == []
