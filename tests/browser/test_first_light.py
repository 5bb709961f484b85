"""A stranger's first day: upload, ask, close everything, come back to a restarted server.

Nobody else sees any of it.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request, expect
from tests.browser.conftest import Server
from tests.browser.material import book, report, stations
from tests.browser.person import Person

pytestmark = pytest.mark.browser

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "first-light.png"
"""Made anew when SOJOURN_PICTURES is set."""


def api_writes(requests: list[Request]) -> list[str]:
    return [f"{r.method} {r.url.split('/v1')[1]}" for r in requests if "/v1/" in r.url and r.method != "GET"]


def test_a_stranger_uploads_asks_leaves_and_finds_it_all_again(
    browser: Browser, server: Server, tmp_path: Path
) -> None:
    ada = Person(browser, server.url, viewport={"width": 1280, "height": 800}, device_scale_factor=2)
    ada.opens()
    expect(ada.page.get_by_text("Every answer links to the passages behind it")).to_be_visible()
    assert api_writes(ada.requests) == [], "looking makes nothing"
    assert ada.context.cookies() == []

    ada.adds(book(tmp_path), stations(tmp_path), report(tmp_path))
    expect(ada.files).to_have_count(3)
    assert api_writes(ada.requests)[0] == "POST /sessions/me"
    assert api_writes(ada.requests).count("POST /sessions/me") == 1
    for name in ("python-reference.txt", "stations.csv", "report.pdf"):
        expect(ada.files.filter(has_text=name)).to_contain_text("passages")
    ada.asks("When does an import raise ModuleNotFoundError?")
    ada.answered(1)
    first_source = ada.page.get_by_role("list", name="Sources").last.get_by_role("button").first
    expect(first_source).to_contain_text("python-reference.txt")
    first_source.click()
    passage = ada.page.get_by_role("complementary", name="Passage")
    expect(passage).to_contain_text("ImportError")
    expect(passage).to_contain_text("Page")
    expect(ada.log.get_by_role("blockquote").first).to_be_visible()
    if os.environ.get("SOJOURN_PICTURES"):
        PICTURE.parent.mkdir(exist_ok=True)
        ada.page.screenshot(path=PICTURE)

    ada.asks("Which station had a frozen gauge?")
    ada.answered(2)
    expect(ada.log).to_contain_text("S07342")
    session_path = ada.page.url.removeprefix(server.url)
    session_id = session_path.rsplit("/", 1)[1]

    bob = Person(browser, server.url)
    bob.opens()
    expect(bob.page.get_by_text("Sessions you start are kept here.")).to_be_visible()
    bob.asks("Is anybody here?")
    bob.answered(1)
    assert "python-reference" not in bob.page.inner_text("body")
    foreign, absent = (
        bob.gets(f"/v1/sessions/me/{session_id}"),
        bob.gets("/v1/sessions/me/ses_00000000000000000000000000"),
    )
    assert foreign == absent
    assert foreign[0] == 404
    bob.opens(session_path)
    expect(bob.page.get_by_role("heading", name="Conversation")).to_have_count(0)
    expect(bob.log).to_have_count(0)

    ada.asks("Where is slicing explained?")
    ada.answered(3)
    before = ada.gets(f"/v1/sessions/me/{session_id}/messages")[1]["items"]
    ada.asks("This one goes out while the server dies.")
    server.kill()
    kept = ada.leaves()
    server.start()

    again = Person(browser, server.url, state=kept, viewport={"width": 1280, "height": 800})
    again.opens()
    expect(again.log).to_contain_text("Where is slicing explained?")
    assert again.page.url.endswith(session_path), "the session that was open last is open again"
    after = again.gets(f"/v1/sessions/me/{session_id}/messages")[1]["items"]
    assert after[: len(before)] == before, "what was acknowledged stands, once, in order"
    expect(again.files).to_have_count(3)
    again.asks("And what did Ada ask about the gauge?")
    expect(again.page.get_by_role("button", name="Send")).to_be_visible()
    for person in (ada, bob, again):
        assert [r.url for r in person.requests if not r.url.startswith((server.url, "blob:", "data:"))] == []
        assert person.faults == []


def test_a_session_is_renamed_deleted_brought_back_and_switched(browser: Browser, server: Server) -> None:
    ada = Person(browser, server.url)
    ada.opens()
    for question in ("The first of two", "The second of two"):
        ada.page.get_by_role("link", name="New session").or_(
            ada.page.get_by_role("button", name="New session")
        ).first.click()
        ada.asks(question)
        ada.answered(1)
    row = ada.sessions.get_by_role("link", name="The first of two")
    row.click()
    expect(ada.log).to_contain_text("The first of two")
    expect(row).to_have_attribute("aria-current", "page")

    ada.page.get_by_role("button", name="Actions for The first of two").click()
    ada.page.get_by_role("menuitem", name="Rename").click()
    ada.page.get_by_role("textbox", name="Title").fill("Tides of March")
    ada.page.get_by_role("button", name="Save").click()
    expect(ada.sessions.get_by_role("link", name="Tides of March")).to_be_visible()

    ada.page.get_by_role("button", name="Actions for Tides of March").click()
    ada.page.get_by_role("menuitem", name="Delete").click()
    expect(ada.sessions.get_by_role("link", name="Tides of March")).to_have_count(0)
    ada.page.get_by_role("button", name="Undo").click()
    expect(ada.sessions.get_by_role("link", name="Tides of March")).to_be_visible()
    assert ada.faults == []


def test_the_same_person_on_a_second_page_sees_the_same(browser: Browser, server: Server) -> None:
    ada = Person(browser, server.url)
    ada.opens()
    ada.asks("Here on the first page")
    ada.answered(1)
    second = ada.context.new_page()
    second.goto(ada.page.url)
    expect(second.get_by_role("log", name="Conversation")).to_contain_text("Here on the first page")
