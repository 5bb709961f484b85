"""Bytes → text, whatever they were written in: UTF-8, UTF-16 and -32 with a mark, else Windows-1252."""

import codecs
from pathlib import Path
from typing import TextIO

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's mark
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLOCK = 1 << 20
_FEW = 4096


def encoding_of(path: Path) -> str:
    """The name of the codec. Looks at the whole file; its bytes need not be text at all."""
    with path.open("rb") as file:
        head = file.read(_FEW)
        file.seek(0)
        known = _marked(head)
        if known is not None:
            return known
        decoder = codecs.getincrementaldecoder("utf-8")()
        western = "cp1252"
        valid = True
        data = b"-"
        while data:
            data = file.read(_BLOCK)
            if valid:
                try:
                    decoder.decode(data, final=not data)
                except UnicodeDecodeError:
                    valid = False
            # Windows-1252 leaves these five undefined.
            if any(byte in data for byte in (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")):
                western = "latin-1"
        return "utf-8" if valid else western


def open_text(path: Path) -> TextIO:
    """The file as text with `\\n` line ends. What cannot be decoded reads as U+FFFD."""
    return path.open(encoding=encoding_of(path), errors="replace", newline=None)


def decoded(data: bytes, declared: str | None) -> str:
    """Bytes as text: by their mark, as UTF-8, as what they declare, as Windows-1252."""
    known = _marked(data[:_FEW])
    if known is None:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            known = declared if declared is not None and _is_charset(declared) else "cp1252"
    return data.decode(known, "replace")


def _marked(head: bytes) -> str | None:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    # Without a mark: mostly plain letters, so every other byte is zero.
    if len(head) >= 8 and head[1::2].count(0) > len(head) * 0.4 and not head[0::2].count(0):
        return "utf-16-le"
    if len(head) >= 8 and head[0::2].count(0) > len(head) * 0.4 and not head[1::2].count(0):
        return "utf-16-be"
    return None


def _is_charset(name: str) -> bool:
    try:
        # Some codecs (zlib, rot13) are not of text; their own error says so.
        return isinstance(b"a".decode(name, "replace"), str)
    except (LookupError, UnicodeError, ValueError):
        return False
