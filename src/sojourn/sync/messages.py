# Generated from src/sojourn/aio/messages.py by tools/generate_sync.py. Change that file, then run it.
"""The conversation of one session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sojourn.core import checks, conversation, ids, once
from sojourn.models import Message, Part
from sojourn.ports import SessionRef
from sojourn.sync.engine import Engine


class Messages:
    """An append-only log. Reading a window costs the same however long the log is."""

    def __init__(self, engine: Engine, ref: SessionRef) -> None:
        self._engine = engine
        self._ref = ref

    def append(
        self,
        role: str,
        content: str | Sequence[Part],
        *,
        id: str | None = None,
        parent: str | None = None,
        metadata: dict[str, Any] | None = None,
        idempotency_key: str | None = None,
        digest: bytes = b"",
    ) -> Message:
        """Keeps one message; when it returns, it is durable and has its place.

        `role` is user, assistant, system or tool; `content` is text or parts. Appending never
        conflicts. Given an `id` (a UUID) that is kept already with the same content, answers that
        one; with other content raises `MessageChanged`. Raises `SessionClosed`, `SessionDeleted`
        or `SessionGone` when the session cannot be written.
        """
        engine = self._engine
        now = engine.clock.now()
        fresh = conversation.draft(
            engine.settings,
            ids.new_uuid(now) if id is None else checks.uuid(id, "id"),
            now,
            role,
            content,
            parent=parent,
            metadata=metadata,
        )
        if idempotency_key is not None:
            use = once.Use(
                f"append {self._ref.id}", once.key(idempotency_key), engine.records.sign("request", digest)
            )
            kept = engine.drive.write(conversation.append_once, self._ref, fresh, use, now, engine.settings)
        elif id is not None:
            kept = engine.drive.write(conversation.merge, self._ref, [fresh], now, engine.settings)
        else:
            kept = engine.drive.write(conversation.append, self._ref, [fresh], now, engine.settings)
        return kept[0]

    def merge(self, messages: Sequence[Message], *, if_seq: int | None = None) -> list[Message]:
        """Keeps drafts (see `draft`) whose id is not known yet, in order; answers all as they are kept.

        All or nothing, and repeating it changes nothing. Raises `MessageChanged` when a known id
        says something else, `PreconditionFailed` when `if_seq` is not the newest `seq`.
        """
        engine = self._engine
        return engine.drive.write(
            conversation.merge, self._ref, messages, engine.clock.now(), engine.settings, if_seq
        )

    def draft(
        self,
        id: str,
        role: str,
        content: str | Sequence[Part],
        *,
        parent: str | None = None,
        metadata: dict[str, Any] | None = None,
        where: str = "",
    ) -> Message:
        """A checked message for `merge`, not kept yet; `where` names its place in errors."""
        return conversation.draft(
            self._engine.settings,
            checks.uuid(id, f"{where}id"),
            self._engine.clock.now(),
            role,
            content,
            parent=parent,
            metadata=metadata,
            where=where,
        )

    def get(self, id: str) -> Message:
        """One message. Raises `NotFound`."""
        return self._engine.drive.read(conversation.get, self._ref, checks.uuid(id, "id"))

    def last(self, count: int = 50) -> list[Message]:
        """The newest `count`, oldest of them first."""
        return self._engine.drive.read(conversation.last, self._ref, self._count(count))

    def page(self, *, before: int, limit: int = 50) -> list[Message]:
        """The `limit` right before the `seq` given, oldest first."""
        checks.whole(before, "before", 0, 2**62)
        return self._engine.drive.read(conversation.before, self._ref, before, self._count(limit))

    def after(self, seq: int, *, limit: int = 50) -> list[Message]:
        """The `limit` right after `seq`, oldest first: what came since it was seen."""
        checks.whole(seq, "after", 0, 2**62)
        return self._engine.drive.read(conversation.after, self._ref, seq, self._count(limit))

    def _count(self, count: int) -> int:
        return checks.whole(count, "limit", 1, 10_000)
