"""What a FastAPI app asks for with `Depends`, so that its OpenAPI document tells of it.

The sessions themselves come from `SojournMiddleware`, as in Starlette.
"""

from typing import Annotated

from fastapi import Header, Query
from starlette.requests import HTTPConnection

from sojourn.aio import AsyncSession
from sojourn.integrations import starlette
from sojourn.integrations.starlette import SojournMiddleware, alone, current, visit

__all__ = ["SojournMiddleware", "alone", "current", "named", "visit"]

_NAME = "An id of one of your sessions (`ses_…`), or a key of your own for one; without it, the current one."


async def named(
    connection: HTTPConnection,
    session_id: Annotated[str | None, Query(description=_NAME)] = None,
    sojourn_session: Annotated[str | None, Header(description="The same, as a header.")] = None,
) -> AsyncSession:
    """The session that the request names, for `Depends(named)`; see `starlette.named`."""
    return await starlette.named(connection)
