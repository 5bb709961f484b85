"""The port `Bus` over a store and its second: one listener hears of both."""

from collections.abc import Callable
from threading import Lock
from weakref import WeakMethod

from sojourn.backends.sqlite.bus import SqliteBus
from sojourn.backends.sqlite.forks import in_child
from sojourn.backends.sqlite.second import SqliteSecond

Tell = Callable[[], object]


class _Ear:
    """Somebody who listens, and how each bus stops telling them."""

    def __init__(self, owner: int | None, tell: Tell) -> None:
        self.owner = owner
        self.tell = tell
        self.ends: list[Callable[[], None]] = []


class BothBuses:
    """A second store may come about while somebody listens: then they are told, and hear of it too."""

    def __init__(self, first: SqliteBus, second: SqliteSecond) -> None:
        self._first = first
        self._second = second
        self._lock = Lock()
        self._ears: set[_Ear] = set()
        second.entered = self._entered
        in_child(WeakMethod(self.after_fork))

    def listen(self, owner: int | None, tell: Tell) -> Callable[[], None]:
        ear = _Ear(owner, tell)
        ear.ends.append(self._first.listen(owner, tell))
        with self._lock:
            self._ears.add(ear)
            bus = self._second.bus
            if bus is not None:
                ear.ends.append(bus.listen(owner, tell))

        def end() -> None:
            with self._lock:
                self._ears.discard(ear)
                ends, ear.ends = ear.ends, []
            for stop in ends:
                stop()

        return end

    def poll(self) -> float | None:
        seconds = self._first.poll()
        if self._second.held is None and self._ears and self._second.named:
            self._second.find()
        bus = self._second.bus
        other = None if bus is None else bus.poll()
        return seconds if other is None or seconds is None else min(seconds, other)

    def after_fork(self) -> None:
        """Who listened in the parent is nobody in the child."""
        self._lock = Lock()
        self._ears = set()

    def _entered(self, bus: SqliteBus) -> None:
        with self._lock:
            ears = list(self._ears)
            for ear in ears:
                ear.ends.append(bus.listen(ear.owner, ear.tell))
        for ear in ears:
            ear.tell()
