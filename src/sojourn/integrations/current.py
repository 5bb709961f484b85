"""The one context variable: whose request this is.

An integration sets it for each request, socket or script run. A thread or task that is started with
a copy of the context (`contextvars.copy_context().run`, `asyncio.create_task`) has it too; a bare
thread does not, and is told so.
"""

import sys
from contextvars import ContextVar

from sojourn.aio import AsyncSession, AsyncVisit
from sojourn.integrations.handles import AsyncHandles, Handles
from sojourn.integrations.mapping import SessionMapping
from sojourn.sync import Session, Visit

here: ContextVar[SessionMapping | None] = ContextVar("sojourn", default=None)

_NOBODY = (
    "There is no current session here: this is no request of an app with sojourn in it. In a thread of your "
    "own, start it with contextvars.copy_context().run, or hand it the session."
)


def current_mapping() -> SessionMapping:
    """The state of the current session, as frameworks have it. Raises `RuntimeError` where there is none."""
    found = _of_script()
    found = here.get() if found is None else found
    if found is None:
        raise RuntimeError(_NOBODY)
    return found


def _of_script() -> SessionMapping | None:
    """Where Streamlit runs a script: in a thread of its own, before which nobody could set anything."""
    tabs = sys.modules.get("sojourn.integrations.streamlit_tabs")
    return None if tabs is None else tabs.found()


def current_session() -> Session:
    """The session that the visitor of this request is in.

    A visitor without one gets a handle that reads as empty; what it first writes makes the session.
    After the answer's headers a newcomer's first write raises `SessionNotStarted`. Raises
    `RuntimeError` outside a request, and in a thread that was not started with a copy of its context.
    """
    return Handles(current_mapping()).session()


def current_async_session() -> AsyncSession:
    """The same, to be awaited."""
    return AsyncHandles(current_mapping()).session()


def current_visit() -> Visit:
    """Who is here: the user, the device, `switch`, `rotate`, `sign_out`. Raises `RuntimeError` as above."""
    return Handles(current_mapping()).visit()


def current_async_visit() -> AsyncVisit:
    """The same, to be awaited."""
    return AsyncHandles(current_mapping()).visit()
