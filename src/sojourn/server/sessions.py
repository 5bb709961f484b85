"""Routes of sessions."""

from typing import Annotated, Any

from fastapi import APIRouter, Header
from starlette.responses import Response

from sojourn import models
from sojourn.config import Settings
from sojourn.core import checks
from sojourn.errors import Invalid
from sojourn.server import conditions, render, schemas
from sojourn.server.guard import Here
from sojourn.server.idempotency import IdempotencyKey, digest
from sojourn.server.messages import content
from sojourn.server.wire import Json

IfMatch = Annotated[str | None, Header(alias="If-Match")]

FIELDS = ("title", "tags", "topics", "metadata")


async def create_session(
    user_id: str, body: schemas.SessionCreate, here: Here, idempotency_key: IdempotencyKey = None
) -> Response:
    """Makes a session, and for a newcomer a user and a cookie too.

    An `ephemeral` one is never kept: closing it erases it, and so does the end of the server.
    """
    session = await (await here.mine(user_id)).sessions.create(
        **body.given(*FIELDS, "client_key", "ephemeral"),
        idempotency_key=idempotency_key,
        digest=digest(body),
    )
    return _answer(session.record, 201)


async def get_user_sessions(
    user_id: str,
    here: Here,
    cursor: str | None = None,
    limit: int = 50,
    deleted: bool = False,
    archived: bool = False,
    pinned: bool | None = None,
    tag: str | None = None,
    title: str | None = None,
) -> Response:
    """The caller's sessions, last active first: all but the archived ones and the trash.

    `archived` and `deleted` list those instead, `pinned` and `tag` leave out all others; `title`
    finds words in titles, and goes with none of these but `archived`.
    """
    sessions = (await here.mine(user_id)).sessions
    if title is not None:
        if deleted or pinned is not None or tag is not None:
            raise Invalid("A search for a title goes with no filter but `archived`.", field="title")
        page = await sessions.search(title, limit=limit, cursor=cursor, archived=archived)
    else:
        page = await sessions.list(
            limit=limit, cursor=cursor, deleted=deleted, archived=archived, pinned=pinned, tag=tag
        )
    return Json({"items": [render.session(record) for record in page], "next": page.next})


async def get_session(user_id: str, session_id: str, here: Here) -> Response:
    """One session, closed and deleted ones too."""
    return _answer((await here.session(user_id, session_id)).record)


async def update_session(
    user_id: str, session_id: str, body: schemas.SessionUpdate, here: Here, if_match: IfMatch = None
) -> Response:
    """Appends the messages that are not known yet and sets what is given. Repeating it changes nothing."""
    session = await here.session(user_id, session_id)
    revision = conditions.revision(if_match, session.record.revision)
    fields = body.given(*FIELDS)
    _check(fields, here.site.store.settings)
    drafts = [
        session.messages.draft(
            sent.id,
            sent.role,
            content(sent, where=f"messages[{number}]."),
            metadata=sent.given("metadata").get("metadata"),
            where=f"messages[{number}].",
        )
        for number, sent in enumerate(body.messages)
    ]
    if_seq = body.given("if_seq")
    if drafts or if_seq:
        await session.messages.merge(drafts, **if_seq)
    if fields or revision is not None:
        return _answer(await session.update(**fields, if_revision=revision))
    return _answer(await session.refresh())


async def patch_session(
    user_id: str, session_id: str, body: schemas.SessionPatch, here: Here, if_match: IfMatch = None
) -> Response:
    """Changes what is given and nothing else; closes, or takes out of the trash.

    Closing an ephemeral session erases it: from then on it answers 410.
    """
    session = await here.session(user_id, session_id)
    revision = conditions.revision(if_match, session.record.revision)
    record = await session.update(**body.given(*FIELDS, "pinned", "archived"), if_revision=revision)
    if body.given("deleted"):
        record = await session.restore(if_revision=_next(revision, record))
    if body.given("closed"):
        record = await session.close(if_revision=_next(revision, record))
    return _answer(record)


async def delete_session(
    user_id: str, session_id: str, here: Here, erase: bool = False, if_match: IfMatch = None
) -> Response:
    """Into the trash; with `erase` everything it owns goes, for good, and the receipt counts it."""
    session = await here.session(user_id, session_id)
    revision = conditions.revision(if_match, session.record.revision)
    if erase:
        return Json(render.receipt(await session.erase()))
    await session.delete(if_revision=revision)
    return Response(status_code=204)


def _next(revision: int | None, record: models.Session) -> int | None:
    return None if revision is None else record.revision


def _answer(record: models.Session, status: int = 200) -> Response:
    return Json(render.session(record), status, {"ETag": conditions.etag(record.revision)})


def _check(fields: dict[str, Any], settings: Settings) -> None:
    """Refuses what cannot be set, before messages are kept that come with it."""
    if "title" in fields:
        checks.text(fields["title"], "title", settings.title_chars)
    for name in ("tags", "topics"):
        if name in fields:
            checks.words(fields[name], name, most=settings.tags, chars=settings.tag_chars)
    if "metadata" in fields:
        checks.mapping(fields["metadata"], "metadata", settings.metadata_bytes)


def add_to(api: APIRouter) -> None:
    """The routes of this noun."""
    mine, one = "/sessions/{user_id}", "/sessions/{user_id}/{session_id}"
    api.post(mine, status_code=201, response_model=schemas.Session)(create_session)
    api.get(mine, response_model=schemas.SessionPage)(get_user_sessions)
    api.get(one, response_model=schemas.Session)(get_session)
    api.put(one, response_model=schemas.Session)(update_session)
    api.patch(one, response_model=schemas.Session)(patch_session)
    erased: Any = {200: {"model": schemas.Receipt, "description": "Erased"}}
    api.delete(one, status_code=204, response_class=Response, responses=erased)(delete_session)
