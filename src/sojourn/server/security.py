"""Headers that keep a browser from doing more than it should. Pure ASGI."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CSP = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}

SANDBOX = "sandbox; default-src 'none'"
REVALIDATED = "private, no-cache"
"""The one other rule for a personal answer: its browser may keep it, and must ask each time."""


class Security:
    """Adds the headers to every answer that does not set them itself, and `no-store` below `private`."""

    def __init__(self, app: ASGIApp, *, private: str) -> None:
        self.app = app
        self.private = private

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        personal = scope["path"].startswith(self.private)

        async def out(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if personal:
                    if headers.get("Cache-Control") != REVALIDATED:
                        headers["Cache-Control"] = "no-store"
                    if "Cookie" not in headers.get("Vary", ""):
                        headers.add_vary_header("Cookie")
            await send(message)

        await self.app(scope, receive, out)
