"""The chat endpoint, started once for a file."""

import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from tests.unit.chat_endpoint import Endpoint


@pytest.fixture(scope="module")
def server() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(endpoint.app, log_level="critical"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    endpoint.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    yield endpoint
    running.should_exit = True
    thread.join(20)
    listener.close()
    assert not thread.is_alive()


@pytest.fixture
def endpoint(server: Endpoint) -> Endpoint:
    server.pieces = []
    server.requests.clear()
    server.headers.clear()
    server.asked.clear()
    server.left.clear()
    return server
