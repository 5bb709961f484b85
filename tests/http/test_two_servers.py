"""Two servers on one data folder: a visitor may speak to either, and neither loses a thing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from tests.browser.conftest import Server


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
