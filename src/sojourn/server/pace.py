"""A request's bytes, as they come: at no less than a pace, and not for ever."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import ClassVar

from starlette.requests import Request

from sojourn.config import Settings
from sojourn.errors import LimitExceeded, SojournError


class TooSlow(SojournError):
    """The bytes of this request come too slowly."""

    code: ClassVar[str] = "too_slow"
    status: ClassVar[int] = 408


async def pieces(request: Request, settings: Settings, *, most: int | None = None) -> AsyncGenerator[bytes]:
    """The body. Raises `TooSlow`, `LimitExceeded` beyond `most` bytes, `ClientDisconnect`.

    A stretch is `upload_grace_seconds` of waiting for bytes, in which `upload_rate_bytes` must come for
    each second. What the server itself takes for them does not count, but all of it must be over after
    `transfer_seconds`.
    """
    loop = asyncio.get_running_loop()
    stretch = settings.upload_grace_seconds
    enough = max(int(settings.upload_rate_bytes * stretch), 1)
    end = loop.time() + settings.transfer_seconds
    waited, came, total = 0.0, 0, 0
    async with aclosing(request.stream()) as stream:
        while True:
            begun = loop.time()
            patience = stretch - waited
            if came >= enough:  # this stretch is well: the next one may be waited for, too
                patience += stretch
            try:
                async with asyncio.timeout_at(min(begun + patience, end)):
                    piece = await anext(stream, None)
            except TimeoutError:
                raise TooSlow(_sentence(settings)) from None
            if piece is None:
                return
            waited += loop.time() - begun
            if waited >= stretch:
                if came < enough:
                    raise TooSlow(_sentence(settings))
                waited, came = waited - stretch, 0
            came += len(piece)
            total += len(piece)
            if most is not None and total > most:
                raise LimitExceeded(f"More than the {most} bytes that were announced came.", limit=most)
            yield piece


def _sentence(settings: Settings) -> str:
    return (
        f"At least {settings.upload_rate_bytes} bytes a second must come, "
        f"and all of them in {settings.transfer_seconds:g} seconds."
    )
