"""The verdict on an archive, before anything of it is written."""

import stat
import struct
from collections.abc import Iterator
from typing import BinaryIO

import msgspec
from msgspec import Struct

from sojourn.errors import Invalid, Overfull
from sojourn.ingest.archive import names
from sojourn.ingest.archive.content import DEFLATED, STORED, begin, content
from sojourn.ingest.archive.directory import Record, damaged, find, records
from sojourn.ingest.archive.limits import DEFAULT, Entry, Limits
from sojourn.ingest.media import media_type

_LOCAL = struct.Struct("<4s5H3L2H")
_LOCKED = 1 | 1 << 6 | 1 << 13
"""Flags of an entry that is encrypted, or whose directory is."""
_PATCH = 1 << 5
_LINK = 0x400
"""Windows' mark of a link, beside its read-only and hidden."""

_BEGINNING = 512
_KIND = 1 << 13
_ARCHIVES = (
    b"PK\3\4",
    b"PK\5\6",
    b"\x1f\x8b\x08",
    b"BZh",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"7z\xbc\xaf",
    b"Rar!",
)
_KINDS = frozenset(
    "application/" + kind for kind in "zip gzip x-bzip2 x-xz zstd x-7z-compressed vnd.rar x-tar".split()
)


class _Placed(Struct, frozen=True):
    """A record, where its bytes begin, and why it is refused."""

    record: Record
    start: int
    reason: str | None = None
    problem: str | None = None


class Archive:
    """An archive that may be opened: it is no bomb, and none of its entries lies in another.

    Single entries may still be `refused`. The file must stay open, and must not be used for
    something else while an entry is being read.
    """

    def __init__(self, file: BinaryIO, entries: list[Entry], placed: list[_Placed]) -> None:
        self.entries = tuple(entries)
        """All of them in the order of the directory, folders and refused ones too."""
        self._file = file
        self._placed = placed

    def files(self) -> list[Entry]:
        """What can be opened, if there is nothing to refuse: all or nothing.

        Raises `Invalid` for the first refused entry, with its `reason` and the `entry`.
        """
        for entry in self.entries:
            if entry.outcome == "refused":
                raise _refused(entry)
        return [entry for entry in self.entries if entry.outcome == "file"]

    def begin(self, entry: Entry) -> bytes:
        """The first bytes of an entry that is a file: enough to tell what kind it is."""
        placed = self._placed[entry.number]
        return begin(self._file, placed.record, placed.start, _KIND)

    def open(self, entry: Entry) -> Iterator[bytes]:
        """The bytes of an entry in pieces, never more of them than it declared.

        The last piece comes when the size and the checksum are found right. Else raises `Invalid`
        (`archive.size`, `archive.checksum`, `archive.damaged`), and what came before is to be thrown
        away. For an entry that is refused it raises its `Invalid`, at once.
        """
        if entry.outcome == "refused":
            raise _refused(entry)
        placed = self._placed[entry.number]
        return content(self._file, placed.record, placed.start)


def judge(file: BinaryIO, limits: Limits = DEFAULT) -> Archive:
    """Reads the directory, and of every entry its first bytes; takes nothing out.

    What one entry is guilty of refuses that entry: `archive.name`, `archive.special` (a link, a
    device), `archive.encrypted`, `archive.method`, `archive.size`, `archive.duplicate`,
    `archive.nested`, `archive.damaged`. What makes the whole unfit raises `Invalid` (`file.empty`,
    `archive.type`, `archive.truncated`, `archive.damaged`, `archive.overlap`, `archive.ratio`,
    `archive.empty`) or `Overfull` (`archive.entries`, `archive.directory`, `archive.total`,
    `archive.entry`). These names stand in `facts["reason"]`.
    """
    directory = find(file, limits)
    found: list[Record] = []
    for record in records(file, directory):
        _check_size(record, limits)
        found.append(record)
    _check_total(found, limits)
    placed = _placed(file, found, directory.offset)
    entries = _entries(file, placed, limits)
    if all(entry.outcome in {"folder", "empty", "system"} for entry in entries):
        raise Invalid("There is no file in this archive.", reason="archive.empty")
    return Archive(file, entries, placed)


def _refused(entry: Entry) -> Invalid:
    return Invalid(entry.problem or "", reason=entry.reason, entry=entry.name, number=entry.number)


def _check_size(record: Record, limits: Limits) -> None:
    name, most = names.escaped(record.name), limits.entry_bytes
    if record.size > most:
        message = f"The entry {names.shown(record.name)} has {record.size} bytes; {most} are allowed."
        raise Overfull(message, reason="archive.entry", entry=name, limit=most, found=record.size)
    if record.size > limits.ratio_floor and record.size > limits.ratio * record.packed:
        shown = names.shown(record.name)
        message = f"The entry {shown} grows to more than {limits.ratio} times its packed size."
        raise Invalid(message, reason="archive.ratio", entry=name, limit=limits.ratio)


def _check_total(found: list[Record], limits: Limits) -> None:
    total = sum(record.size for record in found)
    if total > limits.total_bytes:
        message = f"This archive unpacks to {total} bytes; {limits.total_bytes} are allowed."
        raise Overfull(message, reason="archive.total", limit=limits.total_bytes, found=total)
    if total > limits.ratio_floor and total > limits.ratio * sum(record.packed for record in found):
        message = f"This archive grows to more than {limits.ratio} times its packed size."
        raise Invalid(message, reason="archive.ratio", limit=limits.ratio)


def _placed(file: BinaryIO, found: list[Record], directory: int) -> list[_Placed]:
    """Every entry in its own place: none may begin before the one before it has ended.

    Python's own check came late and is not in every version; this one reads the entry's local
    head, so that it knows where the bytes begin.
    """
    placed: dict[int, _Placed] = {}
    end = 0
    for number in sorted(range(len(found)), key=lambda number: found[number].offset):
        record = found[number]
        name = names.shown(record.name)
        if record.offset < end:
            message = f"The entry {name} lies inside another one."
            raise Invalid(message, reason="archive.overlap", entry=names.escaped(record.name))
        file.seek(min(record.offset, directory))
        head = file.read(_LOCAL.size + len(record.raw))
        if len(head) < _LOCAL.size or not head.startswith(b"PK\3\4"):
            raise damaged(f"the entry {name} is not where the directory says")
        _, _, flags, method, _, _, _, _, _, name_size, extra_size = _LOCAL.unpack_from(head)
        start = record.offset + _LOCAL.size + name_size + extra_size
        end = start + record.packed
        if end > directory:
            raise damaged(f"the entry {name} does not end where the directory says")
        same = (
            head[_LOCAL.size :] == record.raw
            and name_size == len(record.raw)
            and method == record.method
            and (flags ^ record.flags) & _LOCKED == 0
        )
        problem = None if same else f"The entry {name} says other things of itself than the directory does."
        placed[number] = _Placed(record, start, None if same else "archive.damaged", problem)
    return [placed[number] for number in range(len(found))]


def _entries(file: BinaryIO, placed: list[_Placed], limits: Limits) -> list[Entry]:
    seen: set[str] = set()
    entries: list[Entry] = []
    for number, place in enumerate(placed):
        record = place.record
        reason, problem = place.reason, place.problem
        if reason is None:
            reason, why = _refusal(file, place, seen, limits)
            problem = f"The entry {names.shown(record.name)} {why}." if reason else None
        name = names.escaped(record.name) if reason else names.tidy(record.name)
        entry = Entry(number, name, record.size, "file", reason, problem)
        if reason:
            entry = msgspec.structs.replace(entry, outcome="refused")
        elif record.name.endswith("/"):
            entry = msgspec.structs.replace(entry, outcome="folder")
        elif names.is_system(name):
            entry = msgspec.structs.replace(entry, outcome="system")
        elif record.size == 0:
            entry = msgspec.structs.replace(entry, outcome="empty")
        entries.append(entry)
    return entries


def _refusal(file: BinaryIO, place: _Placed, seen: set[str], limits: Limits) -> tuple[str | None, str]:
    """The reason and the rest of a sentence, when one entry may not be taken."""
    record = place.record
    why = names.refusal(record.name, limits.name_chars)
    if why is not None:
        return "archive.name", why
    kind = stat.S_IFMT(record.attributes >> 16)
    folder = record.name.endswith("/")
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR} or record.attributes & _LINK:
        return "archive.special", "is a link or a device, not a file"
    if (kind == stat.S_IFDIR and not folder) or (folder and record.size):
        return "archive.special", "is a folder and a file at once"
    if record.flags & _LOCKED or record.method == 99:
        return "archive.encrypted", "is locked with a password"
    if record.method not in {STORED, DEFLATED} or record.flags & _PATCH:
        return "archive.method", f"is packed in a way that is not known here ({record.method})"
    if record.method == STORED and record.packed != record.size:
        return "archive.size", "has not the size that it declares"
    if folder:
        return None, ""
    key = names.key(names.tidy(record.name))
    if key in seen:
        return "archive.duplicate", "has the same name as another one"
    seen.add(key)
    if not limits.nested and _is_archive(file, place):
        return "archive.nested", "is an archive itself"
    return None, ""


def _is_archive(file: BinaryIO, place: _Placed) -> bool:
    """Judged by content: documents that are ZIPs inside are documents."""
    head = begin(file, place.record, place.start, _BEGINNING)
    if not head.startswith(_ARCHIVES) and not head.startswith(b"ustar", 257):
        return False
    return media_type(begin(file, place.record, place.start, _KIND), "") in _KINDS
