"""A Streamlit page in a process of its own, and a client that speaks to it as the browser does."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from sojourn import Sojourn

HERE = Path(__file__).parent
XSRF = "_streamlit_xsrf"
UVICORN = ("-m", "uvicorn", "--app-dir", str(HERE), "streamlit_page:app", "--no-access-log", "--port")


def streamlit_run(page: str, *options: str) -> tuple[str, ...]:
    """`streamlit run`, which finds out by itself whether the page has an App."""
    quiet = ("--server.headless=true", "--server.address=127.0.0.1", "--browser.gatherUsageStats=false")
    return ("-m", "streamlit", "run", str(HERE / page), *quiet, *options, "--server.port")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PageServer:
    """One page over one data folder; it can be killed and started again on the same port."""

    def __init__(self, folder: Path, command: tuple[str, ...] = UVICORN) -> None:
        self.store = f"sqlite:///{folder / 'data'}"
        self.signals = folder
        self.port = free_port()
        self.log: list[str] = []
        self._command = command
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SOJOURN_")},
            "STORE": self.store,
            "SIGNALS": str(folder),
        }
        self._process: subprocess.Popen[str] | None = None
        self._outside: Sojourn | None = None
        self._reader: threading.Thread | None = None
        self.sockets = contextlib.ExitStack()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def outside(self) -> Sojourn:
        """The store as another process has it."""
        self._outside = self._outside or Sojourn.open(self.store)
        return self._outside

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *self._command, str(self.port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self._environment,
        )
        said = self._process.stdout
        assert said is not None
        for line in said:
            self.log.append(line)
            if f"http://127.0.0.1:{self.port}" in line:
                break
        else:
            raise AssertionError("".join(self.log))
        self._reader = threading.Thread(target=self._read, args=(said,))
        self._reader.start()

    def _read(self, said: IO[str]) -> None:
        with said:
            self.log.extend(said)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)
        if self._outside is not None:
            self._outside.close()
            self._outside = None

    def _end(self, how: signal.Signals) -> None:
        self.sockets.close()
        if self._process is not None and self._reader is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._reader.join(60)
            self._process = None

    def browser(self, **cookies: str) -> "Jar":
        return Jar(self, dict(cookies))


class Jar:
    """One browser's cookies."""

    def __init__(self, server: PageServer, cookies: dict[str, str]) -> None:
        self.server = server
        self.cookies = cookies
        self.told: list[str] = []
        """Every Set-Cookie of the page's sockets."""

    @property
    def name(self) -> str:
        return f"sojourn-{self.server.outside.id[:6]}"

    @property
    def token(self) -> str | None:
        return self.cookies.get(self.name)

    @property
    def header(self) -> dict[str, str]:
        said = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": said} if said else {}

    def tab(self, base: str = "", **headers: str) -> "Page":
        return Page(self, base, headers)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        """A request as the page's script makes it."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            connection.request(method, path, body, {"Origin": self.server.url, **self.header, **said})
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("set-cookie") or ():
                self.take(cookie)
            return answer.status, answer.read()
        finally:
            connection.close()

    def sends(self, order: str, name: str, body: Any, **headers: str) -> tuple[int, str]:
        """A file, as the uploader sends it; the code of the problem, if there is one."""
        if XSRF not in self.cookies:
            self.ask("GET", "/_stcore/health")
        said = {"Sojourn_Order": order, "Sojourn_Name": quote(name), "X_Xsrftoken": self.cookies[XSRF]}
        status, answer = self.ask("PUT", "/_sojourn/files", body, **said | headers)
        return status, json.loads(answer)["code"] if answer else ""

    def take(self, cookie: str) -> None:
        name, _, rest = cookie.partition("=")
        self.cookies[name] = rest.partition(";")[0]
        self.told.append(cookie)


class Page:
    """One tab: its socket, and what its last run has shown."""

    def __init__(self, jar: Jar, base: str, headers: dict[str, str]) -> None:
        self.jar = jar
        address = f"ws://{headers.pop('host', '127.0.0.1')}:{jar.server.port}{base}/_stcore/stream"
        line = socket.create_connection(("127.0.0.1", jar.server.port))
        opening = connect(address, sock=line, additional_headers={**jar.header, **headers}, max_size=None)
        self.socket = jar.server.sockets.enter_context(opening)
        assert self.socket.response is not None
        self.answered = self.socket.response.headers
        for cookie in self.answered.get_all("set-cookie"):
            jar.take(cookie)
        self.widgets: dict[str, Any] = {}
        self.orders: dict[str, str] = {}
        self.texts: list[str] = []
        self.toasts: list[str] = []

    def run(self, do: str = "", wait: bool = True, **values: str) -> "Page":
        """Asks for a run, with the values of text inputs by their labels, and waits until it is done."""
        from streamlit.proto.BackMsg_pb2 import BackMsg  # heavy: only whoever speaks to a page pays for it

        message = BackMsg()
        message.rerun_script.query_string = f"do={do}" if do else ""
        for label, value in values.items():
            state = message.rerun_script.widget_states.widgets.add()
            state.id, state.string_value = self.widgets[label], value
        self.texts, self.toasts = [], []
        self.socket.send(message.SerializeToString())
        return self.done() if wait else self

    def done(self) -> "Page":
        """Waits for the end of the run."""
        return self.until(None)

    def until(self, text: str | None) -> "Page":
        """Waits until the run has shown this."""
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        while text not in self.texts:
            message = ForwardMsg()
            data = self.socket.recv(timeout=60)
            assert isinstance(data, bytes)
            message.ParseFromString(data)
            kind = message.WhichOneof("type")
            if kind == "delta":
                self._note(message.delta.new_element)
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                break
        return self

    def closed(self) -> int | None:
        """Waits until the server has ended the socket, and answers its code."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                self.socket.recv(timeout=60)
        return self.socket.close_code

    def _note(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        if kind == "markdown":
            self.texts.append(element.markdown.body)
        elif kind == "exception":
            self.texts.append(f"{element.exception.type}: {element.exception.message}")
        elif kind == "toast":
            self.toasts.append(element.toast.body)
        elif kind == "text_input":
            self.widgets[element.text_input.label] = element.text_input.id
            shown = element.text_input.value if element.text_input.set_value else element.text_input.default
            self.texts.append(f"{element.text_input.label} {shown}")
        elif kind == "bidi_component":
            data = re.search(r'"label": ?"(\w+)".*"order": ?"(\w+)"', element.bidi_component.json)
            assert data is not None, element.bidi_component.json
            self.orders[data[1]] = data[2]

    def says(self, start: str) -> str:
        found = [text for text in self.texts if text.startswith(start)]
        assert found, self.texts
        return found[-1].removeprefix(start).strip()

    @property
    def session(self) -> str:
        return self.says("session")

    @property
    def turns(self) -> str:
        return self.says("turns")

    def close(self) -> None:
        self.socket.close()
