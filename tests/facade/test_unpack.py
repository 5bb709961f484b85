"""A ZIP archive of the session is unpacked whole or not at all."""

import asyncio
import io
import itertools
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sojourn import AsyncSojourn, Settings
from sojourn.errors import Invalid, LimitExceeded, NotFound, SojournError
from sojourn.models import Progress

pytestmark = pytest.mark.anyio


def zipped(files: dict[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return whole.getvalue()


@pytest.fixture
async def session(store: Any) -> Any:
    return await store.user("ada").sessions.create()


async def test_every_file_of_an_archive_becomes_one_of_the_session(session: Any) -> None:
    pictures = {f"pictures/{n}.bin": bytes([n]) * 1000 for n in range(1, 30)}
    kept = await session.files.add("all.zip", zipped(pictures | {"notes.txt": b"Spring tides."}))
    unpacked = await session.files.unpack(kept.id)
    files = unpacked.files
    assert unpacked.archive == kept
    assert [file.name for file in files] == [*(f"{n}.bin" for n in range(1, 30)), "notes.txt"]
    with await session.files.open(files[4].id) as opened:
        assert opened.read() == bytes([5]) * 1000
    record = await session.refresh()
    assert record.file_count == 31
    assert [hit.document_name for hit in await session.search("spring tides")] == ["notes.txt"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (zipped({"zeros.bin": bytes(60_000_000)}), "archive.ratio"),
        (zipped({"fine.txt": b"fine", "../../etc/passwd": b"x"}), "archive.name"),
        (zipped({"fine.txt": b"fine", "inner.zip": zipped({"a": b"b"})}), "archive.nested"),
        (zipped({}), "archive.empty"),
        (b"PK\x03\x04 but no more than that", None),
    ],
)
async def test_what_is_unfit_leaves_the_session_as_it_was(
    session: Any, data: bytes, reason: str | None
) -> None:
    kept = await session.files.add("bad.zip", data)
    before = await session.refresh()
    with pytest.raises((Invalid, LimitExceeded)) as told:
        await session.files.unpack(kept.id)
    if reason is not None:
        assert told.value.facts["reason"] == reason
    after = await session.refresh()
    assert (after.file_count, after.file_bytes) == (before.file_count, before.file_bytes)
    assert [file.id for file in await session.files.list()] == [kept.id]


async def test_an_archive_whose_checksum_lies_leaves_nothing_of_its_other_files(session: Any) -> None:
    data = bytearray(zipped({"first.txt": b"first", "second.txt": b"the second one is turned"}))
    place = data.index(b"second.txt") + len(b"second.txt") + 3
    data[place] ^= 0xFF
    kept = await session.files.add("turned.zip", bytes(data))
    with pytest.raises(SojournError):
        await session.files.unpack(kept.id)
    assert [file.id for file in await session.files.list()] == [kept.id]
    assert (await session.refresh()).file_count == 1


MIXED = {
    "a.txt": b"first",
    "b/../../c.txt": b"out",
    "large.bin": bytes(range(256)) * 30_000,
    "d.txt": b"last",
}


async def test_what_is_fit_is_taken_where_a_part_is_enough_and_the_rest_is_reported(session: Any) -> None:
    kept = await session.files.add("mixed.zip", zipped(MIXED))
    with pytest.raises(Invalid) as told:
        await session.files.unpack(kept.id)
    report = told.value.facts["entries"]
    assert [(entry.name, entry.problem) for entry in report] == [
        ("a.txt", None),
        ("b/../../c.txt", "archive.name"),
        ("large.bin", None),
        ("d.txt", None),
    ]
    found = await session.files.unpack(kept.id, partial=True)
    assert [entry.problem for entry in found.entries] == [None, "archive.name", None, None]
    assert "leads out of its folder" in found.entries[1].detail
    assert [file.name for file in found.files] == ["a.txt", "large.bin", "d.txt"]
    assert (await session.files.list()).items == [kept, *found.files]
    with await session.files.open(found.files[1].id) as opened:
        assert opened.read() == MIXED["large.bin"]


async def test_a_part_is_taken_of_one_whose_checksum_lies(session: Any) -> None:
    data = bytearray(zipped({"first.txt": b"first", "second.txt": b"the second one is turned"}))
    data[data.index(b"second.txt") + len(b"second.txt") + 3] ^= 0xFF
    kept = await session.files.add("turned.zip", bytes(data))
    found = await session.files.unpack(kept.id, partial=True)
    assert [file.name for file in found.files] == ["first.txt"]
    assert found.entries[1].problem in ("archive.damaged", "archive.checksum", "archive.size")


async def test_progress_is_told_and_ends_with_all(session: Any) -> None:
    files = {f"{n}.txt": b"x" * n for n in range(1, 150)} | {"large.bin": bytes(range(256)) * 40_000}
    kept = await session.files.add("all.zip", zipped(files))
    steps: list[Progress] = []
    await session.files.unpack(kept.id, progress=steps.append)
    assert steps[-1] == Progress(150, 150, sum(map(len, files.values())))
    assert len(steps) > 3
    assert all(a.entries <= b.entries and a.bytes <= b.bytes for a, b in itertools.pairwise(steps))


async def test_a_listener_that_fails_stops_it_and_nothing_is_left(session: Any) -> None:
    kept = await session.files.add("all.zip", zipped({f"{n}.txt": b"words" for n in range(100)}))
    before = await session.refresh()

    def fail(step: Progress) -> None:
        raise LookupError(step.entries)

    with pytest.raises(LookupError):
        await session.files.unpack(kept.id, progress=fail)
    assert (await session.files.list()).items == [kept]
    after = await session.refresh()
    assert (after.file_count, after.file_bytes) == (before.file_count, before.file_bytes)


@pytest.mark.parametrize("only", ["", "*", "image", "image/", "*/*", "Image/*", "image/p*", 5])
async def test_a_kind_that_is_none_is_refused(session: Any, only: Any) -> None:
    kept = await session.files.add("all.zip", zipped({"a.txt": b"words"}))
    with pytest.raises(Invalid) as told:
        await session.files.unpack(kept.id, only=only)
    assert told.value.facts["field"] == "only"


async def test_an_archive_that_is_not_there_is_not_found(session: Any) -> None:
    with pytest.raises(NotFound):
        await session.files.unpack("fil_0")


class TestWithLittle:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(durability="process", session_files=4, session_bytes=20_000_000)

    async def test_more_than_there_is_room_for_is_none_or_as_much_as_fits(self, session: Any) -> None:
        kept = await session.files.add("all.zip", zipped({f"{n}.txt": b"words" for n in range(6)}))
        with pytest.raises(LimitExceeded):
            await session.files.unpack(kept.id)
        assert (await session.files.list()).items == [kept]
        found = await session.files.unpack(kept.id, partial=True)
        assert [entry.problem for entry in found.entries] == [None] * 3 + ["limit_exceeded"] * 3
        assert (await session.refresh()).file_count == 4


async def test_a_coroutine_may_listen(tmp_path: Path) -> None:
    steps: list[Progress] = []

    async def listen(step: Progress) -> None:
        await asyncio.sleep(0)
        steps.append(step)

    async with AsyncSojourn.open(f"sqlite:///{tmp_path}", settings=Settings(durability="process")) as store:
        session = await store.user("ada").sessions.create()
        kept = await session.files.add("all.zip", zipped({"a.txt": b"words"}))
        await session.files.unpack(kept.id, progress=listen)
    assert steps == [Progress(1, 1, 5)]


async def test_wherever_it_is_cancelled_nothing_is_left(tmp_path: Path) -> None:
    files = {f"{n}.txt": b"words" * n for n in range(1, 80)} | {"large.bin": bytes(range(256)) * 4_000}
    async with AsyncSojourn.open(f"sqlite:///{tmp_path}", settings=Settings(durability="process")) as store:
        session = await store.user("ada").sessions.create()
        kept = await session.files.add("all.zip", zipped(files))
        blobs = {path.name for path in (tmp_path / "sessions").rglob("files/*")}
        stopped = 0
        for turns in range(0, 60, 3):
            task = asyncio.create_task(session.files.unpack(kept.id))
            for _ in range(turns):
                await asyncio.sleep(0.001)
            again = task.cancel()
            await asyncio.sleep(0)
            task.cancel()
            done = (await asyncio.gather(task, return_exceptions=True))[0]
            if isinstance(done, asyncio.CancelledError):
                stopped += again
                there = (await session.files.list()).items
                if len(there) > 1:
                    assert len(there) == 81, "it had come to its end"
                    for file in there[1:]:
                        await session.files.erase(file.id)
            else:
                for file in done.files:
                    await session.files.erase(file.id)
            record = await session.refresh()
            assert (record.file_count, record.file_bytes) == (1, kept.size)
            assert {path.name for path in (tmp_path / "sessions").rglob("files/*")} == blobs
        assert stopped
        assert len((await session.files.unpack(kept.id)).files) == 80
