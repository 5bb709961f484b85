"""A ZIP archive of the session is unpacked whole or not at all."""

import io
import zipfile
from typing import Any

import pytest

from sojourn.errors import Invalid, LimitExceeded, SojournError

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
