"""Sealing: content cannot be read from the files, nor moved to another place, nor after its key is gone."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from sojourn.backends.sql.seals import Seals, place
from sojourn.backends.sqlite.keys import KeyFile
from sojourn.backends.sqlite.records import SqliteRecords
from sojourn.config import Settings
from sojourn.errors import BackendError, SessionGone
from sojourn.models import File, Message, Receipt, Session, Text, User
from sojourn.ports import Intent, SessionRef, Summary, Tomb, Tx

SECRET = "canary-9f31c1b7"


@pytest.fixture
def keys(tmp_path: Path) -> KeyFile:
    keys = KeyFile(tmp_path / "keys.bin")
    keys.fill(0, 10)
    return keys


def test_what_is_sealed_opens_only_at_its_own_place_and_with_its_own_key(keys: KeyFile) -> None:
    seals = Seals(keys, sealed=True)
    here = place("messages", 3, "body", b"id")
    sealed = seals.seal(3, here, b"words")
    assert b"words" not in sealed
    assert seals.open(3, here, sealed) == b"words"
    assert seals.seal(3, here, b"words") != sealed
    for key_no, where in ((3, place("messages", 3, "body", b"ie")), (4, here)):
        with pytest.raises(BackendError):
            seals.open(key_no, where, sealed)


def test_many_values_open_each_at_its_own_place_only(keys: KeyFile) -> None:
    seals = Seals(keys, sealed=True)
    here, ids, words = place("messages", 3, "body", b""), [b"a", b"b", b"c"], [b"one", b"", b"three" * 99]
    kept = [seals.seal(3, here + id, text) for id, text in zip(ids, words, strict=True)]
    assert seals.open_all(3, here, ids, kept) == words
    assert seals.open_all(3, here, [], []) == []
    harmed = kept[1][:-1] + bytes([kept[1][-1] ^ 1])
    for wrong in ([b"a", b"c", b"b"], [b"a", b"b", b"d"]):
        with pytest.raises(BackendError):
            seals.open_all(3, here, wrong, kept)
    with pytest.raises(BackendError):
        seals.open_all(3, here, ids, [kept[0], harmed, kept[2]])
    with pytest.raises(BackendError):
        seals.open_all(4, here, ids, kept)
    seals.forget(Tomb(1, 3, Receipt("ses_1", 1, 0, 0, 0, 0)))
    with pytest.raises(SessionGone):
        seals.open_all(3, here, ids, kept)
    assert Seals(keys, sealed=False).open_all(3, here, ids, words) == words


def test_a_destroyed_key_is_gone_for_this_process_and_for_others(keys: KeyFile) -> None:
    seals = Seals(keys, sealed=True)
    here = place("messages", 3, "body", b"id")
    sealed = seals.seal(3, here, b"words")
    seals.forget(Tomb(1, 3, Receipt("ses_1", 1, 0, 0, 0, 0)))
    for reader in (seals, Seals(keys, sealed=True)):
        with pytest.raises(SessionGone):
            reader.open(3, here, sealed)


def test_filling_keeps_the_keys_that_stand(keys: KeyFile) -> None:
    held = [keys.get(n) for n in range(11)]
    assert len(set(held)) == 11
    keys.fill(5, 20)
    assert [keys.get(n) for n in range(11)] == held
    assert keys.get(20) is not None


def write_secrets(records: SqliteRecords) -> None:
    async def everything(tx: Tx) -> None:
        owner = await tx.users.add(User("usr_1", f"name {SECRET}", 1))
        ref = SessionRef(owner.no, "ses_1")
        about = {"metadata": {SECRET: 1}, "tags": (SECRET,), "client_key": SECRET}
        await tx.sessions.add(owner.no, Session("ses_1", f"title {SECRET}", 1, 1, 1, 0, 0, 0, **about))
        await tx.state.put(ref, f"key {SECRET}", SECRET.encode(), 1)
        await tx.state.put(owner.no, f"key {SECRET}", SECRET.encode(), 1)
        text = Message("00000000-0000-7000-8000-000000000001", 0, "user", (Text(SECRET),), 1)
        await tx.messages.append(ref, [text], 1)
        await tx.branches.fork(ref, (1, 0), 1)
        long = Message("00000000-0000-7000-8000-000000000002", 0, "user", (Text(f"{SECRET} " * 999),), 1)
        await tx.messages.append(ref, [long], 1)
        await tx.summaries.put(ref, Summary(text.id, text.id, (1, 1), SECRET, 1))
        coming = Intent("ses_1", "fil_1", "upload", 1, 10, name=f"{SECRET}.txt")
        await tx.intents.reserve(ref, coming, 1)
        await tx.intents.reserve(ref, replace(coming, id="fil_2"), 1)
        await tx.files.keep(ref, File("fil_1", f"{SECRET}.txt", "text/plain", 1, "00", 1), 1)
        await tx.files.add(ref, File("fil_3", "a", "text/plain", 1, "01", 1), SECRET.encode() * 9, 1)
        await tx.once.remember(owner.no, f"append {SECRET}", SECRET, b"", "ses_1", 1)

    records.write(everything)


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_no_content_and_no_name_can_be_read_from_the_files(tmp_path: Path) -> None:
    records = SqliteRecords(tmp_path, Settings())
    write_secrets(records)
    records.close()
    assert SECRET.encode() not in bytes_of(tmp_path)


def test_a_store_made_unsealed_says_so_for_good(tmp_path: Path) -> None:
    records = SqliteRecords(tmp_path, Settings(sealed=False))
    write_secrets(records)
    records.close()
    assert SECRET.encode() in bytes_of(tmp_path)

    async def title(tx: Tx) -> str:
        session = await tx.sessions.get(SessionRef(1, "ses_1"))
        assert session is not None
        return session.title

    assert SqliteRecords(tmp_path, Settings(sealed=True)).read(title) == f"title {SECRET}"


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    records = SqliteRecords(folder, Settings())
    assert records.store_id
    for path in (folder / "sojourn.db", folder / "keys.bin"):
        assert path.stat().st_mode & 0o077 == 0
    records.close()
