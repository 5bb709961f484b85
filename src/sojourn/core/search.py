"""One ranking over several indexes.

Each index offers candidates by its own order; they are scored again here, all on one scale:
BM25 with the counts of all indexes together. A word found just as it was asked for counts
more than another form of it, a word in the heading more than one in the text, and a chunk
more when the words stand close together. How many other sessions there are changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import pairwise, takewhile
from math import log

from msgspec import Struct
from msgspec.structs import replace

from sojourn.core.commons import COMMON, EMPTY
from sojourn.core.words import stem, words
from sojourn.models import Hit
from sojourn.ports import Index

_TERMS = 32
"""Terms of one search."""
_POOL = 50
"""Candidates of one index, unless more hits than half of that are wanted."""

_COMMON_WEIGHT = 0.3
_OTHER_FORM = 0.6
_IN_HEADING = 2.0
_IN_NAME = 0.5
_SATURATION = 1.5
_LENGTH = 0.75
_CLOSE = 40
"""Words that count as close together."""


class _Wanted(Struct, frozen=True):
    """What is looked for: the word asked for by its stem, and what finding it weighs."""

    word: dict[str, str]
    weight: dict[str, float]
    joined: dict[tuple[str, str], float]
    """What finding two words side by side adds, that the query joins without a space: `A-1007`."""
    beginnings: frozenset[str]
    """Two letters each. Stemming leaves them as they are, so other words need no stemming."""
    mean: float
    """The mean length of a chunk in words."""


def terms(query: str) -> list[str]:
    """The words of a query that are worth looking for, each stem once, telling ones first."""
    asked = words(query)
    kept = [word for word in asked if word not in _FOLDED_EMPTY] or asked
    by_stem: dict[str, str] = {}
    for word in sorted(kept, key=_FOLDED_COMMON.__contains__):
        by_stem.setdefault(stem(word), word)
    return list(by_stem.values())[:_TERMS]


def search(indexes: Sequence[tuple[str | None, Index]], query: str, k: int) -> list[Hit]:
    """The `k` best chunks, best first. Beside each index stands its corpus's name, None for the session.

    Nothing in the query is syntax. Hits that score alike keep the order of the indexes, then of
    the documents and chunks.
    """
    asked = terms(query)
    if not asked or k < 1:
        return []
    found = [
        replace(hit, corpus=corpus)
        for corpus, index in indexes
        for hit in _candidates(index, asked, max(_POOL, 2 * k))
    ]
    wanted = _wanted(query, [index for _, index in indexes], asked, found)
    origins = {corpus: number for number, (corpus, _) in enumerate(indexes)}
    scored = [replace(hit, score=round(_score(hit, wanted), 6)) for hit in found]
    scored.sort(key=lambda hit: (-hit.score, origins[hit.corpus], hit.document_id, hit.chunk))
    return scored[:k]


def _candidates(index: Index, asked: Sequence[str], most: int) -> list[Hit]:
    """By the telling words alone when they bring enough: common ones stand nearly everywhere."""
    telling = list(takewhile(lambda word: word not in _FOLDED_COMMON, asked))
    found = index.candidates(telling, most) if telling else []
    if len(found) < most and len(telling) < len(asked):
        known = {(hit.document_id, hit.chunk) for hit in found}
        more = index.candidates(asked, most)
        found += [hit for hit in more if (hit.document_id, hit.chunk) not in known]
    return found


def _joined(query: str, weight: Mapping[str, float]) -> dict[tuple[str, str], float]:
    runs = (words(run) for run in query.split() if run.isascii())
    pairs = {pair for run in runs for pair in pairwise(run)}
    weights = {pair: max(weight.get(stem(word), 0.0) for word in pair) for pair in pairs}
    return dict(sorted(weights.items(), key=lambda found: -found[1])[:_TERMS])


def _wanted(query: str, indexes: Iterable[Index], asked: Sequence[str], found: Sequence[Hit]) -> _Wanted:
    chunks, length, holding = 0, 0.0, dict.fromkeys(asked, 0)
    for index in indexes:
        held, mean, counts = index.count(asked)
        chunks += held
        length += held * mean
        for word in asked:
            holding[word] += counts.get(word, 0)
    named = {stem(word) for name in {hit.document_name for hit in found} for word in words(name)}
    weight = {}
    for word in asked:
        rarity = log(1 + (chunks - holding[word] + 0.5) / (holding[word] + 0.5))
        if holding[word] or stem(word) in named:
            weight[stem(word)] = rarity * (_COMMON_WEIGHT if word in _FOLDED_COMMON else 1.0)
    return _Wanted(
        word={stem(word): word for word in asked},
        weight=weight,
        joined=_joined(query, weight),
        beginnings=frozenset(word[:2] for word in asked),
        mean=length / max(chunks, 1) or 1.0,
    )


def _score(hit: Hit, wanted: _Wanted) -> float:
    text = words(hit.text)
    places = _places(text, wanted)
    often: dict[str, float] = {}
    for at, stemmed in places:
        worth = 1.0 if text[at] == wanted.word[stemmed] else _OTHER_FORM
        often[stemmed] = often.get(stemmed, 0.0) + worth
    heading = {stemmed for _, stemmed in _places(words(hit.place.heading or ""), wanted)}
    name = {stemmed for _, stemmed in _places(words(hit.document_name), wanted)}
    for field, worth in ((heading, _IN_HEADING), (name, _IN_NAME)):
        for stemmed in field:
            often[stemmed] = often.get(stemmed, 0.0) + worth
    damping = _SATURATION * (1 - _LENGTH + _LENGTH * len(text) / wanted.mean)
    score = sum(
        wanted.weight[stemmed] * count * (_SATURATION + 1) / (count + damping)
        for stemmed, count in often.items()
    )
    if wanted.joined:
        score += sum(wanted.joined.get(pair, 0.0) for pair in {*pairwise(text)})
    return score * (1 + _closeness(places, heading, wanted))


def _places(text: Sequence[str], wanted: _Wanted) -> list[tuple[int, str]]:
    """Where the wanted stems stand."""
    found = ((at, stem(word)) for at, word in enumerate(text) if word[:2] in wanted.beginnings)
    return [(at, stemmed) for at, stemmed in found if stemmed in wanted.weight]


def _closeness(places: Sequence[tuple[int, str]], heading: Set[str], wanted: _Wanted) -> float:
    """The most of all weight that stands within a few words, 0 to 1; the heading stands beside each."""
    above = sum(wanted.weight[stemmed] for stemmed in heading)
    best, weight, first = above, above, 0
    inside = dict.fromkeys(heading, 1)
    for at, stemmed in places:
        inside[stemmed] = inside.get(stemmed, 0) + 1
        weight += wanted.weight[stemmed] if inside[stemmed] == 1 else 0.0
        while at - places[first][0] >= _CLOSE:
            gone = places[first][1]
            inside[gone] -= 1
            weight -= wanted.weight[gone] if not inside[gone] else 0.0
            first += 1
        best = max(best, weight)
    return best / (sum(wanted.weight.values()) or 1.0)


# Folded like the words they are compared with: für → fur.
_FOLDED_EMPTY = frozenset(words(" ".join(EMPTY)))
_FOLDED_COMMON = frozenset(words(" ".join(COMMON))) - _FOLDED_EMPTY
