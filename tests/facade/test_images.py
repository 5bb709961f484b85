"""Pictures of a session: judged before they are seen, decoded elsewhere, drawn small once."""

import asyncio
import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.unit.pictures import animated, frames, png, saved, scene, turned

from sojourn import AsyncSojourn, Settings, Sojourn
from sojourn.errors import (
    Invalid,
    LimitExceeded,
    MissingExtra,
    NotFound,
    Overfull,
    SessionClosed,
    SessionGone,
    SojournError,
    UnsupportedType,
)
from sojourn.models import Picture

pytestmark = pytest.mark.anyio

JPEG = saved(scene(60, 40), "JPEG", exif=turned(6), quality=95)


@pytest.fixture
async def session(store: Any) -> Any:
    return await store.user("ada").sessions.create()


async def test_a_file_that_is_a_picture_says_how_large_it_is_upright(session: Any) -> None:
    lying = await session.files.add("lying.jpg", JPEG)
    moving = await session.files.add("moving.gif", animated("GIF", frames(7, 8, 6)))
    words = await session.files.add("words.txt", b"words")
    cut = await session.files.add("cut.jpg", JPEG[:-300])
    huge = await session.files.add("huge.png", png(50_000, 50_000))
    assert lying.picture == Picture(40, 60)
    assert moving.picture == Picture(8, 6, 7)
    assert (words.picture, cut.picture, huge.picture) == (None, None, None)
    assert await session.files.get(lying.id) == lying
    assert await session.images.ids() == [lying.id, moving.id]
    assert [file.id for file in await session.images.list()] == [lying.id, moving.id]


async def test_pictures_are_listed_in_pages(session: Any) -> None:
    kept = []
    for number in range(5):
        await session.files.add("words.txt", b"words")
        kept.append(await session.images.add(f"{number}.png", saved(scene(), "PNG")))
    first = await session.images.list(limit=3)
    assert first.items == kept[:3]
    rest = await session.images.list(limit=3, cursor=first.next)
    assert (rest.items, rest.next) == (kept[3:], None)
    with pytest.raises(SojournError):
        await session.files.list(cursor=first.next)


async def test_the_bytes_of_a_picture_stay_as_they_came(session: Any) -> None:
    kept = await session.images.add("tide.jpg", io.BytesIO(JPEG), size=len(JPEG))
    assert kept.picture == Picture(40, 60) and kept.media_type == "image/jpeg"
    with await session.files.open(kept.id) as opened:
        assert opened.read() == JPEG
    assert kept == await session.files.get(kept.id)


async def test_a_picture_comes_as_pillow_and_numpy_know_it(session: Any) -> None:
    kept = await session.images.add("tide.jpg", JPEG)
    image = await session.images.open(kept.id)
    array = await session.images.array(kept.id)
    assert (image.mode, image.size, array.shape, str(array.dtype)) == ("RGB", (40, 60), (60, 40, 3), "uint8")
    assert image.tobytes() == array.tobytes()
    assert not image.getexif()
    red, green, blue = (int(part) for part in array[3, 36])
    assert red > 200 and green < 60 and blue < 60, "what was above on the left is above on the right"


@pytest.mark.parametrize(("px", "made"), [(16, 64), (64, 64), (65, 128), (256, 256), (1024, 1024)])
async def test_a_thumbnail_is_of_one_of_a_few_sizes(session: Any, px: int, made: int) -> None:
    kept = await session.images.add("tide.png", saved(scene(2000, 1000), "PNG"))
    thumbnail = await session.images.thumbnail(kept.id, px)
    assert (thumbnail.media_type, thumbnail.width, thumbnail.height) == ("image/webp", made, made // 2)
    seen = Image.open(io.BytesIO(thumbnail.data))
    assert (seen.format, seen.size) == ("WEBP", (made, made // 2))
    assert await session.images.thumbnail(kept.id, made) == thumbnail


async def test_a_thumbnail_says_nothing_of_where_it_is_from(session: Any) -> None:
    kept = await session.files.add("tide.jpg", JPEG)
    thumbnail = await session.images.thumbnail(kept.id)
    assert (thumbnail.width, thumbnail.height) == (40, 60)
    assert b"canary" not in thumbnail.data and b"canary" in JPEG
    assert not Image.open(io.BytesIO(thumbnail.data)).getexif()


async def test_a_thumbnail_is_made_once(store: Any, session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = await session.images.add("tide.jpg", JPEG)
    first = await session.images.thumbnail(kept.id)
    before = await session.refresh()
    monkeypatch.setattr(sys, "executable", os.devnull)
    await store.close()  # its processes are gone, and no other can be started
    assert await session.images.thumbnail(kept.id) == first
    with pytest.raises(SojournError):
        await session.images.thumbnail(kept.id, 64)
    assert await session.refresh() == before


async def test_a_thumbnail_is_gone_with_its_file_and_with_its_session(session: Any) -> None:
    first, second = [await session.images.add(f"{n}.jpg", JPEG) for n in range(2)]
    for kept in (first, second):
        await session.images.thumbnail(kept.id)
    await session.files.erase(first.id)
    with pytest.raises(NotFound):
        await session.images.thumbnail(first.id)
    assert await session.images.ids() == [second.id]
    receipt = await session.erase()
    assert (receipt.files, receipt.bytes) == (1, len(JPEG))
    for reach in (session.images.thumbnail(second.id), session.images.ids(), session.images.list()):
        with pytest.raises(SessionGone):
            await reach


async def test_a_closed_session_shows_its_pictures_and_takes_no_more(session: Any) -> None:
    kept = await session.images.add("tide.jpg", JPEG)
    await session.close()
    assert (await session.images.thumbnail(kept.id)).width == 40
    assert (await session.images.open(kept.id)).size == (40, 60)
    with pytest.raises(SessionClosed):
        await session.images.add("tide.jpg", JPEG)


async def test_nobody_sees_the_pictures_of_somebody_else(store: Any, session: Any) -> None:
    kept = await session.images.add("tide.jpg", JPEG)
    await session.images.thumbnail(kept.id)
    other = await store.user("bob").sessions.create()
    assert await other.images.ids() == []
    for reach in (other.images.thumbnail, other.images.open, other.images.array):
        with pytest.raises(NotFound):
            await reach(kept.id)


@pytest.mark.parametrize(
    ("name", "data", "error", "reason"),
    [
        ("tide.png", JPEG, UnsupportedType, "image.type"),
        ("tide.jpg", b"%PDF-1.7\nno picture", UnsupportedType, "image.type"),
        ("tide.svg", b"<svg onload='alert(1)'/>", UnsupportedType, "image.type"),
        ("tide.jpg", JPEG[: len(JPEG) // 2], Invalid, "image.truncated"),
        ("tide.jpg", JPEG[: len(JPEG) // 2] + b"\xff\xd9", Invalid, "image.truncated"),
        ("tide.png", png(50_000, 50_000), Overfull, "image.pixels"),
        ("tide.png", png(20, 20, pixels=b"too few"), Invalid, "image.truncated"),
        ("tide.png", b"", Invalid, "file.empty"),
    ],
)
async def test_what_is_no_sound_picture_is_refused_and_leaves_nothing(
    session: Any, name: str, data: bytes, error: type[SojournError], reason: str
) -> None:
    before = await session.refresh()
    with pytest.raises(error) as told:
        await session.images.add(name, data)
    assert told.value.facts["reason"] == reason
    assert await session.refresh() == before
    assert (await session.files.list()).items == []
    if reason == "image.type":
        assert told.value.facts["found"] in str(told.value) and told.value.facts["claimed"] in str(told.value)


@pytest.mark.parametrize("px", [0, 15, 1025, -1, 1.5, True, "256", None])
async def test_a_size_that_is_none_is_refused(session: Any, px: Any) -> None:
    kept = await session.images.add("tide.jpg", JPEG)
    with pytest.raises(Invalid):
        await session.images.thumbnail(kept.id, px)


async def test_what_is_no_picture_has_no_thumbnail_and_says_so(session: Any) -> None:
    kept = await session.files.add("words.txt", b"words")
    for reach in (session.images.thumbnail, session.images.open, session.images.array):
        with pytest.raises(UnsupportedType):
            await reach(kept.id)


async def test_without_pillow_lists_work_and_the_rest_names_what_is_missing(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await session.images.add("tide.jpg", JPEG)
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert await session.images.ids() == [kept.id]
    assert (await session.images.list()).items == [kept]
    assert (await session.files.add("more.jpg", JPEG)).picture == Picture(40, 60)
    for reach in (session.images.open(kept.id), session.images.array(kept.id), session.images.add("a", JPEG)):
        with pytest.raises(MissingExtra, match=r"pip install 'sojourn\[images\]'"):
            await reach
    assert len((await session.files.list()).items) == 2


class TestWithLittle:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(durability="process", image_pixels=2000, image_bytes=2000, file_bytes=9000)

    async def test_limits_are_those_of_the_store(self, session: Any) -> None:
        kept = await session.files.add("large.png", saved(scene(60, 40), "PNG"))
        assert kept.picture is None
        with pytest.raises(Overfull) as told:
            await session.images.add("large.png", saved(scene(60, 40), "PNG"))
        assert told.value.facts["reason"] == "image.pixels"
        with pytest.raises(Overfull) as told:
            await session.images.add("long.png", saved(scene(30, 20), "PNG") + bytes(2000))
        assert told.value.facts["reason"] == "image.bytes"
        with pytest.raises(LimitExceeded):
            await session.images.add("endless.png", (bytes(1000) for _ in range(10**9)))


# -- many at once -------------------------------------------------------------------------------


def children() -> set[int]:
    """Of whichever of our threads."""
    listed = [task.read_text() for task in Path("/proc/self/task").glob("*/children")]
    return {int(pid) for pids in listed for pid in pids.split()}


@pytest.mark.parametrize("workers", [1, 3])
async def test_many_at_once_share_a_few_processes_and_close_ends_them(tmp_path: Path, workers: int) -> None:
    before = children()
    settings = Settings(durability="process", image_workers=workers)
    async with AsyncSojourn.open(f"sqlite:///{tmp_path}", settings=settings) as store:
        session = await store.user("ada").sessions.create()
        kept = [await session.files.add(f"{n}.png", saved(scene(30 + n, 20), "PNG")) for n in range(8)]
        made = await asyncio.gather(*(session.images.thumbnail(file.id) for file in kept))
        assert [thumbnail.width for thumbnail in made] == [30 + n for n in range(8)]
        assert 1 <= len(children() - before) <= workers
    assert children() <= before


async def test_the_same_thumbnail_asked_for_by_many_is_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sojourn.ingest.images import Darkroom

    made = []
    thumbnail = Darkroom.thumbnail

    def counted(self: Darkroom, *args: Any) -> bytes:
        made.append(args)
        return thumbnail(self, *args)

    monkeypatch.setattr(Darkroom, "thumbnail", counted)
    async with AsyncSojourn.open(f"sqlite:///{tmp_path}", settings=Settings(durability="process")) as store:
        session = await store.user("ada").sessions.create()
        good, bad = await session.files.add("a.jpg", JPEG), await session.files.add("b.jpg", JPEG[:-300])
        found = await asyncio.gather(*(session.images.thumbnail(good.id) for _ in range(9)))
        assert len(set(map(id, found))) == 1 or len({thumbnail.data for thumbnail in found}) == 1
        assert len(made) == 1
        refused = await asyncio.gather(
            *(session.images.thumbnail(bad.id) for _ in range(9)), return_exceptions=True
        )
        assert [type(problem) for problem in refused] == [Invalid] * 9
        assert len(made) == 2


async def test_one_that_gives_up_keeps_the_others_from_nothing(tmp_path: Path) -> None:
    settings = Settings(durability="process", image_workers=1)
    async with AsyncSojourn.open(f"sqlite:///{tmp_path}", settings=settings) as store:
        session = await store.user("ada").sessions.create()
        files = [await session.files.add(f"{n}.jpg", JPEG) for n in range(3)]
        for stops in range(6):
            tasks = [asyncio.create_task(session.images.thumbnail(f.id, 64)) for f in files for _ in range(3)]
            for _ in range(stops):
                await asyncio.sleep(0)
            for task in tasks[::3]:
                task.cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(getattr(found, "width", 0) == 40 for n, found in enumerate(done) if n % 3)
            for file in files:
                await session.files.erase(file.id)
            files = [await session.files.add(f"{n}.jpg", JPEG) for n in range(3)]
        assert (await session.images.thumbnail(files[0].id, 512)).width == 40


def test_after_a_fork_both_sides_draw(tmp_path: Path) -> None:
    """The child opens a store's processes of its own, and leaves its parent's alone."""
    import subprocess

    script = """
import os, sys
from sojourn import Sojourn
store = Sojourn.open("sqlite:///" + sys.argv[1])
session = store.user("ada").sessions.create()
file = session.files.add("a.jpg", open(sys.argv[2], "rb").read())
small = session.images.thumbnail(file.id, 64)
child = os.fork()
good = session.images.thumbnail(file.id, 64) == small
good = good and session.images.thumbnail(file.id, 128 if child else 512).width == 40
good = good and session.images.open(file.id).size == (40, 60)
store.close()
if child == 0:
    os._exit(0 if good else 1)
print(good, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    (tmp_path / "a.jpg").write_bytes(JPEG)
    line = [sys.executable, "-W", "ignore", "-c", script, str(tmp_path / "data"), str(tmp_path / "a.jpg")]
    answer = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert answer.stdout == "True 0\n", answer.stderr


def test_a_store_that_is_let_go_ends_its_processes(tmp_path: Path) -> None:
    before = children()
    store = Sojourn.open(f"sqlite:///{tmp_path}", settings=Settings(durability="process"))
    session = store.user("ada").sessions.create()
    session.images.thumbnail(session.files.add("a.jpg", JPEG).id)
    store.close()
    assert children() <= before
