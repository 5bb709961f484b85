"""Answers out of the passages found, in their own words: no model, no network."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from math import log

from sojourn.models import Hit
from sojourn.ports import Delta, Question
from sojourn.responders.markdown import line, quoted, whereabouts
from sojourn.responders.passages import Passage, passage
from sojourn.responders.terms import stems, terms

PASSAGES = 4
"""The most that one answer quotes."""
PER_DOCUMENT = 3
"""Less than `PASSAGES`, so that the second best document always has its say."""
FLOOR = 0.4
"""Of the best score; a hit below it is not quoted."""
COVERED = 0.5
"""Of the best passage's weight; what holds less of the question is not quoted."""

Document = tuple[str | None, str]
"""The corpus, None for the session's own, and the document's id in it."""

NO_QUESTION = "Ask with a word or two to look for: the answer is quoted from your files."
NO_FILES = (
    "**There is nothing to search yet.** Add a file with words in it, such as a PDF or a table, "
    "and ask again: the answer will be quoted from it."
)
NOTHING = (
    "Try other words, or fewer of them, or add a file that speaks of it. "
    "A file that was only just added may still be on its way into the search."
)


class Quotes:
    """Quotes the passages that answer best, and says plainly when there are none."""

    title = "Search answers"

    async def respond(self, question: Question) -> AsyncIterator[Delta]:
        """Words first, each quote followed by its `Citation`; numbers count from 1 in reading order."""
        asked = terms(question.text)
        hits = [hit for hit in question.hits if hit.text.strip()]
        if not asked or not hits:
            yield Delta(_without_hits(question, asked))
            return
        weights = _weights(asked, hits)
        chosen = choose(hits, weights)
        yield Delta(_lead(chosen, weights))
        for number, one in enumerate(chosen, 1):
            where = line(whereabouts(one.place))
            yield Delta(f"\n\n**{line(one.hit.document_name)}**{', ' if where else ''}{where}\n\n")
            yield Delta(quoted(one.shown))
            yield Delta(citation=one.citation(number))


def choose(hits: Sequence[Hit], weights: Mapping[str, float]) -> list[Passage]:
    """The passages to quote, in reading order: document by document, the best one first."""
    floor = max(hit.score for hit in hits) * FLOOR
    near = [passage(hit, weights) for hit in hits if hit.score >= floor or floor <= 0]
    least = max(one.weight for one in near) * COVERED
    counts: Counter[Document] = Counter()
    chosen: list[Passage] = []
    for one in _distinct([one for one in near if one.weight >= least]):
        counts[_document(one)] += 1
        if counts[_document(one)] <= PER_DOCUMENT and len(chosen) < PASSAGES:
            chosen.append(one)
    order = list(counts)
    return sorted(chosen, key=lambda one: (order.index(_document(one)), one.hit.chunk))


def _document(one: Passage) -> Document:
    return one.hit.corpus, one.hit.document_id


def _distinct(passages: list[Passage]) -> list[Passage]:
    """Without what says the same: chunks overlap, and files are added twice."""
    kept: list[Passage] = []
    seen: list[str] = []
    for one in passages:
        words = " ".join(one.quote.split()).casefold()
        if not any(words in other or other in words for other in seen):
            kept.append(one)
            seen.append(words)
    return kept


def _weights(asked: list[str], hits: Sequence[Hit]) -> dict[str, float]:
    """A term that few of the hits have tells more."""
    texts = [stems(hit.text) for hit in hits]
    return {term: log(1 + len(hits) / max(1, sum(term in text for text in texts))) for term in asked}


def _lead(chosen: list[Passage], weights: Mapping[str, float]) -> str:
    corpora = list(dict.fromkeys(one.hit.corpus for one in chosen))
    names = ["your files" if name is None else f"*{line(name)}*" for name in corpora]
    found = frozenset[str]().union(*(one.found for one in chosen))
    if 2 * len(found) < len(weights):
        return f"Nothing answers all of this. What comes nearest in {_listed(names)}:"
    return f"From {_listed(names)}:"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _without_hits(question: Question, asked: list[str]) -> str:
    if question.documents == 0:
        return NO_FILES
    if not asked:
        return NO_QUESTION
    searched = "" if question.documents is None else f" in {_counted(question.documents)}"
    return f"**Nothing was found{searched}.** {NOTHING}"


def _counted(documents: int) -> str:
    return "the one document there is" if documents == 1 else f"{documents} documents"
