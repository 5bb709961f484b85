"""A chat endpoint that speaks the protocol over a real socket, and what is asked of it."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from sojourn.models import Hit, Message, Part, Place, Text
from sojourn.ports import Delta, Question
from sojourn.responders import OpenAIChat

KEY = "sk-very-secret-0123456789"

TIDES = Hit(
    document_id="fil_1",
    document_name="paper.pdf",
    chunk=2,
    text="Tides rise and fall. Spring tides come at full moon and new moon. Neap tides come at the quarters.",
    place=Place(page=3),
    score=2.0,
)
BREST = Hit(
    document_id="doc_9",
    document_name="ports.md",
    chunk=0,
    text="At Brest the range is 7 m, as shown in [1]. At Saint-Malo it is 12 m.",
    place=Place(heading="Ranges"),
    score=1.0,
    corpus="handbook",
)


# -- the endpoint -------------------------------------------------------------------------------


class Endpoint:
    """A chat endpoint: `pieces` are what it streams, `script` what it does with them."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.asked, self.left = threading.Event(), threading.Event()
        self.app = FastAPI()
        self.app.post("/v1/chat/completions")(self.complete)
        self.url = ""

    async def complete(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        self.headers.append(dict(request.headers))
        self.asked.set()
        model = body["model"]
        if model.isdecimal():
            headers = {"retry-after": "17"} if model == "429" else None
            error = {"message": f"No: {KEY}", "type": "t", "code": "c"}
            return JSONResponse({"error": error}, int(model), headers)
        if model == "quota":
            return JSONResponse({"error": {"message": KEY, "code": "insufficient_quota"}}, 429)
        if model == "html":
            return HTMLResponse("<h1>Welcome</h1>")
        if model == "hang":
            await self.hang(request)
        return StreamingResponse(self.stream(model, request), media_type="text/event-stream")

    async def stream(self, model: str, request: Request) -> AsyncIterator[str]:
        try:
            yield event({"role": "assistant", "content": ""})
            for piece in self.pieces:
                yield event({"content": piece})
            if model == "error":
                yield f"data: {json.dumps({'error': {'message': f'boom {KEY}', 'code': 'server_error'}})}\n\n"
            elif model == "garbage":
                yield "data: {not json\n\n"
            elif model == "drop":
                raise ConnectionResetError
            elif model == "stall":
                await self.hang(request)
            elif model == "pings":
                for _ in range(500):
                    yield ": still working\n\n"
                    await asyncio.sleep(0.02)
            elif model == "endless":
                for _ in range(1000):
                    yield event({"content": "more and more " * 100})
            elif model != "unfinished":
                yield (
                    "data: "
                    + json.dumps({"id": "1", "object": "chat.completion.chunk", "choices": []})
                    + "\n\n"
                )
                reasons = {"length": "length", "filter": "content_filter"}
                yield event({}, reasons.get(model, "stop"))
                yield "data: [DONE]\n\n"
        finally:
            self.left.set()

    async def hang(self, request: Request) -> None:
        for _ in range(200):
            if await request.is_disconnected():
                break
            await asyncio.sleep(0.05)


def event(delta: dict[str, str], reason: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n"


def message(role: str, *parts: Part | str, id: str = "m") -> Message:
    kept = tuple(Text(part) if isinstance(part, str) else part for part in parts)
    return Message(id=id, seq=1, role=role, parts=kept, created_ms=0)


def question(*hits: Hit, text: str = "When do spring tides come?") -> Question:
    return Question(messages=[message("user", text)], hits=hits)


def chat(endpoint: Endpoint, model: str = "m", **options: Any) -> OpenAIChat:
    return OpenAIChat(model, base_url=endpoint.url, api_key=KEY, **options)


def answered(responder: OpenAIChat, asked: Question) -> list[Delta]:
    async def collect() -> list[Delta]:
        return [delta async for delta in responder.respond(asked)]

    return asyncio.run(collect())


def shape(deltas: list[Delta]) -> str:
    """The answer as one string, with a citation as ⟨number chunk⟩."""
    return "".join(
        f"⟨{delta.citation.number} {delta.citation.document_name}⟩" if delta.citation else delta.text
        for delta in deltas
    )
