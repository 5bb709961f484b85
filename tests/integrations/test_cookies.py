"""The cookie in every framework: what it looks like, and what comes of others."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.integrations.sites import COOKIE, HTTPS, Browser, Site
from tests.integrations.test_ends import same_visitor, sign_out_elsewhere
from tests.integrations.test_rules import counts, everything, sets

from sojourn import ConfigError
from sojourn.integrations.visit import Cookie, InsecureHttp, Policy


def parts(cookie: str | None) -> tuple[str, set[str]]:
    """Its name, and its attributes."""
    assert cookie is not None
    pair, *attributes = cookie.split("; ")
    name, _, token = pair.partition("=")
    assert len(token) == 43
    return name, set(attributes)


def test_over_https(site: Site) -> None:
    ada = site.browser()
    name, attributes = parts(ada.ask(sets(a=1)).cookie)
    week = site.settings.anonymous_seconds
    assert name == COOKIE
    assert attributes == {"Path=/", f"Max-Age={week}", "HttpOnly", "SameSite=Lax", "Secure"}
    assert ada.ask(everything).value == {"a": 1}
    assert same_visitor(ada)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:5000"])
def test_over_http_to_this_machine(site: Site, host: str, caplog: pytest.LogCaptureFixture) -> None:
    ada = site.browser(f"http://{host}")
    name, attributes = parts(ada.ask(sets(a=1)).cookie)
    assert name == f"sojourn-{site.outside.id[:6]}"
    assert attributes == {"Path=/", f"Max-Age={site.settings.anonymous_seconds}", "HttpOnly", "SameSite=Lax"}
    assert ada.ask(everything).value == {"a": 1}
    assert same_visitor(ada)
    assert caplog.text.count("not Secure") == 1


def test_over_http_from_elsewhere_there_are_no_sessions(site: Site) -> None:
    ada = site.browser("http://app.example")
    answer = ada.ask(sets(a=1))
    assert isinstance(answer.error, InsecureHttp)
    assert answer.cookie is None
    assert not site.folder.exists()
    assert ada.ask(lambda session: "no session needed").value == "no session needed"


def test_over_http_from_elsewhere_when_it_is_wanted(build: Callable[..., Site]) -> None:
    ada = build(policy=Policy(insecure_http=True)).browser("http://app.example")
    assert "Secure" not in parts(ada.ask(sets(a=1)).cookie)[1]
    assert ada.ask(everything).value == {"a": 1}
    assert same_visitor(ada)


def test_behind_a_proxy_that_is_named(build: Callable[..., Site]) -> None:
    ada = build(policy=Policy(trusted_proxies=("127.0.0.1",))).browser("http://inside")
    proxied = {
        "X_Forwarded_Proto": "https",
        "X_Forwarded_Host": "app.example",
        "X_Forwarded_For": "203.0.113.5",
    }
    name, attributes = parts(ada.ask(sets(a=1), **proxied).cookie)
    assert name == COOKIE and "Secure" in attributes
    assert ada.ask(everything, **proxied, Cookie=f"{COOKIE}={ada.token}").value == {"a": 1}


def test_a_cookie_that_ends_with_the_window(build: Callable[..., Site]) -> None:
    site = build(policy=Policy(persistent=False))
    if hasattr(site, "sojourn"):  # Flask's own setting says so there
        site.app.config["SESSION_PERMANENT"] = False  # type: ignore[attr-defined]
    _, attributes = parts(site.browser().ask(sets(a=1)).cookie)
    assert not any(attribute.startswith("Max-Age") for attribute in attributes)


def test_a_cookie_for_subdomains_gives_up_the_prefix(build: Callable[..., Site]) -> None:
    site = build(cookie=Cookie(domain="app.example"))
    ada = site.browser()
    name, attributes = parts(ada.ask(sets(a=1)).cookie)
    assert name == "__Secure-sojourn"
    assert {"Domain=app.example", "Secure", "HttpOnly"} <= attributes
    assert ada.ask(everything).value == {"a": 1}
    assert same_visitor(ada)


@pytest.mark.parametrize("field", ["name", "domain", "path"])
@pytest.mark.parametrize("text", ["a;b", "a b", "a\r\nb", "a,b", "é"])
def test_no_setting_can_spoil_a_header(field: str, text: str) -> None:
    with pytest.raises(ConfigError):
        Cookie(**{field: text})  # type: ignore[arg-type]


# -- what others send -----------------------------------------------------------------------------

TOKEN = "k" * 43


def tampered(token: str) -> str:
    return token[:20] + ("A" if token[20] != "A" else "B") + token[21:]


HOSTILE: dict[str, Callable[[str], str]] = {
    "empty": lambda token: f"{COOKIE}=",
    "garbage": lambda token: f"{COOKIE}=\x7f%00'\"<>",
    "latin": lambda token: f"{COOKIE}=\xe9\xff",
    "truncated": lambda token: f"{COOKIE}={token[:-1]}",
    "longer": lambda token: f"{COOKIE}={token}A",
    "tampered": lambda token: f"{COOKIE}={tampered(token)}",
    "never issued": lambda token: f"{COOKIE}={TOKEN}",
    "huge": lambda token: f"{COOKIE}={'A' * 6000}",
    "another case": lambda token: f"{COOKIE}={token.swapcase()}",
    "another name": lambda token: f"session={token}",
    "no pair": lambda token: token,
    "two": lambda token: f"{COOKIE}={token}; {COOKIE}={TOKEN}",
    "two with the first foreign": lambda token: f"{COOKIE}={TOKEN}; {COOKIE}={token}",
    "over http": lambda token: f"sojourn-000000={token}",
}


@pytest.mark.parametrize("sent", HOSTILE)
def test_a_cookie_that_is_not_theirs_is_an_empty_new_visit(site: Site, ada: Browser, sent: str) -> None:
    ada.ask(sets(secret="hers"))
    assert ada.token is not None
    cookie = HOSTILE[sent](ada.token)
    eve = site.browser()
    answer = eve.ask(everything, Cookie=cookie)
    assert answer.value == {}
    assert answer.cookie is None
    assert counts(site)["users"] == 1
    assert parts(eve.ask(sets(b=2), Cookie=cookie).cookie)[0] == COOKIE
    assert eve.token not in (None, ada.token, TOKEN)
    assert eve.ask(everything).value == {"b": 2}
    assert same_visitor(eve)
    assert ada.ask(everything).value == {"secret": "hers"}


def test_a_revoked_cookie_is_an_empty_new_visit(site: Site, ada: Browser) -> None:
    ada.ask(sets(secret="hers"))
    old = ada.token
    sign_out_elsewhere(site, ada)
    for _ in range(2):
        answer = ada.ask(everything)
        assert (answer.value, answer.cookie) == ({}, None)
    ada.ask(sets(b=2))
    assert ada.token != old
    assert ada.ask(everything).value == {"b": 2}
    assert same_visitor(ada)


def test_the_same_cookie_twice_is_one(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))
    pair = f"{COOKIE}={ada.token}"
    assert site.browser().ask(everything, Cookie=f"{pair}; {pair}").value == {"a": 1}


def test_a_token_of_another_store_is_nobodys(site: Site, ada: Browser, tmp_path: Any) -> None:
    from sojourn import Sojourn

    with Sojourn.open(f"sqlite:///{tmp_path / 'other'}") as other:
        visit = other.visit(None)
        visit.start()
        assert ada.ask(everything, Cookie=f"{COOKIE}={visit.issued}").value == {}


@pytest.mark.parametrize(
    "scheme", ["Bearer eyJhbGciOi.eyJzdWIi.SflKx", "Bearer short", "Basic YTpi", "Token x"]
)
def test_an_authorization_of_the_apps_own_is_left_alone(site: Site, ada: Browser, scheme: str) -> None:
    ada.ask(sets(a=1))
    assert ada.ask(everything, Authorization=scheme).value == {"a": 1}


def test_a_token_may_come_as_a_bearer(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))
    client = site.browser()
    assert client.ask(everything, Authorization=f"Bearer {ada.token}").value == {"a": 1}
    assert client.ask(sets(b=2), Authorization=f"Bearer {ada.token}").cookie is None
    assert ada.ask(everything).value == {"a": 1, "b": 2}


def test_the_store_keeps_no_token(site: Site, ada: Browser) -> None:
    ada.ask(sets(a=1))
    assert ada.token is not None
    site.outside.close()
    held = b"".join(path.read_bytes() for path in site.folder.rglob("*") if path.is_file())
    assert ada.token.encode() not in held
    assert HTTPS.startswith("https")
