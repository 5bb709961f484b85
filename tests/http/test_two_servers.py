"""Two servers on one data folder: a visitor may speak to either, and neither loses a thing."""

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from tests.browser.conftest import Server
from tests.http.resuming import begin, bring, far


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[Server]]:
    pair = [Server(tmp_path / "data"), Server(tmp_path / "data")]
    try:
        for server in pair:
            server.start()
        yield pair
    finally:
        for server in pair:
            server.stop()


def test_a_visitor_may_speak_to_either_and_nothing_is_lost(servers: list[Server]) -> None:
    with httpx2.Client() as ada, httpx2.Client() as bob:
        first, second = (server.url for server in servers)
        session = ada.post(f"{first}/v1/sessions/me", json={"title": "Tides"}).json()
        path = f"/v1/sessions/me/{session['id']}"
        assert ada.get(second + path).json()["title"] == "Tides"

        def send(number: int) -> int:
            url = servers[number % 2].url
            return ada.post(f"{url}{path}/messages", json={"text": f"number {number}"}).status_code

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(send, range(60))) == {201}
        for url in (first, second):
            messages = ada.get(f"{url}{path}/messages?limit=200").json()["items"]
            assert [message["seq"] for message in messages] == list(range(1, 61))
            assert {message["text"] for message in messages} == {f"number {n}" for n in range(60)}
        assert bob.get(second + path).status_code == 404

        ada.put(f"{first}{path}/files?name=tides.txt", content=b"Spring tides come at full moon.")
        assert ada.get(f"{second}{path}/files").json()["items"][0]["name"] == "tides.txt"
        assert ada.delete(f"{second}{path}?erase=true").json()["messages"] == 60
        assert ada.get(first + path).status_code == 410


def test_an_upload_goes_on_at_the_other_server_and_after_a_kill(servers: list[Server]) -> None:
    whole = hashlib.shake_128(b"tides").digest(40_000_000)
    with httpx2.Client(timeout=60) as ada:
        first, second = servers
        session = ada.post(f"{first.url}/v1/sessions/me", json={}).json()
        path = begin(ada, session["id"], len(whole), base=first.url)
        assert bring(ada, first.url + path, whole[:10_000_000], 0).status_code == 204
        assert far(ada, second.url + path) == 10_000_000
        answer = bring(ada, second.url + path, whole[10_000_000:12_000_000], 10_000_000)
        assert answer.headers["Upload-Offset"] == "12000000"

        def until_killed() -> Iterator[bytes]:
            yield whole[12_000_000:20_000_000]
            first.kill()
            yield whole[20_000_000:]

        with pytest.raises(httpx2.TransportError):
            bring(ada, first.url + path, until_killed(), 12_000_000)
        kept = far(ada, second.url + path)
        assert 12_000_000 <= kept <= 20_000_000
        first.start()
        assert far(ada, first.url + path) == kept
        half = kept + (len(whole) - kept) // 2
        assert bring(ada, first.url + path, whole[kept:half], kept).status_code == 204
        second.kill()
        second.start()
        assert far(ada, second.url + path) == half
        last = bring(ada, second.url + path, whole[half:], half)
        file_path = f"/v1/sessions/me/{session['id']}/files/{last.headers['Sojourn-File']}"
        assert ada.get(first.url + file_path).json()["digest"] == hashlib.sha256(whole).hexdigest()
        assert ada.get(f"{first.url}{file_path}/content").content == whole


def test_an_upload_that_is_killed_at_its_last_byte_is_whole_or_goes_on(servers: list[Server]) -> None:
    whole = hashlib.shake_128(b"ebb").digest(3_000_000)
    with httpx2.Client(timeout=60) as ada:
        first, second = servers
        session = ada.post(f"{first.url}/v1/sessions/me", json={}).json()
        for delay in range(5):
            path = begin(ada, session["id"], len(whole), base=first.url)
            killed = threading.Timer(delay * 0.006, first.kill)
            killed.start()
            with suppress(httpx2.TransportError):
                bring(ada, first.url + path, whole, 0)
            killed.join()
            kept = far(ada, second.url + path)
            last = bring(ada, second.url + path, whole[kept:], kept)
            assert last.status_code == 204
            file_path = f"/v1/sessions/me/{session['id']}/files/{last.headers['Sojourn-File']}"
            assert ada.get(second.url + file_path).json()["digest"] == hashlib.sha256(whole).hexdigest()
            first.start()
        record = ada.get(f"{first.url}/v1/sessions/me/{session['id']}").json()
        assert (record["file_count"], record["file_bytes"]) == (5, 5 * len(whole))
        uploads = ada.get(f"{first.url}/v1/sessions/me/{session['id']}/uploads").json()
        assert uploads["items"] == []
