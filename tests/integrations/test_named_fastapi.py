"""The rule of which session a request is about, as FastAPI's dependency and in the library."""

from typing import Annotated

import pytest
from fastapi import Body, Depends, FastAPI
from pydantic import BaseModel
from starlette.testclient import TestClient
from tests.integrations.sites import HTTPS

from sojourn import Settings, Sojourn
from sojourn.aio import AsyncSession
from sojourn.integrations.fastapi import named
from sojourn.testing.clock import FakeClock


class Question(BaseModel):
    text: str
    session_id: str | None = None


@pytest.fixture
def asked(fastapi_app: FastAPI) -> FastAPI:
    Named = Annotated[AsyncSession, Depends(named)]  # noqa: N806

    @fastapi_app.post("/ask")
    async def ask(question: Question, session: Named) -> int:
        await session.messages.append("user", question.text)
        return len(await session.messages.last())

    @fastapi_app.post("/raw")
    async def raw(session: Named, text: Annotated[str, Body(embed=True)]) -> str:
        await session.messages.append("user", text)
        return session.id

    @fastapi_app.get("/history")
    async def history(session: Named) -> list[str]:
        return [message.text for message in await session.messages.last()]

    return fastapi_app


def test_a_dependency_beside_a_body_of_ones_own(asked: FastAPI) -> None:
    with TestClient(asked, base_url=HTTPS) as client:
        assert client.post("/ask", json={"text": "a", "session_id": "x"}).json() == 1
        assert client.post("/ask?session_id=x", json={"text": "b"}).json() == 2
        assert client.post("/ask", json={"text": "c"}, headers={"Sojourn-Session": "x"}).json() == 3
        assert client.post("/ask", json={"text": "d", "session_id": "y"}).json() == 1
        client.post("/raw", json={"text": "e", "session_id": "y"})
        assert client.get("/history?session_id=x").json() == ["a", "b", "c"]
        assert client.get("/history?session_id=y").json() == ["d", "e"]
        assert client.get("/history?session_id=ses_x").status_code == 404
        assert client.post("/ask", json={"session_id": 7, "text": "f"}).status_code == 422


def test_the_document_tells_of_it(asked: FastAPI) -> None:
    told = asked.openapi()["paths"]["/history"]["get"]["parameters"]
    assert {(one["name"], one["in"], one["required"]) for one in told} == {
        ("session_id", "query", False),
        ("sojourn-session", "header", False),
    }
    assert all(one["description"] for one in told)
    body = asked.openapi()["paths"]["/ask"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/Question"}, "the endpoint's own body stays as it is"


def test_a_long_body_is_the_endpoints_own(asked: FastAPI) -> None:
    with TestClient(asked, base_url=HTTPS) as client:
        text = "x" * (3 << 20)
        refused = client.post("/history", content=b"{}")
        assert refused.status_code == 405
        answer = client.post("/ask?session_id=x", json={"text": "x", "more": text})
        assert answer.status_code == 200
        assert client.post("/ask", json={"text": "x", "session_id": "x", "more": text}).json() == 2


def test_the_library_finds_by_key_and_makes_nothing(
    outside: Sojourn, settings: Settings, clock: FakeClock
) -> None:
    ada = outside.user("ada").sessions
    assert ada.find(client_key="chat") is None
    assert outside.counts()["users"] == 0
    made = ada.get_or_create(client_key="chat")
    found = ada.find(client_key="chat")
    assert found is not None
    assert found.id == made.id
    assert outside.user("bob").sessions.find(client_key="chat") is None
    clock.advance(seconds=settings.client_key_idle_seconds + 1)
    assert ada.find(client_key="chat") is None
    assert ada.find(client_key="chat", idle_seconds=10**6) is not None
