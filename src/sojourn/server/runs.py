"""Answers being made. They belong to the app, not to the request: whoever leaves finds them kept."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext, suppress
from io import StringIO
from typing import Any, ClassVar

import msgspec

from sojourn.aio import AsyncSession, AsyncSojourn
from sojourn.errors import Conflict, LimitExceeded, PreconditionFailed, SojournError, Unavailable
from sojourn.models import Citation, Message, Part, Text
from sojourn.ports import Delta, Question, Responder
from sojourn.server import problems, render

log = logging.getLogger("sojourn")

WINDOW = 20
"""How many of the newest messages an answer may rest on."""
HITS = 8
TITLE_CHARS = 60
PING_SECONDS = 15.0
RUN_SECONDS = 900.0
MERGED_CHARS = 4096
"""Deltas that nobody has fetched yet are joined up to about this length."""
LOOK_SECONDS = 0.1


class AnswerFailed(SojournError):
    """The answer could not be made."""

    code: ClassVar[str] = "answer_failed"
    status: ClassVar[int] = 502


class Run:
    """One answer being made, and whoever follows it."""

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self.message: Message | None = None
        self.error: SojournError | None = None
        self._coming: deque[tuple[str, Any]] = deque()
        self._news = asyncio.Event()
        self._over = self._cut = self._alone = False

    def tell(self, event: str, data: dict[str, Any]) -> None:
        """Something for the follower, if there is one."""
        if self._alone:
            return
        last = self._coming[-1] if self._coming else ("", {})
        if event == last[0] == "delta" and len(last[1]["text"]) < MERGED_CHARS:
            last[1]["text"] += data["text"]
        else:
            self._coming.append((event, data))
        self._news.set()

    def end(self) -> None:
        """Nothing more is coming."""
        self._over = True
        self._news.set()

    def cut(self) -> None:
        """Sends the follower away; the answer goes on being made."""
        self._cut = True
        self._news.set()

    async def follow(self) -> AsyncIterator[bytes]:
        """The answer as server-sent events, with a comment now and then that keeps the line open."""
        try:
            while True:
                while self._coming:
                    yield event(*self._coming.popleft())
                if self._over:
                    return
                if self._cut:
                    yield event("problem", problems.problem(_stopping()))
                    return
                self._news.clear()
                try:
                    await asyncio.wait_for(self._news.wait(), PING_SECONDS)
                except TimeoutError:
                    yield b": ping\n\n"
        finally:
            self._alone = True
            self._coming.clear()

    async def wait(self) -> Message:
        """The answer, once it is kept. Raises what kept it from being made."""
        self._alone = True
        assert self.task is not None
        await asyncio.wait([self.task])
        if self.message is None:
            raise self.error or _stopping()
        return self.message


def event(name: str, data: Any) -> bytes:
    """One server-sent event."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode(data))


def _stopping() -> SojournError:
    return Unavailable("The server is stopping. The answer is here as soon as it is back, or ask again.")


class Runs:
    """The answers of one app, at most one of a session at a time."""

    def __init__(self, store: AsyncSojourn, responder: Responder) -> None:
        self._store = store
        self._responder = responder
        self._open: dict[str, Run] = {}
        self._stopped = False
        self.reading_seconds = 0.0
        """0 where a search reads new files itself."""

    def start(self, session: AsyncSession, window: list[Message]) -> Run:
        """Begins the answer to the last message of the window. Raises `Conflict` when one is being made."""
        if self._stopped:
            raise _stopping()
        if session.id in self._open:
            raise Conflict("An answer is being written in this session already.")
        run = self._open[session.id] = Run()
        run.task = asyncio.create_task(self._make(run, session, window))
        return run

    def stop(self) -> None:
        """Sends all followers away, and begins no new answers."""
        self._stopped = True
        for run in self._open.values():
            run.cut()

    async def finish(self, seconds: float) -> None:
        """Waits so long for the answers under way, then gives up the rest."""
        tasks = [run.task for run in self._open.values() if run.task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def resume(self, *, reading_seconds: float) -> None:
        """Takes questions; says how long an answer may wait for the app to read new files."""
        self._stopped = False
        self.reading_seconds = reading_seconds

    async def _make(self, run: Run, session: AsyncSession, window: list[Message]) -> None:
        try:
            run.tell("start", {"title": self._responder.title})
            async with asyncio.timeout(RUN_SECONDS):
                await name(session)
                parts = await self._answer(run, await self._question(session, window))
            run.message = await self._keep(session, window[-1], parts)
            run.tell("done", render.message(run.message))
        except SojournError as error:
            run.error = error
        except TimeoutError:
            run.error = AnswerFailed("The answer took too long.")
        except Exception:
            log.exception("An answer failed")
            run.error = AnswerFailed()
        finally:
            if run.error is not None:
                run.tell("problem", problems.problem(run.error))
            del self._open[session.id]
            run.end()

    async def _question(self, session: AsyncSession, window: list[Message]) -> Question:
        """The window, and the passages that its last message asks for: of the session and all corpora."""
        corpora = await self._store.corpora.list()
        own = await self._read_files(session)
        query = window[-1].text[: self._store.settings.query_chars]
        hits = await session.search(query, k=HITS, corpora=[corpus.name for corpus in corpora])
        documents = None if own is None else own + sum(corpus.documents for corpus in corpora)
        return Question(messages=window, hits=hits, documents=documents)

    async def _read_files(self, session: AsyncSession) -> int | None:
        """How many files have words, None when there are too many to count; waits for those on their way."""
        rounds = max(1, int(self.reading_seconds / LOOK_SECONDS))
        for left in range(rounds - 1, -1, -1):
            page = await session.files.list(limit=self._store.settings.page_items)
            if not left or not any(file.text == "pending" for file in page):
                break
            await asyncio.sleep(LOOK_SECONDS)
        return None if page.next else sum(file.text in ("ready", "pending") for file in page)

    async def _answer(self, run: Run, question: Question) -> list[Part]:
        """Words and citations in the order they come, told to the follower as they do."""
        parts: list[Part] = []
        words, size = StringIO(), 0
        most = self._store.settings.message_bytes
        async with _closing(self._responder.respond(question)) as deltas:
            async for delta in deltas:
                if delta.text:
                    words.write(delta.text)
                    size += len(delta.text.encode())
                    run.tell("delta", {"text": delta.text})
                if delta.citation is not None:
                    _flush(words, parts)
                    parts.append(delta.citation)
                    size += len(delta.citation.quote.encode())
                    run.tell("citation", cited(delta.citation))
                if size > most:
                    raise LimitExceeded(f"The answer is longer than {most} bytes.", limit=most)
        _flush(words, parts)
        if not parts:
            raise AnswerFailed("No answer came.")
        return parts

    async def _keep(self, session: AsyncSession, question: Message, parts: list[Part]) -> Message:
        """The answer names its question: more may have been said meanwhile."""
        answers = {"answers": question.id}
        return await session.messages.append("assistant", parts, branch=question.branch, metadata=answers)


def _closing(deltas: AsyncIterator[Delta]) -> AbstractAsyncContextManager[AsyncIterator[Delta]]:
    """Ends a generator that was left before its end."""
    return aclosing(deltas) if isinstance(deltas, AsyncGenerator) else nullcontext(deltas)


def _flush(words: StringIO, parts: list[Part]) -> None:
    if text := words.getvalue():
        parts.append(Text(text))
        words.seek(0)
        words.truncate()


def cited(citation: Citation) -> dict[str, Any]:
    """The part as it goes over the wire."""
    found: dict[str, Any] = msgspec.to_builtins(citation)
    return found


async def name(session: AsyncSession) -> None:
    """Titles an untitled session by the first words its user said."""
    if session.record.title:
        return
    first = next((m for m in await session.messages.after(0, limit=WINDOW) if m.role == "user"), None)
    title = shortened(first.text) if first else ""
    if title:
        with suppress(PreconditionFailed):  # somebody found a title meanwhile
            await session.update(title=title, if_revision=session.record.revision)


def shortened(text: str, most: int = TITLE_CHARS) -> str:
    """About the first `most` characters of a text, in whole words."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    return (line[: most + 1].rpartition(" ")[0] or line[:most]).rstrip(" .,;:") + "…"
