"""From the numbers a model writes to the passages they stand for."""

from collections.abc import Iterable, Iterator, Sequence

from sojourn.models import Citation, Hit
from sojourn.ports import Delta
from sojourn.responders.passages import passage
from sojourn.responders.terms import terms

SAID_CHARS = 400
"""How far back the words reach that a citation is taken to support."""


class Citations:
    """Numbers sources from 1 in the order they are first cited, and quotes what fits the words before."""

    def __init__(self, hits: Sequence[Hit], question: str) -> None:
        self._hits = hits
        self._asked = dict.fromkeys(terms(question), 1.0)
        self._numbers: dict[int, int] = {}
        self._said = ""
        self._cited = False

    def deltas(self, items: Iterable[str | int]) -> Iterator[Delta]:
        for item in items:
            if isinstance(item, int):
                self._cited = True
                yield Delta(citation=self._citation(item))
            else:
                self._said = ("" if self._cited else self._said) + item
                self._said = self._said[-SAID_CHARS:]
                self._cited = False
                yield Delta(item)

    def _citation(self, source: int) -> Citation:
        number = self._numbers.setdefault(source, len(self._numbers) + 1)
        weights = self._asked | dict.fromkeys(terms(self._said), 2.0)
        return passage(self._hits[source - 1], weights).citation(number)
