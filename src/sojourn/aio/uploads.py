"""Files that come piece by piece."""

from __future__ import annotations

import hashlib
from contextlib import aclosing, suppress
from typing import Any, Literal

from sojourn.aio.engine import AsyncEngine
from sojourn.aio.incoming import AsyncIncoming
from sojourn.core import checks, coming, ids
from sojourn.drive import AsyncData, async_pieces
from sojourn.errors import Conflict, Invalid, NotFound, SojournError
from sojourn.models import File, Upload
from sojourn.ports import BlobWriter, Intent, SessionRef

Checksum = tuple[Literal["sha1", "sha256"], bytes]
"""How a piece was hashed, and its digest."""


class AsyncUploads:
    """The uploads of one session: an intent each, and a blob that is not finished."""

    def __init__(self, engine: AsyncEngine, ref: SessionRef) -> None:
        self._engine = engine
        self._ref = ref
        self._incoming = AsyncIncoming(engine, ref)

    async def start(self, name: str | None, size: int) -> Upload:
        engine = self._engine
        if size == 0:
            raise Invalid("The file is empty.", field="size", reason="file.empty")
        checks.whole(size, "size", 1, 2**62)
        now = engine.clock.now()
        intent = Intent(
            session_id=self._ref.id,
            id=ids.new_id(ids.FILE, now),
            kind="upload",
            reserved=size,
            deadline_ms=coming.deadline(now, engine.settings),
            name=checks.file_name(name),
            created_ms=now,
        )
        await engine.drive.write(coming.begin, self._ref, intent, now, engine.settings)
        return coming.described(intent, 0)

    async def proceed(self, id: str, data: AsyncData, offset: int, checksum: Checksum | None) -> Upload:
        """To be let to its end."""
        checks.whole(offset, "offset", 0, 2**62)
        found = await self._find(id)
        if isinstance(found, File):
            _at(offset, found.size)
            return coming.finished(found)
        try:
            writer = await self._resume(id)
        except NotFound:
            found = await self._find(id)
            if not isinstance(found, File):
                raise
            _at(offset, found.size)  # somebody else ended it just now
            return coming.finished(found)
        try:
            await self._take(found, writer, data, offset, checksum)
        except BaseException:
            await self._let_go(id, writer)
            raise
        return await self._end(found, writer)

    async def _resume(self, id: str) -> BlobWriter:
        """Looks once more when the part is there: from then on, who gives the upload up finds it."""
        drive = self._engine.drive
        await drive.read(coming.standing, self._ref, id)
        writer = await drive.through(self._engine.blobs.resume, self._ref.id, id)
        try:
            await drive.read(coming.standing, self._ref, id)
        except BaseException:
            await drive.through(writer.abort)
            await self._clear(id)
            raise
        return writer

    async def _let_go(self, id: str, writer: BlobWriter) -> None:
        """What came stays, but for an erased session."""
        with suppress(SojournError):  # what stopped the upload is what is told
            await self._engine.drive.through(writer.pause)
        await self._clear(id)

    async def _clear(self, id: str) -> None:
        """An erased session keeps nothing of what came too late."""
        with suppress(SojournError):
            if await self._engine.drive.read(coming.ended, self._ref):
                await self._incoming.give_up(id)

    async def _take(
        self, intent: Intent, writer: BlobWriter, data: AsyncData, offset: int, checksum: Checksum | None
    ) -> None:
        """Writes the piece. One with a checksum is taken whole or not at all."""
        _at(offset, writer.size)
        if isinstance(data, bytes | bytearray | memoryview):
            coming.within(intent, offset + len(data))
        digest: Any = None if checksum is None else hashlib.new(checksum[0], usedforsecurity=False)
        try:
            async with aclosing(async_pieces(data)) as source:
                async for piece in source:
                    coming.within(intent, writer.size + len(piece))
                    await self._engine.drive.through(_write, writer, piece, digest)
                    intent = await self._incoming.still(intent)
            if checksum is not None and digest.digest() != checksum[1]:
                raise Invalid("The piece is not what its checksum says.", reason="upload.checksum")
        except BaseException:
            if checksum is not None:
                await self._engine.drive.through(writer.cut, offset)
            raise

    async def _end(self, intent: Intent, writer: BlobWriter) -> Upload:
        """Makes durable what came; with the last byte it becomes a file."""
        drive = self._engine.drive
        received = writer.size
        try:
            if received < intent.reserved:
                await drive.through(writer.pause)
                return coming.described(await self._incoming.still(intent), received)
            while await drive.through(writer.catch_up):
                continue
            blob = await drive.through(writer.finish)
            file = await self._incoming.file(intent.id, intent.name, blob, intent.created_ms)
            body = None
            if blob.size <= self._engine.settings.small_bytes:
                body = await drive.through(_whole, self._engine, self._ref.id, intent.id)
            return coming.finished(await self._incoming.keep(file, body))
        except BaseException as problem:
            await self._let_go(intent.id, writer)
            if isinstance(problem, NotFound | Conflict):  # somebody else ended it: well, it may be
                found = await self._find(intent.id)
                if isinstance(found, File):
                    return coming.finished(found)
            raise

    async def upload(self, id: str) -> Upload:
        found = await self._find(id)
        if isinstance(found, File):
            return coming.finished(found)
        received = await self._engine.drive.hop(self._engine.blobs.received, self._ref.id, id)
        if received == found.reserved:
            return await self._engine.drive.whole(self._late, found)
        return coming.described(found, received)

    async def _late(self, intent: Intent) -> Upload:
        """All its bytes are here, and whoever brought the last was stopped right then."""
        try:
            writer = await self._resume(intent.id)
        except Conflict:  # no, they are just about to
            return coming.described(intent, intent.reserved)
        except NotFound:
            found = await self._find(intent.id)
            return coming.finished(found) if isinstance(found, File) else coming.described(found, 0)
        return await self._end(intent, writer)

    async def uploads(self) -> list[Upload]:
        engine = self._engine
        found = await engine.drive.read(coming.uploads, self._ref, engine.clock.now())
        received = await engine.drive.hop(_received, engine, self._ref.id, found)
        return [coming.described(intent, size) for intent, size in zip(found, received, strict=True)]

    async def cancel(self, id: str) -> None:
        """To be let to its end."""
        if isinstance(await self._find(id), File) or not await self._incoming.give_up(id):
            raise NotFound("There is no such upload.")

    async def _find(self, id: str) -> Intent | File:
        return await self._engine.drive.read(coming.upload, self._ref, id, self._engine.clock.now())


def _at(offset: int, received: int) -> None:
    """Raises `Conflict` when a piece does not begin where the bytes end."""
    if offset != received:
        raise Conflict(f"{received} bytes are here: the next piece begins there.", offset=received)


def _write(writer: BlobWriter, piece: bytes, digest: Any) -> None:
    if digest is not None:
        digest.update(piece)
    writer.write(piece)


def _whole(engine: AsyncEngine, session_id: str, id: str) -> bytes:
    with engine.blobs.open(session_id, id) as opened:
        return opened.read()


def _received(engine: AsyncEngine, session_id: str, intents: list[Intent]) -> list[int]:
    return [engine.blobs.received(session_id, intent.id) for intent in intents]
