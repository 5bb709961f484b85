"""What the records say of every file, for whoever proves that nothing is lost and nothing left over."""

from sojourn.ports import COMING, Known, Miscount, Placed, SessionRef, Tx


async def sessions(tx: Tx, after: int, limit: int) -> list[tuple[int, SessionRef]]:
    """All sessions that stand."""
    return await tx.audit.sessions(after, limit)


async def placed(tx: Tx, ref: SessionRef, after: int, limit: int) -> list[Placed]:
    """Where a session's files keep their bytes."""
    return await tx.audit.placed(ref, after, limit)


async def stands(tx: Tx, ref: SessionRef, file_id: str) -> bool:
    """Whether the session still has this file."""
    return await tx.files.get(ref, file_id) is not None


async def known(tx: Tx, session_id: str) -> Known | None:
    """Whose session it is, or was."""
    return await tx.audit.known(session_id)


async def expected(tx: Tx, ref: SessionRef) -> set[str]:
    """The blobs that may lie outside: of files, on their way, and still to be removed."""
    found = {intent.id for intent in await tx.audit.intents(ref) if intent.kind in (*COMING, "blob")}
    after = 0
    while rows := await tx.audit.placed(ref, after, 1000):
        found.update(row.blob for row in rows if not row.inside)
        after = rows[-1].position
    return found


async def miscounts(tx: Tx, limit: int) -> list[Miscount]:
    """Counters that are not what a recount finds."""
    return await tx.audit.miscounts(limit)


async def recount(tx: Tx) -> None:
    """Puts the counters right."""
    await tx.audit.recount()
