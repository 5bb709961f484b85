"""The built web page: `index.html` for every place in it, and its assets, which never change."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

WEB = Path(__file__).with_name("web")
NOT_BUILT = (
    "The web page is not built: run `uv sync --reinstall-package sojourn`. The API is there all the same.\n"
)
FOREVER = "public, max-age=31536000, immutable"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


class Pages:
    """The files of one built page. What is asked for is looked up by name: a request is never a path."""

    def __init__(self, web: Path = WEB) -> None:
        self._web = web
        self._files: dict[str, Path] = {}

    def routes(self) -> list[Route]:
        """For GET and HEAD; blocking, so they run in threads."""
        return [
            Route("/", self.index, include_in_schema=False),
            Route("/s/{session_id}", self.index, include_in_schema=False),
            Route("/assets/{name:path}", self.asset, include_in_schema=False),
            Route("/favicon.svg", self.asset, include_in_schema=False),
            Route("/favicon.ico", self.asset, include_in_schema=False),
        ]

    def index(self, request: Request) -> Response:
        """The page itself; 503 and one sentence while it is not built."""
        response = self._file("index.html", request, "no-cache")
        return response or PlainTextResponse(NOT_BUILT, 503, {"Cache-Control": "no-store"})

    def asset(self, request: Request) -> Response:
        """One asset, compressed beforehand where the client takes that."""
        name = request.url.path.removeprefix("/")
        keep = FOREVER if name.startswith("assets/") else "public, max-age=3600"
        return self._file(name, request, keep) or PlainTextResponse("There is no such file.\n", 404)

    def _file(self, name: str, request: Request, keep: str) -> Response | None:
        packed = "gzip" in request.headers.get("accept-encoding", "")
        for path, coding in ((f"{name}.gz", "gzip"), (name, None)):
            content = self._read(path) if packed or coding is None else None
            if content is not None:
                headers = {"Cache-Control": keep, "Vary": "Accept-Encoding"}
                headers["Content-Type"] = TYPES.get(Path(name).suffix, "application/octet-stream")
                if coding is not None:
                    headers["Content-Encoding"] = coding
                return Response(content, headers=headers)
        return None

    def _read(self, name: str) -> bytes | None:
        """What a file of that name holds; names are listed anew when one is not known yet."""
        if name not in self._files:
            found = self._web.rglob("*")
            self._files = {path.relative_to(self._web).as_posix(): path for path in found if path.is_file()}
        try:
            return self._files[name].read_bytes()
        except (KeyError, FileNotFoundError):
            return None
