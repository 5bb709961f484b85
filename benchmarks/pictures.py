"""Archives of pictures, and thumbnails: against `extractall`, Pillow by itself, and the reading of a file."""

import asyncio
import io
import random
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from PIL import Image

from benchmarks.bars import Bar, held, slower
from benchmarks.measure import BY_TURNS, Row, Times, by_turns, memory, scratch, table, write
from sojourn import AsyncSojourn, Settings, Sojourn
from sojourn.sync import Session

IMAGES = 1000
EXTRACTALL, SYNC, AWAITED = "extractall", "sojourn", "sojourn, awaited"
PILLOW, COLD = "Pillow, draft", "sojourn, cold"
FILE, PLAIN, KEPT = "file of the session", "plain file", "sojourn, kept"
WARM = 1

QUICK = {"rounds": 3, "thumbnails": 5}


def photo(width: int, height: int, seed: int) -> bytes:
    """A JPEG that packs as badly as a photograph does."""
    noise = Image.frombytes(
        "RGB", (width // 8, height // 8), random.Random(seed).randbytes(width * height // 64 * 3)
    )
    out = io.BytesIO()
    noise.resize((width, height), Image.Resampling.BICUBIC).save(out, "JPEG", quality=88)
    return out.getvalue()


def album() -> bytes:
    """A ZIP of so many pictures of about 15 KB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(IMAGES):
            archive.writestr(f"{number:04}.jpg", photo(256, 192, number))
    return out.getvalue()


def drafted(path: Path) -> bytes:
    """What Pillow takes by itself, in this process: no limit, no check, no turning."""
    with Image.open(path) as image:
        image.draft("RGB", (256, 256))
        image.thumbnail((256, 256))
        out = io.BytesIO()
        image.convert("RGB").save(out, "WEBP", quality=80)
    return out.getvalue()


@contextmanager
def stored(folder: Path) -> Iterator[Sojourn]:
    with Sojourn.open(f"sqlite:///{folder}", settings=Settings(session_files=2 * IMAGES)) as store:
        yield store


def fresh(store: Sojourn, archive: bytes, number: int) -> list[tuple[Session, str]]:
    """Sessions that hold the archive, one for each round."""
    sessions = [store.user("ada").sessions.create() for _ in range(number)]
    return [(session, session.files.add("album.zip", archive).id) for session in sessions]


def unpacking(archive: bytes, rounds: int, folder: Path) -> dict[str, Times]:
    """Seconds a picture."""
    path = folder / "album.zip"
    path.write_bytes(archive)
    numbers = count()

    def extract() -> None:
        with zipfile.ZipFile(path) as opened:
            opened.extractall(folder / f"out{next(numbers)}")

    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())
        store = stack.enter_context(stored(folder / "store"))
        blocking = iter(fresh(store, archive, rounds + WARM))
        awaited = iter(fresh(store, archive, rounds + WARM))
        twin = AsyncSojourn.open(f"sqlite:///{folder / 'store'}", settings=store.settings)
        stack.callback(lambda: runner.run(twin.close()))

        def unpack() -> None:
            session, file_id = next(blocking)
            assert len(session.files.unpack(file_id).files) == IMAGES

        async def unpack_awaited() -> None:
            session, file_id = next(awaited)
            opened = await twin.user("ada").sessions.get(session.id)
            assert len((await opened.files.unpack(file_id)).files) == IMAGES

        asked: dict[str, Callable[[], object]] = {
            EXTRACTALL: extract,
            SYNC: unpack,
            AWAITED: lambda: runner.run(unpack_awaited()),
        }
        found = by_turns(asked, rounds=rounds, warm=WARM)
    return {
        name: Times(*(seconds / IMAGES for seconds in times[:3]), times.rounds)
        for name, times in found.items()
    }


def drawing(rounds: int, folder: Path) -> tuple[dict[str, Times], dict[str, Times], Times]:
    """Cold, kept, and the first of all: with the start of a process."""
    data = photo(4000, 3000, 7)
    (folder / "photo.jpg").write_bytes(data)
    with stored(folder / "store") as store:
        session = store.user("ada").sessions.create()
        cold = iter([session.files.add("photo.jpg", data).id for _ in range(rounds + 3)])
        first = by_turns({0: lambda: first_of(folder / "first", data)}, rounds=2, warm=0)[0]
        session.images.thumbnail(session.files.add("small.png", small()).id)  # a process is there
        limit = {
            PILLOW: lambda: drafted(folder / "photo.jpg"),
            COLD: lambda: session.images.thumbnail(next(cold)),
        }
        made = by_turns(limit, rounds=rounds)
        one = session.images.ids()[0]
        thumbnail = session.images.thumbnail(one).data
        (folder / "plain").write_bytes(thumbnail)
        same = session.files.add("same.bin", thumbnail).id

        def read() -> bytes:
            with session.files.open(same) as opened:
                return opened.read()

        hits = {
            FILE: read,
            PLAIN: (folder / "plain").read_bytes,
            KEPT: lambda: session.images.thumbnail(one),
        }
        return made, by_turns(hits, rounds=rounds * 10, calls=5), first


def first_of(folder: Path, data: bytes) -> None:
    with stored(folder) as store:
        session = store.user("ada").sessions.create()
        session.images.thumbnail(session.files.add("photo.jpg", data).id)


def small() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (9, 9), "red").save(out, "PNG")
    return out.getvalue()


def main(rounds: int = 9, thumbnails: int = 25) -> Path:
    archive = album()
    size = len(archive) // IMAGES // 1000
    with scratch() as disk, memory() as fast:
        zips = {
            "disk": unpacking(archive, rounds, disk),
            "memory file system": unpacking(archive, rounds, fast),
        }
        made, hits, first = drawing(thumbnails, disk)
        bars: list[Bar] = [
            slower(f"ZIP, {who}, {where}", times[EXTRACTALL], times[who], 1.8)
            for where, times in zips.items()
            for who in (SYNC, AWAITED)
        ]
        bars.append(slower("thumbnail of 12 megapixels, cold", made[PILLOW], made[COLD], 1.2))
        bars.append(slower("thumbnail, kept", hits[FILE], hits[KEPT], 2))
        sections = {
            "Bars": held(bars),
            "A picture of a ZIP of 1,000": table(
                [Row(where, times) for where, times in zips.items()], limit=EXTRACTALL
            ),
            "Thumbnail of 12 megapixels, 256 pixels, WebP": table([Row("cold", made)], limit=PILLOW)
            + f"\n\nThe first of a store, with the start of its process and its file kept: {first}.",
            "The same, kept": table([Row("hit", hits)], limit=FILE),
        }
        return write(
            "pictures",
            "Pictures",
            sections,
            folder=disk,
            note=f"""A ZIP of {IMAGES:,} JPEGs of {size} KB is unpacked into files of \
a session: judged, typed, hashed, measured and durable (`power`). `extractall` does none of that, and \
syncs nothing. A thumbnail is made in a process of its own, upright, in sRGB, and kept; Pillow makes it \
in this process, of a path. {BY_TURNS}""",
        )
