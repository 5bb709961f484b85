"""A machine that tells two stores the same things in any order: one is in memory, the other on trial.

    class MyMachine(RecordsMachine):
        def make(self):
            return MyRecords(…)

    TestMine = MyMachine.TestCase

Three users create, write, close, delete, restore and erase sessions, their own and each
other's. After every step all that can be seen of the two stores must be the same.
"""

from abc import abstractmethod
from typing import Any, get_args

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
from msgspec.structs import replace

from sojourn.backends.memory import MemoryRecords
from sojourn.config import Settings
from sojourn.models import EventKind, User
from sojourn.ports import Records, Scope, SessionRef, Tx
from sojourn.testing import drafts
from sojourn.testing.clock import FakeClock
from sojourn.testing.conversing import ConversationRules
from sojourn.testing.drafts import HOUR
from sojourn.testing.filing import FileRules
from sojourn.testing.forms import FORMS
from sojourn.testing.picture import picture
from sojourn.testing.sides import Ask, Side, differences

NAMES = ("ada", "bob", "cyd")
KINDS: tuple[EventKind, ...] = get_args(EventKind)
MOST_SESSIONS = 5

sessions: Bundle[str] = Bundle("sessions")
devices: Bundle[tuple[str, str]] = Bundle("devices")

names = st.sampled_from(NAMES)
callers = st.sampled_from([None, None, None, None, *NAMES])
"""Who asks; None is the owner of what is asked for."""
client_keys = st.sampled_from([None, None, "chat 7", "chat 8"])
state_keys = st.sampled_from(["a", "A", "\u00e9", "topic"])
bodies = st.binary(max_size=4)
limits = st.integers(0, 5)
words = st.text("aA '\n\u00e9\u6d77\U0001f30a", max_size=5)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), words)
objects = st.dictionaries(words, scalars, max_size=2)
message_ids = st.integers(0, 9).map(drafts.uuid)


class GivenUp(Exception):
    """An operation gives up after it has written."""


class RecordsMachine(ConversationRules, FileRules, RuleBasedStateMachine):
    """Subclass it, and say how the store on trial is made."""

    @abstractmethod
    def make(self) -> Records:
        """An empty store."""

    def reopen(self, records: Records) -> Records:
        """The same store, closed and opened again; by default it just goes on."""
        return records

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.memory, self.trial = Side(MemoryRecords(Settings())), Side(self.make())
        self.form = "sync"
        self.owner: dict[str, str] = {}
        """The name of each session's owner."""
        self.tokens: list[bytes] = []
        self.count = 0

    def teardown(self) -> None:
        for side in (self.memory, self.trial):
            side.end()
            side.records.close()

    # -- asking both ----------------------------------------------------------------------------

    def now(self) -> int:
        return self.clock.advance(ms=1)

    def new_id(self, kind: str) -> str:
        self.count += 1
        return f"{kind}_{self.count:026d}"

    def read(self, ask: Ask) -> Any:
        return self.agreed(self.memory.read(ask), self.trial.read(ask))

    def write(self, ask: Ask) -> Any:
        return self.agreed(self.memory.write(ask), self.trial.write(ask))

    def agreed(self, expected: Any, found: Any) -> Any:
        """The one answer of both, which memory is right about."""
        if lines := differences(expected, found):
            raise AssertionError("The store on trial differs.\n" + "\n".join(lines))
        return expected

    def ref(self, side: Side, session: str, who: str | None) -> SessionRef:
        return side.ref(who or self.owner[session], session)

    @initialize(target=sessions, form=st.sampled_from(sorted(FORMS)), client_key=client_keys)
    def move_in(self, form: str, client_key: str | None) -> Any:
        self.form = form
        for side in (self.memory, self.trial):
            side.speak(form)
            for name in NAMES:
                side.number(name, User(id=f"usr_{name:0>26}", name=name, created_ms=self.clock.now()))
        return multiple(*(self.create(name, client_key, "", {}) for name in NAMES[:2]))

    @invariant()
    def nothing_tells_them_apart(self) -> None:
        now, ids = self.clock.now(), list(self.owner)
        self.read(lambda tx, side: picture(tx, side.numbers, ids, self.tokens, now))

    @rule(seconds=st.sampled_from([-1, 1800, 7200]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    @rule()
    def go_out_and_come_back(self) -> None:
        self.trial.end()
        self.trial.records = self.reopen(self.trial.records)
        self.trial.speak(self.form)

    # -- sessions -------------------------------------------------------------------------------

    @precondition(lambda self: len(self.owner) < MOST_SESSIONS)
    @rule(target=sessions, name=names, client_key=client_keys, title=words, metadata=objects)
    def create_one(self, name: str, client_key: str | None, title: str, metadata: dict[str, Any]) -> Any:
        return self.create(name, client_key, title, metadata) or multiple()

    def create(self, name: str, client_key: str | None, title: str, metadata: dict[str, Any]) -> str | None:
        now, id = self.now(), self.new_id("ses")
        draft = drafts.session(
            id=id, title=title, client_key=client_key, metadata=metadata, created_ms=now, active_ms=now
        )
        if self.write(lambda tx, side: tx.sessions.add(side.numbers[name], draft)) == "Conflict":
            return None
        self.owner[id] = name
        return id

    @rule(session=sessions, name=names)
    def come_again(self, session: str, name: str) -> None:
        draft, user = drafts.session(id=session), User(self.new_id("usr"), name, self.clock.now())
        assert self.write(lambda tx, side: tx.sessions.add(side.numbers[name], draft)) == "Conflict"
        assert self.write(lambda tx, side: tx.users.add(user)) == "Conflict"

    @rule(
        session=sessions,
        who=callers,
        field=st.sampled_from(["closed_ms", "deleted_ms", "active_ms"]),
        back=st.booleans(),
        title=words,
        tags=st.lists(words, max_size=2).map(tuple),
    )
    def change(
        self, session: str, who: str | None, field: str, back: bool, title: str, tags: tuple[str, ...]
    ) -> None:
        now = self.now()

        async def change(tx: Tx, side: Side) -> bool:
            found = await tx.sessions.get(self.ref(side, session, None))
            if found is None:
                return False
            fields: dict[str, Any] = {"title": title, "tags": tags, "revision": found.revision + 1}
            fields[field] = None if back and field != "active_ms" else now
            changed = replace(
                found, client_key="another", last_seq=99, file_count=99, file_bytes=99, **fields
            )
            await tx.sessions.replace(side.numbers[who or self.owner[session]], changed)
            return True

        self.write(change)

    @rule(session=sessions, who=callers, done=st.booleans())
    def erase(self, session: str, who: str | None, done: bool) -> None:
        now = self.now()

        async def entomb(tx: Tx, side: Side) -> Any:
            ref = self.ref(side, session, who)
            return await tx.sessions.entomb(ref, now), await tx.sessions.tomb(ref)

        self.write(entomb)
        if done:
            self.finish(session)

    @rule(session=sessions)
    def finish(self, session: str) -> None:
        for side in (self.memory, self.trial):
            side.finish(self.ref(side, session, None))

    # -- messages -------------------------------------------------------------------------------

    @rule(session=sessions, who=callers, ids=st.lists(message_ids, min_size=1, max_size=3), metadata=objects)
    def append(self, session: str, who: str | None, ids: list[str], metadata: dict[str, Any]) -> None:
        now = self.now()
        said = [drafts.message(id, id=id, metadata=metadata or None, created_ms=now) for id in ids]
        self.write(lambda tx, side: tx.messages.append(self.ref(side, session, who), said, now))

    # -- state ----------------------------------------------------------------------------------

    @rule(session=sessions, who=callers, user=st.booleans(), key=state_keys, body=st.none() | bodies)
    def set_state(self, session: str, who: str | None, user: bool, key: str, body: bytes | None) -> None:
        now = self.now()

        async def change(tx: Tx, side: Side) -> Any:
            ref = self.ref(side, session, who)
            scope: Scope = ref.owner if user else ref
            if body is None:
                version = await tx.state.remove(scope, key, now)
            else:
                done = await tx.state.put(scope, key, body, now)
                version = done.version if done else None
            side.note_version(scope, version)
            entry = await tx.state.get(scope, key)
            assert body is None or version is None or (entry and entry.version == version)
            return version is None, entry, await tx.state.count(scope)

        self.write(change)

    # -- users, devices, keys -------------------------------------------------------------------

    @rule(target=devices, name=names, hours=st.integers(0, 3))
    def enrol(self, name: str, hours: int) -> tuple[str, str]:
        now, id = self.now(), self.new_id("dev")
        draft = drafts.device(id=id, created_ms=now, seen_ms=now, expires_ms=now + hours * HOUR)
        token = id.encode().rjust(32)
        self.write(lambda tx, side: tx.devices.add(side.numbers[name], draft, token))
        self.tokens.append(token)
        return name, id

    @rule(device=devices, who=callers, ends=st.booleans())
    def see(self, device: tuple[str, str], who: str | None, ends: bool) -> None:
        now = self.now()

        async def see(tx: Tx, side: Side) -> bool | None:
            owner = side.numbers[who or device[0]]
            await tx.devices.touch(owner, device[1], now)
            return await tx.devices.end(owner, device[1], now) if ends else None

        self.write(see)

    @precondition(lambda self: self.tokens)
    @rule(which=st.integers(0, 20))
    def rotate(self, which: int) -> None:
        now, fresh = self.now(), self.new_id("tok").encode().rjust(32)
        token = self.tokens[which % len(self.tokens)]
        self.write(lambda tx, side: tx.devices.rotate(token, fresh, now))
        self.tokens.append(fresh)

    @rule(device=devices, who=callers, session=sessions, first=st.booleans())
    def point(self, device: tuple[str, str], who: str | None, session: str, first: bool) -> None:
        async def point(tx: Tx, side: Side) -> None:
            verb = tx.devices.point_first if first else tx.devices.point
            await verb(side.numbers[who or device[0]], device[1], session)

        self.write(point)

    @rule(name=names, key=state_keys, body=bodies)
    def do_once(self, name: str, key: str, body: bytes) -> None:
        now = self.now()

        async def do(tx: Tx, side: Side) -> tuple[bytes, str] | None:
            owner = side.numbers[name]
            seen = await tx.once.seen(owner, "op", key, now - HOUR)
            if seen is None:
                await tx.once.remember(owner, "op", key, body.ljust(32), f"obj {now}", now)
            return seen

        self.write(do)

    # -- the change log, leases -----------------------------------------------------------------

    @rule(
        session=sessions,
        who=callers,
        kind=st.sampled_from(KINDS),
        count=st.sampled_from([0, 1, 2, 70]),
        days=st.sampled_from([0, 0, 31]),
    )
    def tell(self, session: str, who: str | None, kind: EventKind, count: int, days: int) -> None:
        at = self.now() + days * 24 * HOUR
        objects = [drafts.uuid(n) if n else None for n in range(count)]

        async def tell(tx: Tx, side: Side) -> int | None:
            ref = self.ref(side, session, who)
            theirs = await tx.sessions.get(ref) or await tx.sessions.tomb(ref)
            id = ref.id if theirs else None
            return await tx.events.note(ref.owner, kind, id, at, objects)

        self.write(tell)

    @rule(name=names, upto=st.integers(0, 80), limit=limits, old=st.booleans())
    def trim(self, name: str, upto: int, limit: int, old: bool) -> None:
        before = self.now() if old else 0
        self.write(lambda tx, side: tx.events.trim(side.numbers[name], upto, before, 20 * limit))

    @rule(name=names, n=st.integers(-1, 150), limit=limits)
    def catch_up(self, name: str, n: int, limit: int) -> None:
        self.read(lambda tx, side: tx.events.after(side.numbers[name], n, limit))

    @rule(
        lease=st.sampled_from(["sweep", "Sweep"]),
        holder=names,
        verb=st.sampled_from(["acquire", "acquire", "renew", "release"]),
        seconds=st.integers(1, 3600),
    )
    def hold(self, lease: str, holder: str, verb: str, seconds: int) -> None:
        now = self.now()
        until = now + seconds * 1000

        async def hold(tx: Tx, side: Side) -> Any:
            fence = side.fences.get((lease, holder), 0)
            answer: object = None
            if verb == "acquire":
                given = await tx.leases.acquire(lease, holder, now, until)
                answer = (given is None, given == fence)
                assert given is None or given >= fence
                side.fences[lease, holder] = fence if given is None else given
            elif verb == "renew":
                answer = await tx.leases.renew(lease, fence, now, until)
            else:
                await tx.leases.release(lease, fence)
            held = [await tx.leases.holds(name, no, now) for (name, _), no in sorted(side.fences.items())]
            return answer, held

        self.write(hold)

    # -- giving up ------------------------------------------------------------------------------

    @rule(session=sessions, key=state_keys, erases=st.booleans())
    def give_up(self, session: str, key: str, erases: bool) -> None:
        now, said = self.now(), drafts.message(id=drafts.uuid(77))
        intent = drafts.intent(session, id=self.new_id("fil"))
        small = drafts.file(self.new_id("fil"))

        async def change(tx: Tx, side: Side) -> None:
            ref = self.ref(side, session, None)
            await tx.state.put(ref, key, b"lost", now)
            await tx.events.note(ref.owner, "state.changed", None, now)
            await tx.state.remove(ref.owner, key, now)
            await tx.messages.append(ref, [said], now)
            await tx.intents.reserve(ref, intent, now)
            await tx.files.keep(ref, drafts.file(intent.id), now)
            await tx.files.add(ref, small, b"lost", now)
            for file in (await tx.files.page(ref, 0, 9))[0]:
                await tx.files.delete(ref, file.id, now)
                await tx.files.remove(ref, file.id, now)
            if erases and (tomb := await tx.sessions.entomb(ref, now)):
                await tx.sessions.empty(tomb)
            raise GivenUp

        for side in (self.memory, self.trial):
            side.give_up(change, GivenUp)
