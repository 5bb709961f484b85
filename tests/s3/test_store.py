"""A store whose bytes lie in a bucket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sojourn import Settings, Sojourn
from sojourn.backends.s3 import Bucket, S3Blobs, address
from sojourn.errors import Conflict, Corrupt, NotFound, SessionGone
from sojourn.sync import Session
from sojourn.testing import FakeClock
from sojourn.testing.blobs import data, lying


@pytest.fixture
def blobs(url: str) -> S3Blobs:
    return S3Blobs(Bucket(address.parse(url)), piece=1_000_000)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path, blobs: S3Blobs, clock: FakeClock) -> Iterator[Sojourn]:
    settings = Settings(durability="process")
    with Sojourn.open(f"sqlite:///{tmp_path}", settings=settings, clock=clock) as opened:
        opened._engine.blobs = blobs
        yield opened


@pytest.fixture
def session(store: Sojourn) -> Session:
    return store.user("ada").sessions.create(title="Tides")


def test_files_of_any_size_are_kept_and_go_with_their_session(session: Session, blobs: S3Blobs) -> None:
    sizes = (100, 100_000, 3_500_000)
    files = [session.files.add(f"{size}.bin", data(size)) for size in sizes]
    for file in files:
        with session.files.open(file.id) as opened:
            assert opened.read() == data(file.size)
    assert len(lying(blobs)) == 2, "small ones lie in the records"
    session.files.erase(files[1].id)
    assert [found[2] for found in lying(blobs)] == [files[2].id]
    session.erase()
    assert lying(blobs) == []


def test_an_upload_goes_on(session: Session, blobs: S3Blobs) -> None:
    given = data(2_500_000)
    upload = session.files.start("tides.bin", size=len(given))
    for at in range(0, len(given), 600_000):
        upload = session.files.proceed(upload.id, given[at : at + 600_000], offset=at)
    assert upload.file is not None
    with session.files.open(upload.file.id) as opened:
        assert opened.read() == given
    with pytest.raises(Conflict):
        session.files.proceed(session.files.start("b", size=10).id, b"12345", offset=3)
    session.erase()
    assert lying(blobs) == []


def test_bytes_that_were_changed_in_the_bucket_are_never_served(
    session: Session, blobs: S3Blobs, url: str
) -> None:
    file = session.files.add("tides.bin", data(200_000))
    bucket = Bucket(address.parse(url))
    (name,) = (one.name for one in bucket.below(bucket.where.prefix))
    bucket.put(name, data(199_999) + b"!")
    with session.files.open(file.id) as opened, pytest.raises(Corrupt):
        opened.read()
    bucket.delete([name])
    with pytest.raises(NotFound):
        session.files.open(file.id)


def test_what_an_erase_could_not_see_yet_does_not_stay(session: Session, blobs: S3Blobs) -> None:
    def pieces() -> Iterator[bytes]:
        yield data(200_000)
        session.erase()

    with pytest.raises(SessionGone):
        session.files.add("tides.bin", pieces())
    assert lying(blobs) == []


def test_what_a_sweep_could_not_see_yet_does_not_stay(
    session: Session, store: Sojourn, blobs: S3Blobs, clock: FakeClock
) -> None:
    def pieces() -> Iterator[bytes]:
        yield data(200_000)
        clock.advance(seconds=store.settings.upload_seconds + 1)
        store.sweep()

    with pytest.raises(Conflict):
        session.files.add("tides.bin", pieces())
    assert lying(blobs) == []


def test_an_audit_finds_what_nobody_knows(store: Sojourn, session: Session, blobs: S3Blobs) -> None:
    file = session.files.add("tides.bin", data(200_000))
    writer = blobs.resume(session.id, "fil_1")
    writer.write(b"nobody knows")
    writer.pause()
    found = store.audit(repair=True)
    assert [(finding.fault, finding.id) for finding in found.findings] == [("unknown", "fil_1")]
    assert [one[2] for one in lying(blobs)] == [file.id]
    assert store.audit(deep=True).findings == ()
