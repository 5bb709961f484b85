"""What the machine does with files, and with bytes on their way; see `stateful`."""

from typing import Any, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, multiple, rule

from sojourn.models import TextStatus
from sojourn.ports import Intent, IntentKind, SessionRef, Tx
from sojourn.testing import drafts
from sojourn.testing.clock import FakeClock
from sojourn.testing.conversing import callers, sessions
from sojourn.testing.drafts import HOUR
from sojourn.testing.sides import Ask, Side

files: Bundle[tuple[str, str]] = Bundle("files")


class Asking(Protocol):
    """What the rules need of the machine."""

    clock: FakeClock

    def now(self) -> int: ...
    def new_id(self, kind: str) -> str: ...
    def write(self, ask: Ask) -> Any: ...
    def ref(self, side: Side, session: str, who: str | None) -> SessionRef: ...


class FileRules:
    """Rules that bring files in, put them into the trash and take them out of it."""

    @rule(target=files, session=sessions, who=callers, size=st.integers(0, 99), hours=st.integers(-1, 3))
    def reserve(self: Asking, session: str, who: str | None, size: int, hours: int) -> Any:
        file_id, deadline = self.new_id("fil"), self.clock.now() + hours * HOUR
        kind = "upload" if size % 2 else "add"
        intent = drafts.intent(session, id=file_id, reserved=size, deadline_ms=deadline, kind=kind, name="a")
        now = self.now()
        held = self.write(lambda tx, side: tx.intents.reserve(self.ref(side, session, who), intent, now))
        return (session, file_id) if held else multiple()

    @rule(file=files, who=callers, size=st.integers(0, 99), text=st.sampled_from(["pending", "none"]))
    def keep(self: Asking, file: tuple[str, str], who: str | None, size: int, text: str) -> None:
        session, file_id = file
        now = self.now()
        kept = drafts.file(file_id, size=size, text=text, created_ms=now, digest=f"{size % 4}" * 64)
        body = b"small" if size % 3 == 0 else None
        self.write(lambda tx, side: tx.files.keep(self.ref(side, session, who), kept, now, body))

    @rule(target=files, session=sessions, who=callers, size=st.integers(0, 99))
    def add(self: Asking, session: str, who: str | None, size: int) -> Any:
        now, file_id = self.now(), self.new_id("fil")
        file = drafts.file(file_id, size=size, created_ms=now, digest=f"{size % 4}" * 64)
        kept = self.write(lambda tx, side: tx.files.add(self.ref(side, session, who), file, b"small", now))
        return (session, file_id) if kept else multiple()

    @rule(file=files, who=callers, back=st.booleans(), text=st.sampled_from(["pending", "none"]))
    def bin(self: Asking, file: tuple[str, str], who: str | None, back: bool, text: TextStatus) -> None:
        now = self.now()

        async def bin(tx: Tx, side: Side) -> Any:
            ref = self.ref(side, file[0], who)
            if back:
                return await tx.files.restore(ref, file[1], text, now)
            return await tx.files.delete(ref, file[1], now)

        self.write(bin)

    @rule(file=files, days=st.sampled_from([0, 31]), who=callers)
    def expire(self: Asking, file: tuple[str, str], who: str | None, days: int) -> None:
        before = self.now() - days * 24 * HOUR
        self.write(lambda tx, side: tx.files.expire(self.ref(side, file[0], who), file[1], before))

    @rule(file=files, who=callers, kind=st.sampled_from(["blob", "words"]), hours=st.integers(0, 2))
    def clear(self: Asking, file: tuple[str, str], who: str | None, kind: IntentKind, hours: int) -> None:
        due = self.now() + hours * HOUR

        async def clear(tx: Tx, side: Side) -> Any:
            ref = self.ref(side, file[0], who)
            renewed = hours == 1 and await tx.intents.renew(ref, file[1], due)
            given_up = hours == 2 and await tx.intents.give_up(ref, file[1], due)
            await tx.intents.release(ref, Intent(ref.id, file[1], kind))
            return renewed, given_up

        self.write(clear)

    @rule(file=files, who=callers, beside=st.none() | sessions)
    def let_go(self: Asking, file: tuple[str, str], who: str | None, beside: str | None) -> None:
        now = self.now()

        async def let_go(tx: Tx, side: Side) -> Any:
            ref = self.ref(side, beside or file[0], who)
            await tx.intents.give_up(ref, file[1])
            return await tx.files.remove(ref, file[1], now)

        self.write(let_go)

    @rule(file=files, who=callers, text=st.sampled_from(["ready", "failed", "pending"]))
    def note(self: Asking, file: tuple[str, str], who: str | None, text: str) -> None:
        given = drafts.file(file[1], text=text, chunks=3, problem="Too long.", name="another.txt", size=12345)
        self.write(lambda tx, side: tx.files.read_as(self.ref(side, file[0], who), given))
