"""The tabs of a Streamlit app: a cookie when a socket opens, and the visitor's session in its scripts.

Streamlit runs a script in a thread of its own, where nothing that a middleware has set can be seen. What
can be seen there is the headers of the socket: one of them names the tab, by a word that nobody can guess.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import Literal
from weakref import WeakValueDictionary

import streamlit as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.scriptrunner import get_script_run_ctx

from sojourn.aio import AsyncSojourn
from sojourn.core import promises
from sojourn.errors import ConfigError, SojournError
from sojourn.integrations.current import current_mapping, here
from sojourn.integrations.host import Brought, Host
from sojourn.integrations.mapping import SessionMapping
from sojourn.integrations.presence import Presence
from sojourn.integrations.streamlit_upload import ROUTE, take_file
from sojourn.integrations.tab import Run, Tab
from sojourn.integrations.visit import Policy
from sojourn.sync import Sojourn

STREAM = "/_stcore/stream"
HEADER = "sojourn-tab"
TOKEN = "sojourn.token"
"""Where a tab without a cookie keeps its token: in `st.session_state`, which ends with the tab."""

TAB_ONLY = (
    "This page was not started through sojourn's App, so no cookie can be set: what it keeps belongs to this "
    "browser tab, and cannot be found again after a reload. app = st.App(__file__, **streamlit.app(store)) "
    "makes it stay."
)

log = logging.getLogger("sojourn")

_RESTART = 1012
_open: WeakValueDictionary[str, Tab] = WeakValueDictionary()
"""The open tabs of this process: what the header names. The middleware holds each one while it is open."""


class Tabs:
    """Inside of `SojournMiddleware`: promises each socket a cookie, and lets its scripts know whose it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"].endswith(STREAM):
            await self._open(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].endswith(ROUTE):
            await take_file(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _open(self, scope: Scope, receive: Receive, send: Send) -> None:
        presence: Presence = scope["session"].presence
        loop, end = asyncio.get_running_loop(), asyncio.Event()

        async def hear() -> Message:
            return await _first(receive, end)

        name = secrets.token_urlsafe(32)
        tab = _promised(presence, lambda: loop.call_soon_threadsafe(end.set))
        _open[name] = tab
        said = [pair for pair in scope["headers"] if pair[0] != HEADER.encode()]
        headers = [*said, (HEADER.encode(), name.encode())]
        try:
            await self.app({**scope, "headers": headers}, hear, send)
            if end.is_set():
                presence.leave(dead=True)
                await send({"type": "websocket.close", "code": _RESTART})
        finally:
            del _open[name]
            tab.closed.set()


def _promised(presence: Presence, leave: Callable[[], object]) -> Tab:
    """The tab of a socket, whose cookie goes out as it opens; where none may go, the tab tells why."""
    try:
        presence.promise()
    except SojournError as trouble:
        return Tab(presence.host, None, trouble=trouble)
    agent = (presence.arrival.headers.get("user-agent") or [""])[0]
    return Tab(presence.host, presence.token, agent=agent, leave=leave)


async def _first(receive: Receive, end: asyncio.Event) -> Message:
    """What comes next, or that the socket is to end."""
    told, ended = asyncio.ensure_future(receive()), asyncio.ensure_future(end.wait())
    try:
        await asyncio.wait((told, ended), return_when=asyncio.FIRST_COMPLETED)
        return told.result() if told.done() else {"type": "websocket.disconnect", "code": _RESTART}
    finally:
        told.cancel()
        ended.cancel()


# -- in a script ----------------------------------------------------------------------------------


def tab() -> Tab | None:
    """The tab this script runs for; None outside a script, and in an app without sojourn in it."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    name = st.context.headers.get(HEADER)
    return None if name is None else _open.get(name)


def found() -> SessionMapping | None:
    """The session's state in this run; None as above.

    A tab whose device was signed out is nobody's: its script stops here, and the browser comes back at
    once as a newcomer.
    """
    opened, run = tab(), get_script_run_ctx(suppress_warning=True)
    if opened is None or run is None:
        return None
    mapping = opened.enter(run.cursors)
    if mapping is None:
        opened.leave()
        st.stop()
    here.set(mapping)
    return mapping


def entered(store: Sojourn | AsyncSojourn | None, policy: Policy | None) -> SessionMapping:
    """The session's state in this run, also where nothing but the tab can carry it.

    Raises `ConfigError` for a script without sojourn's App and without a store, and `RuntimeError` in
    a thread that was not started with a copy of a script's context.
    """
    mapping = found()
    run = get_script_run_ctx(suppress_warning=True)
    if mapping is not None:
        return mapping
    if run is None:
        return current_mapping()
    before = here.get()
    if before is not None and (store is None or before.presence.raw is run.cursors):
        return before
    if store is None:
        raise ConfigError(f"{TAB_ONLY} For a session of the tab alone, give the store: current(store).")
    mapping = _tab_alone(Host(store, _of_context, policy=policy), run.cursors)
    here.set(mapping)
    return mapping


def persists() -> bool:
    """Whether the visitor's session outlives this tab, for a page that wants to say so."""
    return TOKEN not in st.session_state


def _tab_alone(host: Host, key: object) -> SessionMapping:
    """Whoever has a cookie of the store's on this host is known by it; else the token stays in the tab."""
    token = st.session_state.get(TOKEN) or _from_cookie(host)
    if token is None or Run(host, token, "").over:
        token = st.session_state[TOKEN] = promises.make(host.records.sign, host.clock.now())
        _say_once()
    run = Run(host, token, st.context.headers.get("user-agent", ""))
    run.raw = key
    return SessionMapping(run)


def _from_cookie(host: Host) -> str | None:
    presence = Presence(host, None)
    try:
        presence.look()
    except SojournError:
        return None
    return presence.token


def _of_context(raw: object) -> Brought:
    """What Streamlit lets a script see of its socket."""
    headers = [
        (name.lower(), value) for name in st.context.headers for value in st.context.headers.get_all(name)
    ]
    scheme: Literal["https", "http"] = "https" if (st.context.url or "").startswith("https:") else "http"
    return scheme, st.context.ip_address or "127.0.0.1", headers


@st.cache_resource(show_spinner=False)
def _say_once() -> None:
    log.warning("%s", TAB_ONLY)
