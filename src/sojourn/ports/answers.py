"""What makes answers."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from msgspec import Struct

from sojourn.models import (
    Citation,
    Hit,
    Message,
)


class Question(Struct, frozen=True):
    """What an answer may rest on: the newest messages (the last one asks) and the passages found."""

    messages: Sequence[Message]
    hits: Sequence[Hit]
    documents: int | None = None
    """How many documents were searched, the corpora's included; None when not counted."""

    @property
    def text(self) -> str:
        return self.messages[-1].text


class Delta(Struct, frozen=True):
    """More of an answer: words, or the citation that the words before it rest on."""

    text: str = ""
    citation: Citation | None = None


class Responder(Protocol):
    """Makes answers. `title` is what the page calls them."""

    title: str

    def respond(self, question: Question) -> AsyncIterator[Delta]: ...
