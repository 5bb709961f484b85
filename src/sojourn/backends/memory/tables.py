"""What the rows lie in. Everything here can take back what the transaction under way has written."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Journal:
    """How to undo the transaction under way, last step first."""

    def __init__(self) -> None:
        self._steps: list[Callable[[], object]] | None = None

    def begin(self) -> None:
        self._steps = []

    def note(self, undo: Callable[[], object]) -> None:
        """To be called before every change. Raises `RuntimeError` outside a write."""
        if self._steps is None:
            raise RuntimeError("Only `write` and `awrite` may change rows.")
        self._steps.append(undo)

    def commit(self) -> None:
        self._steps = None

    def roll_back(self) -> None:
        steps, self._steps = self._steps or [], None
        while steps:
            steps.pop()()


class Table(Generic[K, V]):
    """Rows by key."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._rows: dict[K, V] = {}

    def __contains__(self, key: K) -> bool:
        return key in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[V]:
        """The rows, in no order to rely on."""
        return iter(self._rows.values())

    def get(self, key: K) -> V | None:
        return self._rows.get(key)

    def put(self, key: K, row: V) -> None:
        old = self._rows.get(key)
        if old is None:
            self._journal.note(partial(self._rows.__delitem__, key))
        else:
            self._journal.note(partial(self._rows.__setitem__, key, old))
        self._rows[key] = row

    def remove(self, key: K) -> V | None:
        """The row that was there. Absent is not an error."""
        old = self._rows.get(key)
        if old is not None:
            self._journal.note(partial(self._rows.__setitem__, key, old))
            del self._rows[key]
        return old


Key = tuple[Any, ...]


class Order:
    """Keys in rising order, each once; a bound may be shorter than the keys."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._keys: list[Key] = []

    def add(self, key: Key) -> None:
        self._journal.note(partial(self._take, key))
        insort(self._keys, key)

    def remove(self, key: Key) -> None:
        self._journal.note(partial(insort, self._keys, key))
        self._take(key)

    def _take(self, key: Key) -> None:
        del self._keys[bisect_left(self._keys, key)]

    def rising(self, bound: Key, limit: int) -> list[Key]:
        """The first keys that are not below the bound."""
        start = bisect_left(self._keys, bound)
        return self._keys[start : start + limit]

    def falling(self, bound: Key | None, limit: int) -> list[Key]:
        """The last keys that are below the bound, highest first; None is above all."""
        end = len(self._keys) if bound is None else bisect_left(self._keys, bound)
        return self._keys[max(end - limit, 0) : end][::-1]


class Line(Generic[V]):
    """Rows in the order they came, numbered upwards by `by`; none is ever taken out."""

    def __init__(self, journal: Journal, by: Callable[[V], int]) -> None:
        self._journal = journal
        self._by = by
        self._rows: list[V] = []

    def __len__(self) -> int:
        return len(self._rows)

    def extend(self, rows: Iterable[V]) -> None:
        self._journal.note(partial(self._cut, len(self._rows)))
        self._rows.extend(rows)

    def _cut(self, length: int) -> None:
        del self._rows[length:]

    def place(self, number: int) -> int:
        """How many rows are numbered below this."""
        return bisect_left(self._rows, number, key=self._by)

    def between(self, start: int, end: int) -> list[V]:
        """The rows from `start` up to before `end`, as far as there are any."""
        return self._rows[max(start, 0) : max(end, 0)]


class Tally:
    """Files and their bytes, counted."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.files = 0
        self.bytes = 0

    def count(self, files: int, size: int) -> None:
        """What comes or, below zero, goes."""
        self._journal.note(partial(self._set, self.files, self.bytes))
        self._set(self.files + files, self.bytes + size)

    def _set(self, files: int, size: int) -> None:
        self.files, self.bytes = files, size


class Counter:
    """Numbers from 1; one that was handed out in a committed transaction never comes again."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._last = 0

    def next(self) -> int:
        self._journal.note(partial(setattr, self, "_last", self._last))
        self._last += 1
        return self._last

    def start(self, after: int) -> None:
        """Goes on behind this number, if it is not beyond it already."""
        self._journal.note(partial(setattr, self, "_last", self._last))
        self._last = max(self._last, after)

    @property
    def last(self) -> int:
        """The number that was handed out last; 0 when none was."""
        return self._last
