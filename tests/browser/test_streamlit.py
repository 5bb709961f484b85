"""A Streamlit page as a person has it: what is there stays there, and is nobody else's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.person import Person
from tests.integrations.streamlit_server import PageServer, streamlit_run

pytestmark = pytest.mark.browser


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PageServer]:
    server = PageServer(tmp_path, streamlit_run("streamlit_page.py"))
    server.start()
    yield server
    server.stop()


def fills(page: Page, label: str, text: str) -> None:
    page.get_by_label(label).fill(text)
    page.get_by_label(label).press("Enter")


def shows(page: Page, text: str) -> None:
    expect(page.get_by_text(text)).to_be_visible()


def test_a_visit_outlives_reload_restart_and_sign_out(
    browser: Browser, server: PageServer, tmp_path: Path
) -> None:
    ada = Person(browser, server.url)
    ada.opens()
    shows(ada.page, "turns []")
    (cookie,) = (one for one in ada.context.cookies() if one["name"].startswith("sojourn-"))
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    assert "sojourn" not in ada.page.evaluate("document.cookie")

    # Files go where they stay; the uploader shows them, and what the page may not have it refuses.
    for name in ("tides.csv", "neap ü.txt", "run.exe"):
        (tmp_path / name).write_text("a,b\n1,2\n", "utf-8")
    papers = ada.page.get_by_label("Papers", exact=True)
    papers.set_input_files([tmp_path / "tides.csv", tmp_path / "neap ü.txt"])
    shows(ada.page, "paper tides.csv 8")
    shows(ada.page, "paper neap ü.txt 8")
    papers.set_input_files(tmp_path / "run.exe")
    expect(ada.page.get_by_role("alert").get_by_text("Only .csv, .txt can be sent here.")).to_be_visible()
    fills(ada.page, "Topic", "tides")
    ada.page.get_by_role("button", name="Say", exact=True).click()
    shows(ada.page, "turns ['hello']")

    ada.page.reload()
    shows(ada.page, "run 1")
    shows(ada.page, "turns ['hello']")
    expect(ada.page.get_by_label("Topic")).to_have_value("tides")
    listed = ada.page.get_by_role("list", name="Files: Papers").get_by_role("listitem")
    expect(listed).to_have_count(2)

    bob = Person(browser, server.url)
    bob.opens()
    shows(bob.page, "turns []")
    expect(bob.page.get_by_label("Topic")).to_have_value("")
    expect(bob.page.get_by_role("list", name="Files: Papers").get_by_role("listitem")).to_have_count(0)

    # Two tabs of one visitor: each changes its own, and both changes are kept.
    second = ada.context.new_page()
    second.goto(server.url)
    expect(second.get_by_label("Topic")).to_have_value("tides")
    fills(second, "Colour", "blue")
    fills(ada.page, "Topic", "spring tides")
    second.get_by_role("button", name="Remove tides.csv").click()
    expect(second.get_by_text("paper tides.csv")).to_have_count(0)
    second.reload()
    expect(second.get_by_label("Topic")).to_have_value("spring tides")
    expect(second.get_by_label("Colour")).to_have_value("blue")
    second.close()

    # The server dies and comes back; the page goes on where it was.
    server.kill()
    server.start()
    ada.page.get_by_role("button", name="Say", exact=True).click()
    shows(ada.page, f"server {server.pid}")
    shows(ada.page, "turns ['hello', 'hello']")
    expect(ada.page.get_by_label("Colour")).to_have_value("blue")
    shows(ada.page, "paper neap ü.txt 8")

    ada.page.get_by_role("button", name="Sign out").click()
    shows(ada.page, "turns []")
    (after,) = (one for one in ada.context.cookies() if one["name"] == cookie["name"])
    assert after["value"] != cookie["value"]
    ada.page.get_by_role("button", name="Say", exact=True).click()
    shows(ada.page, "turns ['hello']")
    ada.page.reload()
    shows(ada.page, "run 1")
    shows(ada.page, "turns ['hello']")
    assert ada.faults == bob.faults == []
