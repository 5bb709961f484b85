"""The router under a host's own prefix and login: its users are as far apart as visitors are."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.testclient import TestClient
from tests.isolation.examine import PNG, SLOTS, TUS, Ids, Operation, operations, subsets, told
from tests.unit.archives import zipped

from sojourn import AsyncSojourn, Settings
from sojourn.core.ids import new_id
from sojourn.server import router
from sojourn.testing.clock import FakeClock

PREFIX = "/team/{team}/assistant"
HERE = "/team/blue/assistant"
MINE = f"{HERE}/sessions/me"


async def signed_in(request: Request) -> str | None:
    """The host's own login: whoever it says, within the team of the path."""
    name = request.headers.get("x-user")
    return f"{request.path_params['team']}/{name}" if name else None


def members_only(x_user: Annotated[str | None, Header()] = None) -> None:
    if x_user == "guest":
        raise HTTPException(403, "Members only.")


def app_of(store: AsyncSojourn) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with store:
            yield

    app = FastAPI(title="host", lifespan=lifespan)
    api = router(store, principal=signed_in)
    app.include_router(api, prefix=PREFIX, dependencies=[Depends(members_only)], tags=["assistant"])
    return app


EVERY = operations(app_of(AsyncSojourn.open("memory://")))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    url = f"sqlite:///{tmp_path_factory.mktemp('hosted') / 'data'}"
    return app_of(AsyncSojourn.open(url, settings=Settings(durability="process")))


@pytest.fixture(scope="module")
def up(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://inside") as client:
        yield client


def user(app: FastAPI, up: TestClient, name: str) -> TestClient:
    client = TestClient(app, base_url="http://inside", headers={"X-User": name})
    client.portal = up.portal
    return client


def settle(client: TestClient) -> Ids:
    session = client.post(MINE, json={"title": "canary"}).json()
    path = f"{MINE}/{session['id']}"
    file = client.put(f"{path}/files", params={"name": "a.txt"}, content=b"Spring tides.").json()
    client.post(f"{path}/messages", json={"text": "canary"})
    client.patch(f"{path}/state", json={"set": {"color": "canary"}})
    image = client.put(f"{path}/files", params={"name": "a.png"}, content=PNG).json()
    archive = client.put(f"{path}/files", params={"name": "a.zip"}, content=zipped({"a.txt": b"a"})).json()
    begun = client.post(f"{path}/uploads", headers=TUS | {"Upload-Length": "1000"})
    where = begun.headers["Location"]
    assert where.startswith(f"{path}/uploads/")
    user_id = client.get(f"{HERE}/me").json()["user"]["id"]
    ids = {"session_id": session["id"], "file_id": file["id"], "user_id": user_id, "digest": "0" * 64}
    return (
        ids
        | {"team": "blue", "image_id": image["id"], "archive_id": archive["id"]}
        | {"upload_id": where.rpartition("/")[2]}
    )


def seen(client: TestClient, ids: Ids) -> list[Any]:
    path = f"{MINE}/{ids['session_id']}"
    return [client.get(path + below).json() for below in ("", "/messages", "/state", "/uploads")]


NAMING = [op for op in EVERY if "{session_id}" in op.path]


@pytest.mark.parametrize("operation", NAMING, ids=lambda operation: operation.name)
def test_no_user_reaches_anothers_by_any_operation(
    app: FastAPI, up: TestClient, operation: Operation
) -> None:
    ada = user(app, up, f"ada of {operation.name}")
    bob = user(app, up, f"bob of {operation.name}")
    hers, his = settle(ada), settle(bob)
    owner = user(app, up, f"owner of {operation.name}")
    own = owner.request(**operation.request(settle(owner)))
    assert own.is_success, f"{operation.name} is vacuous: its owner got {own.status_code} {own.text}"
    before = seen(ada, hers)
    named = [slot for slot in SLOTS if slot in hers]
    nobodys = hers | {slot: new_id(hers[slot][:3], 1) for slot in named}
    for slots in subsets(operation.slots(hers)):
        foreign, nowhere = (
            bob.request(**operation.request(his | {"user_id": "me"} | {slot: ids[slot] for slot in slots}))
            for ids in (hers, nobodys)
        )
        assert foreign.status_code in (404, 422), (operation.name, slots, foreign.status_code)
        assert told(foreign) == told(nowhere)
    assert seen(ada, hers) == before


def test_a_prefix_with_a_parameter_is_part_of_who_one_is(app: FastAPI, up: TestClient) -> None:
    ada = user(app, up, "ada")
    ids = settle(ada)
    assert ada.get(f"{MINE}/{ids['session_id']}").status_code == 200
    assert ada.get(f"/team/red/assistant/sessions/me/{ids['session_id']}").status_code == 404
    assert ada.get("/team/red/assistant/sessions/me").json()["items"] == []


def test_the_hosts_own_dependencies_stand_before_every_route(app: FastAPI, up: TestClient) -> None:
    guest = user(app, up, "guest")
    for operation in EVERY:
        if operation.needs_recipe:
            continue
        ids = {found: "me" if found == "user_id" else "x" for found in re.findall(r"{(\w+)", operation.path)}
        answer = guest.request(operation.method, operation.path.format_map(ids | {"team": "blue"}))
        assert answer.status_code == 403, operation.name
        if operation.method != "HEAD":
            assert answer.json()["detail"] == "Members only.", operation.name
        assert answer.headers["content-type"] == "application/problem+json"


def test_without_a_login_there_is_nothing(app: FastAPI, up: TestClient) -> None:
    for method, path in (("GET", f"{HERE}/me"), ("POST", MINE), ("GET", MINE)):
        answer = up.request(method, path, json={} if method == "POST" else None)
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers


def test_a_cookie_or_a_pass_of_the_stores_own_is_no_login_here(app: FastAPI, tmp_path: Path) -> None:
    url, clock = f"sqlite:///{tmp_path / 'data'}", FakeClock()
    from sojourn import Sojourn

    with Sojourn.open(url, clock=clock) as store:
        visit = store.visit(None)
        visit.start()
        headers = dict(visit.forward_headers())
    with TestClient(app_of(AsyncSojourn.open(url, clock=clock)), base_url="https://inside") as client:
        for sent in (headers, {"Cookie": f"__Host-sojourn={visit.issued}"}):
            assert client.get(MINE, headers=sent).status_code == 401
            answer = client.get(MINE, headers=sent | {"X-User": "ada"})
            assert answer.json()["items"] == []


def test_the_document_has_the_prefix_and_every_operation_once(app: FastAPI) -> None:
    document = app.openapi()
    assert document["info"]["title"] == "host"
    assert all(path.startswith(PREFIX + "/") for path in document["paths"])
    names = [operation.name for operation in EVERY]
    assert len(names) == len(set(names))
    assert {"createSession", "addMessage", "search", "getMe"} <= set(names)
    assert not {"signOut", "switchSession", "getDevices", "revokeDevice"} & set(names)
    for methods in document["paths"].values():
        for operation in methods.values():
            assert {"sojourn", "assistant"} <= set(operation["tags"])
            assert "application/problem+json" in operation["responses"]["default"]["content"]
