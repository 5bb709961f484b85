"""Does each thing with its nth call failing, for n = 1, 2, … until none fails, and looks after each.

Arguments: folder, control, kind of call, number of the error, `all` or `some`. Says what broke a promise, and
at the end how many faults there were.
"""

import gc
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
from tests.faults.calls import Faults

from sojourn import Settings, Sojourn
from sojourn.errors import NotFound, SessionGone, SojournError
from sojourn.models import Chunk, Place

SETTINGS = Settings(durability="power", busy_seconds=0.5)
SOME = (1, 2, 3, 4, 5, 6, 8, 12, 20, 35, 60)


class Trial:
    """One thing that is done, what stands before it, and what must hold after it."""

    def __init__(self, store: Sojourn, witness: Sojourn, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.session = witness.user("ada").sessions.create(title="Tides")
        self.session.messages.append("user", "before")
        self.seen = witness.user("ada").sessions.get(self.session.id)
        """The session as another connection sees it."""
        self.own: Any = None

    def prepare(self) -> None:
        """While nothing fails yet. The store stays cold: nothing of it is open."""

    def act(self) -> None:
        raise NotImplementedError

    def holds(self, done: bool) -> None:
        """Raises `AssertionError` where a promise is broken."""

    def mine(self) -> Any:
        return self.store.user("ada").sessions.get(self.session.id)

    def texts(self) -> list[str]:
        return [message.text for message in self.seen.messages.last(50)]


class Append(Trial):
    def act(self) -> None:
        self.mine().messages.append("user", "one")

    def holds(self, done: bool) -> None:
        assert self.texts() == ["before", "one"] if done else self.texts() == ["before"]
        self.mine().messages.append("user", "two")
        assert self.texts()[-1] == "two"


class WarmAppend(Append):
    """The same when everything is open already: nothing but the write itself can fail."""

    def prepare(self) -> None:
        self.own = self.mine()

    def act(self) -> None:
        self.own.messages.append("user", "one")


class Set(Trial):
    def act(self) -> None:
        self.mine().state.set(topic="tides")

    def holds(self, done: bool) -> None:
        assert self.seen.state.all() == ({"topic": "tides"} if done else {})


class Create(Trial):
    """A session for which keys must be made first."""

    def prepare(self) -> None:
        raw = apsw.Connection(str(self.folder / "sojourn.db"))
        raw.execute("UPDATE store SET key_ceiling = last_key").fetchall()
        raw.close()
        self.before = self.count()

    def count(self) -> int:
        return self.seen._engine.records.read(lambda tx: tx.store.counts())["sessions"]

    def act(self) -> None:
        self.store.user("ada").sessions.create(title="One").messages.append("user", "one")

    def holds(self, done: bool) -> None:
        assert self.count() - self.before in ((1,) if done else (0, 1))
        later = self.store.user("ada").sessions.create(title="Two")
        later.messages.append("user", "two")
        assert later.messages.last()[0].text == "two"


class Add(Trial):
    def prepare(self) -> None:
        self.data = bytes(range(256)) * 800

    def act(self) -> None:
        self.mine().files.add("table.bin", iter([self.data[:100_000], self.data[100_000:]]), size=204_800)

    def bytes_kept(self) -> list[int]:
        where = self.folder / "sessions" / self.session.id[-2:] / self.session.id
        return [path.stat().st_size for path in where.rglob("*") if path.is_file()]

    def holds(self, done: bool) -> None:
        files = self.seen.files.list().items
        record = self.seen.refresh()
        assert (record.file_count, record.file_bytes) == ((1, 204_800) if done else (0, 0))
        assert len(files) == done
        for file in files:
            with self.seen.files.open(file.id) as opened:
                assert opened.read() == self.data
        ref = self.seen._ref
        intents = self.seen._engine.records.read(lambda tx: tx.audit.intents(ref))
        left = self.bytes_kept()
        if done:
            assert (intents, left) == ([], [204_800])
        else:
            assert left == [] or len(intents) == 1, "what is left is known to the sweep"
        assert self.seen.files.add("next.txt", b"next").size == 4


class Remove(Trial):
    def prepare(self) -> None:
        self.file = self.seen.files.add("notes.txt", b"Spring tides come twice a month. " * 3000)

    def act(self) -> None:
        self.mine().files.erase(self.file.id)

    def holds(self, done: bool) -> None:
        kept = self.seen.files.list().items
        assert self.seen.refresh().file_count == len(kept)
        if done:
            assert kept == []
        for file in kept:
            with self.seen.files.open(file.id) as opened:
                assert opened.read().startswith(b"Spring")


class Erase(Trial):
    def prepare(self) -> None:
        self.seen.files.add("notes.txt", b"Spring tides come twice a month. " * 3000)
        self.seen.state.set(topic="tides")

    def act(self) -> None:
        assert self.mine().erase().messages == 1

    def gone(self) -> bool:
        try:
            self.seen.refresh()
        except SessionGone:
            return True
        return False

    def holds(self, done: bool) -> None:
        if not self.gone():
            assert not done
            assert self.texts() == ["before"]
            self.mine().erase()
        self.store.sweep()
        assert self.gone()
        where = self.folder / "sessions" / self.session.id[-2:] / self.session.id
        assert not where.exists()
        assert not list((self.folder / "trash").rglob("*"))
        assert self.seen._engine.records.read(lambda tx: tx.sessions.unfinished(9)) == []


class Read(Trial):
    def act(self) -> None:
        assert [message.text for message in self.mine().messages.last()] == ["before"]
        assert self.mine().state.all() == {}
        assert self.store.user("ada").sessions.list(limit=1).items

    def holds(self, done: bool) -> None:
        self.act()


class Download(Trial):
    def prepare(self) -> None:
        self.file = self.seen.files.add("notes.txt", b"Spring tides come twice a month.")

    def act(self) -> None:
        self.mine().files.open(self.file.id).close()

    def holds(self, done: bool) -> None:
        with self.mine().files.open(self.file.id) as opened:
            assert opened.read() == b"Spring tides come twice a month."


class Index(Trial):
    def index(self, store: Sojourn) -> Any:
        return store._engine.indexes.session_for_writing(self.session.id)

    def prepare(self) -> None:
        self.index(self.store).put("fil_old", "old.txt", [Chunk(0, "Neap tides.", Place())])

    def act(self) -> None:
        index = self.index(self.store)
        index.put("fil_new", "new.txt", [Chunk(0, "Spring tides.", Place())])
        index.remove("fil_old")

    def holds(self, done: bool) -> None:
        found = {document.id for document in self.index(self.store).documents()}
        assert found == {"fil_new"} if done else found in ({"fil_old"}, {"fil_old", "fil_new"}, {"fil_new"})
        self.index(self.store).put("fil_3", "3.txt", [Chunk(0, "Ebb.", Place())])
        assert [hit.document_id for hit in self.index(self.store).candidates(["ebb"], 5)] == ["fil_3"]


class Make(Trial):
    """A store that was not there."""

    def prepare(self) -> None:
        self.store = Sojourn.open(f"sqlite:///{self.folder / 'new' / self.session.id}", settings=SETTINGS)

    def act(self) -> None:
        self.store.user("ada").sessions.create(title="One").messages.append("user", "one")

    def holds(self, done: bool) -> None:
        ada = self.store.user("ada")
        assert len(ada.sessions.list().items) in ((1,) if done else (0, 1))
        ada.sessions.create().messages.append("user", "two")
        self.store.close()
        assert ada.sessions.latest().messages.last(1)[0].text == "two"  # type: ignore[union-attr]
        self.store.close()


THINGS = (Append, WarmAppend, Set, Create, Add, Remove, Erase, Read, Download, Index, Make)


@contextmanager
def told() -> Iterator[list[str]]:
    """Gathers what came of a thing: nothing, or the name of a typed error; any other error passes."""
    found: list[str] = []
    try:
        yield found
    except NotFound:
        raise
    except SojournError as problem:
        found.append(f"{type(problem).__name__}: {problem}")


def tried(thing: Callable[..., Trial], nth: int, faults: Faults, witness: Sojourn, folder: Path) -> bool:
    """Whether there was an nth call to fail."""
    call, errno = sys.argv[3], int(sys.argv[4])
    with Sojourn.open(f"sqlite:///{folder}", settings=SETTINGS) as store:
        trial = thing(store, witness, folder)
        trial.prepare()
        faults.arm(call, nth, errno)
        try:
            with told() as problems:
                trial.act()
        finally:
            fired = faults.disarm()
        assert fired or not problems, problems
        trial.holds(not problems)
    return fired


def main() -> None:
    folder, call, chosen = Path(sys.argv[1]), sys.argv[3], sys.argv[5]
    hook: list[Any] = []
    sys.unraisablehook = hook.append
    witness = Sojourn.open(f"sqlite:///{folder}", settings=SETTINGS)
    witness.user("ada").sessions.create()
    faults = Faults(int(sys.argv[2]))
    fired = 0
    for thing in THINGS:
        for nth in range(1, 400) if chosen == "all" else SOME:
            try:
                if not tried(thing, nth, faults, witness, folder):
                    break
                fired += 1
            except Exception as problem:  # noqa: BLE001 - said, and the next is tried
                where = traceback.extract_tb(problem.__traceback__)[-4:]
                places = " ".join(f"{Path(step.filename).name}:{step.lineno}" for step in where)
                print("BROKEN", thing.__name__, call, nth, repr(problem), places, flush=True)
                fired += 1
    witness.close()
    gc.collect()
    for left in hook:
        print("UNRAISABLE", left.exc_value, flush=True)
    raw = apsw.Connection(str(folder / "sojourn.db"))
    print("INTEGRITY", raw.execute("PRAGMA integrity_check").fetchall(), flush=True)
    print("FAULTS", fired, flush=True)


if __name__ == "__main__":
    main()
