"""What a model reads of a conversation: the newest of it that fits, in whole turns.

A turn begins with a message of the user. A tool's result is never without its call.
"""

from collections.abc import Callable
from math import ceil

import msgspec
from msgspec import Struct

from sojourn.config import Settings
from sojourn.core import checks, lifecycle, log
from sojourn.errors import Invalid, LimitExceeded
from sojourn.models import Citation, Message, Part, Raw, Text, ToolCall, ToolResult
from sojourn.ports import SessionRef, Summary, Tx

Counter = Callable[[Message], int]
"""Answers how many tokens a message takes."""

PAGE = 64
"""Messages that are read at once."""
_MOST = 10_000
_PINNED = 16
_BYTES = 4
"""UTF-8 bytes a token, about."""


def estimate(message: Message) -> int:
    """About how many tokens a message takes: a quarter of its bytes, and one at least.

    Words, quotes, calls and results count; a provider's own item does when there is nothing else.
    """
    size = sum(_size(part) for part in message.parts)
    if not size:
        size = sum(_json(part.item) for part in message.parts if type(part) is Raw)
    return max(1, ceil(size / _BYTES))


def _size(part: Part) -> int:
    match part:
        case Text(text):
            return len(text.encode())
        case Citation():
            return len(part.quote.encode())
        case ToolCall(_, name, arguments):
            return len(name.encode()) + _json(arguments)
        case ToolResult(_, content):
            return len(content.encode()) if isinstance(content, str) else _json(content)
    return 0


def _json(value: object) -> int:
    return len(msgspec.json.encode(value))


class View(Struct, frozen=True):
    """Where a window begins: what stands at its head, and the newest messages."""

    branch: int
    pinned: list[Message]
    summary: Message | None
    newest: list[Message]


async def view(tx: Tx, ref: SessionRef, branch: int | None, pin_system: bool) -> View:
    """Reads what a window begins with."""
    session = await tx.sessions.get(ref)
    if session is None:
        raise await lifecycle.refusal(tx, ref)
    number = session.branch if branch is None else branch
    pinned: list[Message] = []
    if pin_system:
        for message in await log.after(tx, ref, 0, _PINNED, number):
            if message.role != "system":
                break
            pinned.append(message)
    summary = await tx.summaries.newest(ref, number)
    newest = await log.last(tx, ref, PAGE, number)
    return View(number, pinned, None if summary is None else _message(summary), newest)


class Window:
    """Takes messages newest first, as long as they fit."""

    def __init__(self, view: View, max_tokens: int, count: Counter) -> None:
        self._count = count
        self._head = [*view.pinned, *([view.summary] if view.summary else [])]
        self._summed = view.summary is not None
        self._floor = max((message.seq for message in self._head), default=0)
        self._room = max_tokens - sum(map(self._tokens, self._head))
        if self._room < 0:
            raise LimitExceeded(
                f"What stands at the head takes more than {max_tokens} tokens.", field="max_tokens"
            )
        self._taken: list[Message] = []
        self._waiting: set[str] = set()
        """Calls that are still to come, for results that were taken."""
        self._turn = self._step = 0
        """How many of those taken make whole turns, and how many can be read by themselves."""
        self._whole = False

    def take(self, page: list[Message]) -> bool:
        """Takes a page that is read oldest first; True when more may fit."""
        for message in reversed(page):
            if message.seq <= self._floor:
                self._whole = True
                return False
            tokens = self._tokens(message)
            if tokens > self._room or len(self._taken) == _MOST:
                return False
            self._room -= tokens
            self._add(message)
        self._whole = len(page) < PAGE
        return not self._whole

    def _add(self, message: Message) -> None:
        self._taken.append(message)
        for part in reversed(message.parts):
            if type(part) is ToolResult:
                self._waiting.add(part.call_id)
            elif type(part) is ToolCall:
                self._waiting.discard(part.call_id)
        if self._waiting:
            return
        if message.role == "user":
            self._turn = len(self._taken)
        if message.role != "tool":
            self._step = len(self._taken)

    def messages(self) -> list[Message]:
        """The window, oldest first. Raises `LimitExceeded` when not even the newest message fits."""
        if self._whole and not (self._waiting and self._summed):
            kept = len(self._taken)
        else:
            kept = self._step if self._whole else self._turn or self._step
        if not kept and not self._whole:
            raise LimitExceeded("The newest message takes more tokens than there are.", field="max_tokens")
        return [*self._head, *reversed(self._taken[:kept])]

    def _tokens(self, message: Message) -> int:
        tokens = self._count(message)
        if not isinstance(tokens, int) or isinstance(tokens, bool) or tokens < 0:
            raise Invalid("The counter must answer a whole number, 0 or more.", field="counter")
        return tokens


# -- summaries ----------------------------------------------------------------------------------


async def compact(
    tx: Tx, ref: SessionRef, id: str, upto: str, text: str, now: int, settings: Settings
) -> Message:
    """Has a summary stand for all up to and including a message; the log stays as it is."""
    await lifecycle.writable(tx, ref, now, settings)
    checks.text(text, "text", settings.message_bytes, least=1)
    last = await log.get(tx, ref, upto)
    summary = Summary(id, last.id, (last.branch, last.seq), text, now)
    if not await tx.summaries.put(ref, summary):
        raise await lifecycle.refusal(tx, ref)
    await tx.events.note(ref.owner, "session.changed", ref.id, now)
    return _message(summary)


async def uncompact(tx: Tx, ref: SessionRef, now: int, settings: Settings) -> bool:
    """Takes back the summary that stands on the current branch; False when there is none."""
    await lifecycle.writable(tx, ref, now, settings)
    summary = await tx.summaries.newest(ref)
    if summary is not None and await tx.summaries.remove(ref, summary.spot):
        await tx.events.note(ref.owner, "session.changed", ref.id, now)
        return True
    if not await lifecycle.is_open(tx, ref):
        raise await lifecycle.refusal(tx, ref)
    return False


def _message(summary: Summary) -> Message:
    """A summary as a model reads it: as if the system had said it there."""
    number, seq = summary.spot
    about = {"summary_upto": summary.upto}
    return Message(summary.id, seq, "system", (Text(summary.text),), summary.created_ms, None, about, number)
