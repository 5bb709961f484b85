"""ZIPs for tests: honest ones, and ones made by hand that say what is not so."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping

from msgspec import Struct

LOCAL, RECORD, END = "<4s5H3L2H", "<4s6H3L5H2L", "<4s4H2LH"
DEFLATED = 8


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """As anybody's program makes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


class Part(Struct):
    """One entry. What is None is as it should be; what is given is said, true or not."""

    name: str | bytes = "a.txt"
    data: bytes = b"words"
    method: int = DEFLATED
    flags: int = 0
    mode: int = 0
    attributes: int = 0
    size: int | None = None
    checksum: int | None = None
    packed: bytes | None = None
    extra: bytes = b""
    local_name: bytes | None = None
    offset: int | None = None

    @property
    def raw(self) -> bytes:
        return self.name if isinstance(self.name, bytes) else self.name.encode()

    @property
    def body(self) -> bytes:
        if self.packed is not None:
            return self.packed
        return deflated(self.data) if self.method == DEFLATED else self.data

    def fields(self) -> tuple[int, ...]:
        size = len(self.data) if self.size is None else self.size
        checksum = zlib.crc32(self.data) if self.checksum is None else self.checksum
        flags = self.flags | (0x800 if isinstance(self.name, str) else 0)
        return flags, self.method, 0, 0x21, checksum, len(self.body), size

    def local(self) -> bytes:
        raw = self.raw if self.local_name is None else self.local_name
        return struct.pack(LOCAL, b"PK\3\4", 20, *self.fields(), len(raw), 0) + raw

    def record(self, offset: int) -> bytes:
        offset = offset if self.offset is None else self.offset
        attributes = self.mode << 16 | self.attributes
        sizes = len(self.raw), len(self.extra), 0
        head = struct.pack(RECORD, b"PK\1\2", 0x314, 20, *self.fields(), *sizes, 0, 0, attributes, offset)
        return head + self.raw + self.extra


def end(count: int, size: int, offset: int, comment: bytes = b"", disk: int = 0) -> bytes:
    return struct.pack(END, b"PK\5\6", disk, disk, count, count, size, offset, len(comment)) + comment


def built(parts: Iterable[Part], count: int | None = None, comment: bytes = b"", disk: int = 0) -> bytes:
    """By hand: parts one behind the other, then the directory, which says `count` entries."""
    body, directory, number = b"", b"", 0
    for part in parts:
        directory += part.record(len(body))
        body += part.local() + part.body
        number += 1
    count = number if count is None else count
    return body + directory + end(count, len(directory), len(body), comment, disk)


def built64(parts: Iterable[Part], count: int | None = None) -> bytes:
    """The same with an end record of 64 bits."""
    plain = built(parts)
    _, _, _, _, number, size, offset, _ = struct.unpack(END, plain[-22:])
    number = number if count is None else count
    wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, number, number, size, offset)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(plain) - 22, 1)
    return plain[:-22] + wide + locator + end(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)


def quoted_overlap(entries: int, data: bytes) -> bytes:
    """Many entries on one body: each one's bytes quote the heads of all that follow."""
    body = deflated(data)
    heads: list[bytes] = []
    records: list[Part] = []
    for number in reversed(range(entries)):
        part = Part(name=f"{number:04}", data=data, packed=body)
        heads.insert(0, part.local())
        records.insert(0, part)
        quoted = heads[0]
        # A stored block, not the last one, that holds the head.
        body = struct.pack("<B2H", 0, len(quoted), len(quoted) ^ 0xFFFF) + quoted + body
        data = quoted + data
    offset = 0
    directory = b""
    for part in records:
        directory += part.record(offset)
        offset += len(part.local()) + 5
    # The first head is quoted by nobody.
    return body[5:] + directory + end(entries, len(directory), len(body) - 5)
