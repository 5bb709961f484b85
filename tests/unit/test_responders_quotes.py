"""Answers quoted from the files, without a model."""

import asyncio
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from sojourn.ingest.csv import CsvReader
from sojourn.models import Citation, Hit, Message, Place, Text
from sojourn.ports import Delta, Question
from sojourn.responders import Quotes

TIDES = """Tides are the rise and fall of sea levels. They follow the Moon and the Sun, cf. Newton (1687).

Spring tides. When the Sun, Moon and Earth form a line, at new moon and full moon, the tidal range is at
its maximum. It is not named after the season. Neap tides occur at the quarters, approx. 7 days later."""


def hit(
    text: str,
    name: str = "paper.pdf",
    *,
    chunk: int = 0,
    score: float = 1.0,
    corpus: str | None = None,
    place: Place | None = None,
) -> Hit:
    return Hit(
        document_id=f"fil_{name}",
        document_name=name,
        chunk=chunk,
        text=text,
        place=place or Place(),
        score=score,
        corpus=corpus,
    )


def question(text: str, *hits: Hit, documents: int | None = None) -> Question:
    message = Message(id="msg_1", seq=1, role="user", parts=(Text(text),), created_ms=0)
    return Question(messages=[message], hits=hits, documents=documents)


def answered(asked: Question) -> list[Delta]:
    async def collect() -> list[Delta]:
        return [delta async for delta in Quotes().respond(asked)]

    return asyncio.run(collect())


def words(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


def citations(deltas: list[Delta]) -> list[Citation]:
    return [delta.citation for delta in deltas if delta.citation is not None]


def test_the_page_calls_it_search_answers() -> None:
    assert Quotes().title == "Search answers"


def test_the_sentence_that_answers_is_quoted_with_its_place_and_cited_right_after_its_words() -> None:
    asked = question("What is the tidal range at full moon?", hit(TIDES, chunk=4, place=Place(page=3)))
    deltas = answered(asked)
    (citation,) = citations(deltas)
    before = deltas[[delta.citation for delta in deltas].index(citation) - 1]
    assert before.text.startswith("> When the Sun, Moon and Earth form a line")
    assert citation.quote.startswith("When the Sun") and citation.quote.endswith("its maximum.")
    assert (citation.number, citation.document_id, citation.document_name) == (
        1,
        "fil_paper.pdf",
        "paper.pdf",
    )
    assert (citation.chunk, citation.place, citation.corpus) == (4, Place(page=3), None)
    assert "**paper.pdf**, page 3" in words(deltas)


def test_a_heading_is_quoted_together_with_what_it_heads() -> None:
    (citation,) = citations(answered(question("spring tides", hit(TIDES))))
    assert citation.quote.startswith("Spring tides. When the Sun")


def test_a_sentence_that_leans_on_the_one_before_brings_it_along() -> None:
    (citation,) = citations(answered(question("named season", hit(TIDES))))
    assert citation.quote.startswith("When the Sun") and citation.quote.endswith("after the season.")


def test_the_second_best_document_has_its_say_too() -> None:
    first = [
        hit(f"Spring tides are high, says source {n} of the {word} kind.", chunk=n, score=9 - n / 10)
        for n, word in enumerate(["red", "blue", "green", "white", "black"])
    ]
    other = hit("The spring tides at Brest reach 7 m.", "notes.md", score=6)
    quoted = citations(answered(question("How high are spring tides?", *first, other)))
    assert len(quoted) == 4
    assert [one.document_name for one in quoted] == ["paper.pdf"] * 3 + ["notes.md"]
    assert [one.number for one in quoted] == [1, 2, 3, 4]
    assert [one.chunk for one in quoted] == [0, 1, 2, 0]


def test_a_hit_far_below_the_best_or_with_little_of_the_question_is_left_out() -> None:
    best = hit("Spring tides come at full moon.", score=10)
    weak = hit("Spring tides come at full moon and at new moon too.", "weak.txt", score=1)
    beside = hit("The spring of a watch is wound daily.", "watch.txt", score=9)
    quoted = citations(answered(question("spring tides full moon", best, beside, weak)))
    assert [one.document_name for one in quoted] == ["paper.pdf"]


def test_overlapping_chunks_and_copies_of_a_file_are_quoted_once() -> None:
    copies = [hit(TIDES, chunk=1), hit(TIDES, chunk=2), hit(TIDES, "copy.pdf")]
    assert len(citations(answered(question("neap tides quarters", *copies)))) == 1


def test_the_same_id_in_a_corpus_and_in_the_session_is_two_documents() -> None:
    mine = [hit(f"Spring tides reach {n} m.", chunk=n) for n in range(3)]
    shared = hit("Spring tides reach 12 m at Saint-Malo.", corpus="handbook")
    deltas = answered(question("spring tides reach", *mine, shared))
    assert [one.corpus for one in citations(deltas)] == [None, None, None, "handbook"]
    assert words(deltas).startswith("From your files and *handbook*:")


def test_rows_of_a_table_read_as_names_and_values_and_the_place_is_narrowed_to_them() -> None:
    place = Place(row=2, last_row=4)
    written = {
        "lines": "place: Brest; height: 7.3\nplace: Saint-Malo; height: 12.9\nplace: Cuxhaven; height: 3.4",
        "blocks": "place: Brest\nheight: 7.3\n\nplace: Saint-Malo\nheight: 12.9\n\nplace: Emden\nheight: 3.4",
    }
    for text in written.values():
        deltas = answered(question("How high is it in Saint-Malo?", hit(text, "tides.csv", place=place)))
        (citation,) = citations(deltas)
        assert citation.place == Place(row=3, last_row=3)
        assert citation.quote in text and "Brest" not in citation.quote
        assert "**tides.csv**, row 3" in words(deltas)
        assert "> place: Saint-Malo; height: 12.9" in words(deltas)


def test_a_row_of_a_table_that_was_read_is_quoted_whole(tmp_path: Path) -> None:
    table = tmp_path / "tides.csv"
    table.write_text(
        'place,height,date\nBrest,7.3,11 March\n"Saint-Malo, Bretagne",12.9,\nEmden,3.4,12 March\n'
    )
    (chunk,) = CsvReader().read(table, "text/csv")
    deltas = answered(
        question("How high is it in Saint-Malo?", hit(chunk.text, "tides.csv", place=chunk.place))
    )
    (citation,) = citations(deltas)
    assert (citation.place.row, citation.place.last_row) == (2, 2)
    assert words(deltas).endswith("> place: Saint-Malo, Bretagne; height: 12.9")


def test_rows_that_cannot_be_counted_keep_the_place_of_their_chunk() -> None:
    place = Place(row=2, last_row=9)
    (citation,) = citations(answered(question("Brest", hit("place: Brest\nplace: Cuxhaven", place=place))))
    assert citation.place == place


def test_what_covers_little_of_the_question_is_called_the_nearest() -> None:
    asked = question("quantum chromodynamics lattice of the sea", hit(TIDES))
    assert words(answered(asked)).startswith("Nothing answers all of this.")


def test_nothing_found_says_so_and_what_to_do() -> None:
    (delta,) = answered(question("spring tides", documents=3))
    assert delta.citation is None
    assert "Nothing was found in 3 documents" in delta.text
    assert "other words" in delta.text and "add a file" in delta.text


def test_no_files_at_all_is_told_apart_from_nothing_found() -> None:
    (delta,) = answered(question("spring tides", documents=0))
    assert "nothing to search yet" in delta.text and "Add a file" in delta.text


def test_a_question_without_words_is_told_to_have_some() -> None:
    (delta,) = answered(question("?!", hit(TIDES), documents=1))
    assert delta.text.startswith("Ask with a word")


def test_a_question_of_common_words_only_is_still_answered() -> None:
    assert citations(answered(question("what is it", hit("It is what it is."))))


def test_endings_do_not_hide_a_word() -> None:
    text = "Boats are moored here. The study of rising waters began early. Nets dry on the quay."
    (citation,) = citations(answered(question("studies on how water rises", hit(text))))
    assert "study of rising waters" in citation.quote


def test_unspaced_scripts_are_matched_too() -> None:
    text = "昨日は雨だった。大潮は満月と新月のころに起こる。船は港にいる。"
    (citation,) = citations(answered(question("大潮はいつ", hit(text))))
    assert "大潮は満月" in citation.quote


def test_words_of_a_file_can_format_nothing() -> None:
    text = "# Tides <img src=x onerror=alert(1)> [click](data:,x) ![i](x.png) `code` **bold** | a | $x$"
    name = "<b>*tides*</b>.md"
    shown = words(answered(question("tides", hit(text, name, place=Place(heading="<i>h</i>")))))
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(shown)
    assert set(re.findall(r"<(\w+)", rendered)) == {"p", "strong", "blockquote"}
    assert rendered.count("<strong>") == 1
    assert "&lt;img src=x onerror=alert(1)&gt;" in rendered
    plain = "1. is the first tide"
    assert "<ol>" not in MarkdownIt().render(words(answered(question("tide", hit(plain)))))


def test_an_answer_stays_short_whatever_the_passages_are() -> None:
    hits = [hit(f"tide{n} " + "tide word " * 30_000, f"{n}.txt", chunk=n) for n in range(30)]
    deltas = answered(question("tide word", *hits))
    assert len(citations(deltas)) <= 4
    assert len(words(deltas)) < 4000


@given(
    st.text(max_size=60),
    st.lists(
        st.builds(
            hit,
            st.text(st.sampled_from("ab tide.!\n ,:é潮"), max_size=80),
            st.sampled_from(["a.txt", "b.csv"]),
            chunk=st.integers(0, 5),
            score=st.floats(-5, 5),
            corpus=st.sampled_from([None, "handbook"]),
            place=st.sampled_from([Place(), Place(page=2), Place(row=1, last_row=3), Place(line=4)]),
        ),
        max_size=8,
    ),
)
def test_every_quote_stands_in_its_chunk_and_numbers_count_from_one(text: str, hits: list[Hit]) -> None:
    deltas = answered(question(text, *hits))
    quoted = citations(deltas)
    assert words(deltas)
    assert [one.number for one in quoted] == list(range(1, len(quoted) + 1))
    for one in quoted:
        assert one.quote.strip()
        assert any(
            one.quote in each.text
            and (one.document_id, one.chunk, one.corpus) == (each.document_id, each.chunk, each.corpus)
            for each in hits
        )
