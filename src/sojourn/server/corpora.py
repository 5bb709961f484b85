"""Routes of corpora. They are nobody's: every visitor reads the same."""

from fastapi import APIRouter
from starlette.responses import Response

from sojourn.server import schemas
from sojourn.server.guard import Here
from sojourn.server.render import window
from sojourn.server.wire import Json


async def get_corpora(here: Here) -> Response:
    """The shared bodies of documents that a search can take in."""
    return Json({"items": await here.site.store.corpora.list()})


async def get_corpus_chunks(
    name: str, document_id: str, here: Here, first: int = 0, limit: int = 5
) -> Response:
    """Passages of a document, from number `first` on."""
    return Json(window(*await here.site.store.corpora.chunks(name, document_id, first=first, limit=limit)))


def add_to(api: APIRouter) -> None:
    """The routes of this noun."""
    api.get("/corpora", response_model=schemas.Corpora)(get_corpora)
    api.get("/corpora/{name}/documents/{document_id}/chunks", response_model=schemas.ChunkWindow)(
        get_corpus_chunks
    )
