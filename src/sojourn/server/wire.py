"""JSON answers."""

from typing import Any

import msgspec
from starlette.responses import Response


class Json(Response):
    """An answer whose body is what `render` makes."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return msgspec.json.encode(content)
