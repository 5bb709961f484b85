"""Messages: an append-only log, read by windows."""

from collections.abc import Sequence
from typing import Any, get_args

from msgspec.structs import replace

from sojourn import codec
from sojourn.config import Settings
from sojourn.core import checks, lifecycle
from sojourn.core.once import Use, once
from sojourn.errors import Invalid, LimitExceeded, MessageChanged, NotFound, PreconditionFailed
from sojourn.models import Citation, FileRef, Message, Part, Role, Text, ToolCall, ToolResult
from sojourn.ports import SessionRef, Tx

_ROLES = frozenset(get_args(Role))
_PARTS = get_args(Part)


def draft(
    settings: Settings,
    id: str,
    now: int,
    role: str,
    content: str | Sequence[Part],
    *,
    parent: str | None = None,
    metadata: dict[str, Any] | None = None,
    where: str = "",
) -> Message:
    """A message that is not kept yet. Raises `Invalid` or `LimitExceeded` naming the field."""
    if role not in _ROLES:
        raise Invalid(f"{where}role must be one of {', '.join(sorted(_ROLES))}.", field=f"{where}role")
    if isinstance(content, str):
        parts: tuple[Part, ...] = (Text(checks.text(content, f"{where}text", settings.message_bytes)),)
        size = len(content) if content.isascii() else len(content.encode())
    else:
        parts = tuple(content)
        size = sum(_weigh(part, f"{where}parts[{n}]", settings) for n, part in enumerate(parts))
        if not parts:
            raise Invalid(f"{where}parts must not be empty.", field=f"{where}parts")
    if size > settings.message_bytes:
        raise LimitExceeded(
            f"The message takes {size} bytes; {settings.message_bytes} are allowed.",
            field=f"{where}parts",
            limit=settings.message_bytes,
        )
    return Message(
        id=id,
        seq=0,
        role=role,
        parts=parts,
        created_ms=now,
        parent=None if parent is None else checks.uuid(parent, f"{where}parent"),
        metadata=None
        if metadata is None
        else checks.mapping(metadata, f"{where}metadata", settings.metadata_bytes),
    )


def _weigh(part: object, where: str, settings: Settings) -> int:
    """Checks one part, and answers its size in bytes."""
    most = settings.message_bytes
    match part:
        case Text(text):
            return len(checks.text(text, f"{where}.text", most).encode())
        case FileRef(file_id):
            return len(checks.text(file_id, f"{where}.file_id", 64, least=1))
        case Citation():
            return len(checks.text(part.quote, f"{where}.quote", most)) + 200
        case ToolCall(call_id, name, arguments):
            checks.text(call_id, f"{where}.call_id", 200)
            checks.text(name, f"{where}.name", 200)
            checks.tree(arguments, f"{where}.arguments", settings.message_depth)
            return len(codec.encode(arguments))
        case ToolResult(call_id, content):
            checks.text(call_id, f"{where}.call_id", 200)
            checks.tree(content, f"{where}.content", settings.message_depth)
            return len(codec.encode(content))
    if isinstance(part, _PARTS):  # Raw
        checks.text(part.provider, f"{where}.provider", 100)
        checks.tree(part.item, f"{where}.item", settings.message_depth)
        return len(codec.encode(part.item))
    raise Invalid(f"{where} must be a message part, not {type(part).__name__}.", field=where)


async def append(
    tx: Tx, ref: SessionRef, messages: Sequence[Message], now: int, settings: Settings
) -> list[Message]:
    """Keeps drafts with fresh ids; each gets the next `seq`. Appending never conflicts."""
    await lifecycle.writable(tx, ref, now, settings)
    for message in messages:
        await _refers(tx, ref, message)
    kept = await tx.messages.append(ref, messages, now)
    if kept is None:
        raise await lifecycle.refusal(tx, ref)
    return kept


async def append_once(
    tx: Tx, ref: SessionRef, message: Message, use: Use, now: int, settings: Settings
) -> list[Message]:
    """Keeps one draft under an Idempotency-Key: a second use answers the message of the first."""

    async def again(id: str) -> list[Message]:
        return [await get(tx, ref, id)]

    return await once(
        tx,
        ref.owner,
        use,
        now,
        do=lambda: append(tx, ref, [message], now, settings),
        again=again,
        name=lambda kept: kept[0].id,
    )


async def merge(
    tx: Tx,
    ref: SessionRef,
    messages: Sequence[Message],
    now: int,
    settings: Settings,
    if_seq: int | None = None,
) -> list[Message]:
    """Keeps those whose id is not known yet, in order; answers all of them as they are kept.

    Repeating it changes nothing. A known id that says something else raises `MessageChanged`,
    and then nothing is kept. `if_seq` is the newest `seq` the caller has seen, else `PreconditionFailed`.
    """
    session = await lifecycle.get(tx, ref, now, settings)
    if if_seq is not None and if_seq != session.last_seq:
        raise PreconditionFailed("Messages came since you read them.", last_seq=session.last_seq)
    known = {message.id: message for message in await tx.messages.find(ref, [m.id for m in messages])}
    for message in messages:
        found = known.get(message.id)
        if found is not None and not same(found, message):
            raise MessageChanged(id=message.id)
    fresh = [message for message in messages if message.id not in known]
    if fresh:
        if session.closed:
            raise await lifecycle.refusal(tx, ref)
        known.update((message.id, message) for message in await append(tx, ref, fresh, now, settings))
    return [known[message.id] for message in messages]


def same(kept: Message, sent: Message) -> bool:
    """Whether a message sent again says what is kept; the place and the time are the store's."""
    return replace(sent, seq=kept.seq, created_ms=kept.created_ms) == kept


async def _refers(tx: Tx, ref: SessionRef, message: Message) -> None:
    """Every id a message names must be one of this session's."""
    for number, part in enumerate(message.parts):
        if isinstance(part, FileRef) and await tx.files.get(ref, part.file_id) is None:
            raise Invalid("There is no such file in this session.", field=f"parts[{number}].file_id")
    if message.parent is not None and not await tx.messages.find(ref, [message.parent]):
        raise Invalid("There is no such message in this session.", field="parent")


async def last(tx: Tx, ref: SessionRef, limit: int) -> list[Message]:
    """The newest messages, oldest of them first."""
    return await _standing(tx, ref, await tx.messages.last(ref, limit))


async def before(tx: Tx, ref: SessionRef, seq: int, limit: int) -> list[Message]:
    """The messages right before `seq`, oldest first."""
    return await _standing(tx, ref, await tx.messages.before(ref, seq, limit))


async def after(tx: Tx, ref: SessionRef, seq: int, limit: int) -> list[Message]:
    """The messages right after `seq`, oldest first."""
    return await _standing(tx, ref, await tx.messages.after(ref, seq, limit))


async def get(tx: Tx, ref: SessionRef, id: str) -> Message:
    """One message by its id."""
    found = await tx.messages.find(ref, [id])
    if not found:
        await _standing(tx, ref, found)
        raise NotFound("There is no such message.")
    return found[0]


async def _standing(tx: Tx, ref: SessionRef, found: list[Message]) -> list[Message]:
    """Nothing found: an empty stretch of a session that stands, or no session."""
    if not found and await tx.sessions.get(ref) is None:
        raise await lifecycle.refusal(tx, ref)
    return found
