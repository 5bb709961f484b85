"""Messages: what is said is kept at the end of a branch, and never changed."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, get_args

from msgspec.structs import replace

from sojourn import codec
from sojourn.config import Settings
from sojourn.core import branches, checks, lifecycle, log
from sojourn.core.once import Use, once
from sojourn.errors import Invalid, LimitExceeded, MessageChanged, PreconditionFailed
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
    if not isinstance(role, str) or role not in _ROLES:
        raise Invalid(f"{where}role must be one of {', '.join(sorted(_ROLES))}.", field=f"{where}role")
    if isinstance(content, str):
        parts: tuple[Part, ...] = (Text(checks.text(content, f"{where}text", settings.message_bytes)),)
        size = len(content) if content.isascii() else len(content.encode())
    else:
        if not isinstance(content, Iterable):
            raise Invalid(f"{where}text must be text or parts.", field=f"{where}text")
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
            texts = (part.quote, part.document_id, part.document_name, part.corpus or "")
            return 200 + sum(len(checks.text(text, f"{where}.quote", most)) for text in texts)
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
    tx: Tx,
    ref: SessionRef,
    messages: Sequence[Message],
    now: int,
    settings: Settings,
    branch: int | None = None,
) -> list[Message]:
    """Keeps drafts with fresh ids; each gets the next `seq`. Appending never conflicts.

    All or none: raises `LimitExceeded` when the session would have more messages than it may.
    They go to the end of the branch, the current one when none is named. A draft that names its
    parent goes right after it, and those behind it follow.
    """
    if settings.idle_seconds is not None:
        await lifecycle.writable(tx, ref, now, settings)
    for message in messages:
        for number, part in enumerate(message.parts):
            if isinstance(part, FileRef):
                await _own(tx, ref, part, number)
        if branch is not None and message.parent is not None:
            raise Invalid("A message goes after its parent or to a branch, not both.", field="branch")
    kept: list[Message] = []
    for together in _runs(messages):
        if together and together[0].parent is not None:
            await branches.follow(tx, ref, together[0].parent, now, settings)
        said = await tx.messages.append(ref, together, now, branch)
        if said is None:
            raise await (lifecycle.refusal(tx, ref) if branch is None else branches.absent(tx, ref, branch))
        kept += said
    if kept and kept[-1].seq > settings.session_messages:
        raise LimitExceeded(
            f"A session may have {settings.session_messages} messages; with these it would have more.",
            limit=settings.session_messages,
        )
    await tx.events.note(ref.owner, "message.appended", ref.id, now, [message.id for message in kept])
    return kept


def _runs(messages: Sequence[Message]) -> list[Sequence[Message]]:
    """Drafts that go to one place together; each that names its parent begins a run."""
    if len(messages) == 1:
        return [messages]
    starts = [n for n, message in enumerate(messages) if n and message.parent is not None]
    return [messages[start:end] for start, end in pairwise([0, *starts, len(messages)])]


async def edit(tx: Tx, ref: SessionRef, id: str, fresh: Message, now: int, settings: Settings) -> Message:
    """Says a draft in the place of a message, on a new branch, in the same role."""
    await lifecycle.writable(tx, ref, now, settings)
    old = await log.get(tx, ref, id)
    await branches.rewind(tx, ref, id, now, settings)
    return (await append(tx, ref, [replace(fresh, role=old.role)], now, settings))[0]


async def append_once(
    tx: Tx,
    ref: SessionRef,
    message: Message,
    use: Use,
    now: int,
    settings: Settings,
    branch: int | None = None,
) -> list[Message]:
    """Keeps one draft under an Idempotency-Key: a second use answers the message of the first."""

    async def again(id: str) -> list[Message]:
        return [await log.get(tx, ref, id)]

    return await once(
        tx,
        ref.owner,
        use,
        now,
        do=lambda: append(tx, ref, [message], now, settings, branch),
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
    branch: int | None = None,
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
        if found is not None and not await _same(tx, ref, found, message):
            raise MessageChanged(id=message.id)
    fresh = [message for message in messages if message.id not in known]
    if fresh:
        if session.closed:
            raise await lifecycle.refusal(tx, ref)
        known.update((message.id, message) for message in await append(tx, ref, fresh, now, settings, branch))
    return [known[message.id] for message in messages]


async def _same(tx: Tx, ref: SessionRef, kept: Message, sent: Message) -> bool:
    """Whether a message sent again says what is kept; the place and the time are the store's."""
    if sent.parent is not None and sent.parent != kept.parent:
        before = await log.followed(tx, ref, kept)
        if before is None or before.id != sent.parent:
            return False
    placed = replace(sent, seq=kept.seq, created_ms=kept.created_ms, parent=kept.parent, branch=kept.branch)
    return placed == kept


async def _own(tx: Tx, ref: SessionRef, part: FileRef, number: int) -> None:
    """Every id a message names must be one of this session's."""
    if await tx.files.get(ref, part.file_id) is None:
        raise Invalid("There is no such file in this session.", field=f"parts[{number}].file_id")
