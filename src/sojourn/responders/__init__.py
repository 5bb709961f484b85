"""Who answers: passages of the files themselves, a chat model, or the host app."""

from sojourn.errors import ConfigError
from sojourn.ports import Responder
from sojourn.responders.host import Host
from sojourn.responders.openai_chat import OpenAIChat
from sojourn.responders.quotes import Quotes

__all__ = ["Host", "OpenAIChat", "Quotes", "from_settings"]


def from_settings(model: str | None, base_url: str | None, api_key: str | None) -> Responder:
    """`Quotes` without a model, else `OpenAIChat`. A key alone changes nothing: it may be there for others.

    Raises `ConfigError` for an address without a model, and what `OpenAIChat` raises.
    """
    if model:
        return OpenAIChat(model, base_url=base_url or None, api_key=api_key or None)
    if base_url:
        raise ConfigError("base_url is set but no model: name the model that answers there.", field="model")
    return Quotes()
