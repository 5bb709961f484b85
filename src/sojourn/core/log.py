"""Reading the log of messages: a branch with all it came from, by windows."""

from sojourn.core import lifecycle
from sojourn.errors import NotFound
from sojourn.models import Message
from sojourn.ports import SessionRef, Tx


async def last(tx: Tx, ref: SessionRef, limit: int, branch: int | None = None) -> list[Message]:
    """The newest messages, oldest of them first."""
    return await _standing(tx, ref, branch, await tx.messages.last(ref, limit, branch))


async def before(tx: Tx, ref: SessionRef, seq: int, limit: int, branch: int | None = None) -> list[Message]:
    """The messages right before `seq`, oldest first."""
    return await _standing(tx, ref, branch, await tx.messages.before(ref, seq, limit, branch))


async def after(tx: Tx, ref: SessionRef, seq: int, limit: int, branch: int | None = None) -> list[Message]:
    """The messages right after `seq`, oldest first."""
    return await _standing(tx, ref, branch, await tx.messages.after(ref, seq, limit, branch))


async def get(tx: Tx, ref: SessionRef, id: str) -> Message:
    """One message by its id, of any branch."""
    found = await tx.messages.find(ref, [id])
    if not found:
        await _standing(tx, ref, None, found)
        raise NotFound("There is no such message.")
    return found[0]


async def followed(tx: Tx, ref: SessionRef, message: Message) -> Message | None:
    """The message that one follows; None when it begins the conversation."""
    found = await tx.messages.before(ref, message.seq, 1, message.branch)
    return found[0] if found else None


async def _standing(tx: Tx, ref: SessionRef, branch: int | None, found: list[Message]) -> list[Message]:
    """Nothing found: an empty stretch of a branch that stands, or no branch, or no session."""
    if not found:
        if await tx.sessions.get(ref) is None:
            raise await lifecycle.refusal(tx, ref)
        if branch is not None and not await stands(tx, ref, branch):
            raise NotFound("There is no such branch.", field="branch")
    return found


async def stands(tx: Tx, ref: SessionRef, branch: int) -> bool:
    """Whether the session has a branch of this number."""
    found = await tx.branches.page(ref, branch - 1, 1)
    return bool(found) and found[0].number == branch
