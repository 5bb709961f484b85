"""What a file is, by its bytes; its name counts only among kinds of text."""

import gzip
import io
import sqlite3
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.ingest import media_type, readable


def zipped(*names: str, stored: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, stored)
    return out.getvalue()


def database(folder: Path) -> bytes:
    connection = sqlite3.connect(folder / "x.db")
    connection.execute("CREATE TABLE x (y)")
    connection.close()
    return (folder / "x.db").read_bytes()


OFFICE = "application/vnd.openxmlformats-officedocument."
KNOWN = {
    "image/png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "image/jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "image/gif": b"GIF89a\1\0\1\0\x80\0",
    "image/webp": b"RIFF\x24\0\0\0WEBPVP8 ",
    "image/tiff": b"II*\0\x08\0\0\0",
    "image/bmp": b"BM\x9a\0\0\0\0\0\0\0\x36\0\0\0",
    "image/avif": b"\0\0\0\x1cftypavif\0\0\0\0",
    "audio/wav": b"RIFF\x24\0\0\0WAVEfmt ",
    "audio/mpeg": b"ID3\x03\0\0\0\0\x0f\x76",
    "video/mp4": b"\0\0\0\x18ftypisom\0\0\2\0",
    "application/pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "application/zip": zipped("a.txt", "b/c.bin"),
    OFFICE + "wordprocessingml.document": zipped("[Content_Types].xml", "word/document.xml"),
    OFFICE + "spreadsheetml.sheet": zipped("[Content_Types].xml", "xl/workbook.xml"),
    "application/epub+zip": zipped("mimetype", stored=b"application/epub+zip"),
    "application/gzip": gzip.compress(b"x" * 100),
    "application/x-bzip2": b"BZh91AY&SY\xe2\x9c",
    "application/x-xz": b"\xfd7zXZ\0\0\4",
    "application/zstd": b"\x28\xb5\x2f\xfd\x04\x58",
    "application/x-tar": b"a.txt".ljust(257, b"\0") + b"ustar\x0000",
    "application/vnd.apache.parquet": b"PAR1\x15\x04\x15\x20",
    "application/x-elf": b"\x7fELF\2\1\1\0",
    "application/vnd.microsoft.portable-executable": b"MZ\x90\0\3\0\0\0\4",
    "application/wasm": b"\0asm\1\0\0\0",
    "application/octet-stream": bytes(range(256)),
}
KINDS_OF_TEXT = [
    (b"Just some words.\n", "notes.txt", "text/plain"),
    (b"Just some words.\n", "notes", "text/plain"),
    (b"import os\n", "program.py", "text/plain"),
    (b"a,b\n1,2\n", "table.csv", "text/csv"),
    (b"a\tb\n1\t2\n", "table.TSV", "text/tab-separated-values"),
    (b"# Title\n\nwords\n", "read me.md", "text/markdown"),
    (b"<div>in Markdown</div>\n\nwords\n", "page.md", "text/markdown"),
    (b"<!DOCTYPE html><html>", "page", "text/html"),
    (b"\n<!-- hello --><HTML lang=en>", "page.txt", "text/html"),
    (b"words without any tag", "page.html", "text/html"),
    (b'<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg">', "x.png", "image/svg+xml"),
    (b"<svg onload=alert(1)>", "x", "image/svg+xml"),
    (b'<?xml version="1.0"?><order id="1"/>', "x.xml", "application/xml"),
    (b'{"a": [1, 2]}', "x", "application/json"),
    (b'[{"a": 1}]', "x.json", "application/json"),
    (b"{not json}", "x.json", "text/plain"),
    ("Größe\n".encode(), "x.txt", "text/plain"),
    ("Größe\n".encode("cp1252"), "x.txt", "text/plain"),
    ("Größe;1\n".encode("utf-16"), "x.csv", "text/csv"),
    ("数据,1\n".encode() * 2000, "数据.csv", "text/csv"),
]


@pytest.mark.parametrize("kind", KNOWN)
@pytest.mark.parametrize("name", ["x", "x.txt", "x.html", "x.pdf", "x.csv"])
def test_content_decides_whatever_the_name_says(kind: str, name: str) -> None:
    assert media_type(KNOWN[kind], name) == kind


@pytest.mark.parametrize(("head", "name", "kind"), KINDS_OF_TEXT)
def test_kinds_of_text_are_told_by_content_and_then_by_name(head: bytes, name: str, kind: str) -> None:
    assert media_type(head[:8192], name) == kind


def test_real_files_are_what_they_are(tmp_path: Path) -> None:
    assert media_type(database(tmp_path)[:8192], "data.txt") == "application/vnd.sqlite3"
    if sys.platform == "linux":
        with Path(sys.executable).open("rb") as file:
            assert media_type(file.read(8192), "python") == "application/x-elf"


@pytest.mark.parametrize(
    "text",
    [b"BZh is how it begins", b"ID3 tags, explained", b"MZ was a car", b"PAR1 is a file", b"RIFF raff"],
)
def test_a_text_that_begins_like_something_else_is_text(text: bytes) -> None:
    assert media_type(text, "x.txt") == "text/plain"


def test_a_text_about_pdf_is_no_pdf() -> None:
    assert media_type(b"A file begins with %PDF-1.7 when it is one.\n", "x.txt") == "text/plain"


def test_a_character_cut_in_two_at_the_end_of_the_head_does_no_harm() -> None:
    assert media_type(("é" * 5000).encode()[:8191], "x.txt") == "text/plain"


def test_nothing_is_nothing() -> None:
    assert media_type(b"", "x.csv") == "application/octet-stream"


def test_an_endless_row_of_comments_is_looked_at_once() -> None:
    assert media_type(b"<!--x-->" * 1024, "x.txt") == "text/plain"
    assert media_type(b"<!--" * 2048, "x.txt") == "text/plain"
    assert media_type(b'{"' + b"\\" * 8190, "x.txt") == "text/plain"


@given(st.binary(max_size=300), st.text(max_size=20))
def test_any_bytes_have_a_type(head: bytes, name: str) -> None:
    major, _, minor = media_type(head, name).partition("/")
    assert major in {"application", "audio", "image", "text", "video"} and minor


def test_what_can_be_read() -> None:
    kinds = "text/plain text/markdown text/html text/csv application/pdf application/json"
    assert all(readable(kind) for kind in kinds.split())
    assert not any(readable(kind) for kind in ("image/png", "image/svg+xml", "application/zip", ""))
