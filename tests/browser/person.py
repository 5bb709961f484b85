"""What a person does on the page, in the words that the page itself uses."""

import base64
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect

PATIENCE = 12_000
"""Milliseconds: a slow machine is no failure."""


class Person:
    """One browser profile with one page open. Everything it asks for is noted."""

    def __init__(self, browser: Browser, url: str, *, state: Any = None, **options: Any) -> None:
        self.url = url
        self.context: BrowserContext = browser.new_context(storage_state=state, **options)
        self.context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        self.requests: list[Request] = []
        self.faults: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.on("request", lambda request: self.requests.append(request))  # noqa: PLW0108
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._note)

    def _note(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            self.faults.append(message.text)

    def opens(self, path: str = "/") -> None:
        self.page.goto(self.url + path)

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log", name="Conversation")

    @property
    def composer(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message")

    @property
    def sessions(self) -> Locator:
        return self.page.get_by_role("navigation", name="Sessions")

    @property
    def files(self) -> Locator:
        return self.page.get_by_role("list", name="Files of this session").get_by_role("listitem")

    @property
    def pictures(self) -> Locator:
        return self.page.get_by_role("list", name="Pictures of this session").get_by_role("img")

    @property
    def deleted(self) -> Locator:
        return self.page.get_by_role("list", name="Deleted files").get_by_role("listitem")

    @property
    def uploads(self) -> Locator:
        """The files that are on their way, or did not arrive."""
        return self.page.get_by_role("list", name="Uploads").get_by_role("listitem")

    def archive(self, name: str) -> Locator:
        """What the page says of an archive that may be unpacked."""
        return self.page.locator("[data-unpacking]").filter(has_text=name)

    def looks_at(self, view: str) -> None:
        """Goes to a view of the files: All, Pictures or Trash."""
        drawer = self.page.get_by_role("button", name="Show files")
        if drawer.is_visible() and not self.page.get_by_role("tab").first.is_visible():
            drawer.click()
        self.page.get_by_role("tab", name=view).click()

    def asks(self, text: str) -> None:
        self.composer.fill(text)
        self.composer.press("Enter")

    def answered(self, times: int) -> None:
        """Waits until so many answers stand whole."""
        expect(self.log.get_by_text("Search answers")).to_have_count(times)
        expect(self.page.get_by_role("button", name="Send")).to_be_visible()

    def adds(self, *paths: Path) -> None:
        self.page.locator("input[type=file]").first.set_input_files([str(path) for path in paths])

    def drops(self, paths: list[Path]) -> None:
        """Lets go of files over the page, all at once."""
        files = [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in paths]
        held = self.page.evaluate_handle(
            """files => {
                const held = new DataTransfer();
                for (const [name, text] of files) {
                    const bytes = Uint8Array.from(atob(text), sign => sign.charCodeAt(0));
                    held.items.add(new File([bytes], name));
                }
                return held;
            }""",
            files,
        )
        self.page.dispatch_event("main", "drop", {"dataTransfer": held})

    def has_read(self, files: int) -> None:
        """Waits until so many files of the session have their words."""
        end = time.monotonic() + PATIENCE / 1000
        while time.monotonic() < end:
            session = self.gets("/v1/me")[1]["session_id"]
            if session is not None:
                items = self.gets(f"/v1/sessions/me/{session}/files")[1]["items"]
                if [file["text"] for file in items] == ["ready"] * files:
                    return
            self.page.wait_for_timeout(100)
        raise AssertionError("the files were not read in time")

    def says(self) -> list[str]:
        """What the log shows, line by line."""
        return self.log.inner_text().splitlines()

    def gets(self, path: str) -> tuple[int, Any]:
        """Status and JSON of an API call with the page's own cookie."""
        answer = self.context.request.get(self.url + path)
        return answer.status, answer.json()

    def leaves(self) -> Any:
        """Closes everything; answers what the browser keeps for the next time."""
        state = self.context.storage_state()
        self.context.close()
        return state
