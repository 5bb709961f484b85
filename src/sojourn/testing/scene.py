"""Where a test begins: one store, two users, and sessions in any condition."""

from typing import Any, TypeVar

from msgspec.structs import replace

from sojourn.models import File, Message, Session
from sojourn.ports import Intent, Operation, SessionRef, Tomb
from sojourn.testing import drafts
from sojourn.testing.drafts import NOW
from sojourn.testing.forms import Form

T = TypeVar("T")

READABLE = ("open", "closed", "deleted")
UNREACHABLE = ("absent", "foreign", "erased", "emptied")
SHUT = ("closed", "deleted", *UNREACHABLE)
"""The conditions of a session that refuse what its children are written by."""


class Scene:
    """Ada and Bob, by the numbers their rows are keyed by."""

    def __init__(self, run: Form) -> None:
        self.run = run
        self.records = run.records
        self.ada = self.user("ada")
        self.bob = self.user("bob")

    def read(self, operation: Operation[T]) -> T:
        return self.run.read(operation)

    def write(self, operation: Operation[T]) -> T:
        return self.run.write(operation)

    def user(self, name: str | None) -> int:
        draft = drafts.user(name)
        return self.write(lambda tx: tx.users.add(draft)).no

    def session(self, owner: int | None = None, **fields: Any) -> SessionRef:
        """A new session of the owner, Ada when none is named."""
        no = self.ada if owner is None else owner
        draft = drafts.session(**fields)
        self.write(lambda tx: tx.sessions.add(no, draft))
        return SessionRef(no, draft.id)

    def record(self, ref: SessionRef) -> Session:
        """The session as it stands."""
        found = self.read(lambda tx: tx.sessions.get(ref))
        assert found is not None
        return found

    def say(self, ref: SessionRef, *texts: str, now: int = NOW) -> list[Message]:
        kept = [drafts.message(text) for text in texts]
        said = self.write(lambda tx: tx.messages.append(ref, kept, now))
        assert said is not None
        return said

    def reserve(self, ref: SessionRef, **fields: Any) -> Intent:
        intent = drafts.intent(ref.id, **fields)
        assert self.write(lambda tx: tx.intents.reserve(ref, intent, NOW))
        return intent

    def file(self, ref: SessionRef, *, now: int = NOW, **fields: Any) -> File:
        """A kept file."""
        kept = drafts.file(self.reserve(ref).id, **fields)
        assert self.write(lambda tx: tx.files.keep(ref, kept, now))
        return kept

    def change(self, ref: SessionRef, **fields: Any) -> None:
        changed = replace(self.record(ref), **fields)
        self.write(lambda tx: tx.sessions.replace(ref.owner, changed))

    def erase(self, ref: SessionRef, *, now: int = NOW) -> Tomb:
        """The whole erase, as far as records have a part in it."""
        tomb = self.entomb(ref, now=now)
        self.records.forget(tomb)
        self.write(lambda tx: tx.sessions.empty(tomb))
        self.records.settle()
        return tomb

    def entomb(self, ref: SessionRef, *, now: int = NOW) -> Tomb:
        """An erase that is cut off after its first step."""
        tomb = self.write(lambda tx: tx.sessions.entomb(ref, now))
        assert tomb is not None
        return tomb

    def full(self, **fields: Any) -> "Full":
        """A session of Ada's with a little of everything in it."""
        ref = self.session(**fields)
        said = self.say(ref, "One", "Two", "Three")
        self.write(lambda tx: tx.state.put(ref, "topic", b"tides", NOW))
        return Full(ref, said, self.file(ref), self.reserve(ref))

    def put_into(self, ref: SessionRef, condition: str) -> SessionRef:
        """Brings Ada's session into a condition; answers the reference that meets it."""
        match condition:
            case "closed":
                self.change(ref, closed_ms=NOW)
            case "deleted":
                self.change(ref, deleted_ms=NOW)
            case "erased":
                self.entomb(ref)
            case "emptied":
                self.erase(ref)
            case "foreign":
                return SessionRef(self.bob, ref.id)
            case "absent":
                return SessionRef(ref.owner, drafts.new_id("ses"))
        return ref


class Full:
    """A session, and what is in it."""

    def __init__(self, ref: SessionRef, messages: list[Message], file: File, coming: Intent) -> None:
        self.ref = ref
        self.messages = messages
        self.file = file
        self.coming = coming
