"""What the machine does with branches, summaries and lists; see `stateful`."""

from typing import Any, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, rule
from msgspec.structs import replace

from sojourn.models import Message
from sojourn.ports import Listing, SessionRef, Spot, Summary, Tx
from sojourn.testing import drafts
from sojourn.testing.sides import Ask, Side

sessions: Bundle[str] = Bundle("sessions")

callers = st.sampled_from([None, None, None, None, "ada", "bob"])
branches = st.none() | st.integers(0, 5)
places = st.integers(0, 9)
tags = st.sampled_from(["sea", "Sea", "\u6d77"])
maybe = st.sampled_from([None, True, False])


class Asking(Protocol):
    """What the rules need of the machine."""

    owner: dict[str, str]

    def now(self) -> int: ...
    def read(self, ask: Ask) -> Any: ...
    def write(self, ask: Ask) -> Any: ...
    def ref(self, side: Side, session: str, who: str | None) -> SessionRef: ...


async def spot(tx: Tx, ref: SessionRef, place: int, branch: int | None) -> Spot:
    """Where one of the branch's messages stands, or of the current one's, and (1, 0) when there is none."""
    found = await tx.messages.last(ref, 100, branch) or await tx.messages.last(ref, 100)
    if place == 0 or not found:
        return (1, 0)
    message = found[place % len(found)]
    return (message.branch, message.seq)


class ConversationRules:
    """Rules that leave one branch for another, sum up, and set sessions apart."""

    @rule(session=sessions, who=callers, count=st.integers(0, 3), place=places, branch=branches)
    def talk_and_leave(
        self: Asking, session: str, who: str | None, count: int, place: int, branch: int | None
    ) -> None:
        now = self.now()
        said = [drafts.message(f"Number {n}", id=drafts.uuid(now + (n << 60))) for n in range(count)]

        async def talk_and_leave(tx: Tx, side: Side) -> Any:
            ref = self.ref(side, session, None)
            await tx.messages.append(ref, said, now)
            at = await spot(tx, ref, place, branch)
            return await tx.branches.fork(self.ref(side, session, who), at, now)

        self.write(talk_and_leave)

    @rule(session=sessions, who=callers, branch=st.integers(0, 5))
    def switch(self: Asking, session: str, who: str | None, branch: int) -> None:
        now = self.now()
        self.write(lambda tx, side: tx.branches.switch(self.ref(side, session, who), branch, now))

    @rule(
        session=sessions,
        who=callers,
        branch=branches,
        role=st.sampled_from(["user", "tool"]),
        ids=st.lists(st.integers(10, 19), min_size=1, max_size=2),
    )
    def append_there(
        self: Asking, session: str, who: str | None, branch: int | None, role: str, ids: list[int]
    ) -> None:
        now = self.now()
        said = [drafts.message(f"Number {id}", id=drafts.uuid(id), role=role, created_ms=now) for id in ids]
        self.write(lambda tx, side: tx.messages.append(self.ref(side, session, who), said, now, branch))

    @rule(
        session=sessions,
        who=callers,
        branch=branches,
        seq=st.integers(-1, 15),
        limit=st.integers(0, 5),
        ids=st.lists(st.integers(0, 19).map(drafts.uuid), max_size=3),
    )
    def look(
        self: Asking, session: str, who: str | None, branch: int | None, seq: int, limit: int, ids: list[str]
    ) -> None:
        async def look(tx: Tx, side: Side) -> list[list[Message]]:
            ref = self.ref(side, session, who)
            return [
                await tx.messages.last(ref, limit, branch),
                await tx.messages.before(ref, seq, limit, branch),
                await tx.messages.after(ref, seq, limit, branch),
                await tx.messages.find(ref, ids),
            ]

        self.read(look)

    @rule(
        session=sessions, who=callers, place=places, branch=branches, after=st.integers(-1, 4), limit=places
    )
    def look_beside(
        self: Asking, session: str, who: str | None, place: int, branch: int | None, after: int, limit: int
    ) -> None:
        async def look(tx: Tx, side: Side) -> Any:
            ref = self.ref(side, session, who)
            at = await spot(tx, self.ref(side, session, None), place, branch)
            return await tx.branches.beside(ref, at, after, limit), await tx.branches.page(ref, after, limit)

        self.read(look)

    @rule(session=sessions, who=callers, place=places, branch=branches, stays=st.booleans())
    def sum_up(
        self: Asking, session: str, who: str | None, place: int, branch: int | None, stays: bool
    ) -> None:
        now = self.now()

        async def sum_up(tx: Tx, side: Side) -> Any:
            ref = self.ref(side, session, who)
            at = await spot(tx, self.ref(side, session, None), place, branch)
            if stays:
                done = await tx.summaries.put(ref, Summary(drafts.uuid(1), drafts.uuid(2), at, "So far", now))
            else:
                done = await tx.summaries.remove(ref, at)
            return done, await tx.summaries.newest(ref, branch)

        self.write(sum_up)

    @rule(session=sessions, pinned=st.booleans(), archived=st.booleans(), kept=st.sets(tags))
    def arrange(self: Asking, session: str, pinned: bool, archived: bool, kept: set[str]) -> None:
        async def arrange(tx: Tx, side: Side) -> bool:
            found = await tx.sessions.get(self.ref(side, session, None))
            if found is None:
                return False
            changed = replace(found, pinned=pinned, archived=archived, tags=tuple(sorted(kept)))
            await tx.sessions.replace(side.numbers[self.owner[session]], changed)
            return True

        self.write(arrange)

    @rule(
        name=st.sampled_from(["ada", "bob"]),
        deleted=st.booleans(),
        archived=st.booleans(),
        pinned=maybe,
        tag=st.none() | tags,
        limit=st.integers(1, 3),
    )
    def leaf_through(
        self: Asking,
        name: str,
        deleted: bool,
        archived: bool,
        pinned: bool | None,
        tag: str | None,
        limit: int,
    ) -> None:
        listing = Listing(deleted, archived, pinned, tag)

        async def leaf_through(tx: Tx, side: Side) -> Any:
            owner, found, position = side.numbers[name], [], None
            for _ in range(9):
                page, position = await tx.sessions.page(owner, position, limit, listing)
                found.append([session.id for session in page])
                if position is None:
                    break
            return found

        self.read(leaf_through)
