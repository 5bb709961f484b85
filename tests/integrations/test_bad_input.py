"""What the web sends: dead, foreign and swollen things, through both frameworks. None of it is anybody's."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.integrations.sites import COOKIE, Browser, Site

from sojourn import Invalid, Sojourn
from sojourn.integrations.current import current_session, current_visit
from sojourn.testing.clock import FakeClock

ROOT = Path(__file__).parents[2]


def sets(**values: Any) -> Callable[[Any], None]:
    return lambda session: session.update(values)


# -- a cookie after its end -----------------------------------------------------------------------


def sign_out(site: Site, ada: Browser, clock: FakeClock) -> None:
    ada.ask(lambda session: current_visit().sign_out())


def sign_out_elsewhere(site: Site, ada: Browser, clock: FakeClock) -> None:
    site.visit(ada).sign_out()


def revoke(site: Site, ada: Browser, clock: FakeClock) -> None:
    visit = site.visit(ada)
    assert visit.device_id is not None
    visit.user.devices.revoke(visit.device_id)


def rotate(site: Site, ada: Browser, clock: FakeClock) -> None:
    site.visit(ada).rotate()
    clock.advance(seconds=60)


def expire(site: Site, ada: Browser, clock: FakeClock) -> None:
    clock.advance(seconds=site.settings.anonymous_seconds)


ENDS = {f.__name__: f for f in (sign_out, sign_out_elsewhere, revoke, rotate, expire)}


@pytest.mark.parametrize("end", ENDS)
def test_a_cookie_replayed_after_its_end_opens_nothing_and_revives_nothing(
    site: Site, ada: Browser, clock: FakeClock, end: str
) -> None:
    """Flask's and Starlette's own accept it; Flask-Session and starsessions revive the session."""
    ada.ask(sets(secret="hers"))
    jar, session = dict(ada.jar), site.session(ada)
    ENDS[end](site, ada, clock)
    thief = site.browser()
    for work in (dict, lambda s: s.get("secret"), lambda s: "secret" in s, len):
        thief.jar = dict(jar)
        answer = thief.ask(work)
        assert not answer.value
        assert answer.cookie is None
    thief.jar = dict(jar)
    thief.ask(sets(secret="stolen"), method="POST")
    assert thief.jar != jar
    assert session.state.all() == {"secret": "hers"}
    thief.jar = dict(jar)
    assert thief.ask(dict).value == {}


def test_a_cookie_of_an_erased_session_begins_another(site: Site, ada: Browser) -> None:
    ada.ask(sets(secret="hers"))
    gone = site.session(ada)
    gone.erase()
    answer = ada.ask(dict)
    assert (answer.value, answer.cookie) == ({}, None)
    ada.ask(sets(a=1))
    assert site.session(ada).id != gone.id
    assert ada.ask(dict).value == {"a": 1}


def test_the_cookie_of_https_is_not_taken_over_http(site: Site, ada: Browser) -> None:
    """A Secure cookie can only come that way from somebody who made it up, or a broken proxy."""
    ada.ask(sets(secret="hers"))
    plain = site.browser("http://localhost")
    assert plain.ask(dict, Cookie=f"{COOKIE}={ada.token}").value == {}
    title = plain.ask(sets(a=1)).cookie
    assert title is not None
    assert title.startswith("sojourn-")
    assert "Secure" not in title
    assert site.browser().ask(dict, Cookie=title.partition(";")[0]).value == {}, "nor the other way round"


def test_neither_is_served_from_elsewhere_over_http(site: Site, ada: Browser) -> None:
    ada.ask(sets(secret="hers"))
    far = site.browser("http://app.example")
    for work in (dict, sets(a=1)):
        answer = far.ask(work, Cookie=f"{COOKIE}={ada.token}")
        assert (answer.status, answer.cookie) == (500, None)
        assert "https" in str(site.error)


# -- many, long and twisted headers ---------------------------------------------------------------

HEADERS: dict[str, Callable[[str], dict[str, str]]] = {
    "500 cookies": lambda token: {"Cookie": "; ".join(f"c{n}={n}" for n in range(500))},
    "500 of ours": lambda token: {"Cookie": "; ".join(f"{COOKIE}={n}" for n in range(500))},
    "64 KiB": lambda token: {"Cookie": f"{COOKIE}={'A' * 65_000}"},
    "only separators": lambda token: {"Cookie": ";=;=;;" * 1000},
    "quoted halves": lambda token: {"Cookie": f'{COOKIE}="{token[:20]}'},
    "spaces inside": lambda token: {"Cookie": f"{COOKIE}={token[:20]} {token[20:]}"},
    "percent": lambda token: {
        "Cookie": f"{COOKIE}={token.replace(token[0], '%' + format(ord(token[0]), 'x'))}"
    },
    "trailing dot": lambda token: {"Cookie": f"{COOKIE}={token}."},
    "a path": lambda token: {"Cookie": f"{COOKIE}=../../{token}"},
    "SQL": lambda token: {"Cookie": f"{COOKIE}=' OR '1'='1"},
    "basic": lambda token: {"Authorization": f"Basic {token}"},
    "bearer of nothing": lambda token: {"Authorization": "Bearer"},
    "bearer, long": lambda token: {"Authorization": f"Bearer {'A' * 9000}"},
    "bearer, twice": lambda token: {"Authorization": f"Bearer {token}, Bearer {token}"},
    "a forged proxy": lambda token: {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"},
}


@pytest.mark.parametrize("case", HEADERS)
def test_what_is_no_credential_of_ours_is_nobodys(site: Site, ada: Browser, case: str) -> None:
    ada.ask(sets(secret="hers"))
    assert ada.token is not None
    eve = site.browser()
    answer = eve.ask(dict, **HEADERS[case](ada.token))
    assert answer.status in (200, 500)
    assert b"hers" not in answer.body
    if answer.status == 500:  # a proxy that is not believed: there is no session then
        assert "trusted_proxies" in str(site.error)
    assert site.outside.counts()["users"] == 1
    assert ada.ask(dict).value == {"secret": "hers"}


# -- values and bodies ----------------------------------------------------------------------------


class Hidden:
    def __reduce__(self) -> Any:
        return os.system, ("true",)


CYCLE: list[Any] = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize(
    "value",
    [Hidden(), print, CYCLE, {1, Hidden()}, {"a": {("x",): Hidden}}, type, float("inf"), "\ud800", range(3)],
    ids=str.split("reduce function cycle set class type inf surrogate range"),
)
def test_a_value_that_is_no_data_is_refused_at_its_assignment_by_its_key(
    site: Site, ada: Browser, value: Any
) -> None:
    ada.ask(sets(kept=1))

    def work(session: Any) -> None:
        session["other"] = 2
        with pytest.raises(Invalid) as refused:
            session["basket"] = value
        assert "basket" in str(refused.value)
        assert refused.value.facts["field"] == "basket"

    assert ada.ask(work).status == 200
    assert ada.ask(dict).value == {"kept": 1, "other": 2}


def test_a_form_field_of_fifty_megabytes_is_not_held(site: Site, ada: Browser) -> None:
    """Whoever asks for the form to find the session's name gets the framework's own limit, not the memory."""
    ada.ask(sets(kept=1))
    boundary = "x" * 20
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="session_id"\r\n\r\n'.encode()
    body = head + b"A" * 50_000_000 + f"\r\n--{boundary}--\r\n".encode()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    async def work(session: Any) -> None:
        return None

    given = {"content" if type(site).__name__ == "StarletteSite" else "data": body}
    answer = ada.ask(
        work,
        at="/named",
        method="POST",
        body=given,
        Content_Type=f"multipart/form-data; boundary={boundary}",
    )
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert answer.status in (200, 413), "413 from Flask; in Starlette only a declared form is looked at"
    assert grown < 400_000, "kilobytes; the client of this test holds the body several times itself"
    assert ada.ask(dict).value == {"kept": 1}
    assert site.outside.counts()["sessions"] == 1


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_body_of_fifty_megabytes_names_nothing(site: Site, ada: Browser, kind: str) -> None:
    ada.ask(sets(kept=1))
    body = b'{"session_id": "' + b"A" * 50_000_000 + b'"}'
    if "form" in kind:
        body = b"session_id=" + b"A" * 50_000_000

    async def work(session: Any) -> str:
        return str(session.id)

    given = {"content" if type(site).__name__ == "StarletteSite" else "data": body}
    answer = ada.ask(work, at="/named", method="POST", body=given, Content_Type=kind)
    assert answer.status in (200, 413, 422)
    if answer.status == 200:
        assert answer.value == site.session(ada).id
    assert site.outside.counts()["sessions"] == 1


# -- outside a request, and after a fork ----------------------------------------------------------


@pytest.mark.parametrize("use", [current_session, current_visit])
def test_outside_a_request_there_is_nobody(site: Site, ada: Browser, use: Callable[[], Any]) -> None:
    ada.ask(sets(a=1))
    with pytest.raises(RuntimeError, match="no request"):
        use()


FORKS = """
import os, sys
import flask
from sojourn import Settings, Sojourn
from sojourn.integrations.flask import FlaskSojourn

store = Sojourn.open(sys.argv[1], settings=Settings(durability="process"))
app = flask.Flask("forks")
FlaskSojourn(app, store)
app.add_url_rule("/", "add", lambda: str(flask.session.incr("n")))
client = app.test_client()
assert client.get("/", base_url="https://app.example").text == "1"   # used, with a connection and a writer
children = []
for _ in range(3):
    child = os.fork()
    if child == 0:
        said = [client.get("/", base_url="https://app.example").status_code for _ in range(20)]
        os._exit(0 if said == [200] * 20 else 1)
    children.append(child)
assert [client.get("/", base_url="https://app.example").status_code for _ in range(20)] == [200] * 20
assert all(os.waitpid(child, 0)[1] == 0 for child in children)
print(client.get("/", base_url="https://app.example").text)
"""


def test_workers_that_fork_after_the_first_request_lose_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'data'}"
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKS, url],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT / "src"))},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(1 + 4 * 20 + 1)
    with Sojourn.open(url) as store:
        assert store.counts()["users"] == 1
