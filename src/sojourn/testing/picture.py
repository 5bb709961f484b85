"""All that can be seen of a store through its verbs, to be compared with the same at another time."""

from collections.abc import Mapping, Sequence
from typing import Any

from sojourn.models import File, Session
from sojourn.ports import Listing, SessionRef, Tx

_LIMIT = 2
"""Of a page: small, so that pictures are made of several."""
_MOST = 1000


async def picture(
    tx: Tx, owners: Mapping[str, int], ids: Sequence[str], tokens: Sequence[bytes], now: int
) -> dict[str, Any]:
    """What the owners, by name, see of themselves and of these sessions, and what the host sees of all."""
    names = {no: name for name, no in owners.items()}
    unread = await tx.files.unread(_MOST)
    overdue = await tx.intents.overdue(now, _MOST)
    tombs = await tx.sessions.unfinished(_MOST)
    known = [await tx.devices.find(token) for token in tokens]
    return {
        "owners": {name: await _owner(tx, no, now) for name, no in owners.items()},
        "sessions": {id: await _session(tx, owners, id, now) for id in ids},
        "devices": [
            found and (names[found.owner.no], found.device, found.ended, found.rotated_ms) for found in known
        ],
        "unread": [(names[ref.owner], ref.id, file) for ref, file in unread],
        "overdue": sorted((names[ref.owner], ref.id, intent.id, intent.kind) for ref, intent in overdue),
        "expired": [(names[ref.owner], ref.id, id) for ref, id in await tx.files.expired(now, _MOST)],
        "unfinished": sorted(tomb.receipt.session_id for tomb in tombs),
    }


async def _owner(tx: Tx, no: int, now: int) -> dict[str, Any]:
    owner = await tx.users.numbered(no)
    return {
        "user": owner and owner.user,
        "devices": await tx.devices.list(no, now),
        "sessions": await _pages(tx, no, Listing()),
        "archived": await _pages(tx, no, Listing(archived=True)),
        "trash": await _pages(tx, no, Listing(deleted=True)),
        "pinned": await _pages(tx, no, Listing(pinned=True)),
        "unpinned": await _pages(tx, no, Listing(pinned=False)),
        "titles": [found.title for found in await tx.sessions.titles(no, None, _MOST, archived=False)],
        "state": await tx.state.all(no),
        "events": await tx.events.after(no, 0, _MOST),
        "taken": await tx.files.taken(no),
        "log": (await tx.events.oldest(no), await tx.events.newest(no)),
    }


async def _pages(tx: Tx, owner: int, listing: Listing) -> list[Session]:
    found, position = await tx.sessions.page(owner, None, _LIMIT, listing)
    while position is not None and len(found) < _MOST:
        more, position = await tx.sessions.page(owner, position, _LIMIT, listing)
        found += more
    return found


async def _session(tx: Tx, owners: Mapping[str, int], id: str, now: int) -> dict[str, Any]:
    """What each of the owners gets to see of one session."""
    return {name: await _seen(tx, SessionRef(no, id), now) for name, no in owners.items()}


async def _seen(tx: Tx, ref: SessionRef, now: int) -> dict[str, Any]:
    tomb = await tx.sessions.tomb(ref)
    session = await tx.sessions.get(ref)
    return {
        "session": session,
        "receipt": tomb and tomb.receipt,
        "messages": await tx.messages.last(ref, _MOST),
        "branches": await tx.branches.page(ref, 0, _MOST),
        "summary": await tx.summaries.newest(ref),
        "state": await tx.state.all(ref),
        "files": [await tx.files.held(ref, file.id) for file in await _files(tx, ref)],
        "trash": (await tx.files.page(ref, 0, _MOST, deleted=True))[0],
        "reserved": await tx.intents.reserved(ref, now),
        "uploads": await tx.intents.uploads(ref, now, _MOST),
        "current": session
        and session.client_key
        and await tx.sessions.with_client_key(ref.owner, session.client_key),
    }


async def _files(tx: Tx, ref: SessionRef) -> list[File]:
    found, position = await tx.files.page(ref, 0, _LIMIT)
    while position is not None and len(found) < _MOST:
        more, position = await tx.files.page(ref, position, _LIMIT)
        found += more
    return found
