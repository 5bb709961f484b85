"""Group commit: what waits is written in one transaction, each operation in its own savepoint.

A thread that finds nobody writing and nobody waiting writes where it stands, and at durability
`process`, where a commit waits for no disk, so does a task, for a moment of each turn of its loop.
Everyone else queues for the writer thread, which starts with the first job and ends with `close`.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import apsw

from sojourn.backends.sqlite.connection import translated
from sojourn.backends.sqlite.database import Channel, Database
from sojourn.backends.sqlite.job import Job, LoopJob, ThreadJob, wake
from sojourn.backends.sqlite.log import Log
from sojourn.backends.sqlite.share import Share
from sojourn.backends.sqlite.turns import begin, try_begin
from sojourn.backends.stepping import run
from sojourn.config import Settings
from sojourn.ports import Operation

T = TypeVar("T")

_MOST = 256
"""Operations in one transaction."""
_SPAN = 0.005
"""Seconds after which a batch takes no more operations."""
_HELD = 0.004
_HELD_ALONE = 0.025
"""After so many seconds without having had to wait, the writer pauses, so that other processes get a turn."""
_PAUSE = 0.001
_PATIENCE = 0.25
"""So long, measured by the last commit, a batch waits for those who were there before."""
_LONGEST = 0.001
_OVERTIME = 0.002
"""Seconds by which an operation on an event loop may outstay its share, before it is undone and queued."""
_OPCODES = 1000
"""How often a running statement looks at the time."""

_CHECKPOINT: Any = object()
_STOP: Any = object()


class _Overdue(Exception):
    """An operation took too long for the place where it ran; nothing of it was written."""


class Writer:
    """The one that writes, per process and file."""

    def __init__(self, database: Database, settings: Settings, tell: Callable[[set[int]], object]) -> None:
        self._database = database
        self._busy = settings.busy_seconds
        self._swift = settings.durability == "process"
        self._share = Share()
        self._end = math.inf
        """When an operation that runs is cut off, by the monotonic clock."""
        self._tell = tell
        self._turn = threading.Lock()
        self._starting = threading.Lock()
        self._queue: SimpleQueue[Job] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._log = Log()
        self._crowd = 0
        """How many callers were about when last some were woken."""
        self._took = 0.0
        """Seconds of the last commit."""
        self._held_since = 0.0
        self._ended = 0.0
        self._idle = 0.0
        """Seconds in which the writer left the records to others, since it last paused."""
        self._others: Any = None
        self._hooked: Channel | None = None

    # -- callers ------------------------------------------------------------------------------

    def call(self, operation: Operation[T]) -> T:
        """Runs it, durably; where it stands when nobody else writes, waits, or was just woken."""
        if self._crowd <= 1 and self._queue.empty() and self._turn.acquire(blocking=False):
            try:
                channel = self._channel()
                if try_begin(channel.raw):
                    return self._alone(channel, operation)
            finally:
                self._turn.release()
                if self._log.long:
                    self._put(_CHECKPOINT)
        job = ThreadJob(operation, time.monotonic() + self._busy)
        result: T = job.wait(self._put)
        return result

    async def acall(self, operation: Operation[T]) -> T:
        """The same for a task; cancelled before it was begun, it never will be.

        It writes where it stands only at durability `process`, and never waits for another process there.
        """
        import asyncio

        loop = asyncio.get_running_loop()
        if self._swift and (seconds := self._share.left(loop)) > 0:
            before = time.monotonic()
            try:
                if (done := self._at_once(operation, before + seconds)) is not None:
                    return done[0]
            finally:
                self._share.spend(loop, time.monotonic() - before)
                if self._log.long:
                    self._put(_CHECKPOINT)
        job = LoopJob(operation, time.monotonic() + self._busy, loop)
        self._put(job)
        result: T = await job.wait()
        return result

    def _at_once(self, operation: Operation[T], end: float) -> tuple[T] | None:
        """Writes now; None when that would mean to wait, or is not done long after the end given."""
        if not self._database.is_open or not self._queue.empty() or not self._turn.acquire(blocking=False):
            return None
        try:
            channel = self._channel()
            if not try_begin(channel.raw):
                return None
            self._end = end + _OVERTIME
            return (self._alone(channel, operation),)
        except _Overdue:
            return None
        finally:
            self._end = math.inf
            self._turn.release()

    def settle(self, seconds: float = 1.0) -> bool:
        """Writes the log into the file and empties it; False when readers held on to it."""
        with self._turn:
            return self._log.truncate(self._channel().raw, seconds)

    # -- the thread ---------------------------------------------------------------------------

    def _put(self, job: Job) -> None:
        self._queue.put(job)
        if self._thread is None or not self._thread.is_alive():
            with self._starting:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._loop, name="sojourn-writer", daemon=True)
                    self._thread.start()

    def _loop(self) -> None:
        while True:
            first = self._queue.get()
            if first is _STOP:
                return
            with self._turn:
                if first is not _CHECKPOINT:
                    self._write(first)
                if self._log.long:
                    self._log.shorten(self._channel().raw)

    def _write(self, first: Job) -> None:
        """Writes the first job and whatever comes while it does; whoever was taken is told."""
        taken: list[Job] = []
        try:
            channel = self._channel()
            self._begin(channel, first.deadline)
            self._batch(channel, first, taken)
        except BaseException as problem:  # noqa: BLE001 - the waiting callers get it
            if first.claim():
                taken.append(first)
            for job in taken:
                job.error = _told(problem)
        self._crowd = len(taken) + self._queue.qsize()
        # They come again in the order they are woken in: another is first each time, so that of many who
        # change one key by what they read of it, all get there.
        wake(taken[1:] + taken[:1])

    def _begin(self, channel: Channel, deadline: float) -> None:
        self._pause(channel)
        if begin(channel.raw, deadline):
            self._held_since, self._idle = time.monotonic(), 0.0

    def _pause(self, channel: Channel) -> None:
        """Lets other processes in now and then: often while some of them write, seldom while none is seen.

        Where none is seen, and jobs were too few to hold the records all the time, no pause is needed.
        """
        now = time.monotonic()
        self._idle += now - self._ended
        if now - self._held_since <= _HELD:
            return
        seen = channel.execute("PRAGMA data_version").fetchall()[0][0]
        if seen != self._others or now - self._held_since > _HELD_ALONE:
            if seen != self._others or self._idle < 2 * _PAUSE:
                time.sleep(_PAUSE if self._held_since else 0)
            self._others = seen
            self._held_since, self._idle = time.monotonic(), 0.0

    def _batch(self, channel: Channel, first: Job, taken: list[Job]) -> None:
        """Runs jobs in one transaction and commits it; when the whole of it fails, each again alone."""
        end = time.monotonic() + _SPAN
        job: Job | None = first
        while job is not None:
            if job.claim():
                taken.append(job)
                if not self._step(channel, job):
                    self._apart(channel, taken)
                    return
            job = self._next(len(taken)) if len(taken) < _MOST and time.monotonic() < end else None
        stepped = time.monotonic()
        try:
            channel.execute("COMMIT").fetchall()
        except apsw.Error:
            self._apart(channel, taken)
        else:
            self._announce(channel)
        self._ended = time.monotonic()
        self._took = self._ended - stepped

    def _next(self, taken: int) -> Job | None:
        """The next job of this batch.

        Those who were woken together mostly come again together: a batch that some of them are missing
        from waits once, for a small part of what a commit takes.
        """
        job = self._another(0)
        if job is None and taken < self._crowd:
            job = self._another(min(_PATIENCE * self._took, _LONGEST))
            if job is None:
                self._crowd = taken
        return job

    def _another(self, seconds: float) -> Job | None:
        """One more job that waits, or comes in time; None when there is none, or a sign to stop."""
        while True:
            try:
                job = self._queue.get(block=seconds > 0, timeout=seconds or None)
            except Empty:
                return None
            if job is _STOP:
                self._queue.put(_STOP)
                return None
            if job is not _CHECKPOINT:
                return job

    def _step(self, channel: Channel, job: Job) -> bool:
        """Runs one job in its savepoint; False when the transaction itself was lost."""
        execute = channel.execute
        try:
            execute("SAVEPOINT job")
            job.result = run(job.operation(channel.tx))
            execute("RELEASE job")
        except BaseException as problem:  # noqa: BLE001 - its caller gets it
            if channel.raw.get_autocommit():
                return False
            job.error = _told(problem)
            execute("ROLLBACK TO job").fetchall()
            execute("RELEASE job").fetchall()
        return True

    def _apart(self, channel: Channel, jobs: Sequence[Job]) -> None:
        """A full disk or the like undid the batch: each job runs again, in a transaction of its own."""
        if not channel.raw.get_autocommit():
            channel.raw.execute("ROLLBACK").fetchall()
        for job in jobs:
            job.error = None
            try:
                begin(channel.raw, max(job.deadline, time.monotonic() + 0.1))
                job.result = self._alone(channel, job.operation)
            except BaseException as problem:  # noqa: BLE001 - its caller gets it
                job.error = _told(problem)

    def _alone(self, channel: Channel, operation: Operation[T]) -> T:
        """Runs one operation in the transaction that was begun for it, and commits."""
        raw = channel.raw
        try:
            result = run(operation(channel.tx))
            self._end = math.inf  # whether a commit was cut off could not be told
            raw.execute("COMMIT").fetchall()
        except BaseException as problem:
            if not raw.get_autocommit():
                raw.execute("ROLLBACK").fetchall()
            if isinstance(problem, apsw.InterruptError):
                raise _Overdue from problem
            if isinstance(problem, apsw.Error):
                raise translated(problem) from problem
            raise
        self._announce(channel)
        return result

    def _announce(self, channel: Channel) -> None:
        """Tells whose change log the commit has lengthened."""
        if noted := channel.tx.events.noted:
            self._tell(noted)
            noted.clear()

    def _channel(self) -> Channel:
        channel = self._database.writer()
        if channel is not self._hooked:
            channel.raw.set_wal_hook(self._log.note)
            channel.raw.set_progress_handler(lambda: time.monotonic() > self._end, _OPCODES)
            self._hooked = channel
        return channel

    # -- the end ------------------------------------------------------------------------------

    def close(self) -> None:
        """Writes what waits, and joins the thread."""
        thread = self._thread
        if thread is not None and thread.is_alive():
            self._queue.put(_STOP)
            thread.join()
        self._thread = None

    def before_fork(self) -> None:
        self._starting.acquire()
        self.close()
        self._turn.acquire()

    def after_fork(self, *, child: bool) -> None:
        if child:
            self._turn = threading.Lock()
            self._starting = threading.Lock()
            self._queue = SimpleQueue()
        else:
            self._turn.release()
            self._starting.release()


def _told(problem: BaseException) -> BaseException:
    if isinstance(problem, apsw.Error | UnicodeDecodeError):
        told = translated(problem)
        told.__cause__ = problem
        return told
    return problem
