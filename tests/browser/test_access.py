"""Everybody can use it: axe finds nothing in any state, in either theme, wide and narrow."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect
from tests.browser.axe import violations
from tests.browser.conftest import Server
from tests.browser.person import Person

pytestmark = pytest.mark.browser

TEXT = "Spring tides occur at new and full moon.\n\nNeap tides occur at the quarters.\n" * 8


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(
    browser: Browser, server: Server, tmp_path: Path, scheme: str, width: int
) -> None:
    ada = Person(browser, server.url, color_scheme=scheme, viewport={"width": width, "height": 720})
    page = ada.page
    told: list[str] = []
    ada.opens()
    expect(page.get_by_text("Every answer links to the passages behind it")).to_be_visible()
    told += violations(ada, "greeting")

    (tmp_path / "tides.txt").write_text(TEXT)
    ada.adds(tmp_path / "tides.txt")
    ada.has_read(1)
    ada.asks("When do spring tides occur?")
    ada.answered(1)
    told += violations(ada, "thread")

    page.get_by_role("button", name="Source 1").first.click()
    expect(page.get_by_role("listitem", name="Cited passage 1")).to_be_visible()
    told += violations(ada, "passage")
    page.keyboard.press("Escape")

    def pane(name: str) -> None:
        """Opens a drawer where the pane is not always there."""
        if width < 768:
            page.get_by_role("button", name=name).first.click()

    pane("Sessions")
    page.get_by_role("button", name="Actions for When do spring").click()
    expect(page.get_by_role("menuitem", name="Rename")).to_be_visible()
    told += violations(ada, "menu")
    page.get_by_role("menuitem", name="Rename").click()
    expect(page.get_by_role("textbox", name="Title")).to_be_visible()
    told += violations(ada, "rename")
    page.keyboard.press("Escape")
    page.reload()
    expect(ada.log).to_contain_text("When do spring tides occur?")

    def refuse(route: Route) -> None:
        route.fulfill(
            status=503,
            content_type="application/problem+json",
            body=json.dumps(
                {"type": "about:blank#unavailable", "title": "The storage is busy.", "status": 503}
            ),
        )

    page.route("**/v1/sessions/me/*/messages*", refuse)
    page.reload()
    expect(page.get_by_text("The conversation could not be loaded")).to_be_visible()
    told += violations(ada, "error")
    page.unroute("**/v1/sessions/me/*/messages*")
    page.get_by_role("button", name="Try again").first.click()
    expect(ada.log).to_contain_text("When do spring tides occur?")

    ada.opens("/s/ses_00000000000000000000000000")
    page.wait_for_load_state("networkidle")
    told += violations(ada, "no such session")

    assert told == []
    assert ada.faults == []
