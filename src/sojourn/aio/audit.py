"""Proves, both ways, that the records and the bytes outside them belong together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from sojourn.aio.engine import AsyncEngine
from sojourn.core import audit, files
from sojourn.core.held import opened
from sojourn.core.proof import prove
from sojourn.errors import Corrupt, NotFound, SessionGone
from sojourn.models import Audit, Fault, Finding
from sojourn.ports import Found, Known, Placed, SessionRef

_AT_ONCE = 500


class AsyncAuditor:
    """One look at everything. Others may write meanwhile: what looks wrong is looked at twice."""

    def __init__(self, engine: AsyncEngine, deep: bool, repair: bool) -> None:
        self._engine = engine
        self._deep = deep
        self._repair = repair
        self._files = self._blobs = self._faults = 0
        self._findings: list[Finding] = []

    async def run(self) -> Audit:
        await self._from_records()
        await self._from_bytes()
        await self._counters()
        return Audit(self._files, self._blobs, self._faults, tuple(self._findings))

    async def _from_records(self) -> None:
        """Every file has its bytes."""
        drive = self._engine.drive
        at = 0
        while sessions := await drive.read(audit.sessions, at, _AT_ONCE):
            for position, ref in sessions:
                at, after = position, 0
                while rows := await drive.read(audit.placed, ref, after, _AT_ONCE):
                    after = rows[-1].position
                    for placed, fault in await drive.hop(self._sized, ref, rows):
                        await self._look_again(ref, placed, fault)
                    self._files += len(rows)

    def _sized(self, ref: SessionRef, rows: list[Placed]) -> list[tuple[Placed, Fault | None]]:
        """Those with a fault; all, when each is to be read."""
        found: list[tuple[Placed, Fault | None]] = []
        for placed in rows:
            fault: Fault | None = None
            if not placed.inside:
                size = self._engine.blobs.size(ref.id, placed.blob)
                fault = "missing" if size is None else "size" if size != placed.size else None
            if fault is not None or self._deep:
                found.append((placed, fault))
        return found

    async def _look_again(self, ref: SessionRef, placed: Placed, fault: Fault | None) -> None:
        """Whether the file still stands, and what its bytes are."""
        drive = self._engine.drive
        try:
            held = await drive.read(files.held, ref, placed.file_id)
            with await drive.open(opened, self._engine.blobs, ref.id, held) as source:
                if self._deep:
                    await drive.hop(prove, source, held.file.size, held.file.digest)
        except SessionGone:
            return
        except NotFound:
            if await drive.read(audit.stands, ref, placed.file_id):
                self._tell("missing", ref.id, placed.file_id, f"blob {placed.blob}")
        except Corrupt as problem:
            self._tell(fault or "digest", ref.id, placed.file_id, str(problem))

    async def _from_bytes(self) -> None:
        """Everything that lies there is known. It was listed before the records are asked: what comes
        meanwhile is not in the list, and what was to come is in the records before it does.
        """
        walk = self._engine.blobs.walk()
        while batch := await self._engine.drive.hop(_some, walk):
            self._blobs += len(batch)
            known: dict[str, _Place] = {}
            for found in batch:
                if found.session_id not in known:
                    known[found.session_id] = await self._place(found.session_id)
                if not known[found.session_id].may_hold(found):
                    await self._unknown(found)

    async def _place(self, session_id: str) -> _Place:
        owner = await self._engine.drive.read(audit.known, session_id)
        if owner is None:
            return _Place(None, frozenset())
        return _Place(owner, frozenset(await self._engine.drive.read(audit.expected, owner.ref)))

    async def _unknown(self, found: Found) -> None:
        if self._repair:
            await self._engine.drive.through(self._engine.blobs.discard, found)
        self._tell("unknown", found.session_id, found.id, found.place, repaired=self._repair)

    async def _counters(self) -> None:
        for miscount in await self._engine.drive.read(audit.miscounts, Audit.MOST):
            session_id = miscount.id if miscount.of == "session" else ""
            detail = "{} files of {} bytes are counted, {} of {} are there".format(
                *miscount.counted, *miscount.found
            )
            self._tell("count", session_id, miscount.id, detail, repaired=self._repair)
        if self._repair:
            await self._engine.drive.write(audit.recount)

    def _tell(self, fault: Fault, session_id: str, id: str, detail: str, *, repaired: bool = False) -> None:
        self._faults += 1
        if len(self._findings) < Audit.MOST:
            self._findings.append(Finding(fault, session_id, id, detail, repaired))


def _some(walk: Iterator[Found]) -> list[Found]:
    return list(islice(walk, _AT_ONCE))


class _Place(NamedTuple):
    """One session's: whose it is, and the blobs that may lie there."""

    owner: Known | None
    blobs: frozenset[str]

    def may_hold(self, found: Found) -> bool:
        if self.owner is None:
            return False
        if self.owner.unfinished:
            return True  # until the erase is finished
        if found.kind == "index":
            return self.owner.stands
        return found.kind != "other" and found.id in self.blobs
