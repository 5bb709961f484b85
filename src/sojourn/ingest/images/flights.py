"""The same thing asked for by several at once is made by one of them."""

import os
import threading
from collections.abc import Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Flights(Generic[T]):
    """What is being made right now in this process, by its key. None is: whoever made it was stopped."""

    def __init__(self) -> None:
        self._begin()

    def board(self, key: Hashable) -> "tuple[Future[T | None], bool]":
        """The making under way, or a new one; True for whoever is first, who makes it and lands it."""
        self._after_fork()
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None:
                return flight, False
            flight = self._flights[key] = Future()
            return flight, True

    def land(self, key: Hashable, made: T | None) -> None:
        """Tells those who wait."""
        self._after_fork()
        with self._lock:
            flight = self._flights.pop(key, None)
        if flight is not None:
            flight.set_result(made)

    def _begin(self) -> None:
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._flights: dict[Hashable, Future[T | None]] = {}

    def _after_fork(self) -> None:
        if self._owner != os.getpid():
            self._begin()
