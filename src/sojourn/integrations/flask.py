"""`flask.session` kept on the server, in the visitor's sojourn session; `current` is all of that session."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, cast

from flask import Flask, Request, Response, has_request_context, request, session
from flask.sessions import SessionInterface, SessionMixin
from msgspec.structs import replace
from werkzeug.local import LocalProxy

from sojourn.errors import ConfigError, SojournError, StateConflict
from sojourn.integrations.current import current_mapping, here
from sojourn.integrations.handles import Handles
from sojourn.integrations.host import Brought, Host, OnConflict, Shared
from sojourn.integrations.mapping import SessionMapping
from sojourn.integrations.named import BODY_BYTES, FIELD, HEADER, chosen, resolve
from sojourn.integrations.presence import Presence
from sojourn.integrations.refusals import TOLD, headers, problem
from sojourn.integrations.visit import READ, SAFE, Cookie, CrossOrigin, Door, Policy
from sojourn.sync import Session, Sojourn, Visit

__all__ = ["FlaskSojourn", "Shared", "current", "exclusive", "named", "visit"]

log = logging.getLogger("sojourn")


def _handles() -> Handles:
    """Flask's context goes first: its test client brings that back after a request, and no other."""
    if has_request_context():
        found = session._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
        if isinstance(found, FlaskSession):
            return Handles(found)
    return Handles(current_mapping())


current = cast("Session", LocalProxy(lambda: _handles().session()))
"""The session the visitor is in, whole: its messages, files, state, search. See `current_session`."""

visit = cast("Visit", LocalProxy(lambda: _handles().visit()))
"""Who is here: the user, the device, `switch`, `sign_out`."""


@contextmanager
def exclusive(*, wait_seconds: float = 10, hold_seconds: float = 60) -> Iterator[Session]:
    """The session with nobody else in it who asks for that: `with exclusive():`, or `@exclusive()` on a view.

    What was read before is read anew, and what is set inside is saved before the next one comes in. Who
    waits for longer than `wait_seconds` is answered 409. See `Session.exclusive`.
    """
    session = _handles().session()
    with session.exclusive(wait_seconds=wait_seconds, hold_seconds=hold_seconds):
        yield session


def named() -> Session:
    """The session that the request names by `session_id` in its query or body, or by `Sojourn-Session`.

    `ses_…` is the id of one of the visitor's own, else the answer is 404; anything else is their own key
    for one, which reads as empty until something is written. Nothing named is the current one. The body
    (JSON or a form) is looked at where the query and the header name nothing.
    """
    args, told = request.args.getlist(FIELD), request.headers.getlist(HEADER)
    if not args and not told and request.method not in SAFE:
        if not request.is_json:
            args = request.form.getlist(FIELD)
        elif (request.content_length or 0) <= BODY_BYTES:
            try:
                body = request.get_json(silent=True)
            except RecursionError:  # for the view to say
                body = None
            args = [body[FIELD]] if isinstance(body, dict) and FIELD in body else []
    return resolve(current_mapping(), chosen(args, header=told))


_PERMANENT = "_permanent"
_VARIABLES = tuple((name, f"HTTP_{name.upper().replace('-', '_')}") for name in sorted(READ))
_SITES: dict[str, Any] = {"lax": "Lax", "strict": "Strict", "none": "None"}


class FlaskSession(SessionMapping, SessionMixin):  # type: ignore[override]
    """What `flask.session` is."""

    previous: SessionMapping | None = None
    streams = False
    default = True
    _permanence: bool | None = None

    @property
    def permanent(self) -> bool:
        """Whether the cookie outlives the browser's window. It is written with what else is."""
        if self._permanence is None:
            return bool(self.get(_PERMANENT, self.default))
        return self._permanence

    @permanent.setter
    def permanent(self, value: bool) -> None:
        if bool(value) != self.permanent:
            self._permanence = bool(value)

    def save(self, *, only: str | None = None) -> None:
        said = self._permanence
        if only is None and said is not None and (self.presence.ref is not None or self.modified):
            self._permanence = None
            self[_PERMANENT] = said
            self.presence.recast = True
        super().save(only=only)


class FlaskSojourn:
    """Sessions for a Flask app: `FlaskSojourn(app, store)`, or `init_app` later.

    The app's `SESSION_COOKIE_…` and `PERMANENT_SESSION_LIFETIME` hold, as far as they are not weaker
    than what every cookie of sojourn's is; they are read at the first request. A change that loses to
    another request's is answered 409, or with `on_conflict="log"` given up, logged and counted. `shared`
    is a session that visitors without one read by `named`, and nobody writes.
    """

    def __init__(
        self,
        app: Flask | None = None,
        store: Sojourn | None = None,
        *,
        policy: Policy | None = None,
        on_conflict: OnConflict = "raise",
        shared: Shared | None = None,
    ) -> None:
        self._store = store
        self._shared = shared
        self._policy = policy or Policy()
        Door(self._policy, lambda: "")  # what is wrong with the policy is said here, not at a request
        self._on_conflict = on_conflict
        self._interfaces: list[Interface] = []
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask, store: Sojourn | None = None) -> None:
        """Takes the app's sessions over. Raises `ConfigError` when no store was given."""
        store = store or self._store
        if store is None:
            raise ConfigError("Which store? FlaskSojourn(app, store).", field="store")
        interface = Interface(app, store, self._policy, self._on_conflict, self._shared)
        self._interfaces.append(interface)
        app.session_interface = interface
        app.before_request_funcs.setdefault(None, []).insert(0, _guard)
        app.teardown_request(_end)
        for kind in TOLD:
            app.register_error_handler(kind, _told)
        app.extensions["sojourn"] = self

    @property
    def conflicts(self) -> int:
        """How many changes gave way to another request's, in this process."""
        return sum(interface.conflicts for interface in self._interfaces)


class Interface(SessionInterface):
    """What Flask asks at the beginning and at the end of a request."""

    def __init__(
        self, app: Flask, store: Sojourn, policy: Policy, on_conflict: OnConflict, shared: Shared | None
    ) -> None:
        self._app = app
        self._store = store
        self._policy = policy
        self._on_conflict = on_conflict
        self._shared = shared
        self._host: Host | None = None
        self._lock = Lock()

    @property
    def conflicts(self) -> int:
        return self._host.conflicts if self._host is not None else 0

    @property
    def host(self) -> Host:
        """Made at the first request: until then the app's settings may change."""
        if self._host is None:
            with self._lock:
                self._host = self._host or self._made()
        return self._host

    def _made(self) -> Host:
        app = self._app
        return Host(
            self._store,
            _brought,
            policy=replace(self._policy, cookie=_cookie(self, app, self._policy)),
            idle_seconds=app.permanent_session_lifetime.total_seconds(),
            on_conflict=self._on_conflict,
            shared=self._shared,
        )

    def open_session(self, app: Flask, request: Request) -> FlaskSession:
        if app.testing:
            request.environ.setdefault("REMOTE_ADDR", "127.0.0.1")  # a test context has none
        session = FlaskSession(Presence(self._host or self.host, request.environ))
        session.default = app.config.get("SESSION_PERMANENT", True)
        before = here.get()
        if isinstance(before, FlaskSession) and before.presence.raw is request.environ:
            before = before.previous  # opened for the second time, as Flask's test client does
        if before is not None and not before.presence.sent:
            session.previous = before
        here.set(session)
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, FlaskSession)
        presence = session.presence
        if presence.touched:
            try:
                session.save()
            except (StateConflict, CrossOrigin) as refusal:
                session.forget(unsaved=True)
                if isinstance(refusal, StateConflict) and _propagates(app):
                    raise
                log.warning("%s", refusal)
                _refuse(response, refusal)
            _mark(session, response)
        presence.sent = True
        session.streams = response.is_streamed
        if session.streams:
            response.call_on_close(lambda: _finish(session))  # also when nobody reads it
            if not response.direct_passthrough:
                response.response = _followed(session, response.response)


def _guard() -> Response | None:
    """Before anything else of the app sees the request."""
    found = here.get()  # to ask for flask.session would make the answer personal
    if request.method not in SAFE and isinstance(found, FlaskSession):
        try:
            found.presence.guard(request.method)
        except CrossOrigin as refusal:
            return _told(refusal)
    return None


def _told(error: Exception) -> Response:
    """The answer to a request that ended in one of the errors that are one."""
    assert isinstance(error, SojournError)
    log.warning("%s", error)
    found = here.get()
    if isinstance(found, FlaskSession) and not found.presence.sent:
        found.forget(unsaved=True)
    return Response(problem(error), type(error).status, headers(error))


def _mark(session: FlaskSession, response: Response) -> None:
    """Notes the visit, and says with the headers whose answer this is."""
    presence = session.presence
    try:
        presence.note()
    except SojournError as error:
        log.warning("A visit was not noted: %s", error)
    if "Vary" in response.headers:
        response.vary.add("Cookie")
    else:
        response.headers["Vary"] = "Cookie"
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "private, no-store"
    if presence.shared:
        response.headers[HEADER] = "shared"
    if presence.greets:
        presence.persistent = session.permanent
    if (cookie := presence.cookie()) is not None:
        response.headers.add("Set-Cookie", cookie)


def _followed(session: FlaskSession, body: Any) -> Iterator[Any]:
    """The body, to its end."""
    try:
        yield from body
    finally:
        if hasattr(body, "close"):
            body.close()
        _finish(session)


def _finish(session: FlaskSession) -> None:
    """Saves what a stream has changed in place. Nobody is there any more to be told of a conflict."""
    if not session.streams:
        return
    try:
        session.save()
    except SojournError:
        log.exception("What a stream changed in its session was not saved")
    session.streams = False
    if here.get() is session:
        here.set(session.previous)


def _end(error: BaseException | None) -> None:
    """The request's context ends, unless a stream goes on in it."""
    session = here.get()
    if isinstance(session, FlaskSession) and not session.streams:
        here.set(session.previous)


def _propagates(app: Flask) -> bool:
    """Whether errors are to reach whoever runs the app, as a test or a debugger wants them to."""
    said = app.config["PROPAGATE_EXCEPTIONS"]
    return bool(app.testing or app.debug) if said is None else bool(said)


def _refuse(response: Response, refusal: SojournError) -> None:
    close = getattr(response.response, "close", None)
    if close is not None:
        close()
    response.direct_passthrough = False
    response.headers.clear()
    response.status_code = type(refusal).status
    response.set_data(problem(refusal))
    response.headers.update(headers(refusal))


def _brought(environ: dict[str, Any]) -> Brought:
    headers = [(name, environ[variable]) for name, variable in _VARIABLES if variable in environ]
    return environ["wsgi.url_scheme"], environ.get("REMOTE_ADDR"), headers


def _cookie(interface: SessionInterface, app: Flask, policy: Policy) -> Cookie:
    """The cookie as the app's settings want it, as far as they are not weaker than ours."""
    if not interface.get_cookie_httponly(app):
        log.warning("SESSION_COOKIE_HTTPONLY is false; sojourn's cookie stays out of scripts all the same.")
    if interface.get_cookie_secure(app) and policy.insecure_http:
        raise ConfigError("SESSION_COOKIE_SECURE and insecure_http contradict each other.", field="policy")
    said = interface.get_cookie_samesite(app)
    site = _SITES.get((said or "Lax").lower())
    if site is None:
        raise ConfigError(f"SESSION_COOKIE_SAMESITE cannot be {said!r}.", field="SESSION_COOKIE_SAMESITE")
    name = interface.get_cookie_name(app).removeprefix("__Host-").removeprefix("__Secure-")
    return Cookie(
        name=None if name == Flask.default_config["SESSION_COOKIE_NAME"] else name,
        domain=interface.get_cookie_domain(app) or None,
        path=interface.get_cookie_path(app),
        same_site=site,
        partitioned=interface.get_cookie_partitioned(app),
    )
