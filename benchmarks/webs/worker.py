"""One web framework with one kind of session, in a process of its own: does what a line of JSON says.

`python worker.py MODULE:SITE FOLDER`. Runs in the environment of what the site is made of, so it needs
nothing but the standard library. A site is the function of that name in the module beside this one.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

HOST = "app.example"
Answer = dict[str, Any]


class Site(NamedTuple):
    """An app, and the same one without sessions. Its paths:

    `/untouched`, `/read`, `/write` · `/fill/KEYS/CHARS` · `/add/KEY` reads, waits 2 ms and sets one more ·
    `/sum` · and where there is such a thing `/incr/KEY`, `/alone/KEY`.
    """

    kind: str
    """`wsgi` or `asgi`."""
    base: Any
    app: Any


class Jar:
    """A browser's cookies, or those of all the tabs of one."""

    def __init__(self) -> None:
        self.pairs: dict[str, str] = {}

    @property
    def header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.pairs.items())

    def take(self, headers: list[tuple[str, str]]) -> None:
        for name, value in headers:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.pairs[key] = rest.partition(";")[0]


Told = tuple[int, list[tuple[str, str]], bytes]


def wsgi(app: Any, path: str, cookie: str) -> Told:
    said: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": HOST,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": HOST,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": sys.stdin.buffer,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if cookie:
        environ["HTTP_COOKIE"] = cookie
    body = app(environ, lambda status, headers, info=None: said.extend((status, headers)))
    try:
        text = b"".join(body)
    finally:
        if hasattr(body, "close"):
            body.close()
    return int(said[0][:3]), said[1], text


async def asgi(app: Any, path: str, cookie: str) -> Told:
    sent: list[Any] = []
    headers = [(b"host", HOST.encode())]
    if cookie:
        headers.append((b"cookie", cookie.encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": (HOST, 443),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    found = [(name.decode(), value.decode("latin-1")) for name, value in sent[0]["headers"]]
    return sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:])


class Bench:
    def __init__(self, site: Site) -> None:
        self.site = site

    async def ask(self, app: Any, path: str, jar: Jar) -> Told:
        """One request, and what it does to the jar. Raises where it was not answered 200."""
        told = wsgi(app, path, jar.header) if self.site.kind == "wsgi" else await asgi(app, path, jar.header)
        if told[0] != 200:
            raise RuntimeError(f"{path} answered {told[0]}: {told[2][:200]!r}")
        jar.take(told[1])
        return told

    async def overhead(self, *, keys: int, chars: int, rounds: int, calls: int, seconds: float) -> Answer:
        """Seconds a call by round, of the app and of the same without sessions, by turns.

        A path that takes longer than `seconds` has fewer rounds, but five.
        """
        jar = Jar()
        await self.ask(self.site.app, f"/fill/{keys}/{chars}", jar)
        taken: dict[str, list[float]] = {}
        for path in ("/untouched", "/read", "/write"):
            for _ in range(calls):  # warm
                await self.ask(self.site.base, path, Jar())
                await self.ask(self.site.app, path, jar)
            end = time.monotonic() + seconds
            for turn in range(rounds):
                if turn >= 5 and time.monotonic() > end:
                    break
                for name, app in (("base", self.site.base), ("app", self.site.app)):
                    before = time.perf_counter()
                    for _ in range(calls):
                        if self.site.kind == "wsgi":
                            told = wsgi(app, path, jar.header)
                        else:
                            told = await asgi(app, path, jar.header)
                    taken.setdefault(f"{name} {path}", []).append((time.perf_counter() - before) / calls)
                jar.take(told[1])
        return {"taken": taken, "cookie": len(jar.header)}

    async def lost(self, *, path: str, clients: int, times: int) -> Answer:
        """What becomes of `clients` tabs of one browser that each make `times` requests: what was
        answered, and how much of it is there after.
        """
        jar = Jar()
        app = self.site.app
        await self.ask(app, "/fill/1/10", jar)
        before = int((await self.ask(app, "/sum", jar))[2])
        statuses: Counter[int] = Counter()

        async def tab(number: int) -> None:
            for _ in range(times):
                at = path.format(client=number)
                if self.site.kind == "wsgi":
                    told = wsgi(app, at, jar.header)
                else:
                    told = await asgi(app, at, jar.header)
                statuses[told[0]] += 1
                jar.take(told[1])

        if self.site.kind == "wsgi":
            with ThreadPoolExecutor(clients) as pool:
                list(pool.map(lambda number: _driven(tab(number)), range(clients)))
        else:
            await asyncio.gather(*(tab(number) for number in range(clients)))
        after = int((await self.ask(app, "/sum", jar))[2])
        return {"kept": after - before, "answered": statuses[200], "refused": clients * times - statuses[200]}


def _driven(coroutine: Any) -> None:
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise RuntimeError("it suspended")


def site(name: str, folder: Path) -> Site:
    module, _, function = name.partition(":")
    build: Callable[[Path], Any] = getattr(import_module(module), function)
    return Site(*build(folder))


async def obey(bench: Bench, out: int) -> None:
    for line in sys.stdin:
        given = json.loads(line)
        try:
            answer = await getattr(bench, given.pop("do"))(**given)
        except Exception as problem:  # noqa: BLE001 - told to who asked
            told = (str(problem).splitlines() or [""])[0]
            answer = {"failed": f"{type(problem).__name__}: {told}"[:200]}
        os.write(out, json.dumps(answer).encode() + b"\n")


def main() -> None:
    name, folder = sys.argv[1], Path(sys.argv[2])
    if len(sys.argv) > 3:
        import uvicorn

        made = site(name, folder)
        app = made.base if sys.argv[4:] == ["base"] else made.app
        uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[3]), log_level="error", access_log=False)
        return
    only = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints is no answer
    asyncio.run(obey(Bench(site(name, folder)), only))


if __name__ == "__main__":
    main()
