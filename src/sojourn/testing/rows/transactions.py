"""What a backend promises about transactions: all of one or nothing, and none gets in another's way."""

from collections.abc import Awaitable, Callable, Generator
from typing import Any

import pytest
from msgspec.structs import replace

from sojourn.errors import BackendError, Conflict
from sojourn.models import Message
from sojourn.ports import Intent, Summary, Tx
from sojourn.testing import drafts
from sojourn.testing.drafts import HOUR, NOW
from sojourn.testing.picture import picture
from sojourn.testing.scene import Scene


class Halfway(Exception):
    """An operation gives up after it has written."""


class Story:
    """A store with something of everything, and an operation that changes all of it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.full, self.gone, self.cut = scene.full(client_key="chat 7"), scene.full(), scene.full()
        self.tomb = scene.entomb(self.cut.ref)
        self.device, self.token, self.new_token = drafts.device(), drafts.token(), drafts.token()
        scene.write(lambda tx: tx.devices.add(scene.ada, self.device, self.token))
        scene.write(lambda tx: tx.state.put(scene.ada, "theme", b"dark", NOW))
        scene.write(lambda tx: tx.events.note(scene.ada, "state.changed", None, NOW))
        scene.write(lambda tx: tx.once.remember(scene.ada, "op", "key", b"1", "obj-1", NOW))
        self.user, self.new_device, self.new = drafts.user("grace"), drafts.device(), drafts.session()
        self.closed = replace(
            scene.record(self.full.ref),
            closed_ms=NOW,
            title="Moon",
            active_ms=NOW + 9,
            tags=("sea",),
            pinned=True,
        )
        self.said = drafts.messages(3)
        self.summary = Summary(drafts.uuid(), self.full.messages[2].id, (1, 3), "Tides", NOW)
        first = replace(self.summary, spot=(1, 1))
        scene.write(lambda tx: tx.summaries.put(self.full.ref, first))
        self.coming = drafts.intent(self.full.ref.id, kind="upload", name="a.txt")
        self.other = drafts.intent(self.full.ref.id)
        self.small = drafts.file(drafts.new_id("fil"))

    def seen(self) -> Any:
        owners = {"ada": self.scene.ada, "bob": self.scene.bob}
        ids = [self.full.ref.id, self.gone.ref.id, self.cut.ref.id, self.new.id]
        tokens = [self.token, self.new_token]
        return (
            self.scene.read(lambda tx: picture(tx, owners, ids, tokens, NOW)),
            self.scene.read(lambda tx: tx.users.named("grace")),
            self.scene.read(lambda tx: tx.once.seen(self.scene.ada, "op", "key", NOW)),
            self.scene.read(lambda tx: tx.once.seen(self.scene.ada, "op", "new", NOW)),
            self.scene.read(lambda tx: tx.leases.holds("sweep", 1, NOW)),
        )

    async def change(self, tx: Tx) -> None:
        ada, ref = self.scene.ada, self.full.ref
        await tx.users.add(self.user)
        await tx.devices.add(ada, self.new_device, self.new_token)
        await tx.devices.touch(ada, self.device.id, NOW + 9)
        await tx.devices.point(ada, self.device.id, ref.id)
        await tx.devices.end(ada, self.device.id, NOW)
        await tx.sessions.add(ada, self.new)
        await tx.branches.fork(ref, (1, 2), NOW)
        await tx.messages.append(ref, self.said, NOW + 5)
        await tx.summaries.put(ref, self.summary)
        await tx.summaries.remove(ref, (1, 1))
        await tx.branches.switch(ref, 1, NOW)
        await tx.state.put(ref, "topic", b"moon", NOW)
        await tx.state.put(ref, "new", b"moon", NOW)
        await tx.state.remove(ref, "topic", NOW)
        await tx.state.remove(ada, "theme", NOW)
        await tx.intents.reserve(ref, self.coming, NOW)
        await tx.intents.reserve(ref, self.other, NOW)
        await tx.intents.renew(ref, self.coming.id, NOW + 2 * HOUR)
        await tx.files.keep(ref, drafts.file(self.other.id), NOW)
        await tx.files.add(ref, self.small, b"small", NOW)
        await tx.files.read_as(ref, replace(self.full.file, text="ready", chunks=3))
        await tx.files.delete(ref, self.full.file.id, NOW)
        await tx.files.restore(ref, self.full.file.id, "none", NOW)
        await tx.files.delete(ref, self.other.id, NOW)
        await tx.files.remove(ref, self.full.file.id, NOW)
        await tx.intents.release(ref, Intent(ref.id, self.full.file.id, "blob"))
        await tx.intents.give_up(ref, self.full.coming.id)
        await tx.sessions.replace(ada, self.closed)
        await tx.sessions.entomb(self.gone.ref, NOW)
        await tx.sessions.empty(self.tomb)
        await tx.once.remember(ada, "op", "key", b"2", "obj-2", NOW)
        await tx.once.remember(ada, "op", "new", b"2", "obj-2", NOW)
        await tx.events.note(ada, "message.appended", ref.id, NOW, [message.id for message in self.said])
        await tx.events.trim(ada, 1, 0, 10)
        await tx.leases.acquire("sweep", "one", NOW, NOW + HOUR)

    async def give_up(self, tx: Tx) -> None:
        await self.change(tx)
        raise Halfway


class TransactionContract:
    def test_an_operation_that_raises_has_changed_nothing(self, scene: Scene) -> None:
        story = Story(scene)
        before = story.seen()
        for _ in range(2):
            with pytest.raises(Halfway):
                scene.write(story.give_up)
            assert story.seen() == before
        scene.write(story.change)
        assert story.seen() != before
        assert scene.record(story.full.ref).last_seq == 6

    def test_a_refused_row_takes_the_whole_operation_with_it(self, scene: Scene) -> None:
        ref = scene.session()
        said = scene.say(ref, "One")

        async def operation(tx: Tx) -> None:
            await tx.state.put(ref, "topic", b"tides", NOW)
            await tx.messages.append(ref, said, NOW + 1)

        with pytest.raises(Conflict):
            scene.write(operation)
        assert scene.read(lambda tx: tx.state.get(ref, "topic")) is None
        assert scene.record(ref).active_ms == NOW

    def test_an_operation_sees_what_it_wrote(self, scene: Scene) -> None:
        ref, said = scene.session(), drafts.messages(2)

        async def operation(tx: Tx) -> list[Message]:
            await tx.messages.append(ref, said, NOW)
            return await tx.messages.last(ref, 10)

        assert [message.seq for message in scene.write(operation)] == [1, 2]

    def test_what_an_operation_returns_comes_back_as_it_is(self, scene: Scene) -> None:
        answer = object()

        async def operation(tx: Tx) -> object:
            return answer

        assert scene.write(operation) is answer
        assert scene.read(operation) is answer

    def test_what_an_operation_raises_comes_back_as_it_is(self, scene: Scene) -> None:
        problem = Halfway("tides")

        async def operation(tx: Tx) -> None:
            raise problem

        for call in (scene.read, scene.write):
            with pytest.raises(Halfway) as caught:
                call(operation)
            assert caught.value is problem

    def test_a_read_refuses_to_write(self, scene: Scene) -> None:
        story = Story(scene)
        before = story.seen()
        ref, ada = story.full.ref, scene.ada
        writes: list[Callable[[Tx], Awaitable[object]]] = [
            story.change,
            lambda tx: tx.users.add(story.user),
            lambda tx: tx.devices.touch(ada, story.device.id, NOW + HOUR),
            lambda tx: tx.sessions.add(ada, story.new),
            lambda tx: tx.sessions.replace(ada, story.closed),
            lambda tx: tx.sessions.entomb(ref, NOW),
            lambda tx: tx.sessions.empty(story.tomb),
            lambda tx: tx.state.put(ada, "theme", b"light", NOW),
            lambda tx: tx.state.remove(ref, "topic", NOW),
            lambda tx: tx.messages.append(ref, story.said, NOW),
            lambda tx: tx.branches.fork(ref, (1, 2), NOW),
            lambda tx: tx.branches.switch(ref, 1, NOW + HOUR),
            lambda tx: tx.summaries.put(ref, story.summary),
            lambda tx: tx.summaries.remove(ref, (1, 1)),
            lambda tx: tx.intents.reserve(ref, story.coming, NOW),
            lambda tx: tx.intents.renew(ref, story.full.coming.id, NOW + HOUR),
            lambda tx: tx.intents.give_up(ref, story.full.coming.id),
            lambda tx: tx.files.add(ref, story.small, b"small", NOW),
            lambda tx: tx.files.delete(ref, story.full.file.id, NOW),
            lambda tx: tx.files.remove(ref, story.full.file.id, NOW),
            lambda tx: tx.once.remember(ada, "op", "key", b"2", "obj-2", NOW),
            lambda tx: tx.events.note(ada, "state.changed", ref.id, NOW),
            lambda tx: tx.events.trim(ada, 1, 0, 10),
            lambda tx: tx.leases.acquire("sweep", "one", NOW, NOW + HOUR),
        ]
        for write in writes:
            with pytest.raises((BackendError, RuntimeError)):
                scene.read(write)
            assert story.seen() == before
        scene.write(story.change)


class Elsewhere:
    """Something that is no verb, and is waited for."""

    def __await__(self) -> Generator[None, None, None]:
        yield


class SteppingContract:
    """For backends over a blocking driver; not part of `RecordsContract`."""

    def test_an_operation_that_awaits_something_else_is_refused_by_name(self, scene: Scene) -> None:
        ref = scene.session()

        async def stray(tx: Tx) -> None:
            await tx.state.put(ref, "topic", b"tides", NOW)
            await Elsewhere()

        with pytest.raises(RuntimeError, match="Elsewhere"):
            scene.write(stray)
        assert scene.read(lambda tx: tx.state.all(ref)) == []
        assert scene.say(ref, "One")[0].seq == 1
