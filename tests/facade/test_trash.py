"""Files in the trash are out of sight and whole; what lies there for too long goes by itself."""

from pathlib import Path
from typing import Any

import pytest

from sojourn.core import coming, files
from sojourn.errors import Conflict, NotFound, SessionGone
from sojourn.ports import Intent
from sojourn.testing.clock import FakeClock

pytestmark = pytest.mark.anyio

TEXT = b"Spring tides come at full moon. "
DAY = 86_400


@pytest.fixture
async def session(store: Any) -> Any:
    return await store.user("ada").sessions.create()


def lying(folder: Path) -> list[Path]:
    return list(folder.rglob("fil_*"))


async def names(session: Any, *, deleted: bool = False) -> list[str]:
    return [file.name for file in (await session.files.list(deleted=deleted)).items]


async def found(session: Any) -> list[str]:
    return [hit.document_name for hit in await session.search("tides")]


@pytest.mark.parametrize("more", [0, 15_000])
async def test_a_deleted_file_is_out_of_sight_and_comes_back_with_its_words(
    session: Any, clock: FakeClock, more: int
) -> None:
    kept = [await session.files.add(f"{n}.txt", TEXT + b"moon " * more + b"%d" % n) for n in range(3)]
    assert set(await found(session)) == {"0.txt", "1.txt", "2.txt"}
    deleted = await session.files.delete(kept[1].id)
    assert (deleted.id, deleted.deleted_ms) == (kept[1].id, clock.now())
    assert await names(session) == ["0.txt", "2.txt"]
    assert await names(session, deleted=True) == ["1.txt"]
    assert set(await found(session)) == {"0.txt", "2.txt"}
    with await session.files.open(kept[1].id) as opened:
        assert opened.read() == TEXT + b"moon " * more + b"1"
    assert (await session.refresh()).file_count == 3
    restored = await session.files.restore(kept[1].id)
    assert (restored.deleted_ms, restored.text, restored.chunks) == (None, "pending", 0)
    assert await names(session) == ["0.txt", "1.txt", "2.txt"]
    assert set(await found(session)) == {"0.txt", "1.txt", "2.txt"}
    assert await session.files.get(kept[1].id) == await session.files.restore(kept[1].id)


async def test_twice_is_no_error_and_what_is_not_there_is_not_found(session: Any, clock: FakeClock) -> None:
    file = await session.files.add("a.bin", b"\0\1")
    first = await session.files.delete(file.id)
    clock.advance(seconds=9)
    assert await session.files.delete(file.id) == first
    assert (await session.files.restore(file.id)).text == "none"
    await session.files.erase(file.id)
    for call in (session.files.delete, session.files.restore, session.files.erase, session.files.get):
        with pytest.raises(NotFound):
            await call(file.id)


async def test_pages_of_the_trash_have_cursors_of_their_own(session: Any) -> None:
    for n in range(5):
        await session.files.delete((await session.files.add(f"{n}", b"%d" % n)).id)
        await session.files.add(f"kept {n}", b"kept %d" % n)
    page = await session.files.list(limit=2, deleted=True)
    rest = await session.files.list(limit=9, cursor=page.next, deleted=True)
    assert [file.name for file in (*page.items, *rest.items)] == list("01234")
    with pytest.raises(ValueError, match="cursor"):
        await session.files.list(cursor=page.next)


async def test_a_closed_session_changes_nothing_of_its_trash(session: Any) -> None:
    kept, binned = [await session.files.add(name, name.encode()) for name in ("a", "b")]
    await session.files.delete(binned.id)
    await session.close()
    for call in (session.files.delete, session.files.erase):
        with pytest.raises(Conflict):
            await call(kept.id)
    for call in (session.files.delete, session.files.restore, session.files.erase):
        with pytest.raises(Conflict):
            await call(binned.id)


@pytest.mark.parametrize("closed", [False, True])
async def test_a_sweep_erases_what_was_in_the_trash_for_long(
    store: Any, session: Any, clock: FakeClock, closed: bool, tmp_path: Path
) -> None:
    large, small = await session.files.add("a.txt", TEXT * 5000), await session.files.add("b.txt", TEXT)
    stays = await session.files.add("c.txt", TEXT + b"!")
    assert len(await found(session)) >= 3
    await session.files.delete(large.id)
    clock.advance(seconds=1)
    await session.files.delete(small.id)
    if closed:
        await session.close()
    clock.advance(seconds=30 * DAY - 1)
    assert (await store.sweep())["files"] == 0
    clock.advance(ms=1)
    assert (await store.sweep())["files"] == 1
    clock.advance(seconds=1)
    assert (await store.sweep())["files"] == 1
    record = await session.refresh()
    assert (record.file_count, record.file_bytes) == (1, stays.size)
    assert await names(session, deleted=True) == []
    assert await found(session) == ["c.txt"]
    assert not lying(tmp_path)
    assert not any((await store.sweep()).values())


async def test_an_erase_that_was_cut_off_is_finished_by_a_sweep(
    store: Any, session: Any, tmp_path: Path
) -> None:
    """Its first step, and no other: what is left of the file, its words and its bytes, is known."""
    file = await session.files.add("a.txt", TEXT * 5000)
    assert await found(session) == ["a.txt"] * len(await found(session)) != []
    handle = getattr(session, "_handle", session)
    engine, ref = handle._engine, handle._ref
    now = engine.clock.now()
    cut = engine.records.write(lambda tx: files.erase(tx, ref, file.id, now, engine.settings))
    assert cut.words
    assert (await store.sweep())["uploads"] == 2
    assert await found(session) == []
    assert not lying(tmp_path)
    assert not any((await store.sweep()).values())


async def test_words_that_were_taken_away_after_a_restore_are_read_again(store: Any, session: Any) -> None:
    file = await session.files.add("a.txt", TEXT)
    assert await found(session) == ["a.txt"]
    handle = getattr(session, "_handle", session)
    engine, ref = handle._engine, handle._ref
    now = engine.clock.now()
    engine.records.write(lambda tx: files.delete(tx, ref, file.id, now, engine.settings))
    await session.files.restore(file.id)
    assert await found(session) == ["a.txt"]
    assert (await store.sweep())["uploads"] == 1
    assert (await session.files.get(file.id)).text == "pending"
    assert await found(session) == ["a.txt"]


async def test_a_session_is_erased_with_its_trash(store: Any, session: Any, tmp_path: Path) -> None:
    for size in (1, 5000):
        await session.files.delete((await session.files.add("a.txt", TEXT * size)).id)
    receipt = await session.erase()
    assert (receipt.files, receipt.bytes) == (2, 5001 * len(TEXT))
    assert not lying(tmp_path)
    with pytest.raises(SessionGone):
        await session.files.list(deleted=True)
    assert not any((await store.sweep()).values())


async def test_bytes_that_come_to_an_erased_session_by_another_process_are_found(
    store: Any, session: Any, clock: FakeClock
) -> None:
    """A process that was killed after it had made its file anew, when the folder was gone already."""
    handle = getattr(session, "_handle", session)
    engine, ref = handle._engine, handle._ref
    now = engine.clock.now()
    intent = Intent(ref.id, "fil_" + "0" * 26, "add", 10, now + 1000)
    engine.records.write(lambda tx: coming.begin(tx, ref, intent, now, engine.settings))
    await session.erase()
    writer = engine.blobs.writer(ref.id, intent.id)
    writer.write(b"late")
    writer.pause()
    assert [found.id for found in engine.blobs.walk()] == [intent.id]
    assert not any((await store.sweep()).values())
    clock.advance(seconds=2)
    assert (await store.sweep())["uploads"] == 1
    assert list(engine.blobs.walk()) == []
    assert not any((await store.sweep()).values())
