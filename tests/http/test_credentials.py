"""Who may read and write, and from where."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from tests.http.visitors import COOKIE, SITE, Visitor, another, app_of, made, mine, problem

from sojourn import AsyncSojourn, ConfigError
from sojourn.integrations.visit import client_label
from sojourn.server import Policy

Arrive = Callable[[], Visitor]


def test_a_token_never_issued_is_a_new_visitor(ada: Visitor) -> None:
    headers = {"Cookie": f"{COOKIE}=never-issued"}
    assert ada.get("/v1/sessions/me", headers=headers).json()["items"] == []
    answer = ada.post("/v1/sessions/me", json={}, headers=headers)
    made(answer)
    assert answer.headers["set-cookie"].startswith(COOKIE)


@pytest.mark.parametrize(
    "bend", [str.upper, lambda t: t[:-1], lambda t: f"{t}=", lambda t: t + "x", str.swapcase]
)
def test_a_bent_token_opens_nothing(ada: Visitor, bob: Visitor, bend: Callable[[str], str]) -> None:
    ada.session(title="hers")
    assert ada.token
    headers = {"Cookie": f"{COOKIE}={bend(ada.token)}"}
    assert bob.get("/v1/sessions/me", headers=headers).json()["items"] == []
    bearer = {"Authorization": f"Bearer {bend(ada.token)}"}
    assert bob.get("/v1/sessions/me", headers=bearer).json()["items"] == []


def test_a_newcomer_who_writes_to_what_is_not_theirs_stays_nobody(ada: Visitor, bob: Visitor) -> None:
    session = ada.session()
    for answer in (
        bob.post(f"{mine(session['id'])}/messages", json={"text": "x"}),
        bob.put("/v1/me/session", json={"session_id": session["id"]}),
        bob.delete(f"/v1/devices/{ada.get('/v1/devices').json()['items'][0]['id']}"),
        bob.post("/v1/sessions/usr_somebody", json={}),
    ):
        problem(answer, 404, "not_found")
        assert "set-cookie" not in answer.headers
    assert ada.get(mine(session["id"])).json()["last_seq"] == 0


def test_a_token_that_was_rotated_just_now_is_refused_and_the_new_cookie_stays(ada: Visitor) -> None:
    """The request left with the old cookie while another one's answer was bringing the new one."""
    ada.session()
    assert isinstance(ada.app, FastAPI)
    store = ada.app.state.site.store

    async def rotate() -> None:
        visit = await store.visit(ada.token)
        await visit.rotate()

    assert ada.portal is not None
    ada.portal.call(rotate)
    for answer in (ada.get("/v1/me"), ada.post("/v1/sessions/me", json={})):
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers


def test_two_different_cookies_are_nobodys(ada: Visitor, bob: Visitor, arrive: Arrive) -> None:
    ada.session()
    bob.session()
    both = {"Cookie": f"{COOKIE}={ada.token}; {COOKIE}={bob.token}"}
    third = arrive()
    for method, path in (("GET", "/v1/me"), ("POST", "/v1/sessions/me")):
        problem(third.request(method, path, headers=both), 401, "signed_out")
    assert len(ada.get("/v1/sessions/me").json()["items"]) == 1
    same = {"Cookie": f"{COOKIE}={ada.token}; {COOKIE}={ada.token}"}
    assert len(third.get("/v1/sessions/me", headers=same).json()["items"]) == 1


def test_a_bearer_goes_before_a_cookie(ada: Visitor, bob: Visitor) -> None:
    hers = ada.session()
    bob.session()
    mixed = bob.get("/v1/sessions/me", headers={"Authorization": f"bearer {ada.token}"})
    assert [session["id"] for session in mixed.json()["items"]] == [hers["id"]]
    other = bob.get("/v1/sessions/me", headers={"Authorization": "Basic YTpi"})
    assert hers["id"] not in other.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin", "Origin": SITE},
        {"Sec-Fetch-Site": "none"},
        {"Origin": SITE},
        {"Origin": f"{SITE}:443"},
        {"Referer": f"{SITE}/s/ses_x"},
        {},
    ],
)
def test_a_write_from_this_site_passes(ada: Visitor, headers: dict[str, str]) -> None:
    made(ada.post("/v1/sessions/me", json={}, headers=headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": SITE},
        {"Sec-Fetch-Site": "anything"},
        {"Sec-Fetch-Site": ""},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "https://evil.example"},
        {"Origin": f"{SITE}.evil.example"},
        {"Origin": "http://testserver"},
        {"Origin": f"{SITE}:8443"},
        {"Referer": "https://evil.example/https://testserver/"},
        {"Origin": "null", "Host": "["},
    ],
)
def test_a_write_from_elsewhere_is_refused(ada: Visitor, headers: dict[str, str]) -> None:
    session = ada.session()
    path = mine(session["id"])
    for method in ("PUT", "PATCH", "DELETE"):
        problem(ada.request(method, path, headers=headers), 403, "cross_origin")
    for place in (f"{path}/messages", f"{path}/files", "/v1/sessions/me", "/v1/me/sign-out"):
        problem(ada.post(place, headers=headers), 403, "cross_origin")
    assert ada.get(path, headers=headers).json() == session


def test_only_the_origins_that_are_named_may_write_from_elsewhere() -> None:
    policy = Policy(allowed_origins=("https://app.example",))
    with Visitor(app_of(AsyncSojourn.open("memory://"), policy=policy)) as visitor:
        wanted = {"Origin": "https://app.example", "Sec-Fetch-Site": "same-site"}
        answer = visitor.post("/v1/sessions/me", json={}, headers=wanted)
        made(answer)
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert answer.headers["access-control-allow-credentials"] == "true"
        for other in ("https://app.example.evil.example", "http://app.example", "null"):
            refused = visitor.post("/v1/sessions/me", json={}, headers=wanted | {"Origin": other})
            problem(refused, 403, "cross_origin")
            assert "access-control-allow-origin" not in refused.headers


def test_no_other_origin_is_named_unless_it_is_allowed(ada: Visitor) -> None:
    answer = ada.get("/v1/me", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_sessions_are_not_kept_over_plain_http_from_elsewhere(ada: Visitor) -> None:
    far = another(ada)
    far.base_url = "http://testserver"
    for method in ("GET", "POST"):
        problem(far.request(method, "/v1/sessions/me"), 403, "insecure_http")
    near = another(ada, client=("127.0.0.1", 1))
    near.base_url = "http://evil.example"  # a name that was made to lead here
    problem(near.post("/v1/sessions/me"), 403, "insecure_http")
    near.base_url = "http://127.0.0.1:8000"
    answer = near.post("/v1/sessions/me", json={})
    made(answer)
    name = answer.headers["set-cookie"].partition("=")[0]
    assert name.startswith("sojourn-")
    assert "Secure" not in answer.headers["set-cookie"]
    behind = {"X-Forwarded-For": "203.0.113.9"}
    refused = problem(near.get("/v1/me", headers=behind), 403, "insecure_http")
    assert "trusted_proxies" in refused["detail"]


def test_a_forwarded_scheme_is_believed_from_trusted_proxies_only() -> None:
    policy = Policy(trusted_proxies=("10.0.0.0/8",))
    forwarded = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "app.example",
        "X-Forwarded-For": "127.0.0.1",
    }
    with Visitor(app_of(AsyncSojourn.open("memory://"), policy=policy), client=("10.1.2.3", 1)) as proxied:
        proxied.base_url = "http://inside"
        answer = proxied.post(
            "/v1/sessions/me", json={}, headers=forwarded | {"Origin": "https://app.example"}
        )
        made(answer)
        assert answer.headers["set-cookie"].startswith(COOKIE)
        problem(proxied.get("/v1/me", headers={"X-Forwarded-For": "127.0.0.1"}), 403, "insecure_http")
        stranger = another(proxied, client=("203.0.113.9", 1))
        stranger.base_url = "http://inside"
        problem(stranger.get("/v1/me", headers=forwarded), 403, "insecure_http")


def test_plain_http_to_others_is_a_choice_and_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    policy = Policy(insecure_http=True)
    with Visitor(app_of(AsyncSojourn.open("memory://"), policy=policy)) as visitor:
        visitor.base_url = "http://app.example"
        session = visitor.session()
        assert visitor.get("/v1/sessions/me").json()["items"] == [session]
    said = [record.message for record in caplog.records if "plain http" in record.message]
    assert said == ["Sessions go over plain http (insecure_http): their cookies are not Secure."]


@pytest.mark.parametrize(
    "policy",
    [
        {"trusted_proxies": ("nowhere",)},
        {"allowed_origins": ("null",)},
        {"allowed_origins": ("app.example",)},
    ],
)
def test_a_policy_that_says_nothing_is_refused(policy: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ConfigError, match=next(iter(policy))):
        app_of(AsyncSojourn.open("memory://"), policy=Policy(**policy))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0 Safari/537.36", "Chrome on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/150.0 Safari/537.36 Edg/150.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/20 Safari/605.1", "Safari on macOS"),
        ("Mozilla/5.0 (Linux; Android 17) Chrome/150.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.7.1", "curl"),
        ("", ""),
        ("x" * 500, "x" * 40),
    ],
)
def test_a_browser_is_called_by_its_name(agent: str, label: str) -> None:
    assert client_label(agent) == label
