"""The route of searching: a session's own files and corpora, in one ranking."""

from fastapi import APIRouter
from starlette.responses import Response

from sojourn.server import schemas
from sojourn.server.guard import Here
from sojourn.server.wire import Json


async def search(
    user_id: str, session_id: str, here: Here, q: str, k: int = 10, corpora: str | None = None
) -> Response:
    """The passages that answer best. `corpora` names some, with commas; left out it is all of them."""
    session = await here.session(user_id, session_id)
    if corpora is None:
        names = [corpus.name for corpus in await here.site.store.corpora.list()]
    else:
        names = [name for name in corpora.split(",") if name]
    return Json({"items": await session.search(q, k=k, corpora=names)})


def add_to(api: APIRouter) -> None:
    """The routes of this noun."""
    api.get("/sessions/{user_id}/{session_id}/search", response_model=schemas.Hits)(search)
