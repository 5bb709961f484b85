# Generated from src/sojourn/aio/unpacking.py by tools/generate_sync.py. Change that file, then run it.
"""Taking one archive apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from typing import BinaryIO, Protocol

from sojourn import ingest
from sojourn.config import KIB, MIB
from sojourn.core import room
from sojourn.drive import Data, pieces
from sojourn.errors import Invalid, LimitExceeded, SojournError
from sojourn.ingest import archive
from sojourn.models import Entry, File, Progress, Unpacked
from sojourn.ports import SessionRef
from sojourn.sync.batches import Batches
from sojourn.sync.engine import Engine

_SMALL = 256 * KIB
_BATCH_BYTES = 4 * MIB
_BATCH = 64
"""Entries up to `_SMALL` are kept so many at once."""
_TOLD = 4 * MIB
"""Of a large entry it is told after every so many bytes."""
_PASSED_OVER = {
    "folder": "This is a folder.",
    "empty": "This has no bytes.",
    "system": "This was put there by a system.",
}

_KINDS = re.compile(r"[a-z]{1,40}/(\*|[a-z0-9.+-]{1,100})")

Fault = tuple[str, str]
"""A code and a sentence."""


class Shelf(Protocol):
    """Where files are kept."""

    def get(self, file_id: str) -> File: ...
    def open(self, file_id: str) -> BinaryIO: ...
    def add(self, name: str | None, data: Data, *, size: int | None = None) -> File: ...
    def erase(self, file_id: str) -> None: ...


class Unpacking:
    """One archive on its way into files. What it kept is taken back when it does not come to its end."""

    def __init__(
        self,
        engine: Engine,
        ref: SessionRef,
        files: Shelf,
        only: str | None,
        partial: bool,
        progress: Callable[[Progress], object] | None,
    ) -> None:
        if only is not None and not (isinstance(only, str) and _KINDS.fullmatch(only)):
            raise Invalid("`only` is a media type, or a kind of them as in image/*.", field="only")
        self._engine = engine
        self._ref = ref
        self._files = files
        self._only = only
        self._partial = partial
        self._progress = progress
        self._kept: dict[int, File] = {}
        self._faults: dict[int, Fault] = {}
        self._done = self._bytes = self._told = self._total = 0

    def run(self, file_id: str) -> Unpacked:
        return self._engine.drive.whole(self._run, file_id)

    def _run(self, file_id: str) -> Unpacked:
        engine = self._engine
        file = self._files.get(file_id)
        with self._files.open(file_id) as opened:
            judged = engine.drive.hop(archive.judge, opened)
            wanted = engine.drive.hop(self._wanted, judged)
            space = engine.drive.read(room.room, self._ref, engine.clock.now(), engine.settings)
            if not self._partial:
                space.check(len(wanted), sum(entry.size for entry in wanted))
            self._total = len(wanted)
            try:
                self._take_out(judged, wanted)
            except BaseException as problem:
                self._take_back()
                if isinstance(problem, Invalid) and "number" in problem.facts:
                    raise self._refusal(judged) from problem
                raise
        return Unpacked(archive=file, entries=self._report(judged))

    def _wanted(self, judged: archive.Archive) -> list[archive.Entry]:
        """What is to be kept. Raises `Invalid` for what is refused, unless it may be left out."""
        wanted: list[archive.Entry] = []
        for entry in judged.entries:
            if entry.outcome == "refused":
                self._faults[entry.number] = (entry.reason or "", entry.problem or "")
            elif entry.outcome == "file" and self._fits(judged, entry):
                wanted.append(entry)
        if self._faults and not self._partial:
            raise self._refusal(judged)
        return wanted

    def _fits(self, judged: archive.Archive, entry: archive.Entry) -> bool:
        if self._only is None:
            return True
        found = ingest.media_type(judged.begin(entry), entry.name)
        if found == self._only or (self._only.endswith("*") and found.startswith(self._only[:-1])):
            return True
        sentence = f"The entry {archive.shown(entry.name)} is {found}, and only {self._only} is taken."
        self._faults[entry.number] = ("archive.kind", sentence)
        return False

    def _take_out(self, judged: archive.Archive, wanted: list[archive.Entry]) -> None:
        """In the order of the archive: small ones together, large ones as streams."""
        for batch in _batches(wanted):
            if batch[0].size > _SMALL:
                with closing(self._stream(judged, batch[0])) as data:
                    self._keep(batch[0], data)
            else:
                self._keep_all(self._engine.drive.hop(self._read, judged, batch))
            self._done += len(batch)
            self._tell()

    def _read(self, judged: archive.Archive, batch: list[archive.Entry]) -> list[tuple[archive.Entry, bytes]]:
        read: list[tuple[archive.Entry, bytes]] = []
        for entry in batch:
            try:
                read.append((entry, b"".join(judged.open(entry))))
            except Invalid as problem:
                self._fault(entry, problem)
        self._bytes += sum(len(data) for _, data in read)
        return read

    def _keep_all(self, read: list[tuple[archive.Entry, bytes]]) -> None:
        try:
            kept = Batches(self._engine, self._ref).add([(entry.name, data) for entry, data in read])
            self._kept.update((entry.number, file) for (entry, _), file in zip(read, kept, strict=True))
        except LimitExceeded:
            if not self._partial:
                raise
            for entry, data in read:
                self._keep(entry, data)

    def _stream(self, judged: archive.Archive, entry: archive.Entry) -> Generator[bytes]:
        for piece in pieces(judged.open(entry)):
            self._bytes += len(piece)
            if self._bytes - self._told >= _TOLD:
                self._tell()
            yield piece

    def _keep(self, entry: archive.Entry, data: Data) -> None:
        try:
            self._kept[entry.number] = self._files.add(entry.name, data, size=entry.size)
        except (Invalid, LimitExceeded) as problem:
            self._fault(entry, problem)

    def _fault(self, entry: archive.Entry, problem: Invalid | LimitExceeded) -> None:
        """Notes it where it may be left out, else raises it."""
        self._faults[entry.number] = (str(problem.facts.get("reason") or problem.code), str(problem))
        if not self._partial:
            problem.facts.setdefault("number", entry.number)
            raise problem

    def _take_back(self) -> None:
        for file in self._kept.values():
            with suppress(SojournError):  # the session went meanwhile, and the file with it
                self._files.erase(file.id)
        self._kept.clear()

    def _tell(self) -> None:
        self._told = self._bytes
        if self._progress is not None:
            self._engine.drive.tell(self._progress, Progress(self._done, self._total, self._bytes))

    def _report(self, judged: archive.Archive) -> tuple[Entry, ...]:
        return tuple(map(self._entry, judged.entries))

    def _entry(self, judged: archive.Entry) -> Entry:
        problem, detail = self._faults.get(judged.number, (None, _PASSED_OVER.get(judged.outcome)))
        return Entry(judged.name, judged.size, self._kept.get(judged.number), problem, detail)

    def _refusal(self, judged: archive.Archive) -> Invalid:
        """The first fault, and the report."""
        number, (reason, sentence) = min(self._faults.items())
        name = judged.entries[number].name
        return Invalid(sentence, reason=reason, entry=name, number=number, entries=self._report(judged))


def _batches(entries: list[archive.Entry]) -> Iterator[list[archive.Entry]]:
    """In their order: small ones in company, large ones alone."""
    batch: list[archive.Entry] = []
    size = 0
    for entry in entries:
        if batch and (entry.size > _SMALL or size + entry.size > _BATCH_BYTES or len(batch) == _BATCH):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += entry.size
        if entry.size > _SMALL:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
