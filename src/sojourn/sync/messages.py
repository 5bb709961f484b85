# Generated from src/sojourn/aio/messages.py by tools/generate_sync.py. Change that file, then run it.
"""The conversation of one session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sojourn.core import branches, checks, conversation, ids, log, once, window
from sojourn.models import Branch, Message, Part
from sojourn.ports import SessionRef
from sojourn.sync.engine import Engine


class Messages:
    """An append-only log. Reading a window costs the same however long the log is.

    Nothing that was said is changed: `edit`, `retry` and `rewind` go on from an earlier message on
    a new branch, which costs the same however long the conversation is. A branch is read with all
    it came from. What names no branch means the session's current one.
    """

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
        branch: int | None = None,
        metadata: dict[str, Any] | None = None,
        idempotency_key: str | None = None,
        digest: bytes = b"",
    ) -> Message:
        """Keeps one message; when it returns, it is durable and has its place.

        `role` is user, assistant, system or tool; `content` is text or parts. Appending never
        conflicts. Given an `id` (a UUID) that is kept already with the same content, answers that
        one; with other content raises `MessageChanged`. Raises `SessionClosed`, `SessionDeleted`
        or `SessionGone` when the session cannot be written, `LimitExceeded` when it has all the
        messages it may.

        It goes to the end of the current branch. With `branch` it goes to the end of that one, which
        does not become current: the way for an answer whose question may have been left meanwhile.
        With `parent` it goes right after that message, on a new branch if something follows there
        already, and that branch becomes current. Raises `Invalid` for a parent that is not of this
        session, `NotFound` for a branch that is not.
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
            kept = engine.drive.write(
                conversation.append_once, self._ref, fresh, use, now, engine.settings, branch
            )
        elif id is not None:
            kept = engine.drive.write(
                conversation.merge, self._ref, [fresh], now, engine.settings, branch=branch
            )
        else:
            kept = engine.drive.write(conversation.append, self._ref, [fresh], now, engine.settings, branch)
        return kept[0]

    def merge(self, messages: Sequence[Message], *, if_seq: int | None = None) -> list[Message]:
        """Keeps drafts (see `draft`) whose id is not known yet, in order; answers all as they are kept.

        All or nothing, and repeating it changes nothing. Raises `MessageChanged` when a known id
        says something else, `PreconditionFailed` when `if_seq` is not the newest `seq`,
        `LimitExceeded` when the session would have more messages than it may.
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
        """One message, of any branch. Raises `NotFound`."""
        return self._engine.drive.read(log.get, self._ref, checks.uuid(id, "id"))

    def last(self, count: int = 50, *, branch: int | None = None) -> list[Message]:
        """The newest `count`, oldest of them first."""
        return self._engine.drive.read(log.last, self._ref, self._count(count), branch)

    def page(self, *, before: int, limit: int = 50, branch: int | None = None) -> list[Message]:
        """The `limit` right before the `seq` given, oldest first."""
        checks.whole(before, "before", 0, 2**62)
        return self._engine.drive.read(log.before, self._ref, before, self._count(limit), branch)

    def after(self, seq: int, *, limit: int = 50, branch: int | None = None) -> list[Message]:
        """The `limit` right after `seq`, oldest first: what came since it was seen."""
        checks.whole(seq, "after", 0, 2**62)
        return self._engine.drive.read(log.after, self._ref, seq, self._count(limit), branch)

    # -- for a model ----------------------------------------------------------------------------

    def window(
        self,
        *,
        max_tokens: int,
        counter: Callable[[Message], int] | None = None,
        pin_system: bool = True,
        branch: int | None = None,
    ) -> list[Message]:
        """The newest messages that fit into so many tokens, oldest first, in whole turns.

        A turn begins with a message of the user. When not even the newest turn fits, the newest
        part of it does, and never a tool's result without its call. `pin_system` keeps the system
        messages that the conversation begins with at the head. What `compact` summed up is one
        system message instead, with `{"summary_upto": id}` as its metadata.

        `counter` answers the tokens of one message; without one they are about a quarter of its
        bytes. It is called outside any transaction, for no more messages than fit and one. The log
        is read backwards in pages, never whole. Raises `LimitExceeded` when the newest message or
        what stands at the head does not fit.
        """
        checks.whole(max_tokens, "max_tokens", 1, 2**53)
        drive = self._engine.drive
        view = drive.read(window.view, self._ref, branch, pin_system)
        filled = window.Window(view, max_tokens, counter or window.estimate)
        page = view.newest
        while filled.take(page):
            page = drive.read(log.before, self._ref, page[0].seq, window.PAGE, view.branch)
        return filled.messages()

    def compact(self, upto: str, text: str) -> Message:
        """Has `text` stand for everything up to and including the message `upto` in a `window`.

        The log keeps all of it, and every other read shows it. A later one takes the place of an
        earlier one. Answers the summary as a window shows it. Raises `NotFound`.
        """
        now = self._engine.clock.now()
        return self._engine.drive.write(
            window.compact,
            self._ref,
            ids.new_uuid(now),
            checks.uuid(upto, "upto"),
            text,
            now,
            self._engine.settings,
        )

    def uncompact(self) -> bool:
        """Takes back the last summary of the current branch; False when there is none.

        One that it had taken the place of stands again, when it reached less far.
        """
        return self._engine.drive.write(
            window.uncompact, self._ref, self._engine.clock.now(), self._engine.settings
        )

    # -- branches -------------------------------------------------------------------------------

    def edit(
        self, id: str, content: str | Sequence[Part], *, metadata: dict[str, Any] | None = None
    ) -> Message:
        """Says something else in the place of a message: in its role, on a new branch, now current.

        What was said stays on the branch it was said in. Raises `NotFound`.
        """
        engine = self._engine
        now = engine.clock.now()
        fresh = conversation.draft(
            engine.settings, ids.new_uuid(now), now, "user", content, metadata=metadata
        )
        return engine.drive.write(
            conversation.edit, self._ref, checks.uuid(id, "id"), fresh, now, engine.settings
        )

    def retry(self, id: str) -> Message | None:
        """Goes back to where this can be answered again: to before an answer, to right after a question.

        What comes next is on a new branch. Answers the message that is now the newest; None when
        there is none left. Going where the conversation is already changes nothing.
        """
        return self._back(branches.retry, id)

    def rewind(self, id: str) -> Message | None:
        """Goes back to before a message, whoever said it; else as `retry`."""
        return self._back(branches.rewind, id)

    def _back(self, way: Any, id: str) -> Message | None:
        engine = self._engine
        found: Message | None = engine.drive.write(
            way, self._ref, checks.uuid(id, "id"), engine.clock.now(), engine.settings
        )
        return found

    def branches(self, *, at: str | None = None, after: int = 0, limit: int = 100) -> list[Branch]:
        """The ways the conversation went on where the message `at` did, its own among them.

        By number, oldest first; `after` goes on behind a number. The `first` of each is what stands
        in the place of `at`. Without `at`, all branches of the session.
        """
        checks.whole(after, "after", 0, 2**62)
        drive = self._engine.drive
        if at is None:
            return drive.read(branches.every, self._ref, after, self._count(limit))
        return drive.read(branches.beside, self._ref, checks.uuid(at, "at"), after, self._count(limit))

    def switch(self, branch: int) -> None:
        """Makes a branch the current one: it is read and written where none is named. Raises `NotFound`."""
        engine = self._engine
        checks.whole(branch, "branch", 1, 2**53)
        engine.drive.write(branches.switch, self._ref, branch, engine.clock.now(), engine.settings)

    def _count(self, count: int) -> int:
        return checks.whole(count, "limit", 1, 10_000)
