"""The session's state as a mapping, as web frameworks have it. No framework.

What is set before the headers is saved with them, in one transaction; what is set later is saved
at once. A key that was read and then set is saved only if nobody has changed it in between.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, MutableMapping
from typing import Any

from sojourn import codec
from sojourn.core import changes, state
from sojourn.core.changes import Increment
from sojourn.errors import (
    Invalid,
    LimitExceeded,
    NotFound,
    SessionClosed,
    SessionDeleted,
    SessionGone,
    SessionNotStarted,
    SignedOut,
    StateConflict,
)
from sojourn.integrations.presence import LATE, Presence
from sojourn.integrations.saving import Batch, Held, Saved, save
from sojourn.integrations.threshold import Entered
from sojourn.ports import Entry, Tx

log = logging.getLogger("sojourn")

ENDED = (SignedOut, SessionGone, SessionDeleted, SessionClosed, NotFound)
"""The visit or its session ended while the request ran: what that still writes is dropped."""


class SessionMapping(MutableMapping[str, Any]):
    """The state of the session the visitor is in. Reading makes nothing; the first key makes it all.

    Keys are text. Values are what the store keeps (see `sojourn.codec`); anything else is refused
    where it is set: `Invalid` or `LimitExceeded`, naming the key. A list or dict that was read may be
    changed in place, what differs from what is kept is saved.
    """

    def __init__(self, presence: Presence) -> None:
        self.presence = presence
        self._held: dict[str, Held] = {}

    # What a request begins with; see `Presence`.
    _whole = False
    _wiped = False
    _wanted = False
    _epoch = 0

    # -- what frameworks ask ----------------------------------------------------------------------

    @property
    def accessed(self) -> bool:
        """Something was asked or set, so the answer is this visitor's alone."""
        return self.presence.touched

    @accessed.setter
    def accessed(self, value: bool) -> None:
        self.presence.touched = self.presence.touched or value

    @property
    def shared(self) -> bool:
        """The request was given the session that the host shares with who has none; see `named`."""
        return self.presence.shared

    @property
    def modified(self) -> bool:
        """Something waits to be saved. It need not be set: what was changed in place is found."""
        return self._wiped or any(held.differs(self._encoded) for held in list(self._held.values()))

    @modified.setter
    def modified(self, value: bool) -> None:
        self.presence.touched = True

    @property
    def new(self) -> bool:
        """There was no session before this request."""
        self.presence.look()
        return self.presence.new

    # -- mapping ----------------------------------------------------------------------------------

    def __getitem__(self, key: str) -> Any:
        return self._present(key).open()

    def __setitem__(self, key: str, value: Any) -> None:
        self._begin()
        name = changes.key(self.presence.host.settings, key)
        body = self._encoded(name, value)
        self._held.setdefault(name, Held(name)).put(body, value)
        if self.presence.sent:
            self.save(only=name)

    def __delitem__(self, key: str) -> None:
        self._present(key).remove()
        if self.presence.sent:
            self.save(only=key)

    def __contains__(self, key: object) -> bool:
        held = self._find(key)
        return held is not None and held.read() is not None

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(key for key, held in self._all().items() if held.body is not None))

    def __len__(self) -> int:
        return sum(held.body is not None for held in self._all().values())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def copy(self) -> dict[str, Any]:
        """All keys and values, in a dict of one's own."""
        return dict(self)

    def clear(self) -> None:
        """Empties the state. The session stays, and so do its messages and files."""
        self._settle()
        self._held = {}
        self._whole = self._wiped = True
        if self.presence.sent:
            self.save()

    def incr(self, key: str, by: int | float = 1) -> int | float:
        """Adds to a number (0 when not set) at once, and answers the sum; concurrent requests all count.

        Raises `Invalid` when the key holds something else.
        """
        self._begin()
        host = self.presence.host
        name = changes.key(host.settings, key)
        if isinstance(by, bool) or not isinstance(by, int | float):
            raise Invalid(f"{key!r} can only be incremented by a number.", field=key)
        self.save(only=name)
        now = host.clock.now()

        async def work(tx: Tx, entered: Entered) -> Entry:
            assert entered.ref is not None, "a write starts the session"
            return (await state.change(tx, entered.ref, now, host.settings, [Increment(name, by)], {}))[name]

        entry = self.presence.write(work)
        self._held[name] = Held(name, entry, known=True)
        total = codec.decode(entry.body)
        assert isinstance(total, int | float)
        return total

    def start(self) -> None:
        """Has the session made with this answer even if nothing is set, so that a stream can write.

        Raises `SessionNotStarted` for a newcomer once the headers are gone.
        """
        self._begin()
        self._wanted = True

    # -- saving -----------------------------------------------------------------------------------

    def save(self, *, only: str | None = None) -> None:
        """Saves what was changed, now. When the visit has ended meanwhile, it is dropped.

        Raises `StateConflict` for a key that was read, if another has changed it since and the
        application does not only log that; then nothing is saved. `SessionNotStarted` for a newcomer
        once the headers are gone.
        """
        if (batch := self._batch(only)) is not None:
            try:
                self._saved(batch, self.presence.write(lambda tx, entered: save(tx, entered, batch)))
            except ENDED as end:
                self._dropped(end)
            except StateConflict as conflict:
                self._lost(conflict.facts["field"])
                raise

    async def asave(self) -> None:
        """The same, awaited, of all keys."""
        if (batch := self._batch(None)) is not None:
            try:
                self._saved(batch, await self.presence.awrite(lambda tx, entered: save(tx, entered, batch)))
            except ENDED as end:
                self._dropped(end)
            except StateConflict as conflict:
                self._lost(conflict.facts["field"])
                raise

    def forget(self, *, unsaved: bool = False) -> None:
        """Reads anew what is asked next. With `unsaved`, what waits to be saved is given up."""
        held = {} if unsaved else {key: one for key, one in self._held.items() if one.differs(self._encoded)}
        self._held = held
        self._whole = self._wiped = self._wiped and not unsaved
        self._wanted = self._wanted and not unsaved

    def _batch(self, only: str | None) -> Batch | None:
        presence = self.presence
        if not self._held and not self._wiped and not self._wanted:
            return None
        self._settle()
        held = list(self._held.values()) if only is None else [self._held[only]] if only in self._held else []
        writes = [write for one in held if (write := one.write(self._encoded)) is not None]
        wiped = self._wiped and presence.ref is not None
        if not writes and not wiped and not (self._wanted and presence.ref is None):
            return None
        host = presence.host
        return Batch(
            writes=writes,
            wiped=wiped,
            now=host.clock.now(),
            settings=host.settings,
            keeps_winner=host.on_conflict == "log",
        )

    def _saved(self, batch: Batch, saved: Saved) -> None:
        self._wiped = self._wanted = False
        for write in batch.writes:
            held = self._held.get(write.key)
            if held is not None and write.key in saved.versions:
                held.saved(write, saved.versions[write.key])
        for key in saved.lost:
            log.warning("The session's key %r was changed by another request; that value stays.", key)
            self._lost(key)

    def _lost(self, key: str) -> None:
        self._held.pop(key, None)
        with self.presence.host.lock:
            self.presence.host.conflicts += 1

    def _dropped(self, end: Exception) -> None:
        log.warning("What a request still wrote was dropped: %s", end)
        if isinstance(end, SignedOut):
            self.presence.leave(dead=True)
        else:
            self.presence.look_again()
        self.forget(unsaved=True)

    # -- keys -------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Knows who is here; when they are in another session than before, all that was known is old."""
        self.presence.look()
        if self.presence.epoch != self._epoch:
            self._epoch = self.presence.epoch
            self.forget(unsaved=True)

    def _begin(self) -> None:
        """Before a change. Raises `SessionNotStarted` for a newcomer once the headers are gone."""
        self._settle()
        presence = self.presence
        if presence.late and not presence.dead:
            raise SessionNotStarted(LATE)

    def _present(self, key: str) -> Held:
        held = self._find(key)
        if held is None or held.read() is None:
            raise KeyError(key)
        return held

    def _find(self, key: object) -> Held | None:
        """The key as this request knows it; once the headers are gone, as it is kept now."""
        if not isinstance(key, str):
            return None
        self._settle()
        presence = self.presence
        held = self._held.get(key)
        if held is not None and not presence.sent:
            return held
        try:
            changes.key(presence.host.settings, key)
        except (Invalid, LimitExceeded):
            return None
        if self._whole and not presence.sent:
            return self._held.setdefault(key, Held(key, known=not self._wiped))
        return self._kept(key, presence.entry(key))

    def _all(self) -> dict[str, Held]:
        self._settle()
        if not self._whole or self.presence.sent:
            entries = {entry.key: entry for entry in self.presence.entries()}
            for key in entries.keys() | self._held.keys():
                self._kept(key, entries.get(key))
            self._whole = True
        return self._held

    def _kept(self, key: str, entry: Entry | None) -> Held:
        """Takes what is kept for what is known, unless a change of it waits."""
        held = self._held.get(key)
        if held is None or not (held.is_of(entry) or held.differs(self._encoded)):
            held = self._held[key] = Held(key, entry, known=True)
        return held

    def _encoded(self, key: str, value: Any) -> bytes:
        try:
            return changes.encoded(self.presence.host.settings, value)
        except Invalid as problem:
            raise Invalid(f"session[{key!r}]: {problem}", field=key) from None
        except LimitExceeded as problem:
            raise LimitExceeded(f"session[{key!r}]: {problem}", **problem.facts | {"field": key}) from None
