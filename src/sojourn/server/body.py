"""Reading a request's JSON body: bounded while it comes, strict in what it is."""

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Scope

from sojourn import codec
from sojourn.config import Settings
from sojourn.errors import Invalid, LimitExceeded
from sojourn.server import pace


class Checked(Request):
    """A request whose JSON body was read and checked already; an absent body is an empty object."""

    def __init__(self, scope: Scope, value: Any) -> None:
        headers = [pair for pair in scope["headers"] if pair[0] != b"content-type"]
        super().__init__({**scope, "headers": [*headers, (b"content-type", b"application/json")]})
        self._value = value

    async def body(self) -> bytes:
        return b"checked"

    async def json(self) -> Any:
        return self._value


async def read(request: Request, settings: Settings, *, most: int, max_depth: int) -> Checked:
    """Raises `LimitExceeded`, `TooSlow`, `Invalid` for what is not strictly JSON."""
    announced = request.headers.get("content-length", "0")
    if announced.isascii() and announced.isdecimal() and int(announced[:20]) > most:
        raise LimitExceeded(f"The body may have {most} bytes.", limit=most)
    held = bytearray()
    async with aclosing(pace.pieces(request, settings)) as pieces:
        async for piece in pieces:
            held += piece
            if len(held) > most:
                raise LimitExceeded(f"The body may have {most} bytes.", limit=most)
    if not held:
        return Checked(request.scope, {})
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or request.headers.get("content-encoding", "identity") != "identity":
        raise HTTPException(415, "The body must be plain application/json.")
    value = parse(bytes(held))
    codec.json_bounds(value, max_depth=max_depth, where="")
    return Checked(request.scope, value)


def parse(text: bytes) -> Any:
    """One JSON value in UTF-8. Raises `Invalid`, also for a name that stands twice in one object."""
    try:
        return json.loads(text.decode("utf-8"), object_pairs_hook=_once)
    except UnicodeDecodeError:
        raise Invalid("The body is not UTF-8.") from None
    except RecursionError:
        raise Invalid("The body is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise Invalid(f"The body is not JSON: {error.msg}, at character {error.pos}.") from None
    except Invalid:
        raise
    except ValueError:
        raise Invalid("The body holds a number that is too long.") from None


def _once(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    held = dict(pairs)
    if len(held) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise Invalid(f"{twice!r} stands twice in one object.", field=twice)
    return held
