"""Typed state: one row per key, so that different keys cannot collide.

Versions count every change within one scope and never repeat, so a version seen
once names one value for ever.
"""

from collections.abc import Mapping, Sequence

from sojourn.config import Settings
from sojourn.core import lifecycle
from sojourn.core.changes import Change, Remove, Set
from sojourn.errors import LimitExceeded, NotFound, SojournError, StateConflict
from sojourn.ports import Entry, Scope, SessionRef, Tx


async def entry(tx: Tx, scope: Scope, name: str) -> Entry | None:
    """One key, None when it is not set."""
    found = await tx.state.get(scope, name)
    if found is None:
        await _standing(tx, scope)
    return found


async def entries(tx: Tx, scope: Scope) -> list[Entry]:
    """All keys of the scope, by name."""
    found = await tx.state.all(scope)
    if not found:
        await _standing(tx, scope)
    return found


async def change(
    tx: Tx,
    scope: Scope,
    now: int,
    settings: Settings,
    changes: Sequence[Change],
    if_versions: Mapping[str, int],
) -> dict[str, Entry]:
    """Makes the changes in one transaction, in order; answers the entries of theirs that now stand.

    `if_versions` names the version each key must still have, 0 for not set; else `StateConflict`,
    and nothing is changed.
    """
    if isinstance(scope, SessionRef) and settings.idle_seconds is not None:
        await lifecycle.writable(tx, scope, now, settings)
    for name, version in if_versions.items():
        found = await tx.state.get(scope, name)
        if (found.version if found else 0) != version:
            raise StateConflict(f"The key {name!r} was changed since you read it.", field=name)
    written: dict[str, Entry] = {}
    more = False
    for step in changes:
        found = None if isinstance(step, Set | Remove) else await tx.state.get(scope, step.key)
        body = step.on(found, settings)
        if body is None:
            if await tx.state.remove(scope, step.key, now) is None:
                raise await _refusal(tx, scope)
            written.pop(step.key, None)
            continue
        put = await tx.state.put(scope, step.key, body, now)
        if put is None:
            raise await _refusal(tx, scope)
        more = more or put.new
        written[step.key] = Entry(step.key, body, put.version)
    if more:
        await _bounded(tx, scope, settings)
    if changes:
        owner, session_id = (scope.owner, scope.id) if isinstance(scope, SessionRef) else (scope, None)
        await tx.events.note(owner, "state.changed", session_id, now)
    return written


async def _bounded(tx: Tx, scope: Scope, settings: Settings) -> None:
    held = await tx.state.count(scope)
    if held > settings.state_keys:
        raise LimitExceeded(
            f"The state would have {held} keys; {settings.state_keys} are allowed.", limit=settings.state_keys
        )


async def _standing(tx: Tx, scope: Scope) -> None:
    if isinstance(scope, SessionRef) and await tx.sessions.get(scope) is None:
        raise await lifecycle.refusal(tx, scope)


async def _refusal(tx: Tx, scope: Scope) -> SojournError:
    if isinstance(scope, SessionRef):
        return await lifecycle.refusal(tx, scope)
    return NotFound("There is no such user.")
