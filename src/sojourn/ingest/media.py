"""What kind of bytes these are: their content decides, a name only among kinds of text."""

import codecs
import re

_UTF_8 = codecs.getincrementaldecoder("utf-8-sig")
_ = codecs.lookup("utf-16"), codecs.lookup("cp1252")  # now: the first look opens files, which may be scarce

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"\0\0\x01\0", "image/x-icon"),
    (0, b"SQLite format 3\0", "application/vnd.sqlite3"),
    (0, b"PAR1\x15", "application/vnd.apache.parquet"),
    (0, b"ARROW1\0\0", "application/vnd.apache.arrow.file"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
    (4, b"1AY&SY", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (257, b"ustar", "application/x-tar"),
    (0, b"\x7fELF", "application/x-elf"),
    (0, b"\0asm", "application/wasm"),
    (0, b"\xca\xfe\xba\xbe", "application/x-mach-binary"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"OggS\0", "audio/ogg"),
    (0, b"fLaC\0", "audio/flac"),
    (0, b"ID3\x02", "audio/mpeg"),
    (0, b"ID3\x03", "audio/mpeg"),
    (0, b"ID3\x04", "audio/mpeg"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {b"avif": "image/avif", b"heic": "image/heic", b"mif1": "image/heic", b"M4A ": "audio/mp4"}
_OFFICE = "application/vnd.openxmlformats-officedocument."
_ZIPPED = (
    (b"word/", _OFFICE + "wordprocessingml.document"),
    (b"xl/", _OFFICE + "spreadsheetml.sheet"),
    (b"ppt/", _OFFICE + "presentationml.presentation"),
)
_BY_NAME = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "tab": "text/tab-separated-values",
    "md": "text/markdown",
    "markdown": "text/markdown",
    "html": "text/html",
    "htm": "text/html",
    "xhtml": "text/html",
    "json": "application/json",
    "svg": "image/svg+xml",
    "xml": "application/xml",
}
"""Kinds of text that content does not tell for sure."""

_OPENING = re.compile(
    r"(?>\s+|<!--.*?-->|<\?xml[^>]*\?>|<!doctype\s+svg[^>]*>)*+<(!doctype\s+)?([a-z][a-z0-9:]*)",
    re.DOTALL | re.IGNORECASE,
)
_PDF = re.compile(rb"(?:\A|[\r\n\0])%PDF-\d")
_BOOK = re.compile(rb"application/(?:epub\+zip|vnd\.oasis\.opendocument\.[a-z]{1,20})")
_HTML = frozenset("html head body title meta script style div p table h1 h2 h3 ul a br img iframe".split())
_JSON = re.compile(r"\s*(?:\{\s*(?:\"(?:[^\"\\]|\\.)*\"\s*:|\}\s*$)|\[\s*[\[{\"\d\-tfn\]])")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def media_type(head: bytes, name: str) -> str:
    """The media type of bytes that begin with `head` (8 KiB are plenty) and are called `name`.

    A name that says otherwise than the content is not believed. What is neither known nor
    text is `application/octet-stream`.
    """
    return _binary(head) or _text(head, name) or "application/octet-stream"


def _binary(head: bytes) -> str | None:
    for offset, signature, kind in _SIGNATURES:
        if head.startswith(signature, offset):
            return kind
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head[:4] in {b"PK\x03\x04", b"PK\x05\x06"}:
        return _zipped(head)
    # Readers of PDF look for it in the first kilobyte, so one may hide behind other bytes.
    if _PDF.search(head[:1024]):
        return "application/pdf"
    if head[:2] == b"MZ" and b"\0" in head:
        return "application/vnd.microsoft.portable-executable"
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return "image/bmp"
    if len(head) > 2 and head[0] == 0xFF and head[1] in {0xFB, 0xF3, 0xF2}:
        return "audio/mpeg"
    return None


def _zipped(head: bytes) -> str:
    if head[30:38] == b"mimetype":
        said = _BOOK.match(head, 38)
        if said is not None:
            return said[0].decode()
    if b"[Content_Types].xml" in head or b"_rels/.rels" in head:
        for folder, kind in _ZIPPED:
            if folder in head:
                return kind
    return "application/zip"


def _text(head: bytes, name: str) -> str | None:
    text = _decoded(head)
    if text is None:
        return None
    said = _BY_NAME.get(name.rpartition(".")[2].lower()) if "." in name else None
    opening = _OPENING.match(text)
    if opening is not None:
        tag = opening[2].lower()
        if tag in {"svg", "svg:svg"}:
            return "image/svg+xml"
        if (opening[1] or tag in _HTML) and said != "text/markdown":
            return "text/html"
        if text.lstrip().startswith("<?xml"):
            return "application/xml"
    if said is not None and said.startswith("text/"):
        return said
    return "application/json" if _JSON.match(text) and said in {None, "application/json"} else "text/plain"


def _decoded(head: bytes) -> str | None:
    """The words, when these are words in some encoding."""
    if not head:
        return None
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = head.decode("utf-16", "replace")
    elif b"\0" in head:
        return None
    else:
        try:
            # The end of the head may cut a character in two.
            text = _UTF_8().decode(head)
        except UnicodeDecodeError:
            text = head.decode("cp1252", "replace")
            if text.count("\ufffd") > len(text) / 100 or _letters(text) < 0.7:
                return None
    return None if len(_CONTROL.findall(text)) > len(text) / 100 else text


def _letters(text: str) -> float:
    return sum(character.isalnum() or character.isspace() for character in text) / len(text)
