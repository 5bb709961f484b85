"""Group commit: what waits is written in one transaction, each operation in its own savepoint.

A thread that finds nobody writing and nobody waiting writes where it stands; everyone else
queues for the writer thread, which starts with the first job and ends with `close`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import apsw

from sojourn.backends.sqlite.connection import translated
from sojourn.backends.sqlite.database import Channel, Database
from sojourn.backends.sqlite.job import Job, LoopJob, ThreadJob
from sojourn.backends.sqlite.log import Log
from sojourn.backends.sqlite.turns import begin, try_begin
from sojourn.backends.stepping import run
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

_CHECKPOINT: Any = object()
_STOP: Any = object()


class Writer:
    """The one that writes, per process and file."""

    def __init__(self, database: Database, busy_seconds: float, tell: Callable[[set[int]], object]) -> None:
        self._database = database
        self._busy = busy_seconds
        self._tell = tell
        self._turn = threading.Lock()
        self._starting = threading.Lock()
        self._queue: SimpleQueue[Job] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._log = Log()
        self._held_since = 0.0
        self._others: Any = None
        self._hooked: Channel | None = None

    # -- callers ------------------------------------------------------------------------------

    def call(self, operation: Operation[T]) -> T:
        """Runs it, durably; where it stands when nobody else writes or waits."""
        if self._queue.empty() and self._turn.acquire(blocking=False):
            try:
                channel = self._channel()
                if try_begin(channel.raw):
                    return self._alone(channel, operation)
            finally:
                self._turn.release()
                if self._log.long:
                    self._put(_CHECKPOINT)
        job = ThreadJob(operation, time.monotonic() + self._busy)
        self._put(job)
        result: T = job.wait()
        return result

    async def acall(self, operation: Operation[T]) -> T:
        """The same for a task: always queued. Cancelled before it was begun, it never will be."""
        import asyncio

        job = LoopJob(operation, time.monotonic() + self._busy, asyncio.get_running_loop())
        self._put(job)
        try:
            await asyncio.shield(job.future)
        except asyncio.CancelledError:
            if not job.claim():
                while not job.future.done():
                    try:
                        await asyncio.shield(job.future)
                    except asyncio.CancelledError:
                        continue
            raise
        result: T = job.outcome()
        return result

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
            jobs = [] if first is _CHECKPOINT else [first]
            with self._turn:
                if jobs:
                    self._write(jobs)
                if self._log.long:
                    self._log.shorten(self._channel().raw)

    def _write(self, jobs: list[Job]) -> None:
        """Writes the first job and whatever comes while it does; whoever was taken is woken."""
        done: list[Job] = []
        try:
            channel = self._channel()
            self._begin(channel, jobs)
            self._batch(channel, jobs, done)
        except BaseException as problem:  # noqa: BLE001 - the waiting callers get it
            done += [job for job in jobs if job.claim()]
            for job in done:
                job.error = _told(problem)
        _wake(done)

    def _begin(self, channel: Channel, jobs: list[Job]) -> None:
        self._pause(channel)
        if begin(channel.raw, jobs[0].deadline):
            self._held_since = time.monotonic()

    def _pause(self, channel: Channel) -> None:
        """Lets other processes in now and then: often while some of them write, seldom while none is seen."""
        now = time.monotonic()
        if now - self._held_since <= _HELD:
            return
        seen = channel.raw.execute("PRAGMA data_version").fetchall()[0][0]
        if seen != self._others or now - self._held_since > _HELD_ALONE:
            self._others = seen
            time.sleep(_PAUSE if self._held_since else 0)
            self._held_since = time.monotonic()

    def _batch(self, channel: Channel, jobs: list[Job], done: list[Job]) -> None:
        """Runs jobs in one transaction and commits it; when the whole of it fails, each again alone."""
        end = time.monotonic() + _SPAN
        more = True
        while jobs:
            job = jobs.pop(0)
            if job.claim():
                done.append(job)
                if not self._step(channel, job):
                    self._apart(channel, done)
                    return
            if more and not jobs and len(done) < _MOST and time.monotonic() < end:
                more = self._more(jobs)
        try:
            channel.raw.execute("COMMIT").fetchall()
        except apsw.Error:
            self._apart(channel, done)
        else:
            self._announce(channel)

    def _more(self, jobs: list[Job]) -> bool:
        """Takes one more job that waits; False when there is none, or a sign to stop."""
        try:
            job = self._queue.get_nowait()
        except Empty:
            return False
        if job is _STOP:
            self._queue.put(_STOP)
            return False
        if job is not _CHECKPOINT:
            jobs.append(job)
        return True

    def _step(self, channel: Channel, job: Job) -> bool:
        """Runs one job in its savepoint; False when the transaction itself was lost."""
        raw = channel.raw
        try:
            raw.execute("SAVEPOINT job").fetchall()
            job.result = run(job.operation(channel.tx))
            raw.execute("RELEASE job").fetchall()
        except BaseException as problem:  # noqa: BLE001 - its caller gets it
            if raw.get_autocommit():
                return False
            job.error = _told(problem)
            raw.execute("ROLLBACK TO job").fetchall()
            raw.execute("RELEASE job").fetchall()
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
            raw.execute("COMMIT").fetchall()
        except BaseException as problem:
            if not raw.get_autocommit():
                raw.execute("ROLLBACK").fetchall()
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


def _wake(jobs: Sequence[Job]) -> None:
    """Wakes each waiting thread, and each event loop once."""
    loops: dict[Any, list[LoopJob]] = {}
    for job in jobs:
        if isinstance(job, ThreadJob):
            job.wake()
        elif isinstance(job, LoopJob):
            loops.setdefault(job.loop, []).append(job)
    for loop, mine in loops.items():
        try:
            loop.call_soon_threadsafe(_settle, mine)
        except RuntimeError:
            continue  # the loop is closed: nobody waits any more, and what was written stands


def _settle(jobs: list[LoopJob]) -> None:
    for job in jobs:
        job.settle()
