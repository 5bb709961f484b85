"""What a backend promises to callers beside each other: threads in their own form, tasks of one loop."""

from asyncio import CancelledError, create_task, gather, sleep
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TypeVar

import pytest

from sojourn.errors import Conflict
from sojourn.models import Message
from sojourn.ports import SessionRef, Tx
from sojourn.testing import drafts
from sojourn.testing.drafts import NOW
from sojourn.testing.forms import AsyncForm, Form
from sojourn.testing.scene import Scene

T = TypeVar("T")

THREADS, TIMES = 4, 12


class GivenUp(Exception):
    """An operation gives up after it has written."""


def append(run: Form, ref: SessionRef, draft: Message) -> list[Message]:
    said = run.write(lambda tx: tx.messages.append(ref, [draft], NOW))
    assert said is not None
    return said


async def awrite_one(scene: Scene, ref: SessionRef, draft: Message) -> list[Message] | None:
    return await scene.records.awrite(lambda tx: tx.messages.append(ref, [draft], NOW))


def beside(scene: Scene, work: Callable[[Form, int], T]) -> list[T]:
    """What the work answers in each of several threads, with a caller of its own."""

    def job(thread: int) -> T:
        with scene.run.another() as run:
            return work(run, thread)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(job, range(THREADS)))


class SharingContract:
    def test_threads_appending_to_one_session_leave_no_gap(self, scene: Scene) -> None:
        ref = scene.session()

        def talk(run: Form, thread: int) -> list[Message]:
            said: list[Message] = []
            for n in range(TIMES):
                said += append(run, ref, drafts.message(f"{thread} {n}"))
            return said

        said = [message for part in beside(scene, talk) for message in part]
        said.sort(key=lambda message: message.seq)
        assert [message.seq for message in said] == [*range(1, THREADS * TIMES + 1)]
        assert scene.read(lambda tx: tx.messages.last(ref, 1000)) == said
        for thread in range(THREADS):
            mine = [message.text for message in said if message.text.startswith(f"{thread} ")]
            assert mine == [f"{thread} {n}" for n in range(TIMES)]

    def test_threads_counting_up_one_key_lose_nothing(self, scene: Scene) -> None:
        ref = scene.session()

        async def increment(tx: Tx) -> int | None:
            found = await tx.state.get(ref, "count")
            done = await tx.state.put(ref, "count", b"%d" % (int(found.body if found else b"0") + 1), NOW)
            return done.version if done else None

        def count(run: Form, thread: int) -> list[int | None]:
            return [run.write(increment) for _ in range(TIMES)]

        versions = [version for part in beside(scene, count) for version in part]
        assert len(set(versions)) == THREADS * TIMES
        found = scene.read(lambda tx: tx.state.get(ref, "count"))
        assert found is not None
        assert int(found.body) == THREADS * TIMES

    def test_of_threads_that_open_one_client_key_one_succeeds(self, scene: Scene) -> None:
        drafted = [drafts.session(client_key="chat 7") for _ in range(THREADS)]

        def create(run: Form, thread: int) -> bool:
            try:
                run.write(lambda tx: tx.sessions.add(scene.ada, drafted[thread]))
            except Conflict:
                return False
            return True

        made = beside(scene, create)
        assert made.count(True) == 1
        found = scene.read(lambda tx: tx.sessions.with_client_key(scene.ada, "chat 7"))
        assert found == drafted[made.index(True)]

    def test_a_failing_operation_takes_no_other_with_it(self, scene: Scene) -> None:
        ref, lost = scene.session(), drafts.messages(1)

        async def fail(tx: Tx) -> None:
            await tx.messages.append(ref, lost, NOW)
            raise GivenUp

        def talk(run: Form, thread: int) -> int:
            for _ in range(TIMES):
                if thread % 2:
                    append(run, ref, drafts.message())
                else:
                    with pytest.raises(GivenUp):
                        run.write(fail)
            return thread

        beside(scene, talk)
        assert scene.record(ref).last_seq == THREADS // 2 * TIMES

    def test_one_form_sees_what_the_other_wrote(self, scene: Scene) -> None:
        ref = scene.session()
        said = scene.say(ref, "One")
        assert scene.records.read(lambda tx: tx.messages.last(ref, 10)) == said
        with AsyncForm(scene.records) as run:
            assert run.read(lambda tx: tx.messages.last(ref, 10)) == said

    def test_tasks_of_one_loop_write_beside_each_other(self, scene: Scene) -> None:
        ref, drafted = scene.session(), drafts.messages(THREADS * TIMES)

        async def everybody() -> list[list[Message] | None]:
            return await gather(*(awrite_one(scene, ref, draft) for draft in drafted))

        with AsyncForm(scene.records) as run:
            said = run.loop.run(everybody())
        seqs = [message.seq for part in said if part for message in part]
        assert sorted(seqs) == [*range(1, THREADS * TIMES + 1)]

    @pytest.mark.parametrize("turns", [0, 1, 2, 3])
    def test_a_cancelled_write_is_over_when_its_caller_goes_on(self, scene: Scene, turns: int) -> None:
        ref, draft = scene.session(), drafts.message()

        async def cancel() -> tuple[bool, list[Message], list[Message]]:
            task = create_task(awrite_one(scene, ref, draft))
            for _ in range(turns):
                await sleep(0)
            task.cancel()
            try:
                await task
                acknowledged = True
            except CancelledError:
                acknowledged = False
            at_once = await scene.records.aread(lambda tx: tx.messages.last(ref, 10))
            await scene.records.awrite(lambda tx: tx.state.put(ref, "later", b"1", NOW))
            return acknowledged, at_once, await scene.records.aread(lambda tx: tx.messages.last(ref, 10))

        with AsyncForm(scene.records) as run:
            acknowledged, at_once, later = run.loop.run(cancel())
        assert at_once == later
        assert len(later) <= 1
        assert later or not acknowledged


class SnapshotContract:
    """For backends whose reads are transactions too; not part of `RecordsContract`."""

    def test_a_read_sees_one_state_of_the_store(self, scene: Scene) -> None:
        ref = scene.session()
        begun, written = Event(), Event()

        async def put_both(tx: Tx) -> None:
            for key in ("a", "b"):
                await tx.state.put(ref, key, b"new", NOW)

        def write(run: Form) -> None:
            begun.wait(5)
            run.write(put_both)
            written.set()

        async def look(tx: Tx) -> list[object]:
            first = await tx.state.get(ref, "a")
            begun.set()
            written.wait(0.1)
            return [first, await tx.state.get(ref, "b")]

        with scene.run.another() as run, ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write, run)
            assert scene.read(look) == [None, None]
            writing.result()
        assert len(scene.read(lambda tx: tx.state.all(ref))) == 2
