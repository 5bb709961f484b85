"""All rows of one store, and the two questions every verb asks of a session."""

from msgspec import Struct
from msgspec.structs import replace

from sojourn.backends.memory.tables import Counter, Journal, Line, Order, Table, Tally
from sojourn.errors import Conflict
from sojourn.models import Device, Event, File, Message, Session, Thumbnail, User
from sojourn.ports import Entry, Intent, IntentKind, SessionGlance, SessionRef, Spot, Summary, Tomb


class StateSpace:
    """One scope's keys, and the counter their versions come from."""

    def __init__(self, journal: Journal) -> None:
        self.entries: Table[str, Entry] = Table(journal)
        self.versions = Counter(journal)


class FileRow(Struct, frozen=True):
    """`place` rises with every file the store keeps. `blob` names where its bytes are."""

    place: int
    file: File
    blob: str


class BranchRow:
    """What was said in one branch, after it left another."""

    def __init__(self, journal: Journal, parent: int | None, fork_seq: int) -> None:
        self.parent = parent
        self.fork_seq = fork_seq
        self.messages: Line[Message] = Line(journal, by=lambda message: message.seq)


class Children:
    """What hangs on a session."""

    def __init__(self, journal: Journal) -> None:
        self.branches: Table[int, BranchRow] = Table(journal)
        self.branches.put(1, BranchRow(journal, None, 0))
        self.spots: Table[str, tuple[int, int]] = Table(journal)
        """The branch of each message, and its place in it."""
        self.summaries: Table[Spot, Summary] = Table(journal)
        self.state = StateSpace(journal)
        self.intents: Table[tuple[str, IntentKind], Intent] = Table(journal)
        self.files: Table[str, FileRow] = Table(journal)
        self.bodies: Table[str, bytes] = Table(journal)
        self.places = Order(journal)
        """(place, file id)"""
        self.thumbnails: Table[str, dict[int, Thumbnail]] = Table(journal)
        """By the file's id and the size asked for; a dictionary is replaced, never changed."""
        self.trash = Order(journal)
        """The same of files in the trash."""

    def reach(self, branch: int) -> list[tuple[int, int]]:
        """The branches that lead to the end of one, newest first, and the seq up to which each does."""
        found: list[tuple[int, int]] = []
        number: int | None = branch
        upto = 2**62
        while number is not None and (row := self.branches.get(number)) is not None:
            found.append((number, upto))
            number, upto = row.parent, row.fork_seq
        return found

    def line(self, branch: int) -> list[tuple[Line[Message], int]]:
        """The same, with what was said in them."""
        rows = ((self.branches.get(number), upto) for number, upto in self.reach(branch))
        return [(row.messages, upto) for row, upto in rows if row is not None]

    def back(self, branch: int, seq: int, limit: int) -> list[Message]:
        """Up to `limit` messages before this seq, newest first."""
        found: list[Message] = []
        for messages, upto in self.line(branch):
            end = messages.place(min(seq, upto + 1))
            found += reversed(messages.between(end - max(limit - len(found), 0), end))
        return found


class SessionRow(Struct, frozen=True):
    no: int
    owner: int
    session: Session
    children: Children

    @property
    def open(self) -> bool:
        return self.session.closed_ms is None and self.session.deleted_ms is None

    @property
    def glance(self) -> SessionGlance:
        session, version = self.session, self.children.state.versions.last
        return SessionGlance(session.id, session.active_ms, session.closed_ms, session.deleted_ms, version)


class TombRow(Struct, frozen=True):
    """Once the erase is done, `children` are nothing but what was on its way."""

    owner: int
    tomb: Tomb
    children: Children
    emptied: bool = False


class DeviceRow(Struct, frozen=True):
    device: Device
    ended: bool
    token: bytes
    former: tuple[tuple[bytes, int], ...] = ()
    """The tokens it had before and when each ended, newest first."""


class LeaseRow(Struct, frozen=True):
    name: str
    holder: str
    fence: int
    until_ms: int


class OwnerRow:
    """A user, and what is found through them."""

    def __init__(self, journal: Journal, no: int, user: User) -> None:
        self.no = no
        self.user = user
        self.state = StateSpace(journal)
        self.devices: Table[str, DeviceRow] = Table(journal)
        self.standing = Order(journal)
        """(active_ms, number, session id) of the sessions outside the trash and not archived"""
        self.archived = Order(journal)
        self.trash = Order(journal)
        self.client_keys: Table[str, str] = Table(journal)
        """The ids of the open sessions that have a client key."""
        self.once: Table[tuple[str, str], tuple[int, bytes, str]] = Table(journal)
        self.events: Table[int, Event] = Table(journal)
        self.event_order = Order(journal)
        """(n,)"""
        self.event_numbers = Counter(journal)
        self.taken = Tally(journal)
        """The files of all sessions, and what is on its way to them."""


class Rows:
    """All rows of one store."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.user_numbers = Counter(self.journal)
        self.session_numbers = Counter(self.journal)
        self.file_places = Counter(self.journal)
        self.owners: Table[int, OwnerRow] = Table(self.journal)
        self.names: Table[str, int] = Table(self.journal)
        self.tokens: Table[bytes, tuple[int, str]] = Table(self.journal)
        """Those of all devices, and whose place others took; see `DeviceRow`."""
        self.sessions: Table[str, SessionRow] = Table(self.journal)
        self.tombs: Table[str, TombRow] = Table(self.journal)
        self.unfinished = Order(self.journal)
        """(erased_ms, number, session id)"""
        self.unread = Order(self.journal)
        """(created_ms, place, session id, file id)"""
        self.leases: Table[str, LeaseRow] = Table(self.journal)
        self.fences = Counter(self.journal)
        self.noted: set[int] = set()
        """Owners whose change log the transaction under way has lengthened."""
        self.deadlines = Order(self.journal)
        """(deadline_ms, session id, file id, kind)"""
        self.discarded = Order(self.journal)
        """(deleted_ms, place, session id, file id) of files in the trash"""

    def owner(self, no: int) -> OwnerRow:
        """Raises `LookupError` for a number that `users.add` never gave: a bug in the caller."""
        row = self.owners.get(no)
        if row is None:
            raise LookupError(f"There is no user with the number {no}.")
        return row

    def find(self, ref: SessionRef) -> SessionRow | None:
        """The owner's session; closed and deleted ones too, erased ones not."""
        row = self.sessions.get(ref.id)
        return row if row is not None and row.owner == ref.owner else None

    def open(self, ref: SessionRef) -> SessionRow | None:
        """The owner's session, if it may be written to."""
        row = self.find(ref)
        return row if row is not None and row.open else None

    def enter(self, row: SessionRow) -> None:
        """Puts a session into the tables. Raises `Conflict` when its client key is another open one's."""
        owner = self.owner(row.owner)
        key = row.session.client_key
        if key is not None and row.open:
            if key in owner.client_keys:
                raise Conflict("There is an open session with this client key.", field="client_key")
            owner.client_keys.put(key, row.session.id)
        self._order(owner, row).add((row.session.active_ms, row.no, row.session.id))
        self.sessions.put(row.session.id, row)

    def leave(self, row: SessionRow) -> None:
        """Takes a session out of the tables."""
        owner = self.owner(row.owner)
        key = row.session.client_key
        if key is not None and row.open:
            owner.client_keys.remove(key)
        self._order(owner, row).remove((row.session.active_ms, row.no, row.session.id))
        self.sessions.remove(row.session.id)

    def change(self, row: SessionRow, session: Session) -> None:
        """Puts `session` in the row's place."""
        self.leave(row)
        self.enter(replace(row, session=session))

    def touch(self, row: SessionRow, now: int, messages: int = 0, files: int = 0, size: int = 0) -> None:
        """Notes a write, and what it added to the counts."""
        session = row.session
        self.change(
            row,
            replace(
                session,
                active_ms=max(session.active_ms, now),
                last_seq=session.last_seq + messages,
                file_count=session.file_count + files,
                file_bytes=session.file_bytes + size,
            ),
        )

    def _order(self, owner: OwnerRow, row: SessionRow) -> Order:
        if row.session.deleted_ms is not None:
            return owner.trash
        return owner.archived if row.session.archived else owner.standing
