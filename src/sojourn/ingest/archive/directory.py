"""The directory of a ZIP as it stands in the file. What it says is read here, and believed nowhere."""

import struct
from collections.abc import Iterator
from typing import BinaryIO
from zlib import crc32

from msgspec import Struct

from sojourn.errors import Invalid, Overfull
from sojourn.ingest.archive.limits import Limits

_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_RECORD = struct.Struct("<4s6H3L5H2L")
_COMMENT = 0xFFFF
_FULL = 0xFFFFFFFF
"""In a field of 32 bits: look for the value in the field of 64."""
_ZIP64, _UNICODE_NAME = 0x0001, 0x7075
_UTF8 = 1 << 11


class Directory(Struct, frozen=True):
    """Where the records of the entries lie."""

    count: int
    offset: int
    size: int


class Record(Struct, frozen=True):
    """What the directory says about one entry."""

    name: str
    raw: bytes
    flags: int
    method: int
    checksum: int
    packed: int
    size: int
    offset: int
    attributes: int


def damaged(detail: str) -> Invalid:
    return Invalid(f"This ZIP is damaged: {detail}.", reason="archive.damaged")


def find(file: BinaryIO, limits: Limits) -> Directory:
    """The directory, from the end record alone.

    Raises `Invalid` (`file.empty`, `archive.type`, `archive.truncated`, `archive.damaged`) and
    `Overfull` (`archive.entries`, `archive.directory`).
    """
    length = file.seek(0, 2)
    if length == 0:
        raise Invalid("The file is empty.", reason="file.empty")
    beginning = max(0, length - _END.size - _COMMENT)
    file.seek(beginning)
    tail = file.read(_END.size + _COMMENT)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + _END.size > len(tail):
        raise _not_a_zip(file)
    _, disk, first_disk, here, count, size, offset, comment = _END.unpack_from(tail, at)
    if at + _END.size + comment != len(tail):
        raise _not_a_zip(file)
    end = beginning + at
    disks = {disk, first_disk}
    if at >= _LOCATOR.size and tail.startswith(b"PK\6\7", at - _LOCATOR.size):
        _, disk, end, total = _LOCATOR.unpack_from(tail, at - _LOCATOR.size)
        file.seek(min(end, length))
        data = file.read(_END64.size)
        if len(data) < _END64.size or not data.startswith(b"PK\6\6"):
            raise damaged("its 64-bit end record is missing")
        _, rest, _, _, first_disk, last_disk, here, count, size, offset = _END64.unpack(data)
        disks = {disk, first_disk, last_disk, max(total, 1) - 1}
        if end + 12 + rest != beginning + at - _LOCATOR.size:
            raise damaged("its 64-bit end record is not where it should be")
    if disks != {0} or here != count:
        raise damaged("it is one part of several")
    if count > limits.entries:
        message = f"This archive has {count} entries; {limits.entries} are allowed."
        raise Overfull(message, reason="archive.entries", limit=limits.entries, found=count)
    if size > limits.directory_bytes:
        message = f"The directory of this archive has {size} bytes; {limits.directory_bytes} are allowed."
        raise Overfull(message, reason="archive.directory", limit=limits.directory_bytes, found=size)
    if offset + size != end or count * _RECORD.size > size:
        raise damaged("its directory is not where its end record says")
    return Directory(count, offset, size)


def _not_a_zip(file: BinaryIO) -> Invalid:
    file.seek(0)
    if file.read(4) == b"PK\3\4":
        return Invalid("This ZIP is cut off: its end is missing.", reason="archive.truncated")
    return Invalid("This is not a ZIP.", reason="archive.type")


def records(file: BinaryIO, directory: Directory) -> Iterator[Record]:
    """The records, in their order. Raises `Invalid` (`archive.damaged`)."""
    file.seek(directory.offset)
    data = file.read(directory.size)
    at = 0
    for _ in range(directory.count):
        if at + _RECORD.size > len(data) or not data.startswith(b"PK\1\2", at):
            raise damaged("its directory ends too early")
        fields = _RECORD.unpack_from(data, at)
        flags, method, checksum, packed, size = fields[3], fields[4], *fields[7:10]
        name_size, extra_size, comment_size, disk, _, attributes, offset = fields[10:]
        at += _RECORD.size
        end = at + name_size + extra_size + comment_size
        if end > len(data):
            raise damaged("its directory ends too early")
        raw = data[at : at + name_size]
        extra = _extra(data[at + name_size : at + name_size + extra_size])
        at = end
        wide = [value for value in (size, packed, offset) if value == _FULL]
        if wide:
            given = extra.get(_ZIP64, b"")
            if len(given) < 8 * len(wide):
                raise damaged("a size is missing")
            values = iter(struct.unpack_from(f"<{len(wide)}Q", given))
            size, packed, offset = (
                next(values) if value == _FULL else value for value in (size, packed, offset)
            )
        if disk not in {0, 0xFFFF}:
            raise damaged("it is one part of several")
        name = _decoded(raw, flags, extra.get(_UNICODE_NAME, b""))
        yield Record(name, raw, flags, method, checksum, packed, size, offset, attributes)
    if at != len(data):
        raise damaged("its directory has more entries than it says")


def _extra(data: bytes) -> dict[int, bytes]:
    """The extra fields by their number, the first of each; what does not fit is left out."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(data):
        number, size = struct.unpack_from("<2H", data, at)
        at += 4
        if at + size > len(data):
            break
        found.setdefault(number, data[at : at + size])
        at += size
    return found


def _decoded(raw: bytes, flags: int, unicode_name: bytes) -> str:
    """UTF-8 where it says so or where it is; else code page 437. Bytes that fit nowhere are surrogates."""
    if flags & _UTF8:
        return raw.decode("utf-8", "surrogateescape")
    if len(unicode_name) > 5 and unicode_name[0] == 1:
        (sum_of_raw,) = struct.unpack_from("<L", unicode_name, 1)
        if sum_of_raw == crc32(raw):
            return unicode_name[5:].decode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp437")
