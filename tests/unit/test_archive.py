"""Archives are judged from their directory: bad ones are told by name, and nothing was taken out."""

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.archives import END, Part, built, built64, end, quoted_overlap, zipped

from sojourn.errors import Invalid, LimitExceeded
from sojourn.ingest.archive import Archive, Limits, judge

MIB = 1 << 20


def judged(data: bytes, **limits: int) -> Archive:
    return judge(io.BytesIO(data), Limits(**limits))


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return out.getvalue()


def deep_copy_of_one_entry() -> bytes:
    """Two records, one body."""
    return built([Part("a"), Part("b", offset=0)])


REFUSED_WHOLE: dict[str, tuple[Callable[[], bytes], type[Exception], str]] = {
    "no bytes": (lambda: b"", Invalid, "file.empty"),
    "no zip": (lambda: b"Twice a day the water rises. " * 10, Invalid, "archive.type"),
    "a tar": (tarred, Invalid, "archive.type"),
    "cut off": (lambda: zipped({"a.txt": b"words" * 100})[:-30], Invalid, "archive.truncated"),
    "cut off within the end": (lambda: zipped({"a.txt": b"words"})[:-1], Invalid, "archive.truncated"),
    "no entries": (lambda: zipped({}), Invalid, "archive.empty"),
    "folders only": (lambda: zipped({"a/": b"", "a/b/": b""}), Invalid, "archive.empty"),
    "nothing in its files": (lambda: zipped({"a.txt": b""}), Invalid, "archive.empty"),
    "what macOS leaves": (
        lambda: zipped({"__MACOSX/._a": b"x", ".DS_Store": b"x"}),
        Invalid,
        "archive.empty",
    ),
    "entries on one body": (lambda: quoted_overlap(50, bytes(100_000)), Invalid, "archive.overlap"),
    "one body, two names": (deep_copy_of_one_entry, Invalid, "archive.overlap"),
    "many small bombs": (
        lambda: zipped({f"{number}": bytes(MIB) for number in range(11)}),
        Invalid,
        "archive.ratio",
    ),
    "a million entries": (lambda: built64([Part()], count=1_000_000), LimitExceeded, "archive.entries"),
    "too many entries": (
        lambda: built(Part(f"{number}", b"") for number in range(10_001)),
        LimitExceeded,
        "archive.entries",
    ),
    "more entries than it says": (lambda: built([Part("a"), Part("b")], count=1), Invalid, "archive.damaged"),
    "fewer entries than it says": (lambda: built([Part("a")], count=2), Invalid, "archive.damaged"),
    "one of several": (lambda: built([Part()], disk=1), Invalid, "archive.damaged"),
    "a place beyond the end": (lambda: built([Part(offset=1 << 20)]), Invalid, "archive.damaged"),
    "bytes in front": (lambda: b"in front" + zipped({"a.txt": b"words"}), Invalid, "archive.damaged"),
    "bytes behind": (lambda: zipped({"a.txt": b"words"}) + b"behind", Invalid, "archive.truncated"),
}


@pytest.mark.parametrize("case", REFUSED_WHOLE)
def test_an_archive_that_is_unfit_is_refused_before_it_is_opened(case: str) -> None:
    make, kind, reason = REFUSED_WHOLE[case]
    with pytest.raises(kind) as caught:
        judged(make())
    assert caught.value.facts["reason"] == reason  # type: ignore[attr-defined]


REFUSED_ENTRY: dict[str, tuple[Part, str]] = {
    "a zip": (Part("inner.zip", zipped({"a": b"x"})), "archive.nested"),
    "a zip called a picture": (Part("inner.png", zipped({"a": b"x"})), "archive.nested"),
    "an empty zip": (Part("inner", zipped({})), "archive.nested"),
    "a tar": (Part("inner.tar", tarred()), "archive.nested"),
    "a gzip": (Part("inner.gz", gzip.compress(b"x" * 100)), "archive.nested"),
    "a bzip2": (Part("inner.bz2", bz2.compress(b"x" * 100)), "archive.nested"),
    "an xz": (Part("inner.xz", lzma.compress(b"x" * 100)), "archive.nested"),
    "a 7z": (Part("inner.7z", b"7z\xbc\xaf\x27\x1c\0\4"), "archive.nested"),
    "a rar": (Part("inner.rar", b"Rar!\x1a\x07\1\0"), "archive.nested"),
    "a stored zip": (Part("inner.zip", zipped({"a": b"x"}), method=0), "archive.nested"),
    "a symbolic link": (Part(mode=stat.S_IFLNK | 0o777), "archive.special"),
    "a character device": (Part(mode=stat.S_IFCHR | 0o666), "archive.special"),
    "a block device": (Part(mode=stat.S_IFBLK | 0o666), "archive.special"),
    "a fifo": (Part(mode=stat.S_IFIFO | 0o666), "archive.special"),
    "a socket": (Part(mode=stat.S_IFSOCK | 0o666), "archive.special"),
    "a link of Windows": (Part(attributes=0x420), "archive.special"),
    "a folder with bytes": (Part("a/"), "archive.special"),
    "a folder called a file": (Part("a", mode=stat.S_IFDIR | 0o755), "archive.special"),
    "a locked entry": (Part(flags=1), "archive.encrypted"),
    "a strongly locked entry": (Part(flags=1 | 1 << 6), "archive.encrypted"),
    "an entry locked with AES": (Part(method=99), "archive.encrypted"),
    "a patch": (Part(flags=1 << 5), "archive.method"),
    "an unknown packing": (Part(method=12), "archive.method"),
    "a stored entry of another size": (Part(method=0, size=10), "archive.size"),
    "two names for one entry": (Part("a.txt", local_name=b"b.txt"), "archive.damaged"),
}


@pytest.mark.parametrize("case", REFUSED_ENTRY)
def test_an_entry_that_is_no_plain_file_is_refused_and_the_others_are_not(case: str) -> None:
    part, reason = REFUSED_ENTRY[case]
    archive = judged(built([Part("before.txt"), part, Part("behind.txt")]))
    assert [entry.outcome for entry in archive.entries] == ["file", "refused", "file"]
    refused = archive.entries[1]
    assert refused.reason == reason and str(part.name) in (refused.problem or "")
    with pytest.raises(Invalid) as caught:
        archive.files()
    assert caught.value.facts["reason"] == reason and caught.value.facts["entry"] == part.name
    with pytest.raises(Invalid):
        archive.open(refused)
    assert b"".join(archive.open(archive.entries[2])) == b"words"


BAD_NAMES = {
    "../../x": "leads out of its folder",
    "a/../../x": "leads out of its folder",
    "..": "leads out of its folder",
    "/abs": "absolute path",
    "//host/share": "absolute path",
    "C:\\x": "backslash",
    "C:/x": "absolute path",
    "c:x": "absolute path",
    "a\\b": "backslash",
    "..\\x": "backslash",
    "": "has no name",
    "a\0b": "control characters",
    "a\nb": "control characters",
    "x" * 1001: "more than 1000 characters",
}


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_leads_elsewhere_is_refused_and_shown_escaped(name: str) -> None:
    archive = judged(built([Part(name), Part("good.txt")]))
    with pytest.raises(Invalid, match=BAD_NAMES[name]) as caught:
        archive.files()
    assert caught.value.facts["reason"] == "archive.name"
    for text in (str(caught.value), caught.value.facts["entry"], archive.entries[0].name):
        assert text.isprintable() and len(text) < 250


def test_a_name_that_is_not_utf8_though_it_says_so_is_refused() -> None:
    archive = judged(built([Part(b"\xff\xfe.txt", flags=0x800)]))
    (entry,) = archive.entries
    assert entry.reason == "archive.name" and entry.name.encode()


def test_a_message_shows_no_letter_that_turns_the_line() -> None:
    archive = judged(built([Part("photo\u202egnp.exe", flags=1)]))
    assert "\u202e" not in f"{archive.entries[0].problem}{archive.entries[0].name}"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a.txt", "a.txt"),
        ("a.txt", "A.TXT"),
        ("é.txt", "e\u0301.txt"),
        ("É.txt", "e\u0301.txt"),
        ("straße", "STRASSE"),
        ("a/b", "./a//b"),
    ],
)
def test_names_that_somebody_takes_for_the_same_are_refused(first: str, second: str) -> None:
    archive = judged(built([Part(first), Part(second)]))
    assert [entry.reason for entry in archive.entries] == [None, "archive.duplicate"]


def test_a_bomb_of_200_megabytes_is_refused_from_its_directory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros", "w") as entry:
        for _ in range(200):
            entry.write(bytes(MIB))
    assert path.stat().st_size < MIB
    with path.open("rb") as file, pytest.raises(Invalid, match="200 times") as caught:
        judge(file)
    assert caught.value.facts["reason"] == "archive.ratio"


class Counted(io.BytesIO):
    """Counts what is read of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def test_too_many_entries_are_told_from_the_end_alone() -> None:
    file = Counted(built(Part(f"{number:050}", b"") for number in range(10_001)))
    with pytest.raises(LimitExceeded):
        judge(file)
    assert file.taken <= 22 + 0xFFFF < len(file.getvalue()) / 10


def test_a_directory_that_would_fill_the_memory_is_not_read() -> None:
    file = Counted(built([Part("a"), Part("b", extra=bytes(65_000))]))
    with pytest.raises(LimitExceeded) as caught:
        judge(file, Limits(directory_bytes=1000))
    assert caught.value.facts["reason"] == "archive.directory"


def test_the_overlapping_archive_of_these_tests_is_a_real_one() -> None:
    """Each of its entries is whole: readers that do not look for overlaps take out all of them."""
    data = quoted_overlap(50, bytes(1000))
    *_, count, size, offset, _ = struct.unpack(END, data[-22:])
    at, total = offset, 0
    for _ in range(count):
        checksum, packed, unpacked, name, _, _, _, _, _, place = struct.unpack_from("<3L5H2L", data, at + 16)
        whole = zlib.decompress(data[place + 30 + name : place + 30 + name + packed], -15)
        assert len(whole) == unpacked and zlib.crc32(whole) == checksum
        total += unpacked
        at += 46 + name
    assert at == offset + size and total > 10 * len(data)


def test_declared_sizes_are_limited_one_by_one_and_together() -> None:
    data = zipped({"a": b"a" * 600, "b": b"b" * 600})
    with pytest.raises(LimitExceeded) as caught:
        judged(data, entry_bytes=500)
    assert caught.value.facts["reason"] == "archive.entry" and caught.value.facts["entry"] == "a"
    with pytest.raises(LimitExceeded) as caught:
        judged(data, total_bytes=1000)
    assert caught.value.facts["reason"] == "archive.total"
    assert len(judged(data, entry_bytes=600, total_bytes=1200).files()) == 2


def test_a_size_of_64_bits_is_believed_as_little() -> None:
    extra = struct.pack("<2HQ", 1, 8, 1 << 40)
    with pytest.raises(LimitExceeded) as caught:
        judged(built([Part(size=0xFFFFFFFF, extra=extra)]))
    assert caught.value.facts["found"] == 1 << 40
    with pytest.raises(Invalid) as damaged:
        judged(built([Part(size=0xFFFFFFFF)]))
    assert damaged.value.facts["reason"] == "archive.damaged"


def test_a_comment_that_looks_like_an_end_hides_nothing() -> None:
    hidden = end(0, 0, 0)
    with pytest.raises(Invalid):
        judged(built([Part()], comment=hidden + b"more"))
    assert judged(built([Part()], comment=b"by hand")).files()


def test_the_report_has_every_entry_and_its_outcome() -> None:
    pictures = {f"{number:03}.png": b"\x89PNG\r\n\x1a\n" + bytes([number % 256]) for number in range(999)}
    archive = judged(zipped({"all/": b"", **pictures, "notes.txt": b"words", "none": b"", "Thumbs.db": b"x"}))
    assert len(archive.entries) == 1003 and len(archive.files()) == 1000
    outcomes = {entry.name: (entry.size, entry.outcome) for entry in archive.entries}
    assert outcomes["all"] == (0, "folder") and outcomes["none"] == (0, "empty")
    assert outcomes["notes.txt"] == (5, "file") and outcomes["998.png"] == (9, "file")
    assert outcomes["Thumbs.db"] == (1, "system")


def test_archives_inside_are_files_where_that_is_allowed() -> None:
    inner = zipped({"a": b"x"})
    archive = judge(io.BytesIO(zipped({"inner.zip": inner})), Limits(nested=True))
    assert b"".join(archive.open(archive.files()[0])) == inner


def test_documents_that_are_zips_inside_are_documents() -> None:
    word = zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
    book = zipped({"mimetype": b"application/epub+zip"}, method=zipfile.ZIP_STORED)
    assert (
        len(judged(zipped({"letter.docx": word, "book.epub": book, "BZh.txt": b"BZh is text"})).files()) == 3
    )


def test_names_are_read_as_the_programs_of_this_world_write_them() -> None:
    unicode_name = "отчёт.csv".encode()
    by_extra = struct.pack("<2HBL", 0x7075, 5 + len(unicode_name), 1, zlib.crc32(b"report")) + unicode_name
    stale_extra = struct.pack("<2HBL", 0x7075, 5 + len(unicode_name), 1, 0) + unicode_name
    parts = [
        Part("数据.csv"),
        Part("фото.png".encode()),  # macOS: UTF-8 that does not say so
        Part("Größe.txt".encode("cp437")),
        Part(b"report", extra=by_extra),
        Part(b"other", extra=stale_extra),
        Part("./a//e\u0301.txt"),
    ]
    found = [entry.name for entry in judged(built(parts)).files()]
    assert found == ["数据.csv", "фото.png", "Größe.txt", "отчёт.csv", "other", "a/é.txt"]


def test_both_ways_of_writing_sizes_and_ends_are_read() -> None:
    class Stream(io.RawIOBase):
        """Nobody can go back in it, so that sizes stand behind the bytes."""

        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += bytes(data)
            return len(data)

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"words" * 100)
        with archive.open(zipfile.ZipInfo("b.txt"), "w", force_zip64=True) as entry:
            entry.write(b"more words")
    for data in (stream.data, built64([Part("a.txt", b"words" * 100), Part("b.txt", b"more words")])):
        opened = judged(data)
        assert [b"".join(opened.open(entry)) for entry in opened.files()] == [b"words" * 100, b"more words"]
