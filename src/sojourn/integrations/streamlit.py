"""Streamlit pages whose visitors stay: after a reload, a lost connection and a restart of the server.

    app = st.App(__file__, **streamlit.app(store))

The call of `st.App` must stand in the file as it is here: Streamlit looks for it in the source.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypedDict, overload

from starlette.middleware import Middleware

from sojourn.aio import AsyncSojourn
from sojourn.errors import SessionNotStarted, SignedOut
from sojourn.integrations import streamlit_bind, streamlit_uploader
from sojourn.integrations.handles import Handles
from sojourn.integrations.starlette import SojournMiddleware
from sojourn.integrations.streamlit_tabs import TAB_ONLY, Tabs, entered, found, persists, tab
from sojourn.integrations.streamlit_uploader import UploadedFile
from sojourn.integrations.visit import Policy
from sojourn.sync import Session, Sojourn, Visit

__all__ = ["TAB_ONLY", "UploadedFile", "app", "bind", "current", "persists", "uploader", "visit"]

OnScriptError = Callable[[Exception], bool | None]


class AppOptions(TypedDict):
    """What `st.App` is given."""

    middleware: list[Middleware]
    on_script_error: OnScriptError


class Bound(TypedDict):
    """What a widget is given."""

    key: str
    on_change: Callable[[str, Any], None]
    args: tuple[str, Any]


def app(
    store: Sojourn | AsyncSojourn,
    *,
    policy: Policy | None = None,
    idle_seconds: float | None = None,
    middleware: Sequence[Middleware] = (),
    on_script_error: OnScriptError | None = None,
) -> AppOptions:
    """What Streamlit's own `App` needs to keep the visitors' sessions: `st.App(__file__, **app(store))`.

    A visitor's cookie is set, HttpOnly, as the page's socket opens; nothing is stored before their first
    write. `middleware` and `on_script_error` are the app's own. In routes of its own
    `sojourn.current_async_session()` is the visitor's session. The store is closed when the app ends.
    """

    def troubled(error: Exception) -> bool | None:
        opened = tab()
        if isinstance(error, SignedOut | SessionNotStarted) and opened is not None:
            opened.leave()
            return True
        return on_script_error(error) if on_script_error is not None else None

    kept = Middleware(SojournMiddleware, store=store, policy=policy, idle_seconds=idle_seconds)
    return {"middleware": [kept, *middleware, Middleware(Tabs)], "on_script_error": troubled}


def current(store: Sojourn | AsyncSojourn | None = None, *, policy: Policy | None = None) -> Session:
    """The session the visitor of this page is in, as `sojourn.current_session()` is too.

    A visitor without one gets a handle that reads as empty; what it first writes makes the session. With
    a `store` it also works in a page that was started without `app`, and in tests: the session is the
    tab's alone then, which is logged once (see `persists`). Without one that is a `ConfigError`.
    """
    return Handles(entered(store, policy)).session()


def visit(store: Sojourn | AsyncSojourn | None = None, *, policy: Policy | None = None) -> Visit:
    """Who is here: the user, the device, `switch`, `sign_out`. After `sign_out` the page begins anew."""
    return Handles(entered(store, policy)).visit()


def bind(key: str, default: Any) -> Bound:
    """Keeps a widget's value in the session: `st.slider("Cut", 0, 100, **bind("cut", 50))`.

    The widget starts with what is kept, else with `default`, and each change is saved, this key alone.
    When another tab has changed the same key meanwhile, its value stays and the person is told. Raises
    `Invalid` for a value that the state cannot keep.
    """
    streamlit_bind.sync(entered(None, None), key, default)
    return {"key": key, "on_change": _changed, "args": (key, default)}


def _changed(key: str, default: Any) -> None:
    """Saves at once where the tab itself says whose it is; else the script does, when it comes to `bind`."""
    mapping = found()
    if mapping is not None:
        streamlit_bind.sync(mapping, key, default)


@overload
def uploader(
    label: str,
    *,
    type: str | Sequence[str] | None = None,
    accept_multiple_files: Literal[False] = False,
    key: str | None = None,
    max_upload_size: int | None = None,
    disabled: bool = False,
) -> UploadedFile | None: ...


@overload
def uploader(
    label: str,
    *,
    type: str | Sequence[str] | None = None,
    accept_multiple_files: Literal[True],
    key: str | None = None,
    max_upload_size: int | None = None,
    disabled: bool = False,
) -> list[UploadedFile]: ...


def uploader(
    label: str,
    *,
    type: str | Sequence[str] | None = None,
    accept_multiple_files: bool = False,
    key: str | None = None,
    max_upload_size: int | None = None,
    disabled: bool = False,
) -> UploadedFile | list[UploadedFile] | None:
    """Like `st.file_uploader`, but the files go to the session's own, on disk, and stay there.

    They are here again after a reload, in another tab and after a restart; one that takes another's
    place, and one that is removed, is deleted. `key` names it among the session's uploaders, without one
    the label does. `max_upload_size` is in megabytes. In a page started without `app` each file passes
    through memory once, as with Streamlit's own.
    """
    mapping = entered(None, None)
    order = streamlit_uploader.order(
        mapping, key or label, type, multiple=accept_multiple_files, most=max_upload_size
    )
    show = streamlit_uploader.show if tab() is not None else streamlit_uploader.show_streamlits
    files = show(mapping, label, order, disabled=disabled)
    if accept_multiple_files:
        return files
    return files[-1] if files else None
