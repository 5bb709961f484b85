"""`python -m sojourn.server.openapi` writes the OpenAPI document."""

import json
import sys

from sojourn.aio import AsyncSojourn
from sojourn.server.app import create_app


def document() -> str:
    """The document as JSON; the same for every store."""
    found = create_app(AsyncSojourn.open("memory://")).openapi()
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
