"""Several small files kept at once."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from sojourn import ingest
from sojourn.aio.engine import AsyncEngine
from sojourn.core import batches, checks, ids
from sojourn.ingest import images
from sojourn.models import File
from sojourn.ports import Blob, SessionRef, Upload

Item = tuple[str | None, bytes]
"""A name and the bytes; there is at least one byte."""


class AsyncBatches:
    """Files whose bytes are held in memory: all of a batch are kept, in their order, or none."""

    def __init__(self, engine: AsyncEngine, ref: SessionRef) -> None:
        self._engine = engine
        self._ref = ref

    async def add(self, items: Sequence[Item]) -> list[File]:
        """When it returns they are durable. Raises what `files.add` raises, of one of them."""
        engine = self._engine
        now = engine.clock.now()
        named = [ids.new_id(ids.FILE, now) for _ in items]
        deadline = now + engine.settings.upload_seconds * 1000
        uploads = [
            Upload(self._ref.id, file_id, len(data), deadline)
            for file_id, (_, data) in zip(named, items, strict=True)
        ]
        try:
            await engine.drive.write(batches.begin, self._ref, uploads, now, engine.settings)
            coming = await engine.drive.through(self._write, named, items, now)
            return await engine.drive.write(
                batches.keep, self._ref, coming, engine.clock.now(), engine.settings
            )
        except BaseException:
            await engine.drive.write(batches.release, self._ref, named, engine.clock.now())
            await engine.drive.hop(self._remove, named)
            raise

    def _write(self, named: list[str], items: Sequence[Item], now: int) -> list[File]:
        return [
            self._file(file_id, item, self._blob(file_id, item[1]), now)
            for file_id, item in zip(named, items, strict=True)
        ]

    def _blob(self, file_id: str, data: bytes) -> Blob:
        writer = self._engine.blobs.writer(self._ref.id, file_id)
        try:
            writer.write(data)
            return writer.finish()
        except BaseException:
            writer.abort()
            raise

    def _file(self, file_id: str, item: Item, blob: Blob, now: int) -> File:
        name, data = item
        shown = checks.file_name(name)
        media_type = ingest.media_type(blob.head, shown)
        picture = None
        if images.readable(media_type):
            picture = images.measured(BytesIO(data), self._engine.darkrooms.limits)
        return File(
            id=file_id,
            name=shown,
            media_type=media_type,
            size=blob.size,
            digest=blob.digest,
            created_ms=now,
            text="pending" if ingest.readable(media_type) else "none",
            picture=picture,
        )

    def _remove(self, named: list[str]) -> None:
        for file_id in named:
            self._engine.blobs.remove(self._ref.id, file_id)
