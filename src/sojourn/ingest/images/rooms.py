"""The darkrooms of one store: a few, made when they are needed, lent to one picture at a time."""

import os
import threading
from collections import deque
from concurrent.futures import Future

from sojourn.errors import Unavailable
from sojourn.ingest.images.derive import Darkroom
from sojourn.ingest.images.source import Limits


class Darkrooms:
    """Whoever needs one asks for a ticket, waits for it, and ends it: in the order they came.

    Nothing is started before the first picture. After a fork each side has its own.
    """

    def __init__(self, count: int, limits: Limits) -> None:
        self.limits = limits
        self._count = count
        self._begin()

    def ask(self) -> "Future[Darkroom]":
        """A darkroom, as soon as one is free. Raises `Unavailable` when the store is closed meanwhile."""
        self._after_fork()
        ticket: Future[Darkroom] = Future()
        with self._lock:
            self._waiting.append(ticket)
            lent = self._lend()
        _hand_out(lent)
        return ticket

    def end(self, ticket: "Future[Darkroom]") -> None:
        """Gives back what the ticket got, or gives up waiting for it."""
        if ticket.cancel() or ticket.exception() is not None:
            return
        self._after_fork()
        with self._lock:
            if ticket.result() not in self._rooms:
                return  # from before a fork
            self._free.append(ticket.result())
            lent = self._lend()
        _hand_out(lent)

    def close(self) -> None:
        """Ends the processes, and the waiting. A picture that comes later starts another."""
        self._after_fork()
        with self._lock:
            rooms, waiting = list(self._rooms), list(self._waiting)
            self._waiting.clear()
        for ticket in waiting:
            if ticket.set_running_or_notify_cancel():
                ticket.set_exception(Unavailable("The store is being closed."))
        for room in rooms:
            room.close()

    def _begin(self) -> None:
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._rooms: set[Darkroom] = set()
        self._free: list[Darkroom] = []
        self._waiting: deque[Future[Darkroom]] = deque()

    def _lend(self) -> list[tuple["Future[Darkroom]", Darkroom]]:
        """Who gets which: the one that was used last is warm."""
        lent: list[tuple[Future[Darkroom], Darkroom]] = []
        while self._waiting and (self._free or len(self._rooms) < self._count):
            ticket = self._waiting.popleft()
            if not ticket.set_running_or_notify_cancel():
                continue
            if not self._free:
                room = Darkroom(self.limits)
                self._rooms.add(room)
                self._free.append(room)
            lent.append((ticket, self._free.pop()))
        return lent

    def _after_fork(self) -> None:
        if self._owner != os.getpid():
            self._begin()


def _hand_out(lent: list[tuple["Future[Darkroom]", Darkroom]]) -> None:
    """Outside the lock: a result may call back at once."""
    for ticket, room in lent:
        ticket.set_result(room)
