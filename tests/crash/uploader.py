"""A process that adds, sends piece by piece, unpacks, deletes and erases as fast as it can, and says what
was acknowledged; it is killed at any moment.

Arguments: folder, user, a number for its chance, and the planted fault, if any.
"""

import io
import random
import sys
import zipfile
from hashlib import sha256

from sojourn import Sojourn
from sojourn.config import Settings
from sojourn.core.ids import new_id
from sojourn.errors import Conflict, LimitExceeded, NotFound, SessionGone
from sojourn.models import File
from sojourn.ports import Intent, Tx
from sojourn.sync import Session

SETTINGS = Settings(
    durability="process", small_bytes=2000, session_bytes=4_000_000, user_bytes=9_000_000, session_files=60
)
SIZES = (10, 1500, 3000, 70_000, 300_000)


def say(*words: object) -> None:
    print(*words, flush=True)


class Uploader:
    def __init__(self, store: Sojourn, user: str, chance: random.Random, fault: str) -> None:
        self.sessions = store.user(user).sessions
        self.store = store
        self.chance = chance
        self.fault = fault

    def data(self) -> bytes:
        """Now and then the same again."""
        size = self.chance.choice(SIZES)
        return random.Random(self.chance.randrange(12)).randbytes(size)

    def session(self) -> Session:
        standing = self.sessions.list().items
        if len(standing) < 3:
            return self.sessions.create()
        return self.sessions.get(self.chance.choice(standing).id)

    def step(self) -> None:
        session = self.session()
        step = self.chance.choice([self.add] * 4 + [self.send] * 4 + [self.unpack, self.bin, self.erase] * 2)
        if self.chance.randrange(40) == 0:
            step = self.end
        try:
            step(session)
        except (LimitExceeded, SessionGone, NotFound, Conflict):
            self.make_room(session)

    def add(self, session: Session) -> None:
        data = self.data()
        planted = {"row first": self.row_first, "bytes first": self.bytes_first}.get(self.fault)
        if planted is not None:
            planted(session, data)
            return
        size = self.chance.choice([None, len(data)])
        file = session.files.add("a.bin", iter([data[:1000], data[1000:]]), size=size)
        say("kept", session.id, file.id, sha256(data).hexdigest())

    def send(self, session: Session) -> None:
        """Goes on with what somebody began, or begins."""
        begun = session.files.uploads()
        data = random.Random(7).randbytes(200_000)
        upload = self.chance.choice(begun) if begun else session.files.start("b.bin", size=len(data))
        for _ in range(3):
            if upload.file is not None:
                break
            at = upload.received
            piece = data[at : at + self.chance.choice([1, 5000, 90_000])]
            upload = session.files.proceed(upload.id, piece, offset=at)
            say("took", session.id, upload.id, upload.received)
        if upload.file is not None:
            say("kept", session.id, upload.id, sha256(data).hexdigest())
        elif self.chance.randrange(4) == 0:
            say("going", session.id, upload.id)
            session.files.cancel(upload.id)

    def unpack(self, session: Session) -> None:
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w") as archive:
            for number in range(6):
                archive.writestr(f"{number}.bin", self.data() + bytes([number]))
        archived = session.files.add("c.zip", whole.getvalue())
        for file in session.files.unpack(archived.id).files:
            say("kept", session.id, file.id, file.digest)

    def bin(self, session: Session) -> None:
        files = session.files.list().items
        if files:
            file = self.chance.choice(files)
            session.files.delete(file.id)
            if self.chance.randrange(2):
                session.files.restore(file.id)

    def erase(self, session: Session) -> None:
        files = [*session.files.list().items, *session.files.list(deleted=True).items]
        if files:
            file = self.chance.choice(files)
            say("going", session.id, file.id)
            session.files.erase(file.id)

    def end(self, session: Session) -> None:
        say("ending", session.id)
        session.erase()

    def make_room(self, session: Session) -> None:
        for _ in range(10):
            try:
                self.erase(session)
            except (SessionGone, NotFound, Conflict):
                return

    # -- planted --------------------------------------------------------------------------------

    def row_first(self, session: Session, data: bytes) -> None:
        """The row, and then the bytes it speaks of."""
        file = self.drafted(data)
        self.keep(session, file)
        self.write(session, file.id, data)

    def bytes_first(self, session: Session, data: bytes) -> None:
        """Bytes of which nothing is known before they are all there."""
        file = self.drafted(data)
        self.write(session, file.id, data)
        self.keep(session, file)

    def drafted(self, data: bytes) -> File:
        file_id = new_id("fil", 1)
        return File(file_id, "a.bin", "application/octet-stream", len(data), sha256(data).hexdigest(), 1)

    def write(self, session: Session, file_id: str, data: bytes) -> None:
        writer = self.store._engine.blobs.writer(session.id, file_id)
        for at in range(0, len(data), 1000):
            writer.write(data[at : at + 1000])
        writer.finish()

    def keep(self, session: Session, file: File) -> None:
        ref, now = session._ref, 1_900_000_000_000

        async def keep(tx: Tx) -> None:
            await tx.intents.reserve(ref, Intent(ref.id, file.id, "add", file.size, now), now)
            await tx.files.keep(ref, file, now)

        self.store._engine.records.write(keep)


def main() -> None:
    folder, user, number, fault = sys.argv[1:5]
    store = Sojourn.open(f"sqlite:///{folder}", settings=SETTINGS)
    uploader = Uploader(store, user, random.Random(int(number)), fault)
    uploader.session()
    say("ready")
    for _ in range(1_000_000):
        uploader.step()


if __name__ == "__main__":
    main()
