"""The HTTP API, and the page that uses it. A name is loaded when it is first asked for."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sojourn.integrations.visit import Policy
    from sojourn.server.app import create_app, router
else:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if name == "Policy":
            from sojourn.integrations.visit import Policy

            return Policy
        from sojourn.server import app

        return getattr(app, name)


__all__ = ["Policy", "create_app", "router"]
