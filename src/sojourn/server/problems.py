"""Errors → `application/problem+json` (RFC 9457). Nothing of the request is repeated but a field's name."""

import json
import secrets
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sojourn.errors import Invalid, SojournError
from sojourn.models import Entry

MEDIA_TYPE = "application/problem+json"
FIELD_CHARS = 200
RETRY_SECONDS = "1"
ENTRIES = 100
"""How many refused entries of an archive one problem tells of."""

_SENTENCES = {
    "missing": "is needed.",
    "extra_forbidden": "is not known here.",
    "union_tag_invalid": "has a type that is not known here.",
    "union_tag_not_found": "needs a type.",
}


def problem(error: SojournError) -> dict[str, Any]:
    """The problem that an error is, ready to be written as JSON."""
    title = (type(error).__doc__ or "").strip()
    body = _problem(error.status, error.code, title, str(error), error.facts.get("field"))
    if reason := error.facts.get("reason"):
        body["reason"] = reason
    refused = [entry for entry in error.facts.get("entries", ()) if entry.problem]
    if refused:
        body["entries"] = [_refused(entry) for entry in refused[:ENTRIES]]
    return body


def _refused(entry: Entry) -> dict[str, Any]:
    return {"name": entry.name, "size": entry.size, "problem": entry.problem, "detail": entry.detail or ""}


def answer(error: SojournError) -> Response:
    """The response to a request that ended in the error."""
    headers = {"Retry-After": RETRY_SECONDS} if error.status == 503 else {}
    return _response(error.status, problem(error), headers)


def http_answer(error: HTTPException) -> Response:
    """The response to what the framework or the host refuses: no such path, no such method."""
    phrase = HTTPStatus(error.status_code).phrase
    code = phrase.lower().replace(" ", "_").replace("-", "_")
    detail = error.detail if isinstance(error.detail, str) else phrase
    body = _problem(error.status_code, code, f"{phrase}.", detail)
    return _response(error.status_code, body, dict(error.headers or {}))


def reference() -> str:
    """A word that an answer and the log have in common."""
    return secrets.token_hex(4)


def crash_answer(reference: str) -> Response:
    """The response to an error that nobody expected: what it is stands in the log alone."""
    return _response(500, crash(reference), {})


def crash(reference: str) -> dict[str, Any]:
    """The same as a problem."""
    detail = f"Something went wrong on the server; its log has it under {reference}."
    return _problem(500, "internal", "Something went wrong.", detail)


def invalid(error: RequestValidationError) -> Invalid:
    """The first thing that does not fit, named by its place."""
    found = error.errors()[0]
    field = _place(found["loc"])
    if found["type"] == "value_error":
        return Invalid(found["msg"].removeprefix("Value error, "), field=field)
    sentence = _SENTENCES.get(found["type"])
    if sentence is None:
        return Invalid(f"{field or 'The body'}: {found['msg']}.", field=field)
    return Invalid(f"{field or 'The body'} {sentence}", field=field)


def _place(loc: tuple[int | str, ...]) -> str:
    """`("body", "parts", 0, "text", "text")` → `parts[0].text`: a part's own tag is no place."""
    place = ""
    for number, step in enumerate(loc[1:], 1):
        if isinstance(step, int):
            place += f"[{step}]"
        elif not (isinstance(loc[number - 1], int) and loc[number - 2] == "parts" and number + 1 < len(loc)):
            place += f".{step}" if place else step
    return place


def _problem(status: int, code: str, title: str, detail: str, field: object = None) -> dict[str, Any]:
    body = {
        "type": f"about:blank#{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if isinstance(field, str) and field:
        body["field"] = field[:FIELD_CHARS]
    return body


def _response(status: int, body: dict[str, Any], headers: dict[str, str]) -> Response:
    # ASCII: a field's name is the client's, and may hold what UTF-8 cannot say.
    return Response(json.dumps(body).encode(), status, headers, MEDIA_TYPE)
