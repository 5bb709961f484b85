"""Object stores that are busy, refuse, stay silent, break off or answer wrong bytes."""

from collections.abc import Callable

import pytest
from tests.s3.proxy import How, Proxy

from sojourn.backends.s3 import Bucket, S3Blobs, S3Keys, address
from sojourn.errors import BackendError, NotFound, Unavailable
from sojourn.ports import BlobWriter
from sojourn.testing.blobs import data, keep, lying, whole
from sojourn.testing.drafts import new_id

PIECE = 100_000
SES, FIL = new_id("ses"), new_id("fil")


@pytest.fixture
def truth(url: str) -> S3Blobs:
    return S3Blobs(Bucket(address.parse(url)), piece=PIECE)


@pytest.fixture
def blobs(spoilt_url: str) -> S3Blobs:
    made = S3Blobs(Bucket(address.parse(spoilt_url)), piece=PIECE)
    made.size(SES, FIL)  # the bucket was looked at
    return made


@pytest.fixture
def keys(spoilt_url: str) -> S3Keys:
    made = S3Keys(Bucket(address.parse(spoilt_url)))
    assert made.get(0) is None
    return made


def written(writer: BlobWriter, size: int) -> None:
    for at in range(0, size, 50_000):
        writer.write(data(50_000, str(at)))
    writer.finish()


@pytest.mark.parametrize("size", [1000, 450_000])
@pytest.mark.parametrize("how", ["500", "503", "lost", "late"])
def test_a_write_that_fails_for_a_moment_is_done_once(
    blobs: S3Blobs, truth: S3Blobs, proxy: Proxy, how: How, size: int
) -> None:
    for skip in range(4):
        proxy.spoil(how, "PUT", skip=skip)
    given = data(size)
    assert keep(blobs, SES, FIL, given).size == size
    assert proxy.spoilt[how] >= 1
    assert whole(truth, SES, FIL) == given
    assert lying(truth) == [(SES, "blob", FIL, size)]


@pytest.mark.parametrize("how", ["500", "503", "lost", "late", "short"])
def test_a_read_that_fails_for_a_moment_is_done_again(
    blobs: S3Blobs, truth: S3Blobs, proxy: Proxy, how: How
) -> None:
    given = data(450_000)
    keep(truth, SES, FIL, given)
    proxy.spoil(how, "GET", times=3)
    assert whole(blobs, SES, FIL) == given
    assert proxy.spoilt[how] == 3


@pytest.mark.parametrize("how", ["500", "503", "lost", "short"])
def test_a_store_that_never_comes_round_is_said_to_be_unavailable(
    blobs: S3Blobs, truth: S3Blobs, proxy: Proxy, how: How
) -> None:
    keep(truth, SES, FIL, data(1000))
    proxy.spoil(how, "GET", times=100)
    with pytest.raises(Unavailable):
        whole(blobs, SES, FIL)


@pytest.mark.parametrize("refused", range(6))
def test_a_write_that_is_refused_half_way_is_told_and_leaves_nothing(
    blobs: S3Blobs, truth: S3Blobs, proxy: Proxy, refused: int, multiparts: Callable[[], int]
) -> None:
    proxy.spoil("403", "PUT", SES, skip=refused)
    writer = blobs.writer(SES, FIL)
    with pytest.raises(BackendError, match="403 AccessDenied") as problem:
        written(writer, 450_000)
    assert "sojournkey" not in f"{problem.value!r} {problem.value.__cause__!r}"
    writer.abort()
    assert lying(truth) == []
    assert truth.size(SES, FIL) is None
    assert multiparts() == 0


@pytest.mark.parametrize("how", ["lost", "late"])
def test_what_was_written_and_never_heard_of_goes_when_it_is_given_up(
    blobs: S3Blobs, truth: S3Blobs, proxy: Proxy, how: How
) -> None:
    writer = blobs.writer(SES, FIL)
    writer.write(data(1000))
    proxy.spoil("403", "PUT", SES, skip=1)
    proxy.spoil(how, "PUT", SES)
    with pytest.raises(BackendError):
        writer.finish()
    assert truth.size(SES, FIL) == 1000
    writer.abort()
    assert lying(truth) == []


def test_a_piece_that_was_written_and_never_heard_of_is_not_in_the_way(
    blobs: S3Blobs, truth: S3Blobs, proxy: Proxy
) -> None:
    writer = blobs.resume(SES, FIL)
    proxy.spoil("403", "PUT", "/p", skip=1)
    proxy.spoil("lost", "PUT", "/p")
    with pytest.raises(BackendError):
        writer.write(data(PIECE))
    assert writer.size == 0
    writer.write(data(40_000))
    writer.pause()
    assert truth.received(SES, FIL) == 40_000
    again = truth.resume(SES, FIL)
    again.write(data(10, "more"))
    again.finish()
    assert whole(truth, SES, FIL) == data(40_000) + data(10, "more")


def test_a_blob_that_lacks_a_piece_is_not_finished(blobs: S3Blobs, truth: S3Blobs, url: str) -> None:
    bucket = Bucket(address.parse(url))
    writer = blobs.writer(SES, FIL)
    writer.write(data(350_000))
    second = sorted(one.name for one in bucket.below(bucket.where.prefix) if "/p" in one.name)[1]
    bucket.delete([second])
    with pytest.raises(NotFound):
        writer.finish()
    assert truth.size(SES, FIL) is None
    assert lying(truth) == []


@pytest.mark.parametrize("how", ["500", "lost", "late"])
def test_removing_is_done_again_until_nothing_is_left(
    blobs: S3Blobs, truth: S3Blobs, proxy: Proxy, how: How
) -> None:
    keep(truth, SES, FIL, data(450_000))
    keep(truth, SES, new_id("fil"), data(10))
    proxy.spoil(how, "POST", times=2)
    proxy.spoil(how, "GET", times=1)
    blobs.drop(SES)
    assert lying(truth) == []


@pytest.mark.parametrize("how", ["lost", "late", "503"])
def test_a_key_is_made_once_although_nobody_answers(keys: S3Keys, proxy: Proxy, how: How) -> None:
    proxy.spoil(how, "PUT")
    assert keys.put(7, bytes(range(32)))
    assert proxy.spoilt[how] == 1
    assert not keys.put(7, bytes(range(32)))
    assert keys.get(7) == bytes(range(32))


@pytest.mark.parametrize("how", ["403", "500", "lost"])
def test_a_key_that_cannot_be_read_is_never_taken_for_none(keys: S3Keys, proxy: Proxy, how: How) -> None:
    keys.put(7, bytes(32))
    proxy.spoil(how, "GET", times=100)
    with pytest.raises(BackendError):
        keys.get(7)


def test_a_key_that_comes_short_is_fetched_again(keys: S3Keys, proxy: Proxy) -> None:
    keys.put(7, bytes(range(32)))
    proxy.spoil("short", "GET")
    assert keys.get(7) == bytes(range(32))
