"""One ranking over a session and its corpora."""

import random
from collections.abc import Sequence
from pathlib import Path
from pydoc_data.topics import topics

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.backends.sqlite.index import SqliteIndex
from sojourn.backends.sqlite.indexes import SqliteIndexes
from sojourn.core.search import search, terms
from sojourn.core.words import stem, words
from sojourn.models import Chunk, Hit, Place

FILLER = [
    f"The harbour master of day {number} wrote about ropes, sails and the weather." for number in range(40)
]


def chunks(*texts: str, heading: str | None = None) -> list[Chunk]:
    return [Chunk(number, text, Place(heading=heading)) for number, text in enumerate(texts)]


@pytest.fixture
def indexes(tmp_path: Path) -> SqliteIndexes:
    return SqliteIndexes(tmp_path)


@pytest.fixture
def session(indexes: SqliteIndexes) -> SqliteIndex:
    index = indexes.session_for_writing("ses_1")
    index.put("filler", "diary.txt", chunks(*FILLER))
    return index


def corpus(indexes: SqliteIndexes, name: str, *texts: str) -> SqliteIndex:
    with indexes.build(name) as draft:
        draft.put("doc_000001", f"{name}.txt", chunks(*texts))
    found = indexes.corpus(name)
    assert found is not None
    return found


def first(index: SqliteIndex, query: str) -> str:
    return search([(None, index)], query, 5)[0].text


# -- words --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tokenizer() -> apsw.FTS5Tokenizer:
    return apsw.Connection(":memory:").fts5_tokenizer("porter", ["unicode61", "remove_diacritics", "2"])


def stems_of_the_index(tokenizer: apsw.FTS5Tokenizer, text: str) -> list[str]:
    found = tokenizer(
        text.encode(), apsw.FTS5_TOKENIZE_DOCUMENT, None, include_offsets=False, include_colocated=False
    )
    return [str(stemmed) for stemmed in found]


def our_stems(text: str) -> list[str]:
    found = [(word, stem(word)) for word in words(text)]
    return [stemmed if word.isascii() else stemmed.encode("latin-1").decode() for word, stemmed in found]


def test_words_are_stemmed_as_the_index_stems_them(tokenizer: apsw.FTS5Tokenizer) -> None:
    text = "\n".join(topics.values()).replace("µ", "")
    assert our_stems(text) == stems_of_the_index(tokenizer, text)


def test_made_up_words_are_stemmed_as_the_index_stems_them(tokenizer: apsw.FTS5Tokenizer) -> None:
    dice = random.Random(7)
    endings = """ational tional enci anci izer logi bli alli entli eli ousli ization ation ator alism iveness
    fulness ousness aliti iviti biliti icate ative alize iciti ical ful ness al ance ence er ic able ible ant
    ement ment ent ion sion tion ou ism ate iti ous ive ize ed ing eed es ies sses y e ll at bl iz""".split()
    made_up = {
        "".join(dice.choices("aeiouybcdlstxzwé", k=dice.randrange(6)))
        + dice.choice(endings)
        + dice.choice(["", "", "s", "ed", "e", "ing", "er"])
        for _ in range(20_000)
    }
    text = " ".join(sorted(made_up))
    assert our_stems(text) == stems_of_the_index(tokenizer, text)


@given(st.text(alphabet=st.characters(max_codepoint=0x24F), max_size=60))
def test_western_text_is_cut_and_folded_as_the_index_does(tokenizer: apsw.FTS5Tokenizer, text: str) -> None:
    # Letters with two marks and three old signs are folded otherwise by SQLite; nobody searches for them.
    plain = "".join(letter for letter in text if letter not in "µſŉ" and not "Ǆ" <= letter <= "ȳ")
    assert our_stems(plain) == stems_of_the_index(tokenizer, plain)


def test_a_word_is_one_whatever_its_case_and_accents() -> None:
    assert (
        words("Déjà-vu, MÜLLER’s cafe\u0301 2nd ΣΟΦΟΣ Ёлка") == "deja vu muller s cafe 2nd σοφοσ ёлка".split()
    )


def test_each_letter_of_chinese_and_japanese_is_a_word() -> None:
    assert words("Python入門、2版") == ["python", "入", "門", "2", "版"]


# -- what is looked for ---------------------------------------------------------------------------


def test_small_words_are_not_looked_for_unless_there_are_no_others() -> None:
    assert terms("What is the range of the tides?") == ["range", "tides"]
    assert terms("What do you know of the tides?") == ["tides", "know"]
    assert terms("to be or not to be") == ["to", "be", "or", "not"]


def test_forms_of_one_word_are_looked_for_once() -> None:
    assert terms("tide tides TIDE's tidal") == ["tide", "tidal"]


def test_a_question_may_be_as_long_as_it_likes() -> None:
    assert len(terms(" ".join(f"word{number}" for number in range(100_000)))) == 32


@pytest.mark.parametrize("query", ["", " ", "?!", '"', "*", "()", "\0", "\ud800", "\n\t"])
def test_a_query_without_words_finds_nothing(session: SqliteIndex, query: str) -> None:
    assert search([(None, session)], query, 5) == []


@pytest.mark.parametrize(
    "query",
    [
        '"ropes"',
        "ropes*",
        "NEAR(ropes sails)",
        "text:ropes",
        "ropes AND sails",
        "-ropes",
        "ropes) OR (",
        "^ropes",
    ],
)
def test_operators_are_words(session: SqliteIndex, query: str) -> None:
    assert len(search([(None, session)], query, 50)) == len(FILLER)


@given(st.text(max_size=200))
@settings(max_examples=80)
def test_no_query_trips_the_search(standing: SqliteIndex, query: str) -> None:
    for hit in search([(None, standing)], query, 5):
        assert hit.score >= 0


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> SqliteIndex:
    index = SqliteIndexes(tmp_path_factory.mktemp("standing")).session_for_writing("ses_1")
    index.put("a", "a", chunks(*FILLER))
    return index


# -- which comes first ------------------------------------------------------------------------------


def test_the_chunk_with_the_rare_words_comes_first(session: SqliteIndex) -> None:
    session.put("a", "a.txt", chunks("The harbour was quiet.", "The spring tide lifted the ropes."))
    assert first(session, "ropes at spring tide") == "The spring tide lifted the ropes."


def test_a_word_as_it_was_asked_for_counts_more_than_another_form(session: SqliteIndex) -> None:
    session.put("a", "a.txt", chunks("A universal rule of lighthouses.", "A university near lighthouses."))
    assert stem("universal") == stem("university")
    assert first(session, "university") == "A university near lighthouses."
    assert first(session, "universal") == "A universal rule of lighthouses."


def test_words_that_stand_together_count_more_than_words_far_apart(session: SqliteIndex) -> None:
    far = "Neap " + "and then the crew slept again " * 12 + "tide."
    near = "and then the crew slept again " * 12 + "Neap tide."
    session.put("a", "a.txt", chunks(far, near))
    assert first(session, "neap tide") == near


def test_a_heading_counts_more_than_the_text(session: SqliteIndex) -> None:
    session.put("a", "a.txt", chunks("Turn the key, as for a siphon.", heading="Other things"))
    session.put("b", "b.txt", chunks("Turn the key, as for the rest.", heading="Cleaning the siphon"))
    assert [hit.document_id for hit in search([(None, session)], "siphon", 2)] == ["b", "a"]


def test_a_document_that_is_named_counts_more(session: SqliteIndex) -> None:
    for city in ("lisbon", "oslo", "riga"):
        session.put(city, f"report {city}.pdf", chunks("Total revenue rose by a tenth."))
    for city in ("lisbon", "oslo", "riga"):
        (hit, *_) = search([(None, session)], f"What is the total revenue in the {city.title()} report?", 3)
        assert hit.document_id == city


def test_a_date_or_a_code_is_found_as_it_stands(session: SqliteIndex) -> None:
    session.put(
        "a",
        "orders.csv",
        chunks(
            "order: B-21-2025\ndate: 2025-03-11\n\norder: B-06\ndate: 2025-11-21\n\ndate: 2024-06-13",
            "order: B-77\ndate: 2025-06-21\n\norder: B-78\ndate: 2025-01-02\n\ndate: 2024-03-12",
        ),
    )
    assert "B-77" in first(session, "Which order came on 2025-06-21?")
    assert "B-06" in first(session, "B-06")


def test_hits_that_score_alike_keep_their_order(session: SqliteIndex) -> None:
    for document in "cab":
        session.put(document, "same.txt", chunks("one siphon", "one siphon"))
    hits = search([(None, session)], "siphon", 10)
    assert [(hit.document_id, hit.chunk) for hit in hits] == [(d, n) for d in "abc" for n in (0, 1)]
    assert len({hit.score for hit in hits}) == 1


def test_as_many_hits_as_are_wanted(session: SqliteIndex) -> None:
    for k in (0, 1, 7, 40, 50):
        hits = search([(None, session)], "ropes", k)
        assert len(hits) == min(k, len(FILLER))
    assert search([(None, session)], "ropes", -1) == []


# -- over several indexes -----------------------------------------------------------------------------


def test_each_hit_says_where_it_is_from(indexes: SqliteIndexes, session: SqliteIndex) -> None:
    session.put("mine", "mine.txt", chunks("the spring tide"))
    handbook = corpus(indexes, "handbook", "the spring tide again")
    hits = search([(None, session), ("handbook", handbook)], "spring tide", 5)
    assert [(hit.origin, hit.corpus, hit.document_id) for hit in hits] == [
        ("session", None, "mine"),
        ("corpus:handbook", "handbook", "doc_000001"),
    ]


def test_all_indexes_are_measured_by_one_scale(indexes: SqliteIndexes, session: SqliteIndex) -> None:
    """A word that is rare here and common there is neither: the same chunk scores the same."""
    session.put("mine", "law.txt", chunks("the statute of limitations"))
    law = corpus(
        indexes,
        "law",
        *[f"the statute number {number}" for number in range(60)],
        "the statute of limitations",
    )
    hits = [
        hit
        for hit in search([(None, session), ("law", law)], "statute of limitations", 50)
        if "limitations" in hit.text
    ]
    assert [hit.origin for hit in hits] == ["session", "corpus:law"]
    score_mine, score_law = (hit.score for hit in hits)
    assert score_law == pytest.approx(score_mine, rel=0.2)  # the corpus is called "law" like the file


def test_the_best_chunk_wins_wherever_it_is(indexes: SqliteIndexes, session: SqliteIndex) -> None:
    handbook = corpus(indexes, "handbook", "How to clean the siphon of the pump", *FILLER)
    both = [(None, session), ("handbook", handbook)]
    assert search(both, "clean the siphon", 1)[0].corpus == "handbook"
    session.put(
        "mine", "mine.txt", chunks("To clean a siphon of this pump, take a brush. Siphon cleaning is easy.")
    )
    assert search(both, "siphon brush", 1)[0].corpus is None


def test_nothing_of_another_session_is_ever_found(indexes: SqliteIndexes, session: SqliteIndex) -> None:
    other = indexes.session_for_writing("ses_2")
    other.put("theirs", "theirs.txt", chunks("the secret siphon"))
    assert search([(None, session)], "secret siphon", 50) == []


def test_an_empty_session_beside_a_corpus_is_no_obstacle(indexes: SqliteIndexes) -> None:
    handbook = corpus(indexes, "handbook", "the spring tide")
    empty = indexes.session_for_writing("ses_3")
    assert [hit.text for hit in search([(None, empty), ("handbook", handbook)], "tide", 5)] == [
        "the spring tide"
    ]
    assert search([(None, empty)], "tide", 5) == search([], "tide", 5) == []


class Counted:
    """An index that is asked as little as may be."""

    def __init__(self, index: SqliteIndex) -> None:
        self._index = index
        self.asked: list[str] = []

    def count(self, terms: Sequence[str]) -> tuple[int, float, dict[str, int]]:
        self.asked.append("count")
        return self._index.count(terms)

    def candidates(self, terms: Sequence[str], limit: int) -> list[Hit]:
        self.asked.append("candidates")
        assert limit <= 100
        return self._index.candidates(terms, limit)


def test_an_index_is_asked_three_times_at_most(session: SqliteIndex) -> None:
    counted = Counted(session)
    search([(None, counted)], "what should one do with ropes and sails", 50)  # type: ignore[list-item]
    assert len(counted.asked) <= 3
