"""Bytes come back as they came, whatever their size, or are refused; what is cut off leaves nothing."""

import asyncio
import hashlib
import io
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from sojourn import AsyncSojourn, Settings
from sojourn.errors import BackendError, Corrupt, Invalid, LimitExceeded, NotFound, SessionGone
from sojourn.testing.clock import FakeClock

pytestmark = pytest.mark.anyio

SMALL, LARGE = 10_000, 3_000_000


def data(size: int) -> bytes:
    return hashlib.shake_128(str(size).encode()).digest(size)


def lying(folder: Path) -> list[Path]:
    """What lies in the folder outside the records and indexes."""
    found = (folder / "data" / "sessions").rglob("*")
    return [path for path in found if path.is_file() and not path.name.startswith("index.db")]


@pytest.fixture
async def session(store: Any) -> Any:
    return await store.user("ada").sessions.create()


async def content(session: Any, file_id: str) -> bytes:
    with await session.files.open(file_id) as opened:
        return bytes(opened.read())


@pytest.mark.parametrize("size", [1, SMALL - 1, SMALL, SMALL + 1, 65_536, 65_537, LARGE])
@pytest.mark.parametrize("form", ["bytes", "file", "pieces"])
@pytest.mark.parametrize("told", [True, False])
async def test_bytes_come_back_as_they_came(session: Any, size: int, form: str, told: bool) -> None:
    given = data(size)
    forms = {
        "bytes": given,
        "file": io.BytesIO(given),
        "pieces": (given[at : at + 7919] for at in range(0, size, 7919)),
    }
    file = await session.files.add("a.bin", forms[form], size=size if told else None)
    assert (file.size, file.digest) == (size, hashlib.sha256(given).hexdigest())
    assert await content(session, file.id) == given
    assert await session.files.get(file.id) == file
    assert (await session.refresh()).file_bytes == size


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_stretch_of_them_can_be_read(session: Any, size: int) -> None:
    given = data(size)
    file = await session.files.add("a.bin", given)
    with await session.files.open(file.id) as opened:
        opened.seek(size - 100)
        assert opened.read() == given[-100:]
        opened.seek(50)
        assert opened.read(50) == given[50:100]
        assert opened.tell() == 100
        opened.seek(0)
        assert opened.read() == given
        assert opened.read() == b""


@pytest.mark.parametrize(
    ("given", "size", "problem"),
    [
        (b"", None, Invalid),
        (b"", 0, Invalid),
        (b"x", 0, Invalid),
        (b"x", 2, Invalid),
        (b"xxx", 2, Invalid),
        (b"x" * 100_000, 99_999, Invalid),
        (b"x" * 100_000, 100_001, Invalid),
        (b"x", -1, Invalid),
        (b"x", 2**31 + 1, LimitExceeded),
        (b"x", True, Invalid),
    ],
)
async def test_what_is_not_as_it_was_told_leaves_nothing(
    session: Any, tmp_path: Path, given: bytes, size: Any, problem: type[Exception]
) -> None:
    with pytest.raises(problem):
        await session.files.add("a", given, size=size)
    assert lying(tmp_path) == []
    assert (await session.refresh()).file_count == 0
    assert await session.files.uploads() == []


async def test_a_source_that_breaks_off_leaves_nothing(session: Any, tmp_path: Path) -> None:
    def broken(pieces: int) -> Iterator[bytes]:
        for _ in range(pieces):
            yield b"x" * 50_000
        raise ConnectionError

    for pieces in (0, 1, 5, 50):
        with pytest.raises(ConnectionError):
            await session.files.add("a", broken(pieces))
    assert lying(tmp_path) == []
    assert (await session.refresh()).file_count == 0


async def test_the_same_bytes_twice_are_two_files_and_one_blob(
    session: Any, store: Any, tmp_path: Path
) -> None:
    given = data(LARGE)
    first, second = [await session.files.add(name, given) for name in ("a", "b")]
    other = await (await store.user("ada").sessions.create()).files.add("c", given)
    assert other.digest == first.digest
    if lying(tmp_path):
        assert {path.name for path in lying(tmp_path)} == {first.id, other.id}
    await session.files.erase(first.id)
    assert await content(session, second.id) == given
    await session.files.erase(second.id)
    assert {path.name for path in lying(tmp_path)} <= {other.id}
    with pytest.raises(NotFound):
        await session.files.open(second.id)
    third = await session.files.add("d", given)
    assert await content(session, third.id) == given


async def test_what_is_read_just_now_is_read_to_the_end_although_it_is_erased(session: Any) -> None:
    given = data(LARGE)
    file = await session.files.add("a", given)
    with await session.files.open(file.id) as opened:
        begun = opened.read(1000)
        await session.erase()
        assert begun + opened.read() == given


async def test_an_archive_is_read_where_it_lies(session: Any) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("a.txt", "Tides\nand moons\n")
    file = await session.files.add("a.zip", whole.getvalue())
    with await session.files.open(file.id) as opened, zipfile.ZipFile(opened) as archive:
        assert archive.read("a.txt") == b"Tides\nand moons\n"


async def test_lines_can_be_read(session: Any) -> None:
    lines = [b"line %d\n" % n for n in range(20_000)]
    file = await session.files.add("a.txt", b"".join(lines))
    with await session.files.open(file.id) as opened:
        assert list(opened) == lines


# -- harm ------------------------------------------------------------------------------------------


class TestHarm:
    """Blobs that something else has changed."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'data'}"

    @pytest.mark.parametrize("place", [0, LARGE // 2, LARGE - 1])
    async def test_wrong_bytes_are_never_handed_out_as_the_whole(
        self, session: Any, tmp_path: Path, place: int
    ) -> None:
        given = data(LARGE)
        file = await session.files.add("a", given)
        [path] = lying(tmp_path)
        turned = bytearray(given)
        turned[place] ^= 1
        path.write_bytes(turned)
        with pytest.raises(Corrupt):
            await content(session, file.id)
        with await session.files.open(file.id) as opened, pytest.raises(Corrupt):
            sum(1 for _ in iter(lambda: opened.read(100_000), b""))

    @pytest.mark.parametrize("size", [0, 1, LARGE - 1, LARGE + 1])
    async def test_a_blob_of_another_size_is_not_opened(
        self, session: Any, tmp_path: Path, size: int
    ) -> None:
        file = await session.files.add("a", data(LARGE))
        [path] = lying(tmp_path)
        path.write_bytes((data(LARGE) + b"x")[:size])
        with pytest.raises(Corrupt):
            await session.files.open(file.id)

    async def test_a_blob_cut_while_it_is_read_is_noticed(self, session: Any, tmp_path: Path) -> None:
        file = await session.files.add("a", data(LARGE))
        with await session.files.open(file.id) as opened:
            opened.read(1000)
            [path] = lying(tmp_path)
            path.write_bytes(b"short")
            with pytest.raises(Corrupt):
                opened.read()

    async def test_a_lost_blob_is_said_and_its_file_is_erased_like_others(
        self, session: Any, tmp_path: Path
    ) -> None:
        file = await session.files.add("a.txt", b"Words. " * 20_000)
        [path] = lying(tmp_path)
        path.unlink()
        with pytest.raises(NotFound):
            await session.files.open(file.id)
        await session.search("words")
        assert (await session.files.get(file.id)).text == "failed"
        await session.files.erase(file.id)
        assert (await session.refresh()).file_bytes == 0

    async def test_words_of_wrong_bytes_are_not_indexed(self, session: Any, tmp_path: Path) -> None:
        given = b"Spring tides follow the moon. " * 5000
        file = await session.files.add("a.txt", given)
        [path] = lying(tmp_path)
        path.write_bytes(given.replace(b"Spring", b"Winter"))
        assert await session.search("winter") == []
        assert (await session.files.get(file.id)).text == "failed"


# -- cancelled, and erased meanwhile ------------------------------------------------------------------


class TestStopped:
    """Tasks that are told to stop while bytes come in."""

    @pytest.fixture
    async def store(self, tmp_path: Path, clock: FakeClock) -> AsyncIterator[AsyncSojourn]:
        settings = Settings(durability="process", session_bytes=10_000_000)
        store = AsyncSojourn.open(f"sqlite:///{tmp_path / 'data'}", settings=settings, clock=clock)
        yield store
        await store.close()

    async def nothing_is_left(self, store: AsyncSojourn, session: Any, folder: Path) -> None:
        assert lying(folder) == []
        assert not any((await store.sweep()).values())
        record = await session.refresh()
        assert (record.file_count, record.file_bytes) == (0, 0)
        await session.files.add("all of it", b"x" * 10_000_000)

    @pytest.mark.parametrize("after", [0, 1, 2, 3, 5])
    async def test_a_task_that_is_cancelled_leaves_nothing(
        self, store: AsyncSojourn, session: Any, tmp_path: Path, after: int
    ) -> None:
        reached = asyncio.Event()

        async def coming() -> AsyncIterator[bytes]:
            for _ in range(after):
                yield b"x" * 1_100_000
            reached.set()
            await asyncio.sleep(60)

        task = asyncio.create_task(session.files.add("a", coming()))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await self.nothing_is_left(store, session, tmp_path)

    @pytest.mark.parametrize("after", [0, 1, 3])
    async def test_a_cancelled_scope_leaves_nothing(
        self, store: AsyncSojourn, session: Any, tmp_path: Path, after: int
    ) -> None:
        with anyio.CancelScope() as scope:

            async def coming() -> AsyncIterator[bytes]:
                for _ in range(after):
                    yield b"x" * 1_100_000
                scope.cancel()
                await anyio.sleep(60)

            await session.files.add("a", coming())
        assert scope.cancelled_caught
        await self.nothing_is_left(store, session, tmp_path)

    async def test_cancelled_at_any_moment_it_is_whole_or_gone(
        self, store: AsyncSojourn, session: Any, tmp_path: Path
    ) -> None:
        for turns in range(40):
            task = asyncio.create_task(session.files.add("a", data(200_000 + turns), size=200_000 + turns))
            for _ in range(turns):
                await asyncio.sleep(0.0005)
            task.cancel()
            await asyncio.wait([task])
        files = (await session.files.list(limit=200)).items
        for file in files:
            assert await content(session, file.id) == data(file.size)
        assert {path.name for path in lying(tmp_path)} == {file.id for file in files}
        assert not any((await store.sweep()).values())
        record = await session.refresh()
        assert (record.file_count, record.file_bytes) == (len(files), sum(file.size for file in files))

    async def test_an_upload_to_a_session_that_is_erased_is_told_at_its_next_piece(
        self, store: AsyncSojourn, session: Any, tmp_path: Path
    ) -> None:
        pieces = 0

        async def coming() -> AsyncIterator[bytes]:
            nonlocal pieces
            for n in range(100):
                if n == 2:
                    await session.erase()
                pieces += 1
                yield b"x" * 1_100_000

        with pytest.raises(SessionGone):
            await session.files.add("a", coming())
        assert pieces <= 4
        assert not (tmp_path / "data" / "sessions").exists() or lying(tmp_path) == []
        assert not any((await store.sweep()).values())

    async def test_an_upload_that_ends_after_the_erase_leaves_nothing_either(
        self, store: AsyncSojourn, session: Any, tmp_path: Path
    ) -> None:
        async def coming() -> AsyncIterator[bytes]:
            yield b"x" * 1_100_000
            await session.erase()

        with pytest.raises(SessionGone):
            await session.files.add("a", coming())
        folders = [path for path in (tmp_path / "data" / "sessions").rglob("*") if path.is_dir()]
        assert not [path for path in folders if path.name == session.id]
        assert not any((await store.sweep()).values())

    async def test_a_folder_that_cannot_be_written_is_said_and_leaves_nothing(
        self, store: AsyncSojourn, session: Any, tmp_path: Path
    ) -> None:
        folder = tmp_path / "data" / "sessions"
        await session.files.erase((await session.files.add("a", data(100_000))).id)
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir()
        folder.rmdir()
        folder.write_bytes(b"a file where a folder should be")
        with pytest.raises(BackendError):
            await session.files.add("a", data(100_000))
        folder.unlink()
        await store.sweep()
        await self.nothing_is_left(store, session, tmp_path)
