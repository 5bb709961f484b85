"""Stands between sojourn and the object store, and spoils what it is told to. Signatures stay as they are."""

import threading
from collections import Counter
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

How = Literal["500", "503", "403", "lost", "late", "short", "flipped"]
"""Statuses answer in the store's place. The others ask the store first: `lost` then says nothing, `late` says
nothing for longer than anybody waits, `short` ends in the middle, `flipped` changes a byte.
"""
_CODES = {"500": "InternalError", "503": "SlowDown", "403": "AccessDenied"}
_HOP = {"connection", "keep-alive", "transfer-encoding"}


class Rule(NamedTuple):
    how: How
    method: str
    within: str
    """Part of the path of what it concerns."""
    skip: int
    times: int


class Proxy:
    def __init__(self, endpoint: str) -> None:
        self._behind = urlsplit(endpoint).netloc
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self.seen: list[tuple[str, str]] = []
        self.spoilt: Counter[str] = Counter()
        self.ended = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer._pass(self)

            do_PUT = do_POST = do_DELETE = do_HEAD = do_GET  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def spoil(self, how: How, method: str, within: str = "", *, skip: int = 0, times: int = 1) -> None:
        """The next `times` requests of this kind, after `skip` of them."""
        with self._lock:
            self._rules.append(Rule(how, method, within, skip, times))

    def heal(self) -> None:
        with self._lock:
            self._rules.clear()

    def close(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _how(self, method: str, path: str) -> How | None:
        with self._lock:
            self.seen.append((method, path))
            for index, rule in enumerate(self._rules):
                if rule.method == method and rule.within in path:
                    if rule.skip:
                        self._rules[index] = rule._replace(skip=rule.skip - 1)
                        continue
                    self._rules[index] = rule._replace(times=rule.times - 1)
                    if rule.times == 1:
                        del self._rules[index]
                    self.spoilt[rule.how] += 1
                    return rule.how
        return None

    def _pass(self, asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers.get("Content-Length", 0)))
        how = self._how(asked.command, asked.path)
        if how in _CODES:
            said = f"<Error><Code>{_CODES[how]}</Code><AWSAccessKeyId>sojournkey</AWSAccessKeyId></Error>"
            _answer(asked, int(how), {"Content-Type": "application/xml"}, said.encode())
            return
        behind = HTTPConnection(self._behind, timeout=30)
        try:
            behind.request(asked.command, asked.path, body, dict(asked.headers))
            found = behind.getresponse()
            content = found.read()
            headers = {name: value for name, value in found.getheaders() if name.lower() not in _HOP}
        finally:
            behind.close()
        if how == "late":
            self.ended.wait(30)
        if how in ("late", "lost"):
            asked.close_connection = True
            return
        if how == "flipped":
            content = bytes([content[0] ^ 1]) + content[1:]
        _answer(asked, found.status, headers, content, short=how == "short")


def _answer(
    asked: BaseHTTPRequestHandler,
    status: int,
    headers: dict[str, str],
    content: bytes,
    *,
    short: bool = False,
) -> None:
    asked.send_response_only(status)
    for name, value in headers.items():
        if name.lower() != "content-length":
            asked.send_header(name, value)
    length = headers.get("Content-Length", "0") if asked.command == "HEAD" else str(len(content))
    asked.send_header("Content-Length", length)
    asked.end_headers()
    if asked.command != "HEAD":
        asked.wfile.write(content[: len(content) // 2] if short else content)
    if short:
        asked.close_connection = True
