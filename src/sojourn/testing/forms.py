"""The two forms a `Records` has: every test of the suite runs in both."""

from abc import ABC, abstractmethod
from asyncio import Runner
from types import TracebackType
from typing import Self, TypeVar

from sojourn.ports import Operation, Records

T = TypeVar("T")


class Form(ABC):
    """A caller of some records, with or without an event loop of its own."""

    def __init__(self, records: Records) -> None:
        self.records = records

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @abstractmethod
    def end(self) -> None:
        """Ends the caller; the records stay open."""

    @abstractmethod
    def read(self, operation: Operation[T]) -> T: ...

    @abstractmethod
    def write(self, operation: Operation[T]) -> T: ...

    def another(self) -> Self:
        """One more caller of the same kind, for another thread."""
        return type(self)(self.records)


class SyncForm(Form):
    """Calls `read` and `write`."""

    def end(self) -> None:
        """There is nothing to end."""

    def read(self, operation: Operation[T]) -> T:
        return self.records.read(operation)

    def write(self, operation: Operation[T]) -> T:
        return self.records.write(operation)


class AsyncForm(Form):
    """Awaits `aread` and `awrite`, on one event loop until it ends."""

    def __init__(self, records: Records) -> None:
        super().__init__(records)
        self.loop = Runner()

    def end(self) -> None:
        self.loop.close()

    def read(self, operation: Operation[T]) -> T:
        return self.loop.run(self.records.aread(operation))

    def write(self, operation: Operation[T]) -> T:
        return self.loop.run(self.records.awrite(operation))


FORMS: dict[str, type[Form]] = {"sync": SyncForm, "async": AsyncForm}
