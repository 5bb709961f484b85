"""The files of a session: seen, deleted and had back, unpacked, and uploaded through all that happens."""

import hashlib
import random
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.browser.axe import violations
from tests.browser.conftest import Server
from tests.browser.material import archive, pictures
from tests.browser.person import PATIENCE, Person

pytestmark = pytest.mark.browser

WORDS = "Spring tides occur at new and full moon.\n" * 20


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def noise(size: int) -> bytes:
    """Bytes that do not pack."""
    return random.Random(size).randbytes(size)


class Held:
    """What a page asks for at an address, held until it is let go."""

    def __init__(self, page: Page, address: str) -> None:
        self._held: list[Route] | None = []
        page.route(address, self._ask)

    def _ask(self, route: Route) -> None:
        if self._held is None:
            route.continue_()
        else:
            self._held.append(route)

    def let_go(self) -> None:
        held, self._held = self._held, None
        for route in held or ():
            route.continue_()


def test_pictures_stand_in_a_gallery_that_never_jumps_and_are_gone_through_by_keyboard(
    browser: Browser, lasting: Server, tmp_path: Path
) -> None:
    ada = Person(browser, lasting.url, viewport={"width": 1280, "height": 800})
    page = ada.page
    made = pictures(tmp_path, 6)
    ada.opens()
    for path in made:
        ada.adds(path)
        expect(ada.files.filter(has_text=path.name)).to_be_visible()

    thumbnails = Held(page, "**/thumbnail*")
    ada.looks_at("Pictures")
    expect(ada.pictures).to_have_count(6)
    before = [picture.bounding_box() for picture in ada.pictures.all()]
    thumbnails.let_go()
    expect(ada.pictures.first).to_have_js_property("complete", True)
    page.wait_for_load_state("networkidle")
    assert [picture.bounding_box() for picture in ada.pictures.all()] == before

    viewer = page.get_by_role("dialog", name="Picture viewer")
    shown = viewer.get_by_role("img")
    page.get_by_role("button", name="shore-01.jpg").press("Enter")
    expect(shown).to_have_attribute("alt", "shore-01.jpg")
    expect(viewer).to_contain_text("2 of 6 · 400 × 600")
    for key, name in [
        ("ArrowRight", "shore-02.jpg"),
        ("ArrowLeft", "shore-01.jpg"),
        ("End", "shore-05.jpg"),
        ("ArrowRight", "shore-05.jpg"),
        ("Home", "shore-00.jpg"),
        ("ArrowLeft", "shore-00.jpg"),
        ("ArrowRight", "shore-01.jpg"),
        ("ArrowRight", "shore-02.jpg"),
    ]:
        page.keyboard.press(key)
        expect(shown).to_have_attribute("alt", name)
    expect(viewer.get_by_role("link", name="Download shore-02.jpg")).to_have_attribute(
        "download", "shore-02.jpg"
    )
    for _ in range(12):
        page.keyboard.press("Tab")
        inside = "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        assert page.evaluate(inside), "the focus stays in the viewer"
    page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    expect(page.get_by_role("button", name="shore-02.jpg")).to_be_focused()
    assert ada.faults == []


def test_all_that_is_known_of_a_file_stands_on_its_page_and_a_deleted_one_comes_back(
    browser: Browser, lasting: Server, tmp_path: Path
) -> None:
    ada = Person(browser, lasting.url, permissions=["clipboard-read", "clipboard-write"])
    page = ada.page
    (picture,) = pictures(tmp_path, 1)
    (tmp_path / "tides.txt").write_text(WORDS)
    ada.opens()
    ada.adds(picture, tmp_path / "tides.txt")
    expect(ada.files).to_have_count(2)

    page.get_by_role("button", name="shore-00.jpg", exact=True).click()
    panel = page.get_by_role("complementary", name="File")
    for fact in ("JPEG image/jpeg", "600 × 400 pixels", f"{picture.stat().st_size:,} bytes", sha256(picture)):
        expect(panel).to_contain_text(fact)
    panel.get_by_role("button", name="Copy the SHA-256").click()
    assert page.evaluate("navigator.clipboard.readText()") == sha256(picture)
    panel.get_by_role("button", name="Show shore-00.jpg").click()
    expect(page.get_by_role("dialog").get_by_role("img", name="shore-00.jpg")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="shore-00.jpg", exact=True)).to_be_focused()

    ada.files.filter(has_text="tides.txt").get_by_role("button", name="Delete tides.txt").click()
    expect(ada.files).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(ada.files).to_have_count(2)
    expect(ada.files.filter(has_text="tides.txt")).to_contain_text("passage")

    for name in ("tides.txt", "shore-00.jpg"):
        page.get_by_role("button", name=f"Delete {name}").click()
        expect(page.get_by_text(f"“{name}” was deleted.")).to_be_visible()
    expect(page.get_by_text("No files yet")).to_be_visible()
    ada.looks_at("Trash")
    expect(ada.deleted).to_have_count(2)
    page.get_by_role("button", name="Restore shore-00.jpg").click()
    expect(ada.deleted).to_have_count(1)
    page.get_by_role("button", name="Erase tides.txt for good").click()
    page.get_by_role("button", name="Erase for good", exact=True).click()
    expect(page.get_by_text("The trash is empty")).to_be_visible()
    page.reload()
    expect(ada.files).to_have_count(1)
    expect(ada.files).to_contain_text("shore-00.jpg")
    assert ada.faults == []


def test_an_archive_is_unpacked_with_a_report_or_refused_with_reasons_and_nothing_kept(
    browser: Browser, lasting: Server, tmp_path: Path
) -> None:
    ada = Person(browser, lasting.url)
    page = ada.page
    photos = {f"trip/{path.name}": path.read_bytes() for path in pictures(tmp_path, 3)}
    whole = archive(tmp_path, "photos.zip", {**photos, "notes.txt": WORDS.encode()})
    odd = archive(tmp_path, "odd.zip", {"fine.txt": b"fine", "../../evil.txt": b"evil", "trip/": b""})
    bomb = archive(tmp_path, "bomb.zip", {"zeros.bin": bytes(60_000_000)})
    ada.opens()
    ada.adds(whole, odd, bomb)
    expect(ada.files).to_have_count(3)

    def report(name: str) -> list[str]:
        ada.archive(name).get_by_role("button", name="Report").click()
        told = page.get_by_role("dialog", name=f"Report on {name}").inner_text().splitlines()
        page.keyboard.press("Escape")
        return told

    for path in (whole, odd, bomb):
        ada.archive(path.name).get_by_role("button", name="Unpack").click()
    expect(ada.archive("photos.zip")).to_contain_text("4 files taken out of photos.zip.")
    expect(ada.archive("odd.zip")).to_contain_text("odd.zip was not unpacked, and nothing of it was kept.")
    expect(ada.archive("bomb.zip")).to_contain_text("nothing of it was kept")
    expect(ada.files).to_have_count(7)
    assert {"4 files kept.", "trip/shore-00.jpg", "notes.txt"} <= set(report("photos.zip"))
    told = report("odd.zip")
    assert "Its name could lead out of the archive, or has signs that no name may have." in told
    assert "fine.txt" not in told
    assert any("grow far beyond its packed size" in line for line in report("bomb.zip"))

    ada.archive("odd.zip").get_by_role("button", name="Report").click()
    page.get_by_role("button", name="Keep the others").click()
    expect(ada.archive("odd.zip")).to_contain_text("1 file taken out of odd.zip, 1 refused.")
    assert "This is a folder." in report("odd.zip")
    expect(ada.files).to_have_count(8)
    for name in ("photos.zip", "odd.zip", "bomb.zip"):
        ada.archive(name).get_by_role("button", name=f"Dismiss {name}").click()
    expect(page.locator("[data-unpacking]")).to_have_count(0)
    assert ada.faults == []


def test_an_archive_that_is_left_while_it_is_unpacked_leaves_nothing(
    browser: Browser, lasting: Server, tmp_path: Path
) -> None:
    ada = Person(browser, lasting.url)
    large = archive(tmp_path, "large.zip", {f"{number}.bin": noise(30_000) for number in range(900)})
    ada.opens()
    ada.adds(large)
    ada.archive("large.zip").get_by_role("button", name="Unpack").click()
    expect(ada.archive("large.zip")).to_contain_text("of 900 files")
    ada.archive("large.zip").get_by_role("button", name="Stop unpacking large.zip").click()
    expect(ada.archive("large.zip")).to_have_count(0)
    session = ada.gets("/v1/me")[1]["session_id"]
    end = time.monotonic() + PATIENCE / 1000
    while ada.gets(f"/v1/sessions/me/{session}")[1]["file_count"] > 1 and time.monotonic() < end:
        ada.page.wait_for_timeout(100)
    expect(ada.files).to_have_count(1)
    expect(ada.files).to_contain_text("large.zip")


def test_a_newcomer_drops_pictures_and_an_archive_and_nothing_that_happens_loses_any(
    browser: Browser, lasting: Server, tmp_path: Path
) -> None:
    ada = Person(browser, lasting.url)
    page = ada.page
    made = pictures(tmp_path, 30)
    made.append(archive(tmp_path, "trip.zip", {"noise.bin": noise(9_000_000)}))
    assert made[-1].stat().st_size > 8_388_608
    ada.opens()
    line = ada.context.new_cdp_session(page)
    line.send("Network.enable")
    slow = {"offline": False, "latency": 5, "downloadThroughput": -1, "uploadThroughput": 6_000_000}
    line.send("Network.emulateNetworkConditions", slow)
    ada.drops(made)
    expect(page).to_have_url(re.compile("/s/ses_"))
    session = ada.gets("/v1/me")[1]["session_id"]
    uploads = f"/v1/sessions/me/{session}/uploads"

    def arrived() -> int:
        return next((u["received"] for u in ada.gets(uploads)[1]["items"] if u["name"] == "trip.zip"), 0)

    with page.expect_request(lambda r: r.method == "PATCH" and r.headers["upload-offset"] != "0"):
        pass
    page.get_by_role("button", name="Pause all").click()
    expect(page.get_by_text("Paused, ")).to_be_visible()
    received = arrived()
    assert 0 < received < made[-1].stat().st_size

    ada.requests.clear()
    page.reload()
    row = ada.uploads.filter(has_text="trip.zip")
    expect(row).to_contain_text("Paused")
    assert [r.url for r in ada.requests if r.method == "PATCH"] == [], "what was paused stays so"
    line.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    row.get_by_role("button", name="Resume the upload of trip.zip").click()
    expect(page.locator("[data-upload]")).to_have_count(0)
    first = next(r for r in ada.requests if r.method == "PATCH")
    assert int(first.headers["upload-offset"]) >= received, "nothing is sent twice"

    kept = ada.gets(f"/v1/sessions/me/{session}/files?limit=100")[1]["items"]
    assert {file["name"]: file["digest"] for file in kept} == {path.name: sha256(path) for path in made}
    assert len(kept) == 31
    databases = "indexedDB.databases().then(all => all.map(each => each.name))"
    assert page.evaluate(databases) == ["sojourn-uploads"]
    assert page.evaluate(HELD) == 0, "the browser keeps no copy once all is there"

    bob = Person(browser, lasting.url)
    bob.opens(f"/s/{session}")
    expect(bob.page.get_by_text("There is no session here")).to_be_visible()
    assert bob.gets(uploads)[0] == 404
    assert "shore-" not in bob.page.inner_text("body")
    assert ada.faults == []
    assert bob.faults == []


HELD = """new Promise((resolve) => {
    const request = indexedDB.open("sojourn-uploads");
    request.onsuccess = () => {
        const count = request.result.transaction("bytes").objectStore("bytes").count();
        count.onsuccess = () => { request.result.close(); resolve(count.result); };
    };
})"""


def test_uploads_go_on_by_themselves_after_a_reload_and_after_the_server_was_gone(
    browser: Browser, server: Server, tmp_path: Path
) -> None:
    ada = Person(browser, server.url)
    page = ada.page
    made = pictures(tmp_path, 12)
    ada.opens()
    ada.adds(made[0])
    expect(ada.files).to_have_count(1)
    server.kill()
    ada.adds(*made[1:])
    expect(page.get_by_text("The connection is lost.")).to_be_visible()
    expect(ada.uploads).to_have_count(11)
    expect(page.get_by_text("The connection is lost.")).to_be_visible()
    server.start()
    page.reload()
    expect(ada.files).to_have_count(12)
    expect(page.locator("[data-upload]")).to_have_count(0)
    session = ada.gets("/v1/me")[1]["session_id"]
    kept = ada.gets(f"/v1/sessions/me/{session}/files")[1]["items"]
    assert sorted(file["digest"] for file in kept) == sorted(map(sha256, made))


def test_each_file_that_cannot_be_kept_says_why_and_the_others_arrive(
    browser: Browser, lasting: Server, tmp_path: Path
) -> None:
    ada = Person(browser, lasting.url)
    page = ada.page
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "tides.txt").write_text(WORDS)
    ada.opens()
    ada.adds(tmp_path / "empty.txt", tmp_path / "tides.txt")
    expect(ada.uploads).to_have_count(1)
    expect(ada.uploads).to_contain_text("This file is empty: there is nothing to keep.")
    expect(ada.files).to_have_count(1)
    page.get_by_role("button", name="Dismiss empty.txt").click()
    expect(page.locator("[data-upload]")).to_have_count(0)


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 1280)])
def test_axe_finds_nothing_in_any_state_of_the_files(
    browser: Browser, lasting: Server, tmp_path: Path, scheme: str, width: int
) -> None:
    ada = Person(browser, lasting.url, color_scheme=scheme, viewport={"width": width, "height": 720})
    page = ada.page
    told: list[str] = []
    odd = archive(tmp_path, "odd.zip", {"fine.txt": b"fine", "../../evil.txt": b"evil"})
    (tmp_path / "empty.txt").write_bytes(b"")
    bytes_ = Held(page, "**/uploads/*")
    ada.opens()
    ada.adds(*pictures(tmp_path, 5), odd, tmp_path / "empty.txt")
    page.get_by_role("button", name="Pause the upload of shore-04.jpg").click()
    expect(ada.uploads.filter(has_text="Paused")).to_have_count(1)
    told += violations(ada, "uploading")
    bytes_.let_go()
    page.get_by_role("button", name="Resume the upload of shore-04.jpg").click()
    page.get_by_role("button", name="Dismiss empty.txt").click()
    expect(page.locator("[data-upload]")).to_have_count(0)
    told += violations(ada, "an archive")
    ada.archive("odd.zip").get_by_role("button", name="Unpack").click()
    ada.archive("odd.zip").get_by_role("button", name="Report").click()
    told += violations(ada, "report")
    page.keyboard.press("Escape")

    ada.looks_at("All")
    told += violations(ada, "list")
    page.get_by_role("tab", name="Pictures").click()
    page.wait_for_load_state("networkidle")
    told += violations(ada, "gallery")
    page.get_by_role("button", name="shore-01.jpg").click()
    told += violations(ada, "viewer")
    page.get_by_role("button", name="Details of shore-01.jpg").click()
    told += violations(ada, "file")
    page.get_by_role("complementary", name="File").get_by_role("button", name="Delete").click()
    ada.looks_at("Trash")
    expect(ada.deleted).to_have_count(1)
    told += violations(ada, "trash")
    page.get_by_role("button", name="Erase shore-01.jpg for good").click()
    told += violations(ada, "erase")
    assert told == []
    assert ada.faults == []
