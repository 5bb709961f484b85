"""The part of a hit that answers best: one to three sentences, or rows, that follow each other."""

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate

from msgspec import Struct
from msgspec.structs import replace

from sojourn.models import Citation, Hit, Place
from sojourn.responders.rows import Row, rows
from sojourn.responders.sentences import Span, sentences
from sojourn.responders.terms import stems

MOST = 3
"""Sentences or rows in one passage."""
CHARS = 600
"""Characters in one passage."""
SCANNED = 20_000
"""Characters of a hit that are looked at."""

_LONGER = 0.12
"""What each further sentence costs, as a part of the weight."""
_HEADING = re.compile(r".{0,30}|.{0,100}[^.!?…。！？\"'”’»)]", re.DOTALL)
"""What only announces something is quoted together with what follows it."""
_LEANING = re.compile(
    r"(?:it|its|this|that|these|those|they|he|she|such|however|therefore|then|here)\b", re.IGNORECASE
)
"""Beginnings that make no sense without the sentence before."""


class Passage(Struct, frozen=True):
    """`quote` stands in the hit's text just like this; `shown` is how it reads, line by line.

    `found` are the terms it has, `weight` the sum of theirs.
    """

    hit: Hit
    quote: str
    shown: tuple[str, ...]
    place: Place
    found: frozenset[str]
    weight: float

    def citation(self, number: int) -> Citation:
        return Citation(
            number=number,
            document_id=self.hit.document_id,
            document_name=self.hit.document_name,
            chunk=self.hit.chunk,
            quote=self.quote,
            place=self.place,
            corpus=self.hit.corpus,
        )


def passage(hit: Hit, weights: Mapping[str, float]) -> Passage:
    """The best passage of a hit: most of the weighted terms, then fewest sentences, then the first.

    `weights` has the stems that are looked for. Without any of them it is the hit's beginning.
    """
    text = hit.text[:SCANNED]
    table = rows(text, hit.place) if hit.place.row is not None else []
    spans = [row.span for row in table] or sentences(text)
    if not spans:
        return Passage(hit=hit, quote="", shown=(), place=hit.place, found=frozenset(), weight=0.0)
    words = [row.shown for row in table] or [text[start:end] for start, end in spans]
    found = [frozenset(stems(each) & weights.keys()) for each in words]
    first, last = _best(spans, found, weights)
    if not table:
        first, last = _grown(text, spans, first, last)
    quote = _cut(text[spans[first][0] : spans[last][1]])
    terms = frozenset[str]().union(*found[first : last + 1])
    return Passage(
        hit=hit,
        quote=quote,
        shown=tuple(_cut(row.shown) for row in table[first : last + 1]) or (quote,),
        place=_narrowed(hit.place, table[first : last + 1]),
        found=terms,
        weight=_sum(terms, weights),
    )


def _best(
    spans: Sequence[Span], found: Sequence[frozenset[str]], weights: Mapping[str, float]
) -> tuple[int, int]:
    best, best_value = (0, 0), -1.0
    for first in range(len(spans)):
        unions = accumulate(found[first : first + MOST], frozenset[str].union)
        for last, union in enumerate(unions, first):
            if last > first and spans[last][1] - spans[first][0] > CHARS:
                break
            value = _sum(union, weights) * (1 - _LONGER * (last - first))
            if value > best_value + 1e-9:
                best, best_value = (first, last), value
    return best


def _grown(text: str, spans: Sequence[Span], first: int, last: int) -> tuple[int, int]:
    def fits(first: int, last: int) -> bool:
        return last - first < MOST and spans[last][1] - spans[first][0] <= CHARS

    if first > 0 and _LEANING.match(text, spans[first][0]) and fits(first - 1, last):
        first -= 1
    while (
        last + 1 < len(spans)
        and _HEADING.fullmatch(text, spans[first][0], spans[last][1])
        and fits(first, last + 1)
    ):
        last += 1
    return first, last


def _narrowed(place: Place, quoted: Sequence[Row]) -> Place:
    if not quoted or quoted[0].number is None:
        return place
    return replace(place, row=quoted[0].number, last_row=quoted[-1].number)


def _cut(words: str) -> str:
    if len(words) <= CHARS:
        return words
    cut = words.rfind(" ", CHARS // 2, CHARS)
    return words[: cut if cut > 0 else CHARS]


def _sum(terms: frozenset[str], weights: Mapping[str, float]) -> float:
    return sum(weights[term] for term in terms)
