"""The contract of the port `Blobs`, to be run against any backend.

    class TestMine(BlobsContract):
        @pytest.fixture
        def blobs(self, tmp_path):
            return MyBlobs(tmp_path)

        @pytest.fixture
        def elsewhere(self, tmp_path):
            return MyBlobs(tmp_path)

`blobs` answers an empty place, `elsewhere` the same place as another process sees it. For messages that
show the values of a failed assertion, call `pytest.register_assert_rewrite("sojourn.testing.blobs")`
before the import.
"""

import io
from collections.abc import Callable
from hashlib import sha256, shake_128
from threading import Thread

import pytest

from sojourn.errors import Conflict, NotFound
from sojourn.ports import Blob, Blobs
from sojourn.testing.drafts import new_id

SIZES = (0, 1, 8191, 8192, 8193, 1_000_000, 6_000_001)
MANY = 20


def data(size: int, seed: str = "tides") -> bytes:
    return shake_128(seed.encode()).digest(size)


def keep(blobs: Blobs, session_id: str, blob: str, *pieces: bytes) -> Blob:
    writer = blobs.writer(session_id, blob)
    for piece in pieces:
        writer.write(piece)
    return writer.finish()


def whole(blobs: Blobs, session_id: str, blob: str) -> bytes:
    with blobs.open(session_id, blob) as opened:
        return opened.read()


def lying(blobs: Blobs) -> list[tuple[str, str, str, int]]:
    return sorted((found.session_id, found.kind, found.id, found.size) for found in blobs.walk())


class BlobsContract:
    """Subclass it, name the class `Test…`, and give it the fixtures `blobs` and `elsewhere`."""

    @pytest.fixture
    def ses(self) -> str:
        return new_id("ses")

    @pytest.fixture
    def fil(self) -> str:
        return new_id("fil")

    @pytest.mark.parametrize("size", SIZES)
    def test_bytes_come_back_as_they_were_written(
        self, blobs: Blobs, elsewhere: Blobs, ses: str, fil: str, size: int
    ) -> None:
        given = data(size)
        kept = keep(blobs, ses, fil, given[: size // 3], given[size // 3 :])
        assert kept == Blob(size, sha256(given).hexdigest(), given[:8192])
        for view in (blobs, elsewhere):
            assert whole(view, ses, fil) == given
            assert view.size(ses, fil) == size
            with view.local(ses, fil) as path:
                assert path.read_bytes() == given

    def test_a_stretch_can_be_read(self, blobs: Blobs, ses: str, fil: str) -> None:
        given = data(1_000_000)
        keep(blobs, ses, fil, given)
        with blobs.open(ses, fil) as opened:
            assert opened.seek(0, io.SEEK_END) == len(given)
            assert opened.seek(500_000) == 500_000
            assert opened.read(10) == given[500_000:500_010]
            assert opened.tell() == 500_010
            assert opened.seek(-5, io.SEEK_END) == len(given) - 5
            assert opened.read() == given[-5:]

    def test_nothing_is_there_before_it_is_finished(
        self, blobs: Blobs, elsewhere: Blobs, ses: str, fil: str
    ) -> None:
        writer = blobs.writer(ses, fil)
        writer.write(data(100_000))
        assert writer.size == 100_000
        for view in (blobs, elsewhere):
            assert view.size(ses, fil) is None
            with pytest.raises(NotFound):
                view.open(ses, fil)
        writer.finish()
        assert elsewhere.size(ses, fil) == 100_000

    def test_what_is_given_up_leaves_nothing(self, blobs: Blobs, ses: str, fil: str) -> None:
        writer = blobs.writer(ses, fil)
        writer.write(data(100_000))
        writer.abort()
        writer.abort()
        writer.pause()
        assert lying(blobs) == []
        assert blobs.received(ses, fil) == 0

    def test_giving_up_what_is_finished_changes_nothing(self, blobs: Blobs, ses: str, fil: str) -> None:
        writer = blobs.writer(ses, fil)
        writer.write(b"tides")
        writer.finish()
        writer.abort()
        writer.pause()
        assert whole(blobs, ses, fil) == b"tides"

    def test_what_is_not_there_is_not_found(self, blobs: Blobs, ses: str, fil: str) -> None:
        keep(blobs, ses, new_id("fil"), b"another")
        assert blobs.size(ses, fil) is None
        assert blobs.received(ses, fil) == 0
        with pytest.raises(NotFound):
            blobs.open(ses, fil)
        blobs.remove(ses, fil)
        blobs.remove(new_id("ses"), fil)
        blobs.drop(new_id("ses"))

    # -- going on -------------------------------------------------------------------------------

    @pytest.mark.parametrize("turns", ["here", "there", "by turns"])
    @pytest.mark.parametrize("step", [700_001, 5_000_000, 1])
    def test_bytes_go_on_where_they_were_paused(
        self, blobs: Blobs, elsewhere: Blobs, ses: str, fil: str, turns: str, step: int
    ) -> None:
        given = data(MANY if step == 1 else 6_000_001)
        views = {"here": [blobs], "there": [elsewhere], "by turns": [blobs, elsewhere]}[turns]
        for number, at in enumerate(range(0, len(given), step)):
            view = views[number % len(views)]
            assert all(other.received(ses, fil) == at for other in (blobs, elsewhere))
            writer = view.resume(ses, fil)
            assert writer.size == at
            writer.write(given[at : at + step])
            writer.pause()
        last = elsewhere.resume(ses, fil)
        while last.catch_up():
            pass
        assert last.finish() == Blob(len(given), sha256(given).hexdigest(), given[:8192])
        assert whole(blobs, ses, fil) == given
        assert lying(blobs) == [(ses, "blob", fil, len(given))]

    def test_a_writer_that_was_begun_can_be_gone_on_with(self, blobs: Blobs, ses: str, fil: str) -> None:
        writer = blobs.writer(ses, fil)
        writer.write(b"Spring ")
        writer.pause()
        again = blobs.resume(ses, fil)
        again.write(b"tides")
        assert again.finish().digest == sha256(b"Spring tides").hexdigest()

    def test_two_do_not_write_at_once(self, blobs: Blobs, elsewhere: Blobs, ses: str, fil: str) -> None:
        writer = blobs.resume(ses, fil)
        for view in (blobs, elsewhere):
            with pytest.raises(Conflict):
                view.resume(ses, fil)
        writer.write(b"x")
        writer.pause()
        again = elsewhere.resume(ses, fil)
        assert again.size == 1
        again.abort()
        assert blobs.received(ses, fil) == 0

    def test_of_many_that_begin_at_once_each_waits_for_nobody(self, blobs: Blobs, ses: str, fil: str) -> None:
        done: list[int] = []

        def write() -> None:
            while len(done) < MANY:
                try:
                    writer = blobs.resume(ses, fil)
                except Conflict:
                    continue
                writer.write(bytes([writer.size % 256]))
                done.append(writer.size)
                writer.pause()

        threads = [Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert done == list(range(1, len(done) + 1))
        blobs.resume(ses, fil).finish()
        assert whole(blobs, ses, fil) == bytes(n % 256 for n in range(len(done)))

    @pytest.mark.parametrize("first", [0, 100, 6_000_000])
    def test_what_was_written_can_be_cut_off_again(
        self, blobs: Blobs, elsewhere: Blobs, ses: str, fil: str, first: int
    ) -> None:
        begun = elsewhere.resume(ses, fil)
        begun.write(data(first))
        begun.pause()
        writer = blobs.resume(ses, fil)
        writer.write(data(300_000, "wrong"))
        writer.cut(first)
        assert writer.size == first
        writer.write(b"right")
        writer.pause()
        assert elsewhere.received(ses, fil) == first + 5
        expected = data(first) + b"right"
        assert blobs.resume(ses, fil).finish().digest == sha256(expected).hexdigest()
        assert whole(elsewhere, ses, fil) == expected

    def test_what_is_finished_can_be_finished_again(self, blobs: Blobs, ses: str, fil: str) -> None:
        """By whoever comes after one who was stopped before it could say so."""
        kept = keep(blobs, ses, fil, data(100_000))
        assert blobs.received(ses, fil) == 100_000
        writer = blobs.resume(ses, fil)
        assert writer.size == 100_000
        assert writer.finish() == kept
        blobs.resume(ses, fil).abort()
        assert whole(blobs, ses, fil) == data(100_000)

    @pytest.mark.parametrize("way", ["remove", "drop"])
    @pytest.mark.parametrize("end", ["pause", "finish"])
    def test_what_is_removed_while_it_is_written_is_gone_and_its_writer_told(
        self, blobs: Blobs, elsewhere: Blobs, ses: str, fil: str, way: str, end: str
    ) -> None:
        writer = blobs.resume(ses, fil)
        writer.write(data(100_000))
        removals: dict[str, Callable[[], None]] = {
            "remove": lambda: elsewhere.remove(ses, fil),
            "drop": lambda: elsewhere.drop(ses),
        }
        removals[way]()
        try:
            writer.write(b"more")
            writer.pause() if end == "pause" else writer.finish()
        except NotFound:
            writer.abort()
        else:
            assert end == "pause", "nothing is finished that was removed"
        assert lying(blobs) == []
        assert elsewhere.received(ses, fil) == 0

    # -- removing -------------------------------------------------------------------------------

    def test_what_is_removed_is_gone_and_nothing_else(self, blobs: Blobs, elsewhere: Blobs, ses: str) -> None:
        other = new_id("ses")
        stays, goes, coming = (new_id("fil") for _ in range(3))
        for session_id in (ses, other):
            for blob in (stays, goes):
                keep(blobs, session_id, blob, b"tides")
        writer = blobs.resume(ses, coming)
        writer.write(b"half")
        writer.pause()
        elsewhere.remove(ses, goes)
        elsewhere.remove(ses, coming)
        assert lying(blobs) == sorted(
            [(ses, "blob", stays, 5), (other, "blob", stays, 5), (other, "blob", goes, 5)]
        )
        elsewhere.drop(ses)
        assert [found[0] for found in lying(blobs)] == [other] * 2
        assert whole(blobs, other, goes) == b"tides"

    def test_what_is_read_just_now_is_read_to_the_end_or_ends_cleanly(
        self, blobs: Blobs, ses: str, fil: str
    ) -> None:
        given = data(6_000_001)
        keep(blobs, ses, fil, given)
        with blobs.open(ses, fil) as opened:
            begun = opened.read(100)
            blobs.drop(ses)
            try:
                assert begun + opened.read() == given
            except (NotFound, OSError):
                assert blobs.size(ses, fil) is None

    def test_everything_that_lies_there_is_told_once(self, blobs: Blobs, elsewhere: Blobs) -> None:
        expected = []
        for number in range(MANY):
            session_id, blob, coming = new_id("ses"), new_id("fil"), new_id("fil")
            keep(blobs, session_id, blob, bytes(number))
            writer = blobs.resume(session_id, coming)
            writer.write(bytes(number + 1))
            writer.pause()
            expected += [(session_id, "blob", blob, number), (session_id, "part", coming, number + 1)]
        assert lying(elsewhere) == sorted(expected)
        for found in list(elsewhere.walk()):
            if found.kind == "part":
                elsewhere.discard(found)
                elsewhere.discard(found)
        assert lying(blobs) == sorted(found for found in expected if found[1] == "blob")

    def test_lent_bytes_have_a_path_while_they_are_lent(self, blobs: Blobs, ses: str) -> None:
        with blobs.lend(ses, data(100_000)) as path:
            assert path.read_bytes() == data(100_000)
        assert not path.exists()
        blobs.drop(ses)
        assert lying(blobs) == []
