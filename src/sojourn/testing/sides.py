"""Two stores told the same things, and what they answer in words that do not depend on either's numbers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sojourn.errors import SojournError
from sojourn.models import User
from sojourn.ports import Entry, Operation, Owner, Records, Scope, SessionRef, Tomb, Tx
from sojourn.testing.forms import FORMS, Form

Ask = Callable[[Tx, "Side"], Awaitable[Any]]
"""An operation that knows which store it runs in."""


def differences(expected: Any, found: Any, at: str = "") -> list[str]:
    """Where two plain values differ, each place in a line."""
    if isinstance(expected, dict) and isinstance(found, dict):
        keys = sorted(expected.keys() | found.keys())
        pairs = [(key, expected.get(key), found.get(key)) for key in keys]
    elif isinstance(expected, list | tuple) and type(expected) is type(found) and len(expected) == len(found):
        pairs = [(str(n), *pair) for n, pair in enumerate(zip(expected, found, strict=True))]
    else:
        return [] if expected == found else [f"{at or 'answer'}: expected {expected!r}, found {found!r}"]
    return [line for key, one, other in pairs for line in differences(one, other, f"{at}/{key}")]


class Side:
    """One store, and the numbers it gave to what the two have in common."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.numbers: dict[str, int] = {}
        self.versions: dict[Scope, int] = {}
        """The highest version seen of each scope."""
        self.fences: dict[tuple[str, str], int] = {}
        """The last fence of each lease and holder."""
        self._form: Form | None = None

    def ref(self, name: str, session_id: str) -> SessionRef:
        return SessionRef(self.numbers[name], session_id)

    def speak(self, form: str) -> None:
        """From here on calls are made in this form."""
        self.end()
        self._form = FORMS[form](self.records)

    def end(self) -> None:
        if self._form is not None:
            self._form.end()

    def read(self, ask: Ask) -> Any:
        assert self._form is not None
        return self._told(self._form.read, ask)

    def write(self, ask: Ask) -> Any:
        assert self._form is not None
        return self._told(self._form.write, ask)

    def _told(self, call: Callable[[Operation[Any]], Any], ask: Ask) -> Any:
        """What the call answers, or the name of the error it raises."""
        try:
            return self.plain(call(lambda tx: ask(tx, self)))
        except SojournError as problem:
            return type(problem).__name__

    def number(self, name: str, user: User) -> None:
        """Adds a user, and keeps their number."""
        owner = self.records.write(lambda tx: tx.users.add(user))
        self.numbers[name] = owner.no

    def note_version(self, scope: Scope, version: int | None) -> None:
        """Versions of a scope rise, whatever was written."""
        if version is not None:
            assert version > self.versions.get(scope, 0)
            self.versions[scope] = version

    def finish(self, ref: SessionRef) -> None:
        """The later steps of an erase, when its first was taken."""
        tomb = self.records.read(lambda tx: tx.sessions.tomb(ref))
        if tomb is not None:
            self.records.forget(tomb)
            self.write(lambda tx, side: tx.sessions.empty(tomb))
            self.records.settle()

    def give_up(self, ask: Ask, problem: type[Exception]) -> None:
        """Runs what raises this, and takes it."""
        try:
            self.write(ask)
        except problem:
            return
        raise AssertionError(f"{problem.__name__} did not come back from the operation.")

    def plain(self, value: Any) -> Any:
        """The value without numbers: versions by their rank, owners by name, tombs by receipt."""
        match value:
            case Owner():
                return self._name(value.no), value.user
            case SessionRef():
                return self._name(value.owner), value.id
            case Tomb():
                return value.receipt
            case [Entry(), *_]:
                rank = sorted(entry.version for entry in value)
                return [(entry.key, entry.body, rank.index(entry.version)) for entry in value]
            case Entry():
                return value.key, value.body
            case list():
                return [self.plain(item) for item in value]
            case tuple():
                return tuple(self.plain(item) for item in value)
            case dict():
                return {key: self.plain(item) for key, item in value.items()}
        return value

    def _name(self, no: int) -> str:
        return next(name for name, held in self.numbers.items() if held == no)
