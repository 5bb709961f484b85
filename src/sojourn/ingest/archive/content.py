"""The bytes of one entry: counted, summed, and never more than it declared."""

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from sojourn.errors import Invalid
from sojourn.ingest.archive import names
from sojourn.ingest.archive.directory import Record

STORED, DEFLATED = 0, 8
_READ = 1 << 16
_PIECE = 1 << 18


def begin(file: BinaryIO, record: Record, start: int, most: int) -> bytes:
    """The first bytes; as many as there are, when there are fewer or they are damaged."""
    file.seek(start)
    data = file.read(min(record.packed, most))
    if record.method == STORED:
        return data
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, most)
    except zlib.error:
        return b""


def content(file: BinaryIO, record: Record, start: int) -> Iterator[bytes]:
    """The bytes. The last piece is held back until size and checksum are found right."""
    name = names.shown(record.name)
    given = checksum = 0
    held = b""
    packed = _packed(file, record, start)
    for piece in packed if record.method == STORED else _inflated(packed, record):
        given += len(piece)
        if given > record.size:
            message = f"The entry {name} has more than the {record.size} bytes it declares."
            raise Invalid(message, reason="archive.size", entry=names.escaped(record.name))
        checksum = zlib.crc32(piece, checksum)
        if held and piece:
            yield held
        held = piece or held
    if given < record.size:
        message = f"The entry {name} has {given} bytes and declares {record.size}."
        raise Invalid(message, reason="archive.size", entry=names.escaped(record.name))
    if checksum != record.checksum:
        message = f"The bytes of the entry {name} are not those it was made of."
        raise Invalid(message, reason="archive.checksum", entry=names.escaped(record.name))
    if held:
        yield held


def _packed(file: BinaryIO, record: Record, start: int) -> Iterator[bytes]:
    """The bytes as they lie in the archive. Others may read it between two pieces."""
    at, end = start, start + record.packed
    while at < end:
        file.seek(at)
        piece = file.read(min(_READ, end - at))
        if not piece:
            raise _damaged(record)
        at += len(piece)
        yield piece


def _inflated(packed: Iterator[bytes], record: Record) -> Iterator[bytes]:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for piece in packed:
            rest = piece
            while rest and not stream.eof:
                yield stream.decompress(rest, _PIECE)
                rest = stream.unconsumed_tail
            if stream.eof:
                break
        while not stream.eof:
            piece = stream.decompress(b"", _PIECE)
            if not piece:
                raise _damaged(record)
            yield piece
    except zlib.error as problem:
        raise _damaged(record) from problem
    if stream.unused_data or next(packed, None) is not None:
        raise _damaged(record)


def _damaged(record: Record) -> Invalid:
    message = f"The entry {names.shown(record.name)} is damaged."
    return Invalid(message, reason="archive.damaged", entry=names.escaped(record.name))
