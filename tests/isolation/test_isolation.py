"""Nobody reaches what is another's: shown for every operation there is, and for those that will be."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import PlainTextResponse
from tests.http.visitors import Visitor, app_of, visited
from tests.isolation.examine import Ids, Operation, examine, operations

from sojourn import AsyncSojourn, Settings, Sojourn
from sojourn.aio import AsyncSession
from sojourn.core import lifecycle
from sojourn.errors import NotFound
from sojourn.ports import SessionRef
from sojourn.server import create_app

EVERY = operations(create_app(AsyncSojourn.open("memory://")))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('isolation')}/data"


@pytest.fixture(scope="module")
def corpus(url: str, tmp_path_factory: pytest.TempPathFactory) -> Ids:
    """A body of documents for everybody."""
    page = tmp_path_factory.mktemp("corpus") / "handbook.txt"
    page.write_text("Tides follow the moon. " * 20)
    with Sojourn.open(url) as store:
        store.corpora.build("handbook", [page])
    return {"name": "handbook", "document_id": "doc_000001"}


@pytest.fixture(scope="module")
def store(url: str) -> AsyncSojourn:
    return AsyncSojourn.open(url, settings=Settings(durability="process"))


@pytest.fixture(scope="module")
def app(store: AsyncSojourn) -> FastAPI:
    """The app, with routes beside its own that let visitors at each other's."""
    app = app_of(store)
    plant(app, store)
    return app


@pytest.fixture(scope="module")
def first(app: FastAPI, corpus: Ids) -> Iterator[Visitor]:
    with visited(app) as visitor:
        yield visitor


@pytest.mark.parametrize("operation", EVERY, ids=lambda operation: operation.name)
def test_no_operation_lets_one_visitor_at_anothers(first: Visitor, corpus: Ids, operation: Operation) -> None:
    examine(first, corpus, operation)


IN_A_SESSION = [operation for operation in EVERY if "{session_id}" in operation.path]


@pytest.mark.parametrize("operation", IN_A_SESSION, ids=lambda operation: operation.name)
def test_nor_at_an_ephemeral_session(first: Visitor, corpus: Ids, operation: Operation) -> None:
    examine(first, corpus, operation, ephemeral=True)


def test_every_operation_of_the_contract_is_examined() -> None:
    names = {operation.name for operation in EVERY}
    assert len(names) == len(EVERY)
    assert {"createSession", "getFileContent", "createRun", "switchSession", "revokeDevice"} <= names


# -- the examination itself ---------------------------------------------------------------------


def plant(app: FastAPI, store: AsyncSojourn) -> None:
    """Routes as somebody in a hurry might write them."""
    engine = store._engine
    remembered: list[str] = []

    async def anybodys(session_id: str) -> AsyncSession | None:
        for owner in range(1, 2000):
            ref = SessionRef(owner, session_id)
            try:
                record = await engine.drive.read(lifecycle.get, ref, engine.clock.now(), engine.settings)
            except NotFound:
                continue
            return AsyncSession(engine, ref, record)
        return None

    async def read_by_id(session_id: str) -> PlainTextResponse:
        session = await anybodys(session_id)
        if session is None:
            raise HTTPException(404)
        return PlainTextResponse(session.title)

    async def tell_that_it_is_there(session_id: str, request: Request) -> PlainTextResponse:
        session = await anybodys(session_id)
        visit = await store.visit(request.cookies.get("__Host-sojourn"))
        try:
            await visit.user.sessions.get(session_id)
        except NotFound:
            raise HTTPException(404, "Not yours." if session else "Not found.") from None
        return PlainTextResponse("yours")

    async def write_then_look(session_id: str, request: Request) -> PlainTextResponse:
        session = await anybodys(session_id)
        if session is not None:
            await session.update(title="changed")
        visit = await store.visit(request.cookies.get("__Host-sojourn"))
        try:
            await visit.user.sessions.get(session_id)
        except NotFound:
            raise HTTPException(404) from None
        return PlainTextResponse("done")

    async def remember_for_all(request: Request) -> PlainTextResponse:
        visit = await store.visit(request.cookies.get("__Host-sojourn"))
        remembered.extend(record.id for record in await visit.user.sessions.list())
        return PlainTextResponse("\n".join(remembered))

    async def ask_for_more(session_id: str, needed: str) -> PlainTextResponse:
        return PlainTextResponse(session_id + needed)

    async def of_a_kind_nobody_has(thing_id: str) -> PlainTextResponse:
        return PlainTextResponse(thing_id)

    async def nothing_for_anybody(session_id: str) -> PlainTextResponse:
        raise HTTPException(404)

    for function, path in (
        (read_by_id, "/{session_id}"),
        (tell_that_it_is_there, "/{session_id}"),
        (write_then_look, "/{session_id}"),
        (remember_for_all, ""),
        (ask_for_more, "/{session_id}"),
        (of_a_kind_nobody_has, "/{thing_id}"),
        (nothing_for_anybody, "/{session_id}"),
    ):
        name = function.__name__
        app.add_api_route(f"/v1/planted/{name}{path}", function, operation_id=name, methods=["GET"])


@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("read_by_id", "answered 200"),
        ("tell_that_it_is_there", "differs from ids that nobody has"),
        ("write_then_look", "changed what is another's"),
        ("remember_for_all", "shows another's session_id"),
        ("ask_for_more", "has no recipe"),
        ("of_a_kind_nobody_has", "needs an id that nobody has"),
        ("nothing_for_anybody", "is vacuous"),
    ],
)
def test_a_route_that_leaks_is_found(
    app: FastAPI, first: Visitor, corpus: Ids, name: str, finding: str
) -> None:
    [planted] = [operation for operation in operations(app) if operation.name == name]
    with pytest.raises(AssertionError, match=f"{name} .*{finding}"):
        examine(first, corpus, planted)
