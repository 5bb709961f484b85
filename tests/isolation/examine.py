"""Replays every operation of the OpenAPI document as somebody else, with every id that is not theirs."""

import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import httpx2
from fastapi import FastAPI
from tests.http.visitors import Visitor, another, mine
from tests.unit.archives import zipped
from tests.unit.pictures import saved, scene

from sojourn.core.ids import new_id

NOT_HEADERS = {"date"}
CANARY = "canary-7f3a"
PNG = saved(scene(), "PNG")

TUS = {"Tus-Resumable": "1.0.0"}

SLOTS = ("user_id", "session_id", "file_id", "image_id", "archive_id", "upload_id", "device_id")
"""What names something of a visitor's, in a path or in a body."""

Ids = dict[str, str]

# What an operation needs beyond its path, made of ids. One that needs something and is not here fails.
RECIPES: dict[str, Callable[[Ids], dict[str, Any]]] = {
    "createSession": lambda ids: {"json": {"title": "new"}},
    "updateSession": lambda ids: {
        "json": {
            "title": "changed",
            "messages": [
                {
                    "id": "00000000-0000-7000-8000-0000000000ff",
                    "role": "user",
                    "parts": [{"type": "file", "file_id": ids["file_id"]}],
                }
            ],
        }
    },
    "patchSession": lambda ids: {"json": {"title": "changed"}},
    "addMessage": lambda ids: {"json": {"parts": [{"type": "file", "file_id": ids["file_id"]}]}},
    "createRun": lambda ids: {"json": {}},
    "patchState": lambda ids: {"json": {"set": {"color": "changed"}}},
    "addFiles": lambda ids: {"files": [("file", ("new.txt", b"new", "text/plain"))]},
    "addImages": lambda ids: {"files": [("file", ("new.png", PNG, "image/png"))]},
    "unpackFile": lambda ids: {"json": {}},
    "patchFile": lambda ids: {"json": {"deleted": False}},
    "putFile": lambda ids: {"content": b"new"},
    "createUpload": lambda ids: {"headers": TUS | {"Upload-Length": "3"}},
    "headUpload": lambda ids: {"headers": TUS},
    "patchUpload": lambda ids: {
        "headers": TUS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
        "content": b"new",
    },
    "deleteUpload": lambda ids: {"headers": TUS},
    "search": lambda ids: {"params": {"q": "tides"}},
    "switchSession": lambda ids: {"json": {"session_id": ids["session_id"]}},
}


class Noticing(dict[str, str]):
    """Ids that notice which of them are used."""

    def __init__(self, ids: Ids) -> None:
        super().__init__(ids)
        self.used: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.used.add(name)
        return super().__getitem__(name)


class Operation:
    """One operation of the document."""

    def __init__(self, method: str, path: str, told: dict[str, Any]) -> None:
        self.name: str = told["operationId"]
        self.method = method
        self.path = path
        needs = [found["name"] for found in told.get("parameters", []) if found.get("required")]
        in_path = {found["name"] for found in told.get("parameters", []) if found["in"] == "path"}
        self.needs_recipe = "requestBody" in told or bool(set(needs) - in_path)
        streams = any(
            "text/event-stream" in answer.get("content", {}) for answer in told["responses"].values()
        )
        self.accepts = ["*/*", "text/event-stream"] if streams else ["*/*"]

    def request(self, ids: Ids) -> dict[str, Any]:
        """A valid request, made of these ids."""
        if self.needs_recipe and self.name not in RECIPES:
            raise AssertionError(f"{self.name} has no recipe for its request")
        try:
            url = self.path.format_map(ids)
        except KeyError as missing:
            raise AssertionError(f"{self.name} needs an id that nobody has: {missing}") from None
        more = RECIPES[self.name](ids) if self.name in RECIPES else {}
        return {"method": self.method, "url": url, **more}

    def slots(self, ids: Ids) -> list[str]:
        """The ids of a visitor's that the request names."""
        noticing = Noticing(ids)
        self.request(noticing)
        return [slot for slot in SLOTS if slot in noticing.used]


def operations(app: FastAPI) -> list[Operation]:
    return [
        Operation(method.upper(), path, told)
        for path, methods in app.openapi()["paths"].items()
        for method, told in methods.items()
    ]


def settle(visitor: Visitor, corpus: Ids, **fields: Any) -> Ids:
    """Gives a visitor one of everything; answers its ids."""
    session = visitor.session(title=CANARY, metadata={"note": CANARY}, tags=[CANARY], **fields)
    file = visitor.upload(session["id"], f"{CANARY}.txt", f"Spring tides and {CANARY}.".encode())
    visitor.patch(f"{mine(session['id'])}/state", json={"set": {"color": CANARY}})
    visitor.say(session["id"], f"{CANARY} tides?")
    me = visitor.get("/v1/me").json()
    image = visitor.upload(session["id"], f"{CANARY}.png", PNG)
    archive = visitor.upload(session["id"], f"{CANARY}.zip", zipped({"inside.txt": CANARY.encode()}))
    ids = {"session_id": session["id"], "file_id": file["id"], "digest": file["digest"]}
    name = b64encode(f"{CANARY}.bin".encode()).decode()
    begun = visitor.post(
        f"{mine(session['id'])}/uploads",
        headers=TUS | {"Upload-Length": "1000", "Upload-Metadata": f"filename {name}"},
    )
    ids["upload_id"] = begun.headers["Location"].rpartition("/")[2]
    ids |= {"image_id": image["id"], "archive_id": archive["id"]}
    return ids | {"user_id": me["user"]["id"], "device_id": me["device"]["id"]} | corpus


def absent(ids: Ids) -> Ids:
    """Ids of the same shape that nobody has."""
    made_up = {slot: new_id(ids[slot].partition("_")[0], uuid.uuid4().int >> 82) for slot in SLOTS}
    return ids | made_up


def seen_by(visitor: Visitor, ids: Ids) -> list[Any]:
    """All that a visitor can see of theirs, but for what changes by itself."""
    path = mine(ids["session_id"])
    files = visitor.get(f"{path}/files").json()["items"]
    steady = [{k: v for k, v in file.items() if k not in ("text", "chunks", "problem")} for file in files]
    own = [visitor.get(path + below).json() for below in ("", "/messages", "/state", "/uploads")]
    me = visitor.get("/v1/me").json()
    return [own, steady, me["session_id"], me["user"], len(visitor.get("/v1/devices").json()["items"])]


def examine(first: Visitor, corpus: Ids, operation: Operation, **fields: Any) -> None:
    """Raises AssertionError, naming the operation, when it lets one visitor at another's.

    The sessions have these fields.
    """
    owner = another(first)
    answer = owner.request(**operation.request(settle(owner, corpus, **fields)))
    assert answer.is_success, f"{operation.name} is vacuous: its owner got {answer.status_code} {answer.text}"

    ada, bob = another(first), another(first)
    hers, his = settle(ada, corpus, **fields), settle(bob, corpus, **fields)
    before = seen_by(ada, hers)
    used = operation.slots(hers)
    if operation.method == "GET":
        alone(operation, ada, bob, hers, his | {"user_id": "me"})
    for accept in operation.accepts:
        for slots in subsets(used):
            foreign, nowhere = (
                replay(
                    bob, operation, his | {"user_id": "me"} | {slot: source[slot] for slot in slots}, accept
                )
                for source in (hers, absent(hers))
            )
            what = f"{operation.name} with another's {', '.join(slots)}"
            assert foreign.status_code in (404, 422), f"{what} answered {foreign.status_code}"
            assert told(foreign) == told(nowhere), f"{what} differs from ids that nobody has"
    assert seen_by(ada, hers) == before, f"{operation.name} changed what is another's"


def alone(operation: Operation, ada: Visitor, bob: Visitor, hers: Ids, his: Ids) -> None:
    """She reads, then he does: what was hers must not be in what he gets for ids of his own."""
    replay(ada, operation, hers, "*/*")
    answer = replay(bob, operation, his, "*/*")
    assert answer.is_success, f"{operation.name} refuses one's own: {answer.status_code}"
    found = [slot for slot in SLOTS if hers[slot] in answer.text]
    assert not found, f"{operation.name} shows another's {', '.join(found)}"


def replay(visitor: Visitor, operation: Operation, ids: Ids, accept: str) -> httpx2.Response:
    request = operation.request(ids)
    return visitor.request(**request | {"headers": request.get("headers", {}) | {"Accept": accept}})


def subsets(slots: list[str]) -> Iterator[tuple[str, ...]]:
    for size in range(1, len(slots) + 1):
        yield from combinations(slots, size)


def told(answer: httpx2.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All of an answer that tells something."""
    headers = [(name, value) for name, value in answer.headers.items() if name not in NOT_HEADERS]
    return answer.status_code, answer.content, sorted(headers)
