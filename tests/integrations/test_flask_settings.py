"""Flask's settings of the session cookie, and which of them give way."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, session
from flask.testing import FlaskClient

from sojourn import (
    ConfigError,
    Sojourn,
)
from sojourn.integrations.flask import FlaskSojourn
from sojourn.integrations.visit import Policy
from sojourn.testing.clock import FakeClock

WEEK = 7 * 24 * 3600


@pytest.fixture
def app(flask_app: Flask) -> Flask:
    return flask_app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def cookie(answer: Any) -> str:
    found: str = answer.headers["Set-Cookie"]
    return found


HTTPS, HTTP = "https://app.example", "http://localhost"

SETTINGS: dict[str, tuple[str, dict[str, Any], str, set[str], set[str]]] = {
    "defaults": (HTTPS, {}, "__Host-sojourn", {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"}, {"Domain"}),
    "name": (HTTPS, {"NAME": "mine"}, "__Host-mine", {"Path=/", "Secure"}, set()),
    "name on http": (HTTP, {"NAME": "mine"}, "mine", {"Path=/"}, {"Secure"}),
    "name with its prefix": (HTTPS, {"NAME": "__Host-mine"}, "__Host-mine", {"Secure"}, set()),
    "domain": (HTTPS, {"DOMAIN": "app.example"}, "__Secure-sojourn", {"Domain=app.example", "Secure"}, set()),
    "path": (HTTPS, {"PATH": "/shop"}, "__Secure-sojourn", {"Path=/shop", "Secure"}, set()),
    "insecure is not heard": (HTTPS, {"SECURE": False}, "__Host-sojourn", {"Secure"}, set()),
    "secure on http": (HTTP, {"SECURE": True, "NAME": "x"}, "x", {"HttpOnly"}, {"Secure"}),
    "open to scripts is not heard": (HTTPS, {"HTTPONLY": False}, "__Host-sojourn", {"HttpOnly"}, set()),
    "strict": (HTTPS, {"SAMESITE": "Strict"}, "__Host-sojourn", {"SameSite=Strict"}, set()),
    "none": (HTTPS, {"SAMESITE": "none"}, "__Host-sojourn", {"SameSite=None", "Secure"}, set()),
    "none on http": (HTTP, {"SAMESITE": "None", "NAME": "x"}, "x", {"SameSite=Lax"}, {"Secure"}),
    "partitioned": (HTTPS, {"PARTITIONED": True}, "__Host-sojourn", {"Partitioned", "Secure"}, set()),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_session_cookie_settings_hold_as_far_as_they_are_not_weaker(app: Flask, case: str) -> None:
    base, config, name, there, missing = SETTINGS[case]
    app.config.update({f"SESSION_COOKIE_{key}": value for key, value in config.items()})
    client = app.test_client()
    path = config.get("PATH", "")
    app.add_url_rule("/shop/all", view_func=lambda: dict(session))
    said = cookie(client.get("/set/a/1", base_url=base))
    attributes = set(said.split("; ")[1:])
    assert said.startswith(f"{name}=")
    assert there <= attributes
    assert not {part.partition("=")[0] for part in attributes} & missing
    if case != "secure on http":
        assert client.get(f"{path}/all", base_url=base).json == {"a": "1"}


def test_an_application_root_is_the_cookies_path(app: Flask, client: FlaskClient) -> None:
    app.config["APPLICATION_ROOT"] = "/app"
    said = cookie(client.get("/set/a/1", base_url="https://app.example/app"))
    assert said.startswith("__Secure-sojourn=") and "Path=/app" in said
    assert client.get("/all", base_url="https://app.example/app").json == {"a": "1"}


@pytest.mark.parametrize(
    ("setting", "value"), [("SAMESITE", "Sometimes"), ("NAME", "a b"), ("DOMAIN", "a;b")]
)
def test_a_setting_that_makes_no_sense_is_an_error(
    app: Flask, client: FlaskClient, setting: str, value: str
) -> None:
    app.config[f"SESSION_COOKIE_{setting}"] = value
    with pytest.raises(ConfigError):
        client.get("/all")


def test_secure_cookies_over_open_http_contradict_each_other(outside: Sojourn) -> None:
    app = Flask("open")
    app.testing = True
    app.config["SESSION_COOKIE_SECURE"] = True
    FlaskSojourn(app, outside, policy=Policy(insecure_http=True))
    app.add_url_rule("/", view_func=lambda: dict(session))
    with pytest.raises(ConfigError, match="insecure_http"):
        app.test_client().get("/")


def test_the_permanent_lifetime_is_the_idle_limit(app: Flask, client: FlaskClient, clock: FakeClock) -> None:
    app.permanent_session_lifetime = timedelta(minutes=30)
    client.get("/set/user/ada")
    clock.advance(seconds=1799)
    assert client.get("/all").json == {"user": "ada"}
    clock.advance(seconds=1799)
    assert client.get("/all").json == {"user": "ada"}
    clock.advance(seconds=1801)
    assert client.get("/all").json == {}
    assert client.get("/all").json == {}


def test_a_permanent_cookie_outlives_the_window_and_another_does_not(app: Flask, client: FlaskClient) -> None:
    @app.get("/permanent/<said>")
    def permanent(said: str) -> dict[str, Any]:
        session.permanent = said == "yes"
        return {"permanent": session.permanent}

    @app.get("/is")
    def is_permanent() -> dict[str, Any]:
        return {"permanent": session.permanent}

    assert client.get("/is").json == {"permanent": True}
    for said in ("yes", "no"):
        assert "Set-Cookie" not in client.get(f"/permanent/{said}").headers, "saying so makes no session"
    assert f"Max-Age={WEEK}" in cookie(client.get("/set/a/1"))
    answer = client.get("/permanent/no")
    assert answer.json == {"permanent": False}
    assert "Max-Age" not in cookie(answer)
    assert client.get("/is").json == {"permanent": False}
    assert "Set-Cookie" not in client.get("/permanent/no").headers
    assert "Max-Age" in cookie(client.get("/permanent/yes"))
    assert client.get("/all").json == {"a": "1", "_permanent": True}


def test_a_newcomers_first_cookie_is_as_permanent_as_they_say(app: Flask, client: FlaskClient) -> None:
    @app.get("/login")
    def login() -> str:
        session.permanent = False
        session["user"] = "ada"
        return "in"

    assert "Max-Age" not in cookie(client.get("/login"))
    assert client.get("/all").json == {"user": "ada", "_permanent": False}


def test_flask_sessions_own_setting_of_it_is_heard(app: Flask, client: FlaskClient) -> None:
    app.config["SESSION_PERMANENT"] = False
    assert "Max-Age" not in cookie(client.get("/set/a/1"))
    assert client.get("/all").json == {"a": "1"}
