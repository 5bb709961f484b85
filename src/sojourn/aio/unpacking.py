"""Taking one archive apart."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, suppress
from typing import BinaryIO, Protocol

from sojourn import ingest
from sojourn.aio.batches import AsyncBatches
from sojourn.aio.engine import AsyncEngine
from sojourn.config import KIB, MIB
from sojourn.core import room
from sojourn.drive import AsyncData, async_pieces
from sojourn.errors import Invalid, LimitExceeded, SojournError
from sojourn.ingest import archive
from sojourn.models import Entry, File, Progress, Unpacked
from sojourn.ports import SessionRef

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


class AsyncShelf(Protocol):
    """Where files are kept."""

    async def get(self, file_id: str) -> File: ...
    async def open(self, file_id: str) -> BinaryIO: ...
    async def add(self, name: str | None, data: AsyncData, *, size: int | None = None) -> File: ...
    async def erase(self, file_id: str) -> None: ...


class AsyncUnpacking:
    """One archive on its way into files. What it kept is taken back when it does not come to its end."""

    def __init__(
        self,
        engine: AsyncEngine,
        ref: SessionRef,
        files: AsyncShelf,
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

    async def run(self, file_id: str) -> Unpacked:
        return await self._engine.drive.whole(self._run, file_id)

    async def _run(self, file_id: str) -> Unpacked:
        engine = self._engine
        file = await self._files.get(file_id)
        with await self._files.open(file_id) as opened:
            judged = await engine.drive.hop(archive.judge, opened)
            wanted = await engine.drive.hop(self._wanted, judged)
            space = await engine.drive.read(room.room, self._ref, engine.clock.now(), engine.settings)
            if not self._partial:
                space.check(len(wanted), sum(entry.size for entry in wanted))
            self._total = len(wanted)
            try:
                await self._take_out(judged, wanted)
            except BaseException as problem:
                await self._take_back()
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

    async def _take_out(self, judged: archive.Archive, wanted: list[archive.Entry]) -> None:
        """In the order of the archive: small ones together, large ones as streams."""
        for batch in _batches(wanted):
            if batch[0].size > _SMALL:
                async with aclosing(self._stream(judged, batch[0])) as data:
                    await self._keep(batch[0], data)
            else:
                await self._keep_all(await self._engine.drive.hop(self._read, judged, batch))
            self._done += len(batch)
            await self._tell()

    def _read(self, judged: archive.Archive, batch: list[archive.Entry]) -> list[tuple[archive.Entry, bytes]]:
        read: list[tuple[archive.Entry, bytes]] = []
        for entry in batch:
            try:
                read.append((entry, b"".join(judged.open(entry))))
            except Invalid as problem:
                self._fault(entry, problem)
        self._bytes += sum(len(data) for _, data in read)
        return read

    async def _keep_all(self, read: list[tuple[archive.Entry, bytes]]) -> None:
        try:
            kept = await AsyncBatches(self._engine, self._ref).add(
                [(entry.name, data) for entry, data in read]
            )
            self._kept.update((entry.number, file) for (entry, _), file in zip(read, kept, strict=True))
        except LimitExceeded:
            if not self._partial:
                raise
            for entry, data in read:
                await self._keep(entry, data)

    async def _stream(self, judged: archive.Archive, entry: archive.Entry) -> AsyncGenerator[bytes]:
        async for piece in async_pieces(judged.open(entry)):
            self._bytes += len(piece)
            if self._bytes - self._told >= _TOLD:
                await self._tell()
            yield piece

    async def _keep(self, entry: archive.Entry, data: AsyncData) -> None:
        try:
            self._kept[entry.number] = await self._files.add(entry.name, data, size=entry.size)
        except (Invalid, LimitExceeded) as problem:
            self._fault(entry, problem)

    def _fault(self, entry: archive.Entry, problem: Invalid | LimitExceeded) -> None:
        """Notes it where it may be left out, else raises it."""
        self._faults[entry.number] = (str(problem.facts.get("reason") or problem.code), str(problem))
        if not self._partial:
            problem.facts.setdefault("number", entry.number)
            raise problem

    async def _take_back(self) -> None:
        for file in self._kept.values():
            with suppress(SojournError):  # the session went meanwhile, and the file with it
                await self._files.erase(file.id)
        self._kept.clear()

    async def _tell(self) -> None:
        self._told = self._bytes
        if self._progress is not None:
            await self._engine.drive.tell(self._progress, Progress(self._done, self._total, self._bytes))

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
