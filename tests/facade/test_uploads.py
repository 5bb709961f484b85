"""Files that come piece by piece: durable as far as acknowledged, in any process, whole at the end."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest

import sojourn.aio.sweep
import sojourn.sync.sweep
from sojourn import AsyncSojourn, Settings, Sojourn
from sojourn.errors import Conflict, Corrupt, Invalid, LimitExceeded, NotFound, SessionClosed, SessionGone
from sojourn.testing.clock import FakeClock

pytestmark = pytest.mark.anyio

SIZE = 3_000_000
WHOLE = hashlib.shake_128(b"upload").digest(SIZE)
HOUR = 3600


@pytest.fixture
async def session(store: Any) -> Any:
    return await store.user("ada").sessions.create()


def lying(folder: Path) -> list[str]:
    """The names of what lies in the folder outside the records and indexes."""
    found = (folder / "data" / "sessions").rglob("*")
    return [path.name for path in found if path.is_file() and not path.name.startswith("index.db")]


async def content(session: Any, file_id: str) -> bytes:
    with await session.files.open(file_id) as opened:
        return bytes(opened.read())


async def test_pieces_become_a_file_with_the_last_byte(session: Any, clock: FakeClock) -> None:
    begun = await session.files.start("../tides.bin", size=SIZE)
    assert (begun.name, begun.size, begun.received, begun.file) == ("tides.bin", SIZE, 0, None)
    assert begun.deadline_ms == clock.now() + 6 * HOUR * 1000
    offset = 0
    for step in (1, 1_000_000, 0, SIZE - 1_000_002):
        upload = await session.files.proceed(begun.id, WHOLE[offset : offset + step], offset=offset)
        offset += step
        assert (upload.id, upload.received, upload.file) == (begun.id, offset, None)
        assert await session.files.upload(begun.id) == upload
        assert await session.files.uploads() == [upload]
    assert (await session.files.list()).items == []
    done = await session.files.proceed(begun.id, WHOLE[offset:], offset=offset)
    assert done.file is not None
    assert (done.file.id, done.file.name, done.received) == (begun.id, "tides.bin", SIZE)
    assert done.file.digest == hashlib.sha256(WHOLE).hexdigest()
    assert await content(session, begun.id) == WHOLE
    assert await session.files.uploads() == []
    assert await session.files.upload(begun.id) == done
    assert await session.files.proceed(begun.id, b"", offset=SIZE) == done
    assert (await session.refresh()).file_bytes == SIZE


async def test_small_ones_end_in_the_records(session: Any, tmp_path: Path) -> None:
    begun = await session.files.start("a.txt", size=12)
    await session.files.proceed(begun.id, b"Spring ", offset=0)
    done = await session.files.proceed(begun.id, b"tides", offset=7)
    assert await content(session, done.id) == b"Spring tides"
    assert lying(tmp_path) == []
    assert done.file.media_type == "text/plain"
    assert [hit.document_name for hit in await session.search("tides")] == ["a.txt"]


async def test_the_same_bytes_share_a_blob_however_they_came(session: Any, tmp_path: Path) -> None:
    first = await session.files.add("a", WHOLE)
    begun = await session.files.start("b", size=SIZE)
    await session.files.proceed(begun.id, WHOLE, offset=0)
    assert set(lying(tmp_path)) <= {first.id}
    await session.files.erase(first.id)
    assert await content(session, begun.id) == WHOLE


async def test_a_piece_that_does_not_fit_is_refused_with_the_right_place(session: Any) -> None:
    begun = await session.files.start("a", size=SIZE)
    await session.files.proceed(begun.id, WHOLE[:1000], offset=0)
    for offset in (0, 999, 1001, SIZE):
        with pytest.raises(Conflict) as told:
            await session.files.proceed(begun.id, WHOLE[offset : offset + 10], offset=offset)
        assert told.value.facts["offset"] == 1000
    with pytest.raises(Invalid):
        await session.files.proceed(begun.id, WHOLE, offset=1000)
    with pytest.raises(Invalid):
        await session.files.proceed(begun.id, b"x", offset=-1)
    assert (await session.files.upload(begun.id)).received == 1000
    done = await session.files.proceed(begun.id, WHOLE[1000:], offset=1000)
    with pytest.raises(Conflict):
        await session.files.proceed(begun.id, WHOLE[:1000], offset=0)
    assert await content(session, done.id) == WHOLE


async def test_a_piece_that_breaks_off_keeps_what_came_of_it(session: Any) -> None:
    def broken() -> Any:
        yield WHOLE[1000:2_000_000]
        raise ConnectionError

    begun = await session.files.start("a", size=SIZE)
    await session.files.proceed(begun.id, WHOLE[:1000], offset=0)
    with pytest.raises(ConnectionError):
        await session.files.proceed(begun.id, broken(), offset=1000)
    assert (await session.files.upload(begun.id)).received == 2_000_000
    await session.files.proceed(begun.id, WHOLE[2_000_000:], offset=2_000_000)
    assert await content(session, begun.id) == WHOLE


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
async def test_a_piece_with_a_checksum_is_taken_whole_or_not_at_all(session: Any, kind: str) -> None:
    def checksum(piece: bytes) -> tuple[str, bytes]:
        return kind, hashlib.new(kind, piece).digest()

    def broken() -> Any:
        yield WHOLE[1000:2000]
        raise ConnectionError

    begun = await session.files.start("a", size=SIZE)
    await session.files.proceed(begun.id, WHOLE[:1000], offset=0, checksum=checksum(WHOLE[:1000]))
    for data, said in ((WHOLE[1000:], WHOLE[1000:-1]), (b"y" * (SIZE - 1000), WHOLE[1000:])):
        with pytest.raises(Invalid) as told:
            await session.files.proceed(begun.id, data, offset=1000, checksum=checksum(said))
        assert told.value.facts["reason"] == "upload.checksum"
    with pytest.raises(ConnectionError):
        await session.files.proceed(begun.id, broken(), offset=1000, checksum=checksum(WHOLE[1000:]))
    assert (await session.files.upload(begun.id)).received == 1000
    await session.files.proceed(begun.id, WHOLE[1000:], offset=1000, checksum=checksum(WHOLE[1000:]))
    assert await content(session, begun.id) == WHOLE


@pytest.mark.parametrize("size", [0, -1, True, "3"])
async def test_an_upload_says_how_much_will_come(session: Any, size: Any) -> None:
    with pytest.raises(Invalid):
        await session.files.start("a", size=size)


async def test_a_cancelled_upload_leaves_nothing(session: Any, tmp_path: Path) -> None:
    begun = await session.files.start("a", size=SIZE)
    await session.files.proceed(begun.id, WHOLE[:100_000], offset=0)
    await session.files.cancel(begun.id)
    assert lying(tmp_path) == []
    assert await session.files.uploads() == []
    for call in (
        session.files.cancel(begun.id),
        session.files.upload(begun.id),
        session.files.proceed(begun.id, b"x", offset=100_000),
    ):
        with pytest.raises(NotFound):
            await call


async def test_what_nobody_started_is_not_found(store: Any, session: Any) -> None:
    other = await store.user("bob").sessions.create()
    theirs = (await other.files.start("a", size=10)).id
    kept = (await session.files.add("a", b"x")).id
    for id in (theirs, "fil_" + "0" * 26, "../../etc/passwd", ""):
        for call in (
            session.files.upload(id),
            session.files.proceed(id, b"x", offset=0),
            session.files.cancel(id),
        ):
            with pytest.raises(NotFound):
                await call
    with pytest.raises(NotFound):
        await session.files.cancel(kept)
    assert (await other.files.upload(theirs)).received == 0


async def test_bytes_move_the_deadline_and_silence_ends_an_upload(
    store: Any, session: Any, clock: FakeClock, tmp_path: Path
) -> None:
    begun = await session.files.start("a", size=SIZE)
    for offset in range(5):
        clock.advance(seconds=5 * HOUR)
        upload = await session.files.proceed(begun.id, WHOLE[offset : offset + 1], offset=offset)
        assert upload.deadline_ms == clock.now() + 6 * HOUR * 1000
        assert (await store.sweep())["uploads"] == 0
    clock.advance(seconds=6 * HOUR, ms=1)
    with pytest.raises(NotFound):
        await session.files.proceed(begun.id, b"x", offset=5)
    assert await session.files.uploads() == []
    assert (await store.sweep())["uploads"] == 1
    assert lying(tmp_path) == []
    assert (await store.sweep())["uploads"] == 0


async def test_what_is_overdue_goes_with_the_uploads_of_others(
    store: Any, session: Any, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (sojourn.aio.sweep, sojourn.sync.sweep):
        monkeypatch.setattr(module, "_PAUSE", -1.0)
    begun = await session.files.start("a", size=SIZE)
    await session.files.proceed(begun.id, WHOLE[:10], offset=0)
    clock.advance(seconds=7 * HOUR)
    bobs = await store.user("bob").sessions.create()
    await bobs.files.add("b", b"x")
    assert lying(tmp_path) == []
    assert (await store.sweep())["uploads"] == 0


async def test_a_closed_session_takes_no_more_bytes(session: Any) -> None:
    begun = await session.files.start("a", size=SIZE)
    await session.files.proceed(begun.id, WHOLE[:10], offset=0)
    await session.close()
    with pytest.raises(SessionClosed):
        await session.files.proceed(begun.id, WHOLE[10:20], offset=10)
    with pytest.raises(SessionClosed):
        await session.files.start("b", size=1)
    assert (await session.files.upload(begun.id)).received == 10
    await session.files.cancel(begun.id)


class TestProcesses:
    """More than one at the same folder, one after the other or at once."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'data'}"

    async def test_an_upload_goes_on_after_a_restart(self, url: str, settings: Settings) -> None:
        async with AsyncSojourn.open(url, settings=settings) as store:
            session = await store.user("ada").sessions.create()
            begun = await session.files.start("a", size=SIZE)
        offset = 0
        for step in (1_000_000, 1_100_000, 5, SIZE - 2_100_005):
            async with AsyncSojourn.open(url, settings=settings) as store:
                session = await store.user("ada").sessions.get(session.id)
                assert (await session.files.upload(begun.id)).received == offset
                await session.files.proceed(begun.id, WHOLE[offset : offset + step], offset=offset)
                offset += step
        with Sojourn.open(url) as again:
            opened = again.user("ada").sessions.get(session.id).files.open(begun.id)
            with opened:
                assert opened.read() == WHOLE

    async def test_processes_may_take_turns(self, url: str, settings: Settings) -> None:
        async with (
            AsyncSojourn.open(url, settings=settings) as one,
            AsyncSojourn.open(url, settings=settings) as two,
        ):
            first = await one.user("ada").sessions.create()
            second = await two.user("ada").sessions.get(first.id)
            begun = await first.files.start("a", size=SIZE)
            for number, offset in enumerate(range(0, SIZE, 100_000)):
                session = (first, second)[number % 2]
                await session.files.proceed(begun.id, WHOLE[offset : offset + 100_000], offset=offset)
            assert await content(first, begun.id) == WHOLE

    async def test_of_two_that_send_at_once_one_wins(self, url: str, settings: Settings) -> None:
        async with (
            AsyncSojourn.open(url, settings=settings) as one,
            AsyncSojourn.open(url, settings=settings) as two,
        ):
            first = await one.user("ada").sessions.create()
            second = await two.user("ada").sessions.get(first.id)
            begun = await first.files.start("a", size=SIZE)
            under_way, over = asyncio.Event(), asyncio.Event()

            async def slowly() -> AsyncIterator[bytes]:
                yield WHOLE[:1_500_000]
                under_way.set()
                await over.wait()
                yield WHOLE[1_500_000:]

            task = asyncio.create_task(first.files.proceed(begun.id, slowly(), offset=0))
            await under_way.wait()
            for session in (first, second):
                with pytest.raises(Conflict):
                    await session.files.proceed(begun.id, WHOLE, offset=0)
            over.set()
            assert (await task).file is not None
            assert await content(second, begun.id) == WHOLE

    async def test_many_at_once_leave_it_whole(self, url: str, settings: Settings) -> None:
        async with (
            AsyncSojourn.open(url, settings=settings) as one,
            AsyncSojourn.open(url, settings=settings) as two,
        ):
            first = await one.user("ada").sessions.create()
            second = await two.user("ada").sessions.get(first.id)
            begun = await first.files.start("a", size=400_000)

            async def push(session: Any) -> None:
                while True:
                    try:
                        at = (await session.files.upload(begun.id)).received
                        piece = WHOLE[at : min(at + 7001, 400_000)]
                        done = await session.files.proceed(begun.id, piece, offset=at)
                    except Conflict:
                        continue
                    if done.file is not None:
                        return

            await asyncio.gather(*(push(session) for session in (first, second) * 3))
            assert await content(first, begun.id) == WHOLE[:400_000]

    async def test_one_whose_last_byte_came_when_the_process_was_stopped_becomes_a_file(
        self, url: str, settings: Settings, tmp_path: Path
    ) -> None:
        async with AsyncSojourn.open(url, settings=settings) as store:
            session = await store.user("ada").sessions.create()
            for place in ("part", "finished"):
                begun = await session.files.start("a", size=SIZE)
                data = WHOLE[:-1] + place[:1].encode()
                await session.files.proceed(begun.id, data[:-1], offset=0)
                [part] = (tmp_path / "data").rglob(f"{begun.id}.part")
                with part.open("ab") as file:
                    file.write(data[-1:])
                if place == "finished":
                    part.rename(part.with_suffix(""))
                done = await session.files.upload(begun.id)
                assert done.file is not None
                assert await content(session, begun.id) == data

    async def test_a_harmed_part_is_found_out_by_whoever_knows_the_digest(
        self, url: str, settings: Settings, tmp_path: Path
    ) -> None:
        async with AsyncSojourn.open(url, settings=settings) as store:
            session = await store.user("ada").sessions.create()
            begun = await session.files.start("a", size=SIZE)
            await session.files.proceed(begun.id, WHOLE[:-1], offset=0)
            [part] = (tmp_path / "data").rglob(f"{begun.id}.part")
            part.write_bytes(b"y" + part.read_bytes()[1:])
            await session.files.proceed(begun.id, WHOLE[-1:], offset=SIZE - 1)
            with pytest.raises(Corrupt):  # it was hashed when it came
                await content(session, begun.id)

    async def test_a_cancelled_piece_keeps_what_came_and_lets_go(self, url: str, settings: Settings) -> None:
        async with AsyncSojourn.open(url, settings=settings) as store:
            session = await store.user("ada").sessions.create()
            begun = await session.files.start("a", size=SIZE)
            with anyio.CancelScope() as scope:

                async def slowly() -> AsyncIterator[bytes]:
                    yield WHOLE[:1_500_000]
                    scope.cancel()
                    await anyio.sleep(60)

                await session.files.proceed(begun.id, slowly(), offset=0)
            assert scope.cancelled_caught
            at = (await session.files.upload(begun.id)).received
            assert at == 1_500_000
            await session.files.proceed(begun.id, WHOLE[at:], offset=at)
            assert await content(session, begun.id) == WHOLE

    async def test_an_erase_while_bytes_come_is_told_and_leaves_nothing(
        self, url: str, settings: Settings, tmp_path: Path
    ) -> None:
        async with AsyncSojourn.open(url, settings=settings) as store:
            for moment in ("within", "at the end", "between"):
                session = await store.user("ada").sessions.create()
                begun = await session.files.start("a", size=SIZE)

                async def coming(session: Any = session, moment: str = moment) -> AsyncIterator[bytes]:
                    yield WHOLE[:1_500_000]
                    if moment == "within":
                        await session.erase()
                    yield WHOLE[1_500_000:]
                    if moment == "at the end":
                        await session.erase()

                if moment == "between":
                    await session.files.proceed(begun.id, WHOLE[:10], offset=0)
                    await session.erase()
                with pytest.raises(SessionGone):
                    await session.files.proceed(begun.id, coming(), offset=0)
                assert lying(tmp_path) == []
                for call in (session.files.upload(begun.id), session.files.cancel(begun.id)):
                    with pytest.raises(SessionGone):
                        await call

    async def test_more_than_fits_is_refused_before_it_comes(self, url: str) -> None:
        settings = Settings(durability="process", session_bytes=1000, file_bytes=900)
        async with AsyncSojourn.open(url, settings=settings) as store:
            session = await store.user("ada").sessions.create()
            with pytest.raises(LimitExceeded):
                await session.files.start("a", size=901)
            begun = await session.files.start("a", size=600)
            with pytest.raises(LimitExceeded):
                await session.files.start("b", size=401)
            with pytest.raises(LimitExceeded):
                await session.files.add("b", b"x" * 401)
            await session.files.add("b", b"x" * 400)
            await session.files.proceed(begun.id, b"y" * 600, offset=0)
            with pytest.raises(LimitExceeded):
                await session.files.add("c", b"z")
