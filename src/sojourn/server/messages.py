"""Routes of messages."""

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from sojourn import models
from sojourn.errors import Invalid
from sojourn.server import render, schemas
from sojourn.server.guard import Here
from sojourn.server.idempotency import IdempotencyKey, digest
from sojourn.server.wire import Json


async def get_messages(
    user_id: str,
    session_id: str,
    here: Here,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> Response:
    """The newest messages, or those right before or after a `seq`; oldest first."""
    if before is not None and after is not None:
        raise Invalid("before and after cannot be asked for together.", field="after")
    if limit > here.site.store.settings.page_items:
        raise Invalid(f"limit must be from 1 to {here.site.store.settings.page_items}.", field="limit")
    messages = (await here.session(user_id, session_id)).messages
    if before is not None:
        found = await messages.page(before=before, limit=limit)
    elif after is not None:
        found = await messages.after(after, limit=limit)
    else:
        found = await messages.last(limit)
    earlier = found[0].seq if found and found[0].seq > 1 else None
    return Json({"items": [render.message(message) for message in found], "next_before": earlier})


async def add_message(
    user_id: str,
    session_id: str,
    body: schemas.MessageCreate,
    here: Here,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Keeps one message. Sent again under its id or its Idempotency-Key, it is the same one."""
    session = await here.session(user_id, session_id)
    message = await session.messages.append(
        body.role,
        content(body),
        **body.given("id", "metadata"),
        idempotency_key=idempotency_key,
        digest=digest(body),
    )
    return Json(render.message(message), 201)


def content(sent: schemas.MessageCreate | schemas.MessagePut, where: str = "") -> str | list[models.Part]:
    """A message's content as it was sent. Raises `Invalid` unless it is text or parts."""
    given = sent.given("text", "parts")
    if len(given) != 1:
        raise Invalid(f"{where}text or {where}parts is needed, one of them.", field=f"{where}text")
    if "text" in given:
        return sent.text
    shapes = [part.model_dump(exclude_unset=True) for part in sent.parts]
    try:
        return msgspec.convert(shapes, list[models.Part])
    except msgspec.ValidationError as error:  # a number beyond 64 bits
        raise Invalid(f"{where}parts: {error}.", field=f"{where}parts") from None


def add_to(api: APIRouter) -> None:
    """The routes of this noun."""
    path = "/sessions/{user_id}/{session_id}/messages"
    api.get(path, response_model=schemas.MessagePage)(get_messages)
    api.post(path, status_code=201, response_model=schemas.Message)(add_message)
