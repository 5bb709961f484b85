"""Connections on which the head of a request does not come to its end are hung up."""

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

HEAD_SECONDS = 20.0
"""How long the head of a request may take, from the connection or its first byte on."""


class Prompt(asyncio.Protocol):
    """The server's own protocol, and a clock that runs while no request is under way but bytes come.

    It also ends the connection of whoever was answered already and goes on sending.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        self._inner: Any = AutoHTTPProtocol(*args, **more)
        self._clock: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._inner.connection_made(transport)
        self._look()

    def data_received(self, data: bytes) -> None:
        self._inner.data_received(data)
        self._look()

    def eof_received(self) -> bool | None:
        found: bool | None = self._inner.eof_received()
        return found

    def connection_lost(self, problem: Exception | None) -> None:
        self._stop()
        self._inner.connection_lost(problem)

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def _look(self) -> None:
        request = self._inner.cycle
        if request is not None and not request.response_complete:
            self._stop()
        elif self._clock is None:
            self._clock = asyncio.get_running_loop().call_later(HEAD_SECONDS, self._hang_up)

    def _stop(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _hang_up(self) -> None:
        if self._transport is not None and self._transport.get_protocol() is self:
            self._transport.close()
