"""Several small files kept at once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO

from sojourn import ingest
from sojourn.aio.engine import AsyncEngine
from sojourn.aio.incoming import blob_of, described
from sojourn.aio.leaving import take_away
from sojourn.core import batches, checks, coming, ids
from sojourn.errors import SojournError
from sojourn.ingest import images
from sojourn.models import File
from sojourn.ports import Intent, SessionRef

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
        files = await engine.drive.hop(self._files, items, now)
        named = [file.id for file in files]
        small = engine.settings.small_bytes
        bodies = {file.id: data for file, (_, data) in zip(files, items, strict=True) if len(data) <= small}
        large = [(file, data) for file, (_, data) in zip(files, items, strict=True) if file.id not in bodies]
        deadline = coming.deadline(now, engine.settings)
        intents = [
            Intent(self._ref.id, file.id, "add", file.size, deadline, created_ms=now) for file, _ in large
        ]
        try:
            if intents:
                await engine.drive.write(batches.begin, self._ref, intents, now, engine.settings)
                await engine.drive.through(self._write, large)
            spare = await engine.drive.write(
                batches.keep, self._ref, files, bodies, engine.clock.now(), engine.settings
            )
        except BaseException:
            with suppress(SojournError):  # then it is overdue some day
                left = await engine.drive.write(batches.release, self._ref, named, engine.clock.now())
                await take_away(engine, self._ref, left)
            raise
        with suppress(SojournError):
            await take_away(engine, self._ref, spare)
        return files

    def _files(self, items: Sequence[Item], now: int) -> list[File]:
        return [self._file(ids.new_id(ids.FILE, now), item, now) for item in items]

    def _write(self, large: Sequence[tuple[File, bytes]]) -> None:
        for file, data in large:
            self._blob(file.id, data)

    def _blob(self, file_id: str, data: bytes) -> None:
        writer = self._engine.blobs.writer(self._ref.id, file_id)
        try:
            writer.write(data)
            writer.finish()
        except BaseException:
            writer.abort()
            raise

    def _file(self, file_id: str, item: Item, now: int) -> File:
        name, data = item
        blob = blob_of(data)
        picture = None
        if images.readable(ingest.media_type(blob.head, checks.file_name(name))):
            picture = images.measured(BytesIO(data), self._engine.darkrooms.limits)
        return described(file_id, name, blob, now, picture)
